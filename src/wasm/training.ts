/**
 * What larger trainings have: from buffers to kernels.
 *
 * @module
 */
import { launch } from "../../build/training.ts";
import type { RandomKey } from "../core/random.ts";
import type { Buffer } from "../device/buffer.ts";
import type { Buffers, Training } from "../device/kernels.ts";
import { addressOf, denseAt, floatsAt, intsAt } from "./address.ts";
import { ROWS, STREAM } from "./launch.ts";
import { setRow, tableOf } from "./list.ts";

/** Nanoseconds that a byte takes until it is divided, most of it on its way from memory. */
const BYTE = 0.5;

/** Nanoseconds that a random number takes on one thread, roughly. */
const UNIFORM = 1;

/** Images read from bytes, dropout, running averages, by name. */
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
};
