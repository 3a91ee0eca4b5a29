/**
 * What numbers of a dtype can be.
 *
 * @module
 */
import { checkDType, type DType, DTYPES } from "./dtype.ts";
import { DTypeError } from "./errors.ts";
import { atMost } from "./options.ts";

/** What {@link finfo} tells. */
export interface FloatInfo {
  /** The dtype. */
  dtype: DType;
  /** Bits of an element. */
  bits: number;
  /** The distance from 1 to the next larger number. */
  eps: number;
  /** The largest finite number. */
  max: number;
  /** The smallest finite number, −max. */
  min: number;
  /** The smallest positive number with all its digits. */
  tiny: number;
  /** The same, by its newer name. */
  smallestNormal: number;
  /** The power of ten that decimals are good to. */
  resolution: number;
}

/** What {@link iinfo} tells. */
export interface IntegerInfo {
  /** The dtype. */
  dtype: DType;
  /** Bits of an element. */
  bits: number;
  /** The largest; of int64 the largest that is a number of JavaScript's. */
  max: number;
  /** The smallest. */
  min: number;
}

/**
 * What numbers of a dtype of floats can be. DTypeError for another one.
 *
 * @example
 * ```ts
 * import { finfo, ones } from "@glim/glim";
 * const scores = ones([2, 2]);
 * const lowest = finfo(scores.dtype).min; // what hides a score from softmax, and is finite
 * console.log(lowest < -3.4e38, finfo("float32").eps === 2 ** -23); // true true
 * ```
 */
export function finfo(dtype: DType = "float32"): FloatInfo {
  atMost(1, arguments.length, "finfo(dtype)");
  const row = DTYPES[checkDType("finfo", dtype)];
  if (row.kind !== "float") {
    throw new DTypeError(`finfo: a dtype of floats is needed: it is ${dtype}: use iinfo`);
  }
  const [min, max] = row.range;
  let power = 1; // the largest: max is (2 − eps) times it
  while (power * 2 <= max) power *= 2;
  const eps = 2 - max / power, tiny = 2 / power;
  return {
    dtype,
    bits: 8 * row.bytes,
    eps,
    max,
    min,
    tiny,
    smallestNormal: tiny,
    resolution: 10 ** -Math.floor(-Math.log10(eps)),
  };
}

/** What numbers of a dtype of integers can be. DTypeError for another one. */
export function iinfo(dtype: DType): IntegerInfo {
  atMost(1, arguments.length, "iinfo(dtype)");
  const row = DTYPES[checkDType("iinfo", dtype)];
  if (row.kind !== "int") {
    throw new DTypeError(`iinfo: a dtype of integers is needed: it is ${dtype}: use finfo`);
  }
  const [min, max] = row.range;
  return { dtype, bits: 8 * row.bytes, max, min };
}
