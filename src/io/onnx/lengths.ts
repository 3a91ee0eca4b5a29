/**
 * Which lengths follow the batch. A model is traced with two batches of different size: a length
 * that is the same in both is a number, one that grows with the batch is a multiple of it.
 *
 * ```
 * 2 samples   [2, 28, 64] ─reshape─▶ [56, 64]      28 · batch, for 56 / 2 = 84 / 3
 * 3 samples   [3, 28, 64] ─reshape─▶ [84, 64]      64, in both
 * ```
 *
 * @module
 */
import { show } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";

/** Sizes of the two batches; not 1, which would hide what broadcasts. */
export const BATCHES: readonly [number, number] = [2, 3];

/** A length: a number, or so many for each sample. */
export type Length = number | { readonly perSample: number };

/** The lengths of a shape that was `a` with the one batch and `b` with the other. */
export function lengthsOf(a: Shape, b: Shape): Length[] {
  const perSample = a.map((n) => n / BATCHES[0]);
  const fits = a.length === b.length &&
    b.every((n, i) =>
      n === a[i] || (Number.isInteger(perSample[i]) && n === perSample[i]! * BATCHES[1])
    );
  if (!fits) {
    throw new TypeError(
      `lengths must be fixed or multiples of the batch: ${show(a)} with ${BATCHES[0]} samples is ` +
        `${show(b)} with ${BATCHES[1]}`,
    );
  }
  return a.map((n, i) => n === b[i] ? n : { perSample: perSample[i]! });
}

/** Whether two lengths are the same, whatever the batch. */
export function sameLength(a: Length | undefined, b: Length | undefined): boolean {
  if (typeof a === "object" && typeof b === "object") return a.perSample === b.perSample;
  return a === b;
}

/** Whether two lists of lengths are the same, whatever the batch. */
export function sameLengths(a: readonly Length[], b: readonly Length[]): boolean {
  return a.length === b.length && a.every((length, i) => sameLength(length, b[i]));
}
