/**
 * Diagonals, and what lies above and below them.
 *
 * @module
 */
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { canLook, fill, look } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import { DTYPES } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, integer, whole } from "../core/options.ts";
import { axisOf } from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast, owned } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { LINEAR, record } from "../autograd/autograd.ts";
import { looked, putIn } from "./strided.ts";
import { sum } from "./sum.ts";
import { indexTensor } from "./pad_mode.ts";
import { indexSelect } from "./select.ts";
import { contiguous, permute, reshape } from "./view.ts";
import { where } from "./where.ts";

/** The diagonal of two dimensions as the last one of a buffer. */
function diagonalOf(x: Buffer, offset: number, a: number, b: number): Buffer {
  const [rows, columns] = [x.shape[a]!, x.shape[b]!];
  const [down, right] = [Math.max(0, -offset), Math.max(0, offset)];
  const length = Math.max(0, Math.min(rows - down, columns - right));
  const rest = x.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
  const start = length === 0 ? 0 : down * x.strides[a]! + right * x.strides[b]!;
  return viewOf(
    x,
    [...rest.map((i) => x.shape[i]!), length],
    [...rest.map((i) => x.strides[i]!), x.strides[a]! + x.strides[b]!],
    x.offset + start,
  );
}

function twoAxes(op: string, ndim: number, dim1: number, dim2: number): [number, number] {
  const [a, b] = [axisOf(op, dim1, ndim), axisOf(op, dim2, ndim)];
  if (a === b) throw new ShapeError(`${op}: two dimensions are needed: both are ${dim1}`);
  return [a, b];
}

/**
 * The diagonal of two dimensions as the last dimension, a view of x: `offset` above the main one, below
 * it where it is negative.
 */
export function diagonal(x: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor {
  atMost(4, arguments.length, "diagonal(x, offset, dim1, dim2)");
  checkTensor("diagonal", x);
  check("diagonal", "the offset", offset, integer);
  const [a, b] = twoAxes("diagonal", x.ndim, dim1, dim2);
  if (wantsParts) return picked(x, offset, a, b);
  return looked("diagonal", x, (from) => diagonalOf(from, offset, a, b));
}

/** The same picked out of rows that hold both dimensions: what more formats have than such a view. */
function picked(x: Tensor, offset: number, a: number, b: number): Tensor {
  const rest = x.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
  const [rows, columns] = [x.shape[a]!, x.shape[b]!];
  const flat = reshape(permute(x, [...rest, a, b]), [
    ...rest.map((d) => x.shape[d]!),
    rows * columns,
  ]);
  const from = Math.max(0, -offset) * columns + Math.max(0, offset);
  const n = Math.max(0, Math.min(rows - Math.max(0, -offset), columns - Math.max(0, offset)));
  return indexSelect(
    flat,
    -1,
    indexTensor(x, Array.from({ length: n }, (_, i) => from + i * (columns + 1))),
  );
}

/** Zeros with the last dimension of x as the diagonal of two new ones. */
export function diagEmbed(x: Tensor, offset = 0, dim1 = -2, dim2 = -1): Tensor {
  atMost(4, arguments.length, "diagEmbed(x, offset, dim1, dim2)");
  checkTensor("diagEmbed", x);
  check("diagEmbed", "the offset", offset, integer);
  if (x.ndim === 0) x = reshape(x, [1]);
  const [a, b] = twoAxes("diagEmbed", x.ndim + 1, dim1, dim2);
  const n = x.shape.at(-1)! + Math.abs(offset);
  const shape: number[] = [];
  const rest = x.shape.slice(0, -1);
  for (let i = 0; i <= x.ndim; i++) shape.push(i === a || i === b ? n : rest.shift()!);
  return putIn("diagEmbed", x, shape, (to) => diagonalOf(to, offset, a, b));
}

/** The diagonal of a matrix, as a copy; of a vector the matrix that has it as its diagonal. */
export function diag(x: Tensor, offset = 0): Tensor {
  atMost(2, arguments.length, "diag(x, offset)");
  return inNameOf("diag", () => {
    checkTensor("diag", x);
    if (x.ndim === 1) return diagEmbed(x, offset);
    if (x.ndim === 2) return owned(diagonal(x, offset), x);
    throw new ShapeError(`diag: a vector or a matrix is needed: it is ${show(x.shape)}`);
  });
}

/** The matrix that has the elements of x, as a vector, as its diagonal. */
export function diagflat(x: Tensor, offset = 0): Tensor {
  atMost(2, arguments.length, "diagflat(x, offset)");
  return inNameOf("diagflat", () => {
    checkTensor("diagflat", x);
    return diagEmbed(reshape(x, [-1]), offset);
  });
}

/** The sum of a matrix's diagonal, a scalar. */
export function trace(x: Tensor): Tensor {
  atMost(1, arguments.length, "trace(x)");
  checkTensor("trace", x);
  if (x.ndim !== 2) throw new ShapeError(`trace: a matrix is needed: it is ${show(x.shape)}`);
  return sum(diagonal(x));
}

/** x [..., n, m] with 0 above a diagonal: `diagonal` above the main one, below it where it is negative. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  atMost(2, arguments.length, "tril(x, diagonal)");
  return inNameOf("tril", () => {
    return triangle("tril", x, diagonal, true);
  });
}

/** x [..., n, m] with 0 below a diagonal: `diagonal` above the main one, below it where it is negative. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  atMost(2, arguments.length, "triu(x, diagonal)");
  return inNameOf("triu", () => {
    return triangle("triu", x, diagonal, false);
  });
}

function triangle(op: "tril" | "triu", x: Tensor, diagonal: number, isLower: boolean): Tensor {
  checkTensor(op, x);
  check(op, "the diagonal", diagonal, integer);
  if (x.ndim < 2) {
    throw new ShapeError(`${op}: at least 2 dimensions are needed: it is ${show(x.shape)}`);
  }
  const [n, m] = x.shape.slice(-2) as [number, number];
  const shift = diagonal + (isLower ? 1 : 0);
  const edgeOf = (row: number) => Math.min(m, Math.max(0, row + shift));
  const isPlain = x.dtype === "float32" || DTYPES[x.dtype].computes === true;
  if (isPlain && canLook(x) && !wantsParts) {
    return rowsOf(op, x, n, m, edgeOf, isLower, diagonal);
  }
  const mask = alloc(x, [n, m], "bool");
  if (wantsParts) kernelsOf(mask).fill(mask, 0); // so that it is seen as a constant
  fill(mask, (to) => {
    for (let row = 0; row < n; row++) { // kept are the first columns of a row, or the last
      const edge = edgeOf(row);
      (to as Uint8Array).fill(isLower ? 1 : 0, row * m, row * m + edge);
      (to as Uint8Array).fill(isLower ? 0 : 1, row * m + edge, (row + 1) * m);
    }
  });
  return cast(where(record(op, mask, []), x, 0), x.dtype);
}

/** The same where the host reaches the memory: the rows' parts are copied there. */
function rowsOf(
  op: "tril" | "triu",
  x: Tensor,
  n: number,
  m: number,
  edgeOf: (row: number) => number,
  isLower: boolean,
  diagonal: number,
): Tensor {
  const from = contiguous(x);
  const out = alloc(x, x.shape, x.dtype);
  if (out.numel > 0) {
    const [source, to] = [look(op, from), look(op, out)] as [Float32Array, Float32Array];
    for (let row = 0; row * m < to.length; row++) {
      const start = row * m, end = start + m, edge = start + edgeOf(row % n);
      to.fill(0, isLower ? edge : start, isLower ? end : edge);
      if (isLower) to.set(source.subarray(start, edge), start);
      else to.set(source.subarray(edge, end), edge);
    }
  }
  return record(op, out, [[x, (dy) => triangle(op, dy, diagonal, isLower)]], LINEAR);
}

/** Where the elements of the lower triangle of an n × m matrix stand: int32 [2, count], rows and columns. */
export function trilPlaces(op: string, n: number, m: number, offset: number): [number[], number[]] {
  return places(op, n, m, (row, column) => column - row <= offset);
}

/** The same of the upper triangle. */
export function triuPlaces(op: string, n: number, m: number, offset: number): [number[], number[]] {
  return places(op, n, m, (row, column) => column - row >= offset);
}

/** Places that lists may tell. */
const MOST = 2 ** 26;

function places(
  op: string,
  n: number,
  m: number,
  isIn: (row: number, column: number) => boolean,
): [number[], number[]] {
  check(op, "the rows", n, whole(0));
  check(op, "the columns", m, whole(0));
  if (n * m > MOST) {
    throw new ShapeError(`${op}: at most ${MOST} places can be told: ${n} × ${m} are too many`);
  }
  const [rows, columns]: [number[], number[]] = [[], []];
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < m; column++) {
      if (!isIn(row, column)) continue;
      rows.push(row);
      columns.push(column);
    }
  }
  return [rows, columns];
}
