/**
 * Recurrent layers: one layer in one direction, all steps as one op with one gradient. What x gives to
 * the gates is one product for all steps, and so are the gradients of the weights; what is left for
 * each step is a product with the state before, and the cells.
 *
 * @module
 */
import { isRecording, LINEAR, type Pair, record } from "../autograd/autograd.ts";
import { grad } from "../autograd/grad.ts";
import { alloc, allocOn, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { recurrent } from "../families/recurrent.ts";
import type { Recurrence, RecurrentStates } from "../device/kernels.ts";
import { write } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import { numelOf, type Shape, stridesOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul, sub } from "./binary.ts";
import { stack } from "./join.ts";
import { linear, product, transposed } from "./matmul.ts";
import { putIn } from "./strided.ts";
import { relu, sigmoid, tanh } from "./unary.ts";
import { contiguous, narrow, reshape, select } from "./view.ts";
import { where } from "./where.ts";

/** What a layer's cells are. */
export type Cell = Recurrence["cell"];

/** How many rows of gates a cell has. */
export const GATES: Readonly<Record<Cell, number>> = { lstm: 4, gru: 3, tanh: 1, relu: 1 };

/** The parameters of a layer in one direction. */
export interface RecurrentWeights {
  /** [gates · hidden, input]. */
  readonly ih: Tensor;
  /** [gates · hidden, state]. */
  readonly hh: Tensor;
  /** [gates · hidden]. */
  readonly biasIh: Tensor | null;
  /** [gates · hidden]. */
  readonly biasHh: Tensor | null;
  /** [state, hidden], what the LSTM's states are projected by. */
  readonly hr: Tensor | null;
}

/** What a layer gives: its states [steps, batch, state], and the last h and, of an LSTM, c [batch, …]. */
export interface RecurrentResult {
  readonly y: Tensor;
  readonly h: Tensor;
  readonly c: Tensor | null;
}

/**
 * A layer in one direction. x: [steps, batch, input], h and c: the states that it begins with, [batch,
 * …]. lengths: how many steps each sample has; y is 0 in the others, and the last state is that of its
 * last step. All have been checked.
 */
export function recurrentLayer(
  cell: Cell,
  x: Tensor,
  h: Tensor,
  c: Tensor | null,
  w: RecurrentWeights,
  lengths: readonly number[] | null,
  reverse: boolean,
): RecurrentResult {
  const atOnce = !wantsParts && w.hr === null &&
    kernelsOf(x, recurrent).recurrent !== undefined;
  const result = atOnce
    ? allSteps(cell, x, h, c, w, lengths, reverse)
    : stepByStep(cell, x, h, c, w, lengths, reverse);
  if (lengths === null) return result;
  const [steps, batch] = x.shape as [number, number];
  const there = Array.from(
    { length: steps * batch },
    (_, i) => Math.floor(i / batch) < lengths[i % batch]! ? 1 : 0,
  );
  const mask = record("lengths", written(x, [steps, batch, 1], there, "float32"), []);
  return { ...result, y: mul(result.y, mask) };
}

/** Numbers where another buffer is. */
function written(
  like: Buffer,
  shape: Shape,
  values: readonly number[],
  dtype: "float32" | "int32" | "bool",
): Buffer {
  const out = allocOn(like.storage.device, shape, dtype);
  write(out, values);
  return out;
}

/** By the kernels that do all steps. */
function allSteps(
  cell: Cell,
  x: Tensor,
  h0: Tensor,
  c0: Tensor | null,
  w: RecurrentWeights,
  lengths: readonly number[] | null,
  reverse: boolean,
): RecurrentResult {
  const kernels = kernelsOf(x), layers = kernelsOf(x, recurrent);
  const [steps, batch, input] = x.shape as [number, number, number];
  const [width, hidden] = w.hh.shape as [number, number];
  const rows = steps * batch, size = batch * hidden;
  const isLstm = c0 !== null, isGru = cell === "gru";
  const states = [steps + 1, batch, hidden];
  const first = reverse ? steps * size : 0, behind = reverse ? 0 : size; // where h0, where y begins

  const inputs = matrix(contiguous(x), rows, input);
  const weight = contiguous(w.hh);
  const bias = w.biasHh === null ? null : contiguous(w.biasHh);
  const gates = product(
    inputs,
    transposed(w.ih),
    w.biasIh === null ? null : contiguous(w.biasIh),
  );
  // y and the last states are parts of one result: h's states and, behind them, the last c
  const out = alloc(x, [numelOf(states) + (isLstm ? size : 0)]);
  const h = viewOf(out, states, stridesOf(states), 0);
  const c = isLstm ? alloc(x, states) : null;
  const aside = isLstm || isGru ? alloc(x, [steps, batch, hidden]) : null;
  kernels.copy(h0, part(h, first, [batch, hidden]));
  if (isLstm) kernels.copy(c0, part(c!, first, [batch, hidden]));
  const r: Recurrence = { cell, steps, batch, hidden, reverse };
  const s: RecurrentStates = {
    gates,
    h,
    c,
    aside,
    lengths: lengths === null ? null : written(x, [batch], lengths, "int32"),
  };
  layers.recurrent!(r, s, weight, bias);
  const last = reverse ? 0 : steps * size;
  if (isLstm) kernels.copy(part(c!, last, [size]), part(out, numelOf(states), [size]));

  const before = part(h, reverse ? size : 0, [rows, hidden]); // the state before each step

  interface Shared {
    /** What x gave to the gates. */
    dgates: Buffer;
    /** What the state gave to them. */
    dhidden: Buffer;
    dh: Buffer;
    dc: Buffer | null;
    /** What both biases get, where that is the same. */
    sum: Buffer | null;
  }
  /** While ops are recorded: the gradients of the same steps by other ops. */
  const byOps = (dout: Tensor): ReadonlyMap<Tensor, Tensor> => {
    const again = stepByStep(cell, x, h0, c0, w, lengths, reverse);
    const at = (start: number, shape: Shape) => {
      return reshape(narrow(dout, 0, start, numelOf(shape)), shape);
    };
    const seeds = [at(behind, [steps, batch, hidden])];
    if (isLstm) seeds.push(at(numelOf(states), [batch, hidden]));
    const wanted = pairs.map(([input]) => input).filter((input) => input.requiresGrad);
    const made = grad(isLstm ? [again.y, again.c!] : [again.y], wanted, {
      gradOutputs: seeds,
      createGraph: true,
    });
    return new Map(wanted.map((input, i) => [input, made[i]!]));
  };
  const shared = (dout: Tensor): Shared | ReadonlyMap<Tensor, Tensor> => {
    if (isRecording()) return byOps(dout);
    const all = contiguous(dout);
    const dgates = alloc(x, [rows, width]);
    const dhidden = isGru ? alloc(x, [rows, width]) : null;
    const dh = alloc(x, [batch, hidden]);
    kernels.fill(dh, 0);
    let dc = null;
    if (isLstm) {
      dc = alloc(x, [batch, hidden]);
      kernels.copy(part(all, numelOf(states), [batch, hidden]), dc);
    }
    const dy = part(all, 0, states);
    layers.recurrentGrad!(r, s, weight, dy, dgates, dhidden, dh, dc);
    const sum = isGru || w.biasIh === null ? null : sumOf(dgates);
    return { dgates, dhidden: dhidden ?? dgates, dh, dc, sum };
  };
  const name = isLstm ? "lstm" : isGru ? "gru" : "rnn";
  const of = (buffer: Buffer) => record(name, buffer, []);
  const sumOf = (d: Buffer): Buffer => {
    const sum = alloc(x, [width]);
    kernels.reduce("sum", d, sum, 1, rows, width);
    return sum;
  };
  const copyOf = (sum: Buffer): Buffer => {
    const copy = alloc(x, [width]);
    kernels.copy(sum, copy);
    return copy;
  };
  type Made = Shared | ReadonlyMap<Tensor, Tensor>;
  const pair = (input: Tensor, dx: (of: Shared) => Tensor): Pair<Made> => {
    return [input, (_, made) => made instanceof Map ? made.get(input)! : dx(made as Shared)];
  };
  const pairs: Pair<Made>[] = [
    pair(x, ({ dgates }) => of(matrix3(product(dgates, w.ih), x.shape))),
    pair(h0, ({ dh }) => of(dh)),
    pair(w.ih, ({ dgates }) => of(product(transposed(dgates), inputs))),
    pair(w.hh, ({ dhidden }) => of(product(transposed(dhidden), before))),
  ];
  if (isLstm) pairs.push(pair(c0, ({ dc }) => of(dc!)));
  const dbias = (d: Buffer, { sum }: Shared) => of(sum === null ? sumOf(d) : copyOf(sum));
  if (w.biasIh !== null) pairs.push(pair(w.biasIh, (all) => dbias(all.dgates, all)));
  if (w.biasHh !== null) pairs.push(pair(w.biasHh, (all) => dbias(all.dhidden, all)));
  const result = record(name, out, pairs, { shared, differentiable: true });
  return {
    y: cut(result, behind, [steps, batch, hidden]),
    h: cut(result, last, [batch, hidden]),
    c: isLstm ? cut(result, numelOf(states), [batch, hidden]) : null,
  };
}

/** A buffer without gaps as a matrix. */
function matrix(x: Buffer, rows: number, cols: number): Buffer {
  return viewOf(x, [rows, cols], [cols, 1]);
}

function matrix3(x: Buffer, shape: Shape): Buffer {
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

/** By other ops, for devices without those kernels, for exports and for projected states. */
function stepByStep(
  cell: Cell,
  x: Tensor,
  h: Tensor,
  c: Tensor | null,
  w: RecurrentWeights,
  lengths: readonly number[] | null,
  reverse: boolean,
): RecurrentResult {
  const [steps, batch] = x.shape as [number, number];
  const gates = linear(x, w.ih, w.biasIh);
  const ys: Tensor[] = new Array(steps);
  for (let i = 0; i < steps; i++) {
    const t = reverse ? steps - 1 - i : i;
    const next = step(cell, select(gates, 0, t), h, c, w);
    if (lengths === null || lengths.every((n) => t < n)) [h, c] = next;
    else {
      const has = written(x, [batch, 1], lengths.map((n) => t < n ? 1 : 0), "bool");
      const mask = record("lengths", has, []);
      h = where(mask, next[0], h);
      if (c !== null) c = where(mask, next[1]!, c);
    }
    ys[t] = h;
  }
  return { y: stack(ys), h, c };
}

/** One step from what x gives to the gates. */
function step(
  cell: Cell,
  x: Tensor,
  h: Tensor,
  c: Tensor | null,
  w: RecurrentWeights,
): [h: Tensor, c: Tensor | null] {
  const m = linear(h, w.hh, w.biasHh);
  const n = m.shape[1]! / GATES[cell];
  const gate = (from: Tensor, i: number) => narrow(from, 1, i * n, n);
  switch (cell) {
    case "lstm": {
      const sums = add(x, m);
      const [i, f, o] = [0, 1, 3].map((k) => sigmoid(gate(sums, k))) as [Tensor, Tensor, Tensor];
      const next = add(mul(f, c!), mul(i, tanh(gate(sums, 2))));
      const out = mul(o, tanh(next));
      return [w.hr === null ? out : linear(out, w.hr), next];
    }
    case "gru": {
      const [r, z] = [0, 1].map((k) => sigmoid(add(gate(x, k), gate(m, k)))) as [Tensor, Tensor];
      const fresh = tanh(add(gate(x, 2), mul(r, gate(m, 2))));
      return [add(fresh, mul(z, sub(h, fresh))), null];
    }
    case "tanh":
      return [tanh(add(x, m)), null];
    case "relu":
      return [relu(add(x, m)), null];
  }
}
