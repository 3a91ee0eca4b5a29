/**
 * All steps of a recurrent layer as one op with one gradient. What x gives to the gates is one product
 * for all steps, and so are the gradients of the weights; what is left for each step is a product with
 * the state before, and the cells.
 *
 * ```
 * h    [steps + 1, batch, hidden]   h0 y[0] y[1] … y[steps − 1]     reverse: y[0] … y[steps − 1] h0
 * out  h, and behind it the last c of an LSTM: one block, as an op has one result
 * ```
 *
 * @module
 */
import { isRecording, LINEAR, type Pair, record } from "../autograd/autograd.ts";
import { alloc, allocOn, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import type { Recurrence, RecurrentStates } from "../device/kernels.ts";
import { write } from "../device/transfer.ts";
import { recurrent } from "../families/recurrent.ts";
import { numelOf, type Shape, stridesOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { product, transposed } from "./matmul.ts";
import { gradientsByOps } from "./by_ops.ts";
import type { RecurrentCall, RecurrentResult } from "./recurrent.ts";
import { putIn } from "./strided.ts";
import { contiguous, narrow, reshape } from "./view.ts";

/** What the forward pass leaves for the gradients. */
interface Steps {
  readonly call: RecurrentCall;
  readonly recurrence: Recurrence;
  readonly states: RecurrentStates;
  /** x as a matrix [steps · batch, input]. */
  readonly inputs: Buffer;
  /** The hidden states' weights, without gaps. */
  readonly weight: Buffer;
  /** h and the last c. */
  readonly out: Buffer;
}

/** By the kernels of the device. `byOps` is the same layer made of ops, for gradients of gradients. */
export function allSteps(
  call: RecurrentCall,
  byOps: (call: RecurrentCall) => RecurrentResult,
): RecurrentResult {
  const run = forward(call);
  const pairs = pairsOf(run);
  const inputs = pairs.map(([input]) => input);
  const shared = (dout: Tensor): Made => {
    return isRecording() ? recorded(run, byOps, inputs, dout) : gradientsOf(run, dout);
  };
  const result = record(nameOf(call), run.out, pairs, { shared, differentiable: true });
  const { y, last, c } = placesOf(run);
  return {
    y: cut(result, y.start, y.shape),
    h: cut(result, last.start, last.shape),
    c: call.c === null ? null : cut(result, c.start, c.shape),
  };
}

function nameOf({ cell }: RecurrentCall): string {
  return cell === "lstm" || cell === "gru" ? cell : "rnn";
}

function forward(call: RecurrentCall): Steps {
  const { cell, x, h: h0, c: c0, w, lengths, reverse } = call;
  const kernels = kernelsOf(x);
  const [steps, batch, input] = x.shape as [number, number, number];
  const hidden = w.hh.shape[1]!;
  const size = batch * hidden, all = [steps + 1, batch, hidden];
  const first = reverse ? steps * size : 0; // where h0 lies

  const inputs = withShape(contiguous(x), [steps * batch, input]);
  const gates = product(inputs, transposed(w.ih), withoutGaps(w.biasIh));
  const out = alloc(x, [numelOf(all) + (c0 === null ? 0 : size)]);
  const h = withShape(out, all);
  const c = c0 === null ? null : alloc(x, all);
  const aside = c0 !== null || cell === "gru" ? alloc(x, [steps, batch, hidden]) : null;
  kernels.copy(h0, part(h, first, [batch, hidden]));
  if (c0 !== null) kernels.copy(c0, part(c!, first, [batch, hidden]));

  const recurrence: Recurrence = { cell, steps, batch, hidden, reverse };
  const until = lengths === null ? null : written(x, [batch], lengths, "int32");
  const states: RecurrentStates = { gates, h, c, aside, lengths: until };
  const weight = contiguous(w.hh);
  kernelsOf(x, recurrent).recurrent!(recurrence, states, weight, withoutGaps(w.biasHh));
  if (c !== null) {
    const last = reverse ? 0 : steps * size;
    kernels.copy(part(c, last, [size]), part(out, numelOf(all), [size]));
  }
  return { call, recurrence, states, inputs, weight, out };
}

/** Some elements of a block, without gaps. */
interface Place {
  readonly start: number;
  readonly shape: Shape;
}

/** Where things lie in `h`, and the last c behind it in `out`. */
function placesOf({ recurrence }: Steps): Record<"y" | "before" | "last" | "c", Place> {
  const { steps, batch, hidden, reverse } = recurrence;
  const size = batch * hidden;
  return {
    y: { start: reverse ? 0 : size, shape: [steps, batch, hidden] },
    // the state before each step
    before: { start: reverse ? size : 0, shape: [steps * batch, hidden] },
    last: { start: reverse ? 0 : steps * size, shape: [batch, hidden] },
    c: { start: (steps + 1) * size, shape: [batch, hidden] },
  };
}

/** The gradients that the kernels give: those of the inputs follow by a product each. */
interface Gradients {
  /** What x gave to the gates. */
  readonly dgates: Buffer;
  /** What the state gave to them. */
  readonly dhidden: Buffer;
  readonly dh: Buffer;
  readonly dc: Buffer | null;
  /** What both biases get, where that is the same. */
  readonly dbias: Buffer | null;
}

/** Those; while ops are recorded, each input's own, in the order of the pairs. */
type Made = Gradients | readonly Tensor[];

function gradientsOf(run: Steps, dout: Tensor): Gradients {
  const { call: { x, c, w }, recurrence, states, weight } = run;
  const { cell, batch, hidden } = recurrence;
  const kernels = kernelsOf(x);
  const all = contiguous(dout);
  const dgates = alloc(x, states.gates.shape);
  const dhidden = cell === "gru" ? alloc(x, states.gates.shape) : null;
  const dh = alloc(x, [batch, hidden]);
  kernels.fill(dh, 0);
  const dc = c === null ? null : alloc(x, [batch, hidden]);
  if (dc !== null) kernels.copy(part(all, placesOf(run).c.start, dc.shape), dc);
  const dy = part(all, 0, states.h.shape);
  kernelsOf(x, recurrent).recurrentGrad!(recurrence, states, weight, dy, dgates, dhidden, dh, dc);
  const dbias = cell === "gru" || w.biasIh === null ? null : sumOfRows(dgates);
  return { dgates, dhidden: dhidden ?? dgates, dh, dc, dbias };
}

/** The gradients of the same steps made of ops, which can be differentiated again. */
function recorded(
  run: Steps,
  byOps: (call: RecurrentCall) => RecurrentResult,
  inputs: readonly Tensor[],
  dout: Tensor,
): Tensor[] {
  const { call } = run;
  const at = ({ start, shape }: Place) => {
    return reshape(narrow(dout, 0, start, numelOf(shape)), shape);
  };
  const make = (...own: Tensor[]): Tensor[] => {
    const next = <T extends Tensor | null>(x: T): T => x === null ? x : own.shift()! as T;
    const [x, h, ih, hh] = [next(call.x), next(call.h), next(call.w.ih), next(call.w.hh)];
    const c = next(call.c), biasIh = next(call.w.biasIh), biasHh = next(call.w.biasHh);
    const again = byOps({ ...call, x, h, c, w: { ...call.w, ih, hh, biasIh, biasHh } });
    return again.c === null ? [again.y] : [again.y, again.c];
  };
  const { y, c } = placesOf(run);
  return gradientsByOps(inputs, make, call.c === null ? [at(y)] : [at(y), at(c)]);
}

/** Each input, and how its gradient follows. */
function pairsOf(run: Steps): Pair<Made>[] {
  const { call, states, inputs } = run;
  const { x, h, c, w } = call;
  const of = (buffer: Buffer) => record(nameOf(call), buffer, []);
  const { start, shape } = placesOf(run).before;
  const pairs: Pair<Made>[] = [];
  const pair = (input: Tensor, dx: (made: Gradients) => Buffer): void => {
    const i = pairs.length;
    pairs.push([input, (_, made) => "dh" in made ? of(dx(made)) : made[i]!]);
  };
  pair(x, ({ dgates }) => withShape(product(dgates, w.ih), x.shape));
  pair(h, ({ dh }) => dh);
  pair(w.ih, ({ dgates }) => product(transposed(dgates), inputs));
  pair(w.hh, ({ dhidden }) => product(transposed(dhidden), part(states.h, start, shape)));
  if (c !== null) pair(c, ({ dc }) => dc!);
  const biasOf = (dgates: Buffer, { dbias }: Gradients) => {
    return dbias === null ? sumOfRows(dgates) : copyOf(dbias);
  };
  if (w.biasIh !== null) pair(w.biasIh, (made) => biasOf(made.dgates, made));
  if (w.biasHh !== null) pair(w.biasHh, (made) => biasOf(made.dhidden, made));
  return pairs;
}

function sumOfRows(x: Buffer): Buffer {
  const [rows, width] = x.shape as [number, number];
  const sum = alloc(x, [width]);
  kernelsOf(x).reduce("sum", x, sum, 1, rows, width);
  return sum;
}

function copyOf(x: Buffer): Buffer {
  const copy = alloc(x, x.shape);
  kernelsOf(x).copy(x, copy);
  return copy;
}

function withoutGaps(x: Tensor | null): Buffer | null {
  return x === null ? null : contiguous(x);
}

/** A buffer without gaps in another shape. */
function withShape(x: Buffer, shape: Shape): Buffer {
  return viewOf(x, shape, stridesOf(shape));
}

/** Some of a buffer's elements, without gaps, as another shape. */
function part(x: Buffer, start: number, shape: Shape): Buffer {
  return viewOf(x, shape, stridesOf(shape), x.offset + start);
}

/** The same with a gradient. */
function cut(x: Tensor, start: number, shape: Shape): Tensor {
  return record("narrow", part(x, start, shape), [[x, (dy) => {
    if (isRecording()) return putIn("narrow", dy, x.shape, (from) => part(from, start, shape));
    const out = alloc(x, x.shape);
    const kernels = kernelsOf(out);
    const end = start + numelOf(shape);
    kernels.fill(part(out, 0, [start]), 0);
    kernels.copy(dy, part(out, start, shape));
    kernels.fill(part(out, end, [x.numel - end]), 0);
    return record("narrow", out, []);
  }]], LINEAR);
}

/** Numbers where another buffer is. */
export function written(
  like: Buffer,
  shape: Shape,
  values: readonly number[],
  dtype: "float32" | "int32" | "bool",
): Buffer {
  const out = allocOn(like.storage.device, shape, dtype);
  write(out, values);
  return out;
}
