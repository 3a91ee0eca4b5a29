/**
 * Operations on strided operands, reduced to the three dimensions that kernels loop over, of which
 * threads share the first.
 *
 * @module
 */
import type { Shape } from "../core/shape.ts";
import { type Cut, ROWS } from "./launch.ts";

/** Many rows are cut in sixteens, as transposing goes. */
const BANDS: Cut = { align: 16, parts: 4 };

/** How the first dimension is cut among threads. */
export function cutOf(n: number): Cut {
  return n >= 256 ? BANDS : ROWS;
}

/** Elements of the shortest row that is laid out as several, for threads to share. */
const LONG = 1 << 14;

/**
 * Lays an operation over up to three dimensions that kernels loop over: neighbours that lie
 * regularly in every operand are merged, and what is left beyond three is walked here.
 */
export function overDims(
  shape: Shape,
  strides: readonly (readonly number[])[],
  run: (dims: readonly number[], steps: readonly number[][], offsets: readonly number[]) => void,
): void {
  const dims: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let i = 0; i < shape.length; i++) { // plain loops: it is called for each small op
    const n = shape[i]!;
    if (n === 0) return;
    if (n === 1) continue;
    const last = dims.length - 1;
    let merges = last >= 0;
    for (let j = 0; j < strides.length; j++) {
      if (merges && steps[j]![last] !== strides[j]![i]! * n) merges = false;
    }
    if (merges) dims[last]! *= n;
    else dims.push(n);
    for (let j = 0; j < strides.length; j++) steps[j]![dims.length - 1] = strides[j]![i]!;
  }
  if (dims.length === 1 && dims[0]! >= LONG) return overPieces(dims[0]!, steps, run);
  for (let missing = 3 - dims.length; missing > 0; missing--) insertOne(dims, 1); // [n] → [1, 1, n]
  for (let j = 0; j < steps.length; j++) {
    while (steps[j]!.length < dims.length) insertOne(steps[j]!, 0);
  }
  if (dims.length === 3) return run(dims, steps, strides.map(() => 0));
  const outer = dims.splice(0, dims.length - 3);
  const outerSteps = steps.map((s) => s.splice(0, outer.length));
  const at = outer.map(() => 0);
  const offsets = strides.map(() => 0);
  for (;;) {
    run(dims, steps, offsets);
    let d = outer.length - 1;
    for (; d >= 0; d--) {
      if (++at[d]! < outer[d]!) {
        offsets.forEach((_, j) => offsets[j]! += outerSteps[j]![d]!);
        break;
      }
      offsets.forEach((_, j) => offsets[j]! -= outerSteps[j]![d]! * (outer[d]! - 1));
      at[d] = 0;
    }
    if (d < 0) return;
  }
}

/** Puts a number before the last: [m, n] → [m, 1, n]. */
function insertOne(list: number[], value: number): void {
  const last = list.length - 1;
  if (last < 0) list.push(value);
  else {
    list.push(list[last]!);
    list[last] = value;
  }
}

/** A long row as at most 64 pieces of one length, and what is left. */
function overPieces(n: number, steps: number[][], run: Parameters<typeof overDims>[2]): void {
  const length = Math.max(2048, 16 * Math.ceil(n / 1024));
  const pieces = Math.floor(n / length);
  run([pieces, 1, length], steps.map(([s]) => [s! * length, 0, s!]), steps.map(() => 0));
  const rest = n - pieces * length;
  if (rest === 0) return;
  run([1, 1, rest], steps.map(([s]) => [0, 0, s!]), steps.map(([s]) => s! * pieces * length));
}
