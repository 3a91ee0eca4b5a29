/**
 * Rows that a device has no kernel for, computed by their functions in memory that the host reaches:
 * one element after the other, in float64.
 *
 * @module
 */
import { type Buffer, viewOf, wrongDevice } from "./buffer.ts";
import type { BinaryOp, ScanDims, ScanOp, UnaryOp } from "./kernels.ts";
import { look } from "./transfer.ts";
import type { RawArray } from "../core/dtype.ts";
import { expandStrides, stridesOf } from "../core/shape.ts";

/** The elements of a buffer, in the order of its memory: all of what is dense. */
function elementsOf(op: string, x: Buffer): Float32Array {
  const line = x.isContiguous ? x : viewOf(x, [x.numel], [1]);
  return look(op, line) as Float32Array;
}

/** y = f(x); both dense, in one order. */
export function unaryOnHost({ name, f }: Pick<UnaryOp, "name" | "f">, x: Buffer, y: Buffer): void {
  const [from, to] = [elementsOf(name, x), elementsOf(name, y)];
  for (let i = 0; i < to.length; i++) to[i] = f(from[i]!);
}

/** dx = dy · f′, from what was saved; all dense, in one order. */
export function unaryGradOnHost(
  { name, grad }: Pick<UnaryOp, "name" | "grad">,
  saved: Buffer,
  dy: Buffer,
  dx: Buffer,
): void {
  const [s, d, to] = [saved, dy, dx].map((x) => elementsOf(name, x)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let i = 0; i < to.length; i++) to[i] = grad(s[i]!, d[i]!);
}

/** The whole memory of a buffer's storage from its first element on, of any strides. */
function memoryOf(op: string, x: Buffer): Float32Array {
  const last = x.shape.reduce((at, n, d) => at + (n - 1) * x.strides[d]!, 0);
  return look(op, viewOf(x, [last + 1], [1])) as Float32Array;
}

/** c = f(a, b); operands are numbers or buffers of any strides that broadcast to c's shape. */
export function binaryOnHost(
  { name, f }: BinaryOp,
  a: Buffer | number,
  b: Buffer | number,
  c: Buffer,
): void {
  if (c.numel === 0) return;
  const to = elementsOf(name, c);
  const [x, atX] = operand(name, "a", a, c);
  const [y, atY] = operand(name, "b", b, c);
  for (let i = 0; i < to.length; i++) {
    to[i] = f(x[atX === null ? i : atX[i]!]!, y[atY === null ? i : atY[i]!]!);
  }
}

/** An operand's memory, and where each element of the result finds its own; null: in order. */
function operand(
  op: string,
  argument: string,
  x: Buffer | number,
  c: Buffer,
): [memory: ArrayLike<number>, at: Int32Array | null] {
  if (typeof x === "number") return [[Math.fround(x)], new Int32Array(c.numel)];
  const { device } = c.storage;
  if (x.storage.device !== device) throw wrongDevice(op, argument, x, device);
  if (x.isContiguous && x.numel === c.numel) return [elementsOf(op, x), null];
  return [memoryOf(op, x), places(c, expandStrides(x.shape, x.strides, c.shape))];
}

/** Where the elements of c's shape stand by other strides, row-major. */
function places({ shape, numel }: Buffer, strides: readonly number[]): Int32Array {
  const at = new Int32Array(numel);
  const steps = stridesOf(shape);
  for (let d = 0; d < shape.length; d++) {
    const [n, step, stride] = [shape[d]!, steps[d]!, strides[d]!];
    if (stride !== 0) {
      for (let i = 0; i < numel; i++) at[i]! += Math.floor(i / step) % n * stride;
    }
  }
  return at;
}

/** c = f(a, b) on int32, all of one shape. */
export function binaryIntOnHost(
  { name, ofIntegers }: BinaryOp,
  a: Buffer,
  b: Buffer,
  c: Buffer,
): void {
  const { device } = c.storage;
  if (a.storage.device !== device) throw wrongDevice(name, "a", a, device);
  if (b.storage.device !== device) throw wrongDevice(name, "b", b, device);
  const [x, y, to] = [a, b, c].map((x) => look(name, x)) as [Int32Array, Int32Array, Int32Array];
  for (let i = 0; i < to.length; i++) to[i] = ofIntegers!(x[i]!, y[i]!);
}

/** What a scan makes of what came before and an element; integers wrap where they are sums or products. */
const SCANS: Readonly<Record<Exclude<ScanOp, "logsumexp">, (before: number, x: number) => number>> =
  {
    sum: (before, x) => before + x,
    prod: (before, x) => before * x,
    max: (before, x) => before > x || Number.isNaN(before) && !Number.isNaN(x) ? before : x,
    min: (before, x) => before < x || Number.isNaN(before) && !Number.isNaN(x) ? before : x,
  };

/** Makes one line of a scan: n elements from `at` on, `step` apart. */
type Line = (from: Float32Array, to: Float32Array, at: number, n: number, step: number) => void;

/** log Σ exp: the largest so far, and the sum beside it. */
const logSumExp: Line = (from, to, at, n, step) => {
  let top = -Infinity, sum = 0;
  for (let j = 0; j < n; j++, at += step) {
    const x = from[at]!;
    if (x === top) sum += 1;
    else if (x < top) sum += Math.exp(x - top);
    else {
      sum = sum * Math.exp(top - x) + 1;
      top = x;
    }
    to[at] = top + Math.log(sum);
  }
};

/** All so far, folded by f; `places`: where the extreme so far stands, the last of equal ones. */
function folding(
  f: (before: number, x: number) => number,
  places: RawArray | null,
): Line {
  return (from, to, at, n, step) => {
    let value = from[at]!, place = 0;
    for (let j = 0; j < n; j++, at += step) {
      const x = from[at]!;
      if (j > 0) {
        const next = f(value, x);
        if (places !== null && !(next !== x && !Number.isNaN(x))) place = j;
        value = next;
      }
      to[at] = value;
      if (places !== null) places[at] = place;
    }
  };
}

/** y = all of the middle of x [outer, n, inner] folded up to each element; index: see `Kernels.scan`. */
export function scanOnHost(
  op: ScanOp,
  x: Buffer,
  y: Buffer,
  index: Buffer | null,
  [outer, n, inner, reversed]: ScanDims,
): void {
  const name = op === "logsumexp" ? "logcumsumexp" : `cum${op}`;
  const [from, to] = [look(name, x), look(name, y)] as [Float32Array, Float32Array];
  const places = index === null ? null : look(name, index);
  const wraps = op === "prod" && x.dtype === "int32";
  const line = op === "logsumexp" ? logSumExp : folding(wraps ? Math.imul : SCANS[op], places);
  const step = reversed ? -inner : inner;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      line(from, to, (o * n + (reversed ? n - 1 : 0)) * inner + i, n, step);
    }
  }
}
