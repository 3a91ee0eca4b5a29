/**
 * Copies and operations on elements.
 *
 * @module
 */
import type { BitsOp, Elementwise, Moves } from "../device/kernels.ts";
import { castOnHost, fillOnHost } from "../device/transfer.ts";
import { numbers, places, reader, tabulate } from "./memory.ts";

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

const BITS: Readonly<Record<BitsOp, (a: number, b: number) => number>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
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
  binary({ f }, a, b, c) {
    const [x, y] = [reader(a, c.shape), reader(b, c.shape)];
    tabulate(c, (i) => f(x(i), y(i)));
  },
  binaryInt({ ofIntegers }, a, b, c) {
    const [x, y] = [numbers(a), numbers(b)];
    tabulate(c, (i) => ofIntegers!(x[i]!, y[i]!));
  },
  bits(op, a, b, c) {
    const [x, y, f] = [numbers(a), numbers(b), BITS[op]];
    tabulate(c, (i) => f(x[i]!, y[i]!));
  },
  compare({ f }, a, b, c) {
    const [x, y] = [numbers(a), numbers(b)];
    tabulate(c, (i) => f(x[i]!, y[i]!) ? 1 : 0);
  },
  where(condition, a, b, c) {
    const [at, x, y] = [numbers(condition), numbers(a), numbers(b)];
    tabulate(c, (i) => at[i] !== 0 ? x[i]! : y[i]!);
  },
};
