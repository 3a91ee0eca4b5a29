/**
 * Copies and operations on elements.
 *
 * @module
 */
import type { BinaryIntOp, BinaryOp, CompareOp, Elementwise, Moves } from "../device/kernels.ts";
import { castOnHost, fillOnHost } from "../device/transfer.ts";
import { numbers, places, reader, tabulate } from "./memory.ts";

/** IEEE 754's power: two of its values are other ones in JavaScript. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

const BINARY: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  pow,
  share: (a, b) => a < b ? 0 : a === b ? 0.5 : 1,
};

/** aᵇ modulo 2³² by squaring; a negative power of an integer is cut off to an integer. */
function powInt(a: number, b: number): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? (b & 1 ? -1 : 1) : 0;
  let power = 1;
  for (; b > 0; b >>>= 1, a = Math.imul(a, a)) if (b & 1) power = Math.imul(power, a);
  return power;
}

const BINARY_INT: Record<BinaryIntOp, (a: number, b: number) => number> = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
  maximum: Math.max,
  minimum: Math.min,
  pow: powInt,
};

const COMPARE: Record<CompareOp, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  gt: (a, b) => a > b,
  lt: (a, b) => a < b,
  ge: (a, b) => a >= b,
  le: (a, b) => a <= b,
};

/** Copies, conversions and fillings. */
export const moves: Moves = {
  copy(from, to) {
    const read = reader(from, to.shape);
    const values = Array.from({ length: to.numel }, (_, i) => read(i));
    const [memory, at] = [numbers(to), places(to.shape, to.strides)];
    for (let i = 0; i < values.length; i++) memory[at[i]!] = values[i]!;
  },
  cast: castOnHost,
  fill: fillOnHost,
};

/** Operations on elements. */
export const elementwise: Elementwise = {
  unary({ f }, x, y) {
    const from = numbers(x);
    tabulate(y, (i) => f(from[i]!));
  },
  unaryGrad({ grad }, saved, dy, dx) {
    const [s, d] = [numbers(saved), numbers(dy)];
    tabulate(dx, (i) => grad(s[i]!, d[i]!));
  },
  clamp(x, y, low, high) {
    const from = numbers(x);
    tabulate(y, (i) => Math.min(Math.max(from[i]!, low), high));
  },
  clampGrad(x, dy, dx, low, high) {
    const [from, d] = [numbers(x), numbers(dy)];
    const [least, most] = [Math.fround(low), Math.fround(high)];
    tabulate(dx, (i) => from[i]! >= least && from[i]! <= most ? d[i]! : 0);
  },
  leakyRelu(x, y, z, slope) {
    const [from, values, factor] = [numbers(x), numbers(y), Math.fround(slope)];
    tabulate(z, (i) => from[i]! > 0 ? values[i]! : factor * values[i]!);
  },
  binary(op, a, b, c) {
    const [f, x, y] = [BINARY[op], reader(a, c.shape), reader(b, c.shape)];
    tabulate(c, (i) => f(x(i), y(i)));
  },
  binaryInt(op, a, b, c) {
    const [f, x, y] = [BINARY_INT[op], numbers(a), numbers(b)];
    tabulate(c, (i) => f(x[i]!, y[i]!));
  },
  compare(op, a, b, c) {
    const [f, x, y] = [COMPARE[op], numbers(a), numbers(b)];
    tabulate(c, (i) => f(x[i]!, y[i]!) ? 1 : 0);
  },
  where(condition, a, b, c) {
    const [at, x, y] = [numbers(condition), numbers(a), numbers(b)];
    tabulate(c, (i) => at[i] !== 0 ? x[i]! : y[i]!);
  },
};
