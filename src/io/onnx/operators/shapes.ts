/**
 * Ops that arrange elements: views, joins and padding.
 *
 * @module
 */
import type { Buffer } from "../../../device/buffer.ts";
import { sameLength } from "../lengths.ts";
import { lastCall, type Operator, type Step } from "../step.ts";
import type { Seen } from "../trace.ts";

/** Operators by the names of the ops. */
export const shapes: Record<string, Operator> = {
  reshape,
  squeeze: reshape,
  unsqueeze: reshape,
  permute,
  narrow,
  index,
  flip,
  expand,
  cat,
  pad,
};

function reshape(step: Step): string {
  return step.reshaped(step.input(0), step.lengthsOfInput(0));
}

/** Which dimension went where, lengths and strides tell; where two are alike it does not matter. */
function permute(step: Step): string {
  const forms = (of: (seen: Seen) => Buffer) => {
    const lengths = step.lengthsOf((seen) => of(seen).shape);
    const { strides } = of(step.seen);
    return lengths.map((length, i) => `${strides[i]} ${JSON.stringify(length)}`);
  };
  const from: (string | null)[] = forms((seen) => seen.inputs[0]!.tensor);
  const perm = forms((seen) => seen.tensor).map((form) => {
    const i = from.indexOf(form);
    from[i] = null; // of dimensions that are alike each is taken once
    return i;
  });
  return step.graph.node("Transpose", [step.input(0)], { perm });
}

function narrow(step: Step): string {
  const { graph, lengths } = step;
  const from = step.lengthsOfInput(0);
  const axis = lengths.findIndex((length, i) => !sameLength(length, from[i]));
  if (axis < 0) return step.input(0);
  const start = step.same(({ tensor, inputs: [x] }) => {
    const stride = x!.tensor.strides[axis]!;
    return stride === 0 ? 0 : (tensor.offset - x!.tensor.offset) / stride;
  });
  const end = step.same(({ tensor, inputs: [x] }) => {
    const end = start + tensor.shape[axis]!;
    return end === x!.tensor.shape[axis] ? TO_THE_END : end;
  });
  const [starts, ends, axes] = [[start], [end], [axis]].map((list) => graph.ints(list));
  return graph.node("Slice", [step.input(0), starts!, ends!, axes!]);
}

/** A view of a range of positions of one dimension, or of all there are. */
function index(step: Step): string {
  const { graph } = step;
  const [axis, start, end, by] = step.same<readonly number[]>(({ tensor, inputs: [x] }) => {
    const { shape, strides, offset } = x!.tensor;
    const axis = shape.findIndex((n, i) =>
      n !== tensor.shape[i] || strides[i] !== tensor.strides[i]
    );
    if (axis < 0) return [axis];
    const stride = strides[axis]!;
    const [start, by] = stride === 0
      ? [0, 1]
      : [(tensor.offset - offset) / stride, tensor.strides[axis]! / stride];
    const end = start + tensor.shape[axis]! * by;
    return [axis, start, end >= shape[axis]! ? TO_THE_END : end, by];
  });
  if (axis! < 0) return step.input(0);
  const range = [start!, end!, axis!, by!].map((n) => graph.ints([n]));
  return graph.node("Slice", [step.input(0), ...range]);
}

/** What Slice takes for the end of any dimension. */
const TO_THE_END = Number.MAX_SAFE_INTEGER;

/** The kernel was a copy of what goes backwards along some dimensions. */
function flip(step: Step): string {
  const { graph } = step;
  const { strides } = lastCall(step.seen).args[0] as Buffer;
  const axes = strides.flatMap((stride, axis) => stride < 0 ? [axis] : []);
  const [starts, ends, steps] = [-1, -TO_THE_END, -1].map((n) => graph.ints(axes.map(() => n)));
  return graph.node("Slice", [step.input(0), starts!, ends!, graph.ints(axes), steps!]);
}

function expand(step: Step): string {
  const { graph, lengths } = step;
  const from = step.lengthsOfInput(0);
  const lead = lengths.length - from.length;
  // a 1 keeps the length that is there
  const to = lengths.map((length, i) => sameLength(length, from[i - lead]) ? 1 : length);
  if (lead === 0 && to.every((length) => length === 1)) return step.input(0);
  return graph.node("Expand", [step.input(0), graph.shape(to)]);
}

function cat(step: Step): string {
  const { lengths } = step;
  const first = step.lengthsOfInput(0);
  const axis = lengths.findIndex((length, i) => !sameLength(length, first[i]));
  if (axis < 0) return step.input(0); // of one tensor, or with empty ones
  return step.graph.node("Concat", step.inputs, { axis });
}

/** The kernels were: fill all of it, then copy the input to where it stands. */
function pad(step: Step): string {
  const { graph } = step;
  const before = step.same(({ tensor, calls }) => {
    let at = (calls.at(-1)!.args[1] as Buffer).offset;
    return tensor.strides.map((stride) => {
      const start = Math.floor(at / stride);
      at -= start * stride;
      return start;
    });
  });
  const after = step.same(({ tensor, inputs: [x] }) =>
    tensor.shape.map((n, i) => n - x!.tensor.shape[i]! - before[i]!)
  );
  const value = step.same(({ calls }) => calls[0]!.args[1] as number);
  const padding = graph.ints([...before, ...after]);
  return graph.node("Pad", [
    step.input(0),
    padding,
    graph.scalar(value, step.seen.tensor.dtype),
  ]);
}
