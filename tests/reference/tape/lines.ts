/** Calls that go along one dimension, line by line: orders, running sums and products. */
import { array, axisOf, count, type NDArray, need, type Shape } from "../arrays/array.ts";
import { record, type Value } from "./value.ts";
import type { ValuesAndIndices } from "./reduce.ts";

/** Where the elements of each line along a dimension stand. */
function linesOf(shape: Shape, axis: number): number[][] {
  const n = shape[axis]!, step = count(shape.slice(axis + 1));
  const starts = Array.from({ length: count(shape) / Math.max(n, 1) }, (_, i) => {
    return Math.floor(i / step) * step * n + i % step;
  });
  return starts.map((start) => Array.from({ length: n }, (_, k) => start + k * step));
}

/** Each line of x made into one of the same length; `back` gives a line of dx. */
function alongLines(
  x: Value,
  dim: number,
  f: (x: number[]) => number[],
  back: (dy: number[], x: number[], y: number[]) => number[],
): Value {
  const at = linesOf(x.shape, axisOf(dim, x.shape.length)), from = x.array.data;
  const apply = (make: (line: number[]) => number[]): NDArray => {
    const data = new Float64Array(from.length);
    for (const line of at) make(line).forEach((v, k) => data[line[k]!] = v);
    return array(x.shape, data);
  };
  const take = (data: Float64Array, line: number[]) => line.map((i) => data[i]!);
  const out = apply((line) => f(take(from, line)));
  return record(out, [[
    x,
    (dy) => apply((line) => back(take(dy.data, line), take(from, line), take(out.data, line))),
  ]]);
}

function running(line: number[], f: (sum: number, v: number) => number, first: number): number[] {
  let sum = first;
  return line.map((v) => sum = f(sum, v));
}

const sums = (line: number[]): number[] => running(line, (sum, v) => sum + v, 0);

/** What each element contributes to what comes at and behind it. */
const sumsFromTheEnd = (line: number[]): number[] => sums(line.toReversed()).toReversed();

export function cumsum(x: Value, dim: number): Value {
  return alongLines(x, dim, sums, sumsFromTheEnd);
}

export function cumprod(x: Value, dim: number): Value {
  const products = (line: number[]) => running(line, (product, v) => product * v, 1);
  return alongLines(x, dim, products, (dy, x, y) => {
    need(x.every((v) => v !== 0), "no zeros");
    return sumsFromTheEnd(dy.map((g, k) => g * y[k]!)).map((sum, k) => sum / x[k]!);
  });
}

export function logcumsumexp(x: Value, dim: number): Value {
  const logs = (line: number[]) => sums(line.map(Math.exp)).map(Math.log);
  return alongLines(x, dim, logs, (dy, x, y) => {
    return sumsFromTheEnd(dy.map((g, k) => g * Math.exp(-y[k]!))).map((s, k) =>
      s * Math.exp(x[k]!)
    );
  });
}

/** The elements in another order, which is the same for every line, or follows from it. */
function reordered(x: Value, dim: number, orderOf: (line: number[]) => number[]): Value {
  return alongLines(x, dim, (line) => orderOf(line).map((k) => line[k]!), (dy, line) => {
    const dx = dy.map(() => 0);
    orderOf(line).forEach((k, i) => dx[k]! += dy[i]!);
    return dx;
  });
}

export function flip(x: Value, dims: readonly number[]): Value {
  const backwards = (line: number[]) => [...line.keys()].reverse();
  return dims.reduce((y, dim) => reordered(y, dim, backwards), x);
}

export function roll(x: Value, shift: number, dim: number): Value {
  return reordered(x, dim, (line) => {
    const n = line.length;
    return [...line.keys()].map((k) => (((k - shift) % n) + n) % n);
  });
}

export function sort(x: Value, dim: number, descending = false): ValuesAndIndices {
  const sign = descending ? -1 : 1;
  const values = reordered(x, dim, (line) => {
    return [...line.keys()].sort((i, j) => sign * (line[i]! - line[j]!));
  });
  return { values, indices: values };
}
