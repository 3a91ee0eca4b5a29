/**
 * Functions of two elements that step, and of integers.
 *
 * @module
 */
import type { BinaryOp } from "../device/kernels.ts";
import { mul } from "./binary.ts";
import { type Binary, binary, plain } from "./binary_op.ts";
import { integerOp } from "./integer_op.ts";

const HEAVISIDE: BinaryOp = {
  name: "heaviside",
  cost: 0,
  f: (a, b) => a === 0 ? b : a > 0 ? 1 : 0,
  ofIntegers: (a, b) => a === 0 ? b : a > 0 ? 1 : 0,
};

/** 0 where a is negative, b where it is 0, 1 where it is positive. It has no gradient. */
export const heaviside: Binary = plain(HEAVISIDE);

const view = new DataView(new ArrayBuffer(4));

/** The float32 next to a on the way to b. */
function next(a: number, b: number): number {
  if (a === b || Number.isNaN(a) || Number.isNaN(b)) return a === b ? b : NaN;
  if (a === 0) return b > 0 ? 2 ** -149 : -(2 ** -149);
  view.setFloat32(0, a);
  view.setInt32(0, view.getInt32(0) + (a < b === a > 0 ? 1 : -1));
  return view.getFloat32(0);
}

/** The float32 next to a on the way to b. Its gradient is a's. */
export const nextafter: Binary = binary({
  name: "nextafter",
  f: next,
  da: (dc) => dc,
  db: (dc) => mul(dc, 0),
  reads: ["", ""],
});

function gcdOf(a: number, b: number): number {
  while (b !== 0) {
    const rest = (a | 0) % (b | 0) | 0; // of integers, which engines compute faster
    a = b;
    b = rest;
  }
  return Math.abs(a) | 0;
}

/** The greatest common divisor of integers; 0 and 0 have 0. */
export const gcd: Binary = integerOp({ name: "gcd", cost: 0, f: gcdOf, ofIntegers: gcdOf });

function lcmOf(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.abs(Math.imul(a / gcdOf(a, b), b));
}

/** The least common multiple of integers. */
export const lcm: Binary = integerOp({ name: "lcm", cost: 0, f: lcmOf, ofIntegers: lcmOf });
