/**
 * Recurrent layers: one layer in one direction. Where the device has kernels for all steps, they are one
 * op (`recurrent_steps.ts`); else a step is made of other ops.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { kernelsOf } from "../device/buffer.ts";
import type { Recurrence } from "../device/kernels.ts";
import { wantsParts } from "../device/watch.ts";
import { recurrent } from "../families/recurrent.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul, sub } from "./binary.ts";
import { stack } from "./join.ts";
import { linear } from "./matmul.ts";
import { allSteps, written } from "./recurrent_steps.ts";
import { relu, sigmoid, tanh } from "./unary.ts";
import { narrow, select } from "./view.ts";
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

/** A layer in one direction, and what it is to run over. All have been checked. */
export interface RecurrentCall {
  readonly cell: Cell;
  /** [steps, batch, input]. */
  readonly x: Tensor;
  /** The state that it begins with, [batch, state]. */
  readonly h: Tensor;
  /** That of an LSTM's cells, [batch, hidden]. */
  readonly c: Tensor | null;
  readonly w: RecurrentWeights;
  /** How many steps each sample has; null: all of them. */
  readonly lengths: readonly number[] | null;
  /** From the last step to the first. */
  readonly reverse: boolean;
}

/**
 * Runs a layer in one direction. Where there are lengths, y is 0 behind them, and the last state is that
 * of each sample's last step.
 */
export function recurrentLayer(call: RecurrentCall): RecurrentResult {
  const { x, w, lengths } = call;
  const atOnce = !wantsParts && w.hr === null &&
    kernelsOf(x, recurrent).recurrent !== undefined;
  const result = atOnce ? allSteps(call, stepByStep) : stepByStep(call);
  if (lengths === null) return result;
  const [steps, batch] = x.shape as [number, number];
  const there = Array.from(
    { length: steps * batch },
    (_, i) => Math.floor(i / batch) < lengths[i % batch]! ? 1 : 0,
  );
  const mask = record("lengths", written(x, [steps, batch, 1], there, "float32"), []);
  return { ...result, y: mul(result.y, mask) };
}

/** By other ops, for devices without those kernels, for exports and for projected states. */
function stepByStep({ cell, x, h, c, w, lengths, reverse }: RecurrentCall): RecurrentResult {
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
