/** Results as the fixtures keep them: `fixtures/packed.py` writes what this reads. */
import assert from "node:assert/strict";
import type { Tensor } from "../src/tensor/tensor.ts";
import { count, fromJson, type JsonNumber, mix, unit } from "./prng.ts";

/** A tensor in a fixture: all elements, or of a large one a sample, its scale and sums of all. */
export interface Packed {
  shape: number[];
  dtype: string;
  /** The root of the mean square of all elements. */
  rms?: number;
  /** The sum, and two that are weighted at random: elements that change places change them. */
  sums?: number[];
  values: JsonNumber[];
}

const SAMPLE = 64;
const SIGNED = [81, 82]; // the seeds of the weights

/**
 * Positions that meet every index of every axis of up to 64, and every tap of a filter. Axes that
 * lie innermost count as one as long as they have no more than 64 elements together. Each run of as
 * many positions as such an axis is long meets all its indices, rotated by a hash; of a longer axis
 * each position has a stretch of its own.
 */
export function sample(shape: readonly number[]): number[] {
  const axes = [...shape];
  while (axes.length > 1 && axes.at(-2)! * axes.at(-1)! <= SAMPLE) {
    axes.splice(-2, 2, axes.at(-2)! * axes.at(-1)!);
  }
  return Array.from({ length: SAMPLE }, (_, k) => {
    return axes.reduce((at, size, axis) => {
      if (size <= SAMPLE) return at * size + (k + mix(axis, Math.floor(k / size))) % size;
      const first = Math.floor(k * size / SAMPLE);
      const end = Math.floor((k + 1) * size / SAMPLE);
      return at * size + first + mix(axis, k) % (end - first);
    }, 0);
  });
}

/**
 * Throws unless a tensor is what the fixture holds. An error counts relative to the expected number
 * or to the tensor's root mean square, whichever is larger: small gradients are compared as strictly
 * as large ones. With a tolerance of 0 they are the same numbers.
 */
export function compare(
  name: string,
  actual: Tensor,
  expected: Packed,
  options: { tolerance: number; leastScale?: number },
): void {
  compareElements(name, actual, actual.toTypedArray(), expected, options);
}

/** The same of a tensor whose elements have been read. */
export function compareElements(
  name: string,
  actual: Pick<Tensor, "shape" | "dtype">,
  elements: ArrayLike<number | bigint> | Iterable<number | bigint>,
  expected: Packed,
  { tolerance, leastScale = 0 }: { tolerance: number; leastScale?: number },
): void {
  assert.deepEqual([...actual.shape], expected.shape, `${name}: shape`);
  assert.equal(actual.dtype, expected.dtype, `${name}: dtype`);
  const data = Array.from(elements as Iterable<number | bigint>, Number);
  const { sums } = expected;
  const values = expected.values.map((value) => Math.fround(fromJson(value)));
  const positions = sums === undefined ? [...data.keys()] : sample(expected.shape);
  assert.equal(values.length, sums === undefined ? count(expected.shape) : SAMPLE, "the fixture");
  const rms = Math.max(leastScale, expected.rms ?? rootMeanSquare(values));
  values.forEach((value, i) => {
    const at = positions[i]!;
    assertClose(`${name} at ${at}`, data[at]!, value, tolerance * Math.max(rms, Math.abs(value)));
  });
  if (sums === undefined) return;
  const spread = Math.max(tolerance, 1e-12) * rms * Math.sqrt(data.length);
  // a mean that is one rounding off moves all elements, and their sum as often
  const drift = tolerance === 0 ? 0 : 2 ** -22 * rms * data.length;
  const weights = [() => 1, ...SIGNED.map((seed) => (i: number) => 2 * unit(seed, i) - 1)];
  weights.forEach((weight, i) => {
    const sum = data.reduce((sum, x, j) => sum + weight(j) * x, 0);
    assertClose(
      `${name}, sum ${i} of all,`,
      sum,
      sums[i]!,
      i === 0 ? Math.max(spread, drift) : spread,
    );
  });
}

function rootMeanSquare(values: number[]): number {
  const finite = values.filter(Number.isFinite);
  return Math.sqrt(finite.reduce((sum, x) => sum + x * x, 0) / Math.max(1, finite.length));
}

function assertClose(what: string, actual: number, expected: number, allowed: number): void {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return;
  const error = Math.abs(actual - expected);
  const said = `it may differ by ${allowed.toPrecision(3)}`;
  assert(error <= allowed, `${what} is ${actual}: PyTorch has ${expected}; ${said}`);
}
