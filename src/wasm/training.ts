/**
 * What larger trainings have: from buffers to kernels.
 *
 * @module
 */
import { launch } from "../../build/training.ts";
import type { RandomKey } from "../core/random.ts";
import type { Buffer } from "../device/buffer.ts";
import type { Buffers, Training } from "../device/kernels.ts";
import { type Address, addressOf, denseAt, floatsAt, intsAt, NONE, numberOf } from "./address.ts";
import { elementwise } from "./elementwise.ts";
import { ROWS, STREAM } from "./launch.ts";
import { correctionOf, setRow, tableOf } from "./list.ts";
import { memory } from "./memory.ts";

/** Nanoseconds that a byte takes until it is divided, most of it on its way from memory. */
const BYTE = 0.5;

/** Nanoseconds that a random number takes on one thread, roughly. */
const UNIFORM = 1;

/** The number at an address. */
function floatAt(address: Address): Float32Array {
  return new Float32Array(memory.buffer, numberOf(address), 1);
}

/** A table of arrays alone, and how many elements they have. */
function listOf(xs: Buffers, op: string): [table: Address, total: number] {
  const table = tableOf(xs.length);
  let total = 0;
  for (const [i, x] of xs.entries()) {
    setRow(i, x.numel, floatsAt(x, x.numel, op, "x"), NONE);
    total += x.numel;
  }
  return [table, total];
}

/** Images read from bytes, dropout, running averages, clipped gradients, by name. */
export const training: Training = {
  /** out[i, :] = images[index[i], :] / divisor: bytes [n, width] → float32 [rows, width]. */
  gatherImages(images: Buffer, index: Buffer, out: Buffer, divisor: number): void {
    const width = out.shape[1]!;
    const rows = out.shape[0]!;
    const op = "gatherImages";
    const imagesAt = addressOf(images, "uint8", images.shape[0]! * width, op, "the images");
    const indexAt = intsAt(index, rows, op, "the index");
    const outAt = floatsAt(out, rows * width, op, "the result");
    launch.gatherRowsU8(rows * width * BYTE, imagesAt, indexAt, outAt, width, divisor, rows, ROWS);
  },

  /** y = x / (1 − p) with probability 1 − p, else 0 · x: a function of the key and the position. */
  dropout(x: Buffer, y: Buffer, { seed, stream }: RandomKey, p: number): void {
    const n = y.numel;
    const from = denseAt(x, y, "dropout", "x");
    const to = denseAt(y, y, "dropout", "the result");
    launch.dropout(n * UNIFORM, from, to, ...seed, ...stream, p, 1 / (1 - p), n);
  },

  /** x ← x + weight · (y − x) for each x of a list and its y. */
  lerp(xs: Buffers, ys: Buffers, weight: number): void {
    const table = tableOf(xs.length);
    let total = 0;
    for (let i = 0; i < xs.length; i++) {
      const n = xs[i]!.numel;
      const xAt = floatsAt(xs[i]!, n, "lerp", "x");
      setRow(i, n, xAt, floatsAt(ys[i]!, n, "lerp", "y"));
      total += n;
    }
    launch.lerp(total * STREAM, table, xs.length, weight, total);
  },

  /** y ← √Σ x² of all elements of a list: of each x in float32, of those in float64. */
  norm(xs: Buffers, y: Buffer): void {
    const yAt = floatsAt(y, 1, "norm", "the result");
    const [table, total] = listOf(xs, "norm");
    launch.squareSums(total * STREAM, table, xs.length, ROWS);
    let sum = 0;
    for (let i = 0; i < xs.length; i++) sum += correctionOf(i);
    floatAt(yAt)[0] = Math.sqrt(sum);
  },

  /** x ← by · x for each x of a list. */
  scale(xs: Buffers, by: Buffer): void {
    const factor = floatAt(floatsAt(by, 1, "scale", "the factor"))[0]!;
    const [table, total] = listOf(xs, "scale");
    if (factor !== 1) launch.scaleList(total * STREAM, table, xs.length, factor, total);
  },

  /** x ← x within bounds, for each x of a list. */
  limit(xs: Buffers, low: number, high: number): void {
    for (const x of xs) elementwise.clamp(x, x, low, high);
  },
};
