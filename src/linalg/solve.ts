/**
 * Systems of linear equations, and inverses.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  integer,
  type Kinds,
  listOf,
  orNull,
} from "../core/options.ts";
import { broadcastShape, numelOf, sameShape, type Shape } from "../core/shape.ts";
import { neg } from "../ops/elementwise.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { matmul } from "../ops/matmul.ts";
import { tril, triu } from "../ops/diagonal.ts";
import { movedim } from "../ops/reshaping.ts";
import { reshape, squeeze, unsqueeze } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { factored, solved, substituted, unit } from "./elimination.ts";
import { eachMatrix, inBatch, matricesOf, placeOf, squaresOf, turned } from "./matrices.ts";
import { asFloat } from "../ops/cast.ts";

/** Options of {@link solve}. */
export interface SolveOptions {
  /** Whether a·x = b is solved; false: x·a = b. Default: true. */
  left?: boolean;
}

const SOLVE: Kinds<SolveOptions> = { left: flag };

/**
 * x of a·x = b: a [..., n, n], b [..., n, m] or [..., n]. Batches broadcast. RangeError where a matrix
 * cannot be inverted.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@glim/glim";
 * console.log(linalg.solve(tensor([[2, 1], [1, 3]]), tensor([3, 5])).toArray()); // near [0.8, 1.4]
 * ```
 */
export function solve(a: Tensor, b: Tensor, options: SolveOptions = {}): Tensor {
  atMost(3, arguments.length, "solve(a, b, { left })");
  return inNameOf("solve", () => {
    const { left = true } = checkOptions("solve", options, SOLVE);
    a = squaresOf("solve", a, "a");
    b = asFloat("solve", b, "b");
    if (isVectors(a, b)) return squeeze(solve(a, unsqueeze(b, -1), { left: true }), -1);
    if (!left) return turned(solve(turned(a), turned(b)));
    const [l, r] = together("solve", a, b);
    return solvedBy("solve", l, r);
  });
}

/** Whether b is a vector for each matrix, as PyTorch tells it. */
function isVectors(a: Tensor, b: Tensor): boolean {
  return b.ndim === 1 || b.ndim === a.ndim - 1 && sameShape(b.shape, a.shape.slice(0, -1));
}

/** Both in one batch, with as many rows. */
export function together(op: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (b.ndim < 2 || b.shape.at(-2) !== a.shape.at(-2)) {
    throw new ShapeError(
      `${op}: both must have as many rows: they are ${show(a.shape)} and ${show(b.shape)}`,
    );
  }
  const batch = broadcastShape(op, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [inBatch(a, batch), inBatch(b, batch)];
}

function solvedBy(op: string, a: Tensor, b: Tensor): Tensor {
  const [n, m] = b.shape.slice(-2) as [number, number];
  const where = (place: number) => placeOf(a, place);
  const [out] = eachMatrix(op, [a, b], [[n, m]], ([a, b], [x], place) => {
    const factors = factored(a!, n);
    if (factors.singular >= 0) throw cannotInvert(op, where(place));
    solved(factors, b!, x!, n, m);
  });
  const x: Tensor = record(op, out!, [
    [a, (_, db) => neg(matmul(db, turned(x)))],
    [b, (_, db) => db],
  ], {
    shared: (dx: Tensor) => solvedBy(op, turned(a), dx),
    saved: [a, out!],
    differentiable: true,
  });
  return x;
}

function cannotInvert(op: string, place: string): RangeError {
  return new RangeError(`${op}: the matrix must have an inverse: ${place} has none`);
}

/** The inverses of square matrices [..., n, n]. RangeError where one has none. */
export function inv(x: Tensor): Tensor {
  atMost(1, arguments.length, "inv(x)");
  x = squaresOf("inv", x);
  const n = x.shape.at(-1)!;
  const [out] = eachMatrix("inv", [x], [[n, n]], ([a], [y], place) => {
    const factors = factored(a!, n);
    if (factors.singular >= 0) throw cannotInvert("inv", placeOf(x, place));
    solved(factors, unit(n), y!, n, n);
  });
  const y: Tensor = record("inv", out!, [[x, (dy) => {
    const t = turned(y);
    return neg(matmul(matmul(t, dy), t));
  }]], { saved: [out!], differentiable: true });
  return y;
}

/** Options of {@link solveTriangular}. */
export interface SolveTriangularOptions {
  /** Whether what stands above the diagonal counts, or what stands below. */
  upper: boolean;
  /** Whether a·x = b is solved; false: x·a = b. Default: true. */
  left?: boolean;
  /** Whether the diagonal counts as ones. Default: false. */
  unitriangular?: boolean;
}

const TRIANGULAR: Kinds<SolveTriangularOptions> = {
  upper: flag,
  left: flag,
  unitriangular: flag,
};

/** x of a·x = b for triangles a [..., n, n], b [..., n, m]. What is divided by 0 is not finite. */
export function solveTriangular(a: Tensor, b: Tensor, options: SolveTriangularOptions): Tensor {
  atMost(3, arguments.length, "solveTriangular(a, b, { upper, left, unitriangular })");
  const op = "solveTriangular";
  return inNameOf(op, () => {
    const { upper, left = true, unitriangular = false } = checkOptions(op, options, TRIANGULAR);
    check(op, "upper", upper, flag);
    a = squaresOf(op, a, "a");
    b = matricesOf(op, b, "b");
    if (!left) {
      return turned(
        solveTriangular(turned(a), turned(b), { upper: !upper, unitriangular }),
      );
    }
    const [l, r] = together(op, a, b);
    return byTriangle(op, l, r, upper, unitriangular);
  });
}

function byTriangle(
  op: string,
  a: Tensor,
  b: Tensor,
  upper: boolean,
  unitriangular: boolean,
): Tensor {
  const [n, m] = b.shape.slice(-2) as [number, number];
  const [out] = eachMatrix(op, [a, b], [[n, m]], ([a, b], [x]) => {
    x!.set(b!);
    substituted(a!, x!, n, m, { upper, unitriangular });
  });
  const x: Tensor = record(op, out!, [
    [a, (_, db) => {
      const da = neg(matmul(db, turned(x)));
      const besides = unitriangular ? 1 : 0;
      return upper ? triu(da, besides) : tril(da, -besides);
    }],
    [b, (_, db) => db],
  ], {
    shared: (dx: Tensor) => byTriangle(op, turned(a), dx, !upper, unitriangular),
    saved: [a, out!],
    differentiable: true,
  });
  return x;
}

/** The tensor of inverses that takes b's shape to what is solved: x's last dimensions from `ind` on. */
export function tensorinv(x: Tensor, ind = 2): Tensor {
  atMost(2, arguments.length, "tensorinv(x, ind)");
  return inNameOf("tensorinv", () => {
    x = asFloat("tensorinv", x);
    check("tensorinv", "ind", ind, integer);
    const [rows, columns] = [x.shape.slice(0, ind), x.shape.slice(ind)];
    return reshape(inv(asSquare("tensorinv", x, rows, columns)), [...columns, ...rows]);
  });
}

/** Options of {@link tensorsolve}. */
export interface TensorsolveOptions {
  /** Dimensions of `a` that are moved to its end first, in this order. Default: none. */
  dims?: readonly number[] | null;
}

const TENSORSOLVE: Kinds<TensorsolveOptions> = { dims: orNull(listOf(integer)) };

/** x of `tensordot(a, x, x.ndim)` = b: the last dimensions of a are x's, the first b's. */
export function tensorsolve(a: Tensor, b: Tensor, options: TensorsolveOptions = {}): Tensor {
  atMost(3, arguments.length, "tensorsolve(a, b, { dims })");
  return inNameOf("tensorsolve", () => {
    const { dims } = checkOptions("tensorsolve", options, TENSORSOLVE);
    a = asFloat("tensorsolve", a, "a");
    b = asFloat("tensorsolve", b, "b");
    if (dims) a = movedim(a, dims, dims.map((_, i) => i - dims.length));
    const columns = a.shape.slice(b.ndim);
    const square = asSquare("tensorsolve", a, b.shape, columns);
    return reshape(solve(square, reshape(b, [-1])), columns);
  });
}

function asSquare(op: string, x: Tensor, rows: Shape, columns: Shape): Tensor {
  const n = numelOf(rows);
  if (n !== numelOf(columns) || n * n !== x.numel) {
    throw new ShapeError(
      `${op}: the first dimensions must hold as many elements as the last: they are ${
        show(rows)
      } and ${show(columns)}`,
    );
  }
  return reshape(x, [n, n]);
}
