/**
 * Recurrent layers: from buffers to kernels.
 *
 * @module
 */
import { CELL_OP } from "../../build/abi.ts";
import { launch } from "../../build/recurrent.ts";
import { alloc, type Buffer, viewOf } from "../device/buffer.ts";
import type { Recurrence, Recurrent, RecurrentStates } from "../device/kernels.ts";
import { floatsAt, intsAt, NONE } from "./address.ts";
import { moves } from "./copy.ts";
import { type Cut, sizes } from "./launch.ts";

/** Each part reads all weights in each step. */
const FEW_PARTS: Cut = { align: 1, parts: 1 };

/** From so many samples on it pays to turn the weight once, for products that read it where it lies. */
const MANY_SAMPLES = 3;

/** The transpose of a weight. */
function turned(weight: Buffer): Buffer {
  const [m, n] = weight.shape as [number, number];
  const out = alloc(weight, [n, m]);
  moves.copy(viewOf(weight, [n, m], [weight.strides[1]!, weight.strides[0]!]), out);
  return out;
}

/** Where the states are. */
function places(
  { steps, batch, hidden }: Recurrence,
  { gates, h, c, aside, lengths }: RecurrentStates,
  width: number,
) {
  const op = "recurrent";
  const all = (steps + 1) * batch * hidden;
  return {
    gates: floatsAt(gates, steps * batch * width, op, "the gates"),
    h: floatsAt(h, all, op, "h"),
    c: c === null ? NONE : floatsAt(c, all, op, "c"),
    aside: aside === null ? NONE : floatsAt(aside, steps * batch * hidden, op, "what is kept"),
    lengths: lengths === null ? NONE : intsAt(lengths, batch, op, "the lengths"),
  };
}

/** All steps of a layer. */
function forward(
  r: Recurrence,
  s: RecurrentStates,
  weight: Buffer,
  bias: Buffer | null,
): void {
  const { steps, batch, hidden } = r;
  const width = weight.shape[0]!;
  const at = places(r, s, width);
  const isTurned = batch >= MANY_SAMPLES;
  const w = floatsAt(isTurned ? turned(weight) : weight, width * hidden, "recurrent", "the weight");
  const [wrs, wcs] = isTurned ? [1, width] as const : [hidden, 1] as const;
  const biasAt = bias === null ? NONE : floatsAt(bias, width, "recurrent", "the bias");
  const scratch = Math.max(
    ...[width, 2 * hidden, hidden].map((n) =>
      sizes.gemmScratchOf(batch, n, hidden, hidden, 1, wcs, wrs)
    ),
  );
  // deno-fmt-ignore
  launch.recurrent(
    steps * batch * width * hidden / 20, CELL_OP[r.cell], at.gates, w, wrs, wcs, biasAt, at.h, at.c,
    at.aside, at.lengths, steps, batch, hidden, r.reverse ? 1 : 0, scratch, batch, FEW_PARTS,
  );
}

/** Their gradients. */
function backward(
  r: Recurrence,
  s: RecurrentStates,
  weight: Buffer,
  dy: Buffer,
  dgates: Buffer,
  dhidden: Buffer | null,
  dh: Buffer,
  dc: Buffer | null,
): void {
  const op = "recurrent";
  const { steps, batch, hidden } = r;
  const width = weight.shape[0]!;
  const at = places(r, s, width);
  const w = floatsAt(weight, width * hidden, op, "the weight");
  const scratch = sizes.gemmScratchOf(batch, hidden, width, width, 1, hidden, 1);
  const gates = steps * batch * width;
  // deno-fmt-ignore
  launch.recurrentGrad(
    gates * hidden / 20, CELL_OP[r.cell], at.gates, w, hidden, 1, at.h, at.c, at.aside, at.lengths,
    floatsAt(dy, (steps + 1) * batch * hidden, op, "dy"),
    floatsAt(dgates, gates, op, "the gates' gradient"),
    dhidden === null ? NONE : floatsAt(dhidden, gates, op, "the hidden part's gradient"),
    floatsAt(dh, batch * hidden, op, "dh"),
    dc === null ? NONE : floatsAt(dc, batch * hidden, op, "dc"),
    steps, batch, hidden, r.reverse ? 1 : 0, scratch, batch, FEW_PARTS,
  );
}

/** Recurrent layers, by name. */
export const recurrent: Required<Recurrent> = { recurrent: forward, recurrentGrad: backward };
