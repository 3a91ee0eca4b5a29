/**
 * What an LU decomposition is for: equations, and its parts.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { look } from "../device/transfer.ts";
import { checkSameDevice, checkTensor } from "../ops/check.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { expand } from "../ops/sum.ts";
import { contiguous } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inOrder, parts, type PLU, undone, whole } from "./lu.ts";
import { eachMatrix, matricesOf, squaresOf, turned } from "./matrices.ts";
import { solveTriangular, together } from "./solve.ts";

/** The orders of rows that pivots stand for. */
function orderOf(op: string, pivots: Tensor, m: number): Int32Array[] {
  const k = pivots.shape.at(-1)!;
  const list = look(op, contiguous(pivots)) as Int32Array;
  return Array.from({ length: k === 0 ? 0 : list.length / k }, (_, at) => {
    const rows = Int32Array.from({ length: m }, (_, i) => i);
    for (let i = 0; i < k; i++) {
      const other = list[at * k + i]! - 1;
      if (!(other >= 0 && other < m)) {
        throw new RangeError(`${op}: pivots must be from 1 to ${m}: one is ${other + 1}`);
      }
      [rows[i], rows[other]] = [rows[other]!, rows[i]!];
    }
    return rows;
  });
}

/** Pivots of the matrices of a batch, int32 [..., k]. */
function pivotsOf(op: string, pivots: Tensor, both: Tensor): Tensor {
  checkTensor(op, pivots, "the pivots");
  checkSameDevice(op, pivots, both, "the pivots");
  const shape: Shape = [
    ...both.shape.slice(0, -2),
    Math.min(both.shape.at(-2)!, both.shape.at(-1)!),
  ];
  if (pivots.dtype === "int32" && sameShape(pivots.shape, shape)) return pivots;
  throw new ShapeError(
    `${op}: the pivots must be int32 ${show(shape)}: they are ${pivots.dtype} ${
      show(pivots.shape)
    }`,
  );
}

/** Options of {@link luSolve}. */
export interface LuSolveOptions {
  /** Whether a·x = b is solved; false: x·a = b. Default: true. */
  left?: boolean;
  /** Whether the transpose of a stands for a. Default: false. */
  adjoint?: boolean;
}

const SOLVE: Kinds<LuSolveOptions> = { left: flag, adjoint: flag };

/**
 * x of a·x = b by a's `luFactor`: [..., n, n] and int32 [..., n], b [..., n, m]. Batches broadcast. What is
 * divided by 0 is not finite.
 */
export function luSolve(
  LU: Tensor,
  pivots: Tensor,
  b: Tensor,
  options: LuSolveOptions = {},
): Tensor {
  atMost(4, arguments.length, "luSolve(LU, pivots, b, { left, adjoint })");
  const op = "luSolve";
  return inNameOf(op, () => {
    const { left = true, adjoint = false } = checkOptions(op, options, SOLVE);
    LU = squaresOf(op, LU, "LU");
    pivots = pivotsOf(op, pivots, LU);
    b = matricesOf(op, b, "b");
    if (!left) return turned(luSolve(LU, pivots, turned(b), { adjoint: !adjoint }));
    const n = LU.shape.at(-1)!;
    const rows = orderOf(op, pivots, n);
    const [factors, right] = together(op, LU, b);
    const order = (lists: readonly Int32Array[]) => {
      const all = whole(LU, lists, n);
      const shape = [...factors.shape.slice(0, -2), n];
      return sameShape(all.shape, shape) ? all : expand(all, shape);
    };
    if (!adjoint) {
      const half = solveTriangular(factors, inOrder(right, order(rows)), {
        upper: false,
        unitriangular: true,
      });
      return solveTriangular(factors, half, { upper: true });
    }
    const half = solveTriangular(turned(factors), right, { upper: false });
    const x = solveTriangular(turned(factors), half, { upper: true, unitriangular: true });
    return inOrder(x, order(rows.map(undone)));
  });
}

/** P, L and U of a `luFactor`: [..., m, n] and int32 [..., k]. */
export function luUnpack(LU: Tensor, pivots: Tensor): PLU {
  atMost(2, arguments.length, "luUnpack(LU, pivots)");
  return inNameOf("luUnpack", () => {
    LU = matricesOf("luUnpack", LU, "LU");
    const m = LU.shape.at(-2)!;
    const rows = orderOf("luUnpack", pivotsOf("luUnpack", pivots, LU), m);
    const [p] = eachMatrix("luUnpack", [LU], [[m, m]], (_, [p], place) => {
      (rows[place] ?? Int32Array.from({ length: m }, (_, i) => i)).forEach((row, i) => {
        p![row * m + i] = 1;
      });
    });
    const [L, U] = parts(LU);
    return { P: record("luUnpack", p!, []), L, U };
  });
}
