/**
 * Reductions, and picking elements by index.
 *
 * @module
 */
import type { Buffer } from "../../../device/buffer.ts";
import { sameShape } from "../../../core/shape.ts";
import { DTYPES } from "../../../core/dtype.ts";
import { lastCall, type Operator } from "../step.ts";
import type { Call, Seen, Trace } from "../trace.ts";

/** Operators by the names of the ops. */
export const reductions: Record<string, Operator> = {
  sum: reduction("ReduceSum"),
  max: reduction("ReduceMax"),
  min: reduction("ReduceMin"),
  argmax: search("ArgMax"),
  argmin: search("ArgMin"),
  indexSelect: picking("Gather"),
  gather: picking("GatherElements"),
};

function reduction(op: string): Operator {
  return (step) => {
    const { graph } = step;
    const axes = step.same((seen, trace) => foldedAxes(seen, folds(seen, trace)));
    const x = step.value((seen, trace) => folds(seen, trace)[0]!.args[1] as Buffer, 0);
    const from = step.lengthsOfInput(0);
    if (axes.length === 0) return step.reshaped(x, from);
    const { tensor, inputs: [input] } = step.seen;
    const { shape } = input!.tensor;
    const keepdims = sameShape(tensor.shape, shape.filter((_, i) => !axes.includes(i))) ? 0 : 1;
    // Only ReduceSum takes the axes as an input; from version 18 on the others do, too.
    const y = op === "ReduceSum"
      ? graph.node(op, [x, graph.ints(axes)], { keepdims })
      : graph.node(op, [x], { axes, keepdims });
    const kept = from.map((length, i) => axes.includes(i) ? 1 : length);
    return keepdims === 0 ? y : step.reshaped(y, kept);
  };
}

/** The kernels that made a reduction, in their order: each folded some neighbouring dimensions. */
function folds(seen: Seen, trace: Trace): Call[] {
  const calls = [lastCall(seen)];
  while (true) {
    const from = calls[0]!.args[1] as Buffer;
    const before = trace.resolve(from) === null ? trace.firstCall(from) : undefined;
    if (before?.kernel !== "reduce") return calls;
    calls.unshift(before);
  }
}

/**
 * The dimensions that were folded, but for those of length 1. Kernels know a shape as three lengths,
 * [outer, n, inner]: how much there is before, in and after the dimensions that they fold.
 */
function foldedAxes({ inputs: [x] }: Seen, calls: readonly Call[]): number[] {
  const { shape } = x!.tensor;
  const axes: number[] = [];
  for (const { args } of calls) {
    const [outer, n] = args.slice(3) as [number, number];
    let i = 0;
    for (let before = 1; before < outer; i++) before *= shape[i]!;
    for (let folded = 1; folded < n; i++) {
      if (shape[i] !== 1) axes.push(i);
      folded *= shape[i]!;
    }
  }
  return axes.sort((a, b) => a - b);
}

/** Where the first extreme stands: along the last dimension, which is what the kernel gets. */
function search(op: string): Operator {
  return (step) => {
    const { graph } = step;
    const at = graph.node(op, [step.argument(1)], { axis: -1, keepdims: 0 });
    return graph.node("Cast", [at], { to: DTYPES.int32.onnx });
  };
}

function picking(op: string): Operator {
  return (step) => {
    const axis = step.same(pickedAxis);
    return step.graph.node(op, [step.input(0), step.argument(1)], { axis });
  };
}

/** The dimension that the kernel knows as [outer, n → k, inner]. */
function pickedAxis(seen: Seen): number {
  const [outer, n, k] = lastCall(seen).args[3] as [number, number, number];
  const { shape } = seen.inputs[0]!.tensor;
  let before = 1;
  return shape.findIndex((length, i) => {
    const found = before === outer && length === n && seen.tensor.shape[i] === k;
    before *= length;
    return found;
  });
}
