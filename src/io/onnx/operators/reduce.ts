/**
 * Reductions, and picking elements by index.
 *
 * @module
 */
import type { Buffer } from "../../../device/buffer.ts";
import { sameShape, type Shape } from "../../../core/shape.ts";
import { DTYPES } from "../../../core/dtype.ts";
import { lastCall, type Operator, type Step } from "../step.ts";
import type { Call, Seen, Trace } from "../trace.ts";

/** Operators by the names of the ops. */
export const reductions: Record<string, Operator> = {
  sum: reduction("ReduceSum"),
  max: reduction("ReduceMax"),
  min: reduction("ReduceMin"),
  prod: reduction("ReduceProd"),
  cumsum,
  order,
  scatter: scattering("none"),
  scatterAdd: scattering("add"),
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

/** The dimension along which a kernel of [outer, n, inner] works. */
function axisOf(shape: Shape, outer: number, n: number): number {
  let before = 1;
  return shape.findIndex((length) => {
    const found = before === outer && length === n;
    before *= length;
    return found;
  });
}

/** Where the first of an order along the last dimension stand. */
function order(step: Step): string {
  const { graph } = step;
  const [k, descending] = [4, 5].map((i) => step.given<number>((args) => Number(args[i])));
  const at = graph.node(
    "TopK",
    [step.argument(0), graph.ints([k!])],
    { axis: -1, largest: descending! },
    1,
  );
  return graph.node("Cast", [at], { to: DTYPES.int32.onnx });
}

function cumsum(step: Step): string {
  const axis = step.same(({ tensor, calls }) => {
    const [outer, n] = calls.at(-1)!.args[4] as [number, number];
    return axisOf(tensor.shape, outer, n);
  });
  return step.graph.node("CumSum", [step.input(0), step.graph.ints([axis])]);
}

/** The kernels were: copy x, then put the values where the index says. */
function scattering(reduction: string): Operator {
  return (step) => {
    const { graph } = step;
    const axis = step.same(({ inputs: [x], calls }) => {
      const { args } = calls.find(({ kernel }) => kernel === "scatter")!;
      const [outer] = args[4] as [number, number];
      return axisOf(x!.tensor.shape, outer, (args[4] as number[])[1]!);
    });
    const part = (position: number) =>
      step.value((seen) => {
        return seen.calls.find(({ kernel }) => kernel === "scatter")!.args[position] as Buffer;
      });
    const [x, at] = [step.input(0), part(2)];
    const source = step.seen.inputs.length > 1 ? step.input(1) : part(1);
    return graph.node("ScatterElements", [x, at, source], {
      axis,
      ...reduction === "none" ? {} : { reduction },
    });
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
