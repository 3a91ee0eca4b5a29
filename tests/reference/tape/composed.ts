/** Calls that are made of simpler ones. */
import { array, count, type Dims, type NDArray } from "../arrays/array.ts";
import { add, div, exp, log, mul, type Operand, sqrt, sub, where } from "./elementwise.ts";
import { matmul } from "./products.ts";
import { mean, sum } from "./reduce.ts";
import { composed, Value } from "./value.ts";
import { unsqueeze } from "./views.ts";

export function logsumexp(x: Value, dim: Dims, keepdim?: boolean): Value {
  return composed(log(sum(exp(x), dim, keepdim)), [x]);
}

function variance(
  x: Value,
  dim: Dims,
  { correction = 1, keepdim = false }: { correction?: number; keepdim?: boolean } = {},
): Value {
  const apart = sub(x, mean(x, dim, true));
  const squares = sum(mul(apart, apart), dim, keepdim);
  const n = count(x.shape) / Math.max(1, count(squares.shape));
  return composed(div(squares, n - correction), [x]);
}

export { variance as var };

export function std(
  x: Value,
  dim: Dims,
  options?: { correction?: number; keepdim?: boolean },
): Value {
  return composed(sqrt(variance(x, dim, options)), [x]);
}

export function lerp(a: Value, b: Value, weight: Operand): Value {
  return composed(add(a, mul(weight, sub(b, a))), [a, b]);
}

export function addcmul(x: Value, a: Value, b: Value, value = 1): Value {
  return composed(add(x, mul(mul(a, b), value)), [x, a, b]);
}

export function outer(a: Value, b: Value): Value {
  return composed(mul(unsqueeze(a, 1), b), [a, b]);
}

export function bmm(a: Value, b: Value): Value {
  return matmul(a, b);
}

/** Where row and column of the last two dimensions keep a condition; 0 elsewhere. */
function triangle(x: Value, keeps: (row: number, column: number) => boolean): Value {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const mask: NDArray = array(
    [rows, columns],
    Float64Array.from(
      { length: rows * columns },
      (_, i) => keeps(Math.floor(i / columns), i % columns) ? 1 : 0,
    ),
    "bool",
  );
  return composed(where(new Value(mask), x, 0), [x]);
}

export function tril(x: Value, diagonal = 0): Value {
  return triangle(x, (row, column) => column - row <= diagonal);
}

export function triu(x: Value, diagonal = 0): Value {
  return triangle(x, (row, column) => column - row >= diagonal);
}
