/**
 * Products of vectors and matrices by PyTorch's names, each made of `matmul` and products of elements.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  integer,
  isListOf,
  type Kinds,
  number,
  whole,
} from "../core/options.ts";
import { axisOf, broadcastShape, checkList, numelOf } from "../core/shape.ts";
import { Buffer } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { diagEmbed } from "./diagonal.ts";
import { filledLike } from "./filled_like.ts";
import { inNameOf } from "./in_name_of.ts";
import { add, mul, sub } from "./binary.ts";
import { asFloat, cast, owned } from "./cast.ts";
import { checkComputes, checkTensor } from "./check.ts";
import { stack } from "./join.ts";
import { matmul } from "./matmul.ts";
import { nanToNum } from "./pointwise.ts";
import { expand, sum } from "./sum.ts";
import { narrow, permute, reshape, squeeze, unsqueeze } from "./view.ts";

/** Refuses a tensor of another number of dimensions. */
function checkDims(op: string, x: Tensor, what: string, ndim: number, name: string): void {
  checkComputes(op, x, what);
  if (x.ndim !== ndim) {
    throw new ShapeError(`${op}: ${what} must be ${name}: it is ${show(x.shape)}`);
  }
}

const vector = (op: string, x: Tensor, what: string) => checkDims(op, x, what, 1, "a vector");
const matrix = (op: string, x: Tensor, what: string) => checkDims(op, x, what, 2, "a matrix");
const batch = (op: string, x: Tensor, what: string) =>
  checkDims(op, x, what, 3, "a batch of matrices");

/** uᵢ vⱼ of all pairs, for vectors of any lengths. */
export function outer(u: Tensor, v: Tensor): Tensor {
  atMost(2, arguments.length, "outer(u, v)");
  return inNameOf("outer", () => {
    vector("outer", u, "u");
    vector("outer", v, "v");
    return mul(unsqueeze(u, 1), v);
  });
}

/** Σ uᵢ vᵢ of two vectors of one length. */
export function dot(u: Tensor, v: Tensor): Tensor {
  atMost(2, arguments.length, "dot(u, v)");
  return inNameOf("dot", () => {
    return dotOf("dot", u, v);
  });
}

/** `dot`, as no number is complex. */
export function vdot(u: Tensor, v: Tensor): Tensor {
  atMost(2, arguments.length, "vdot(u, v)");
  return inNameOf("vdot", () => {
    return dotOf("vdot", u, v);
  });
}

function dotOf(op: string, u: Tensor, v: Tensor): Tensor {
  vector(op, u, "u");
  vector(op, v, "v");
  if (u.numel !== v.numel) {
    throw new ShapeError(
      `${op}: vectors must have one length: u is ${show(u.shape)}, v is ${show(v.shape)}`,
    );
  }
  return matmul(u, v);
}

/** The product of a matrix and a vector. */
export function mv(a: Tensor, v: Tensor): Tensor {
  atMost(2, arguments.length, "mv(a, v)");
  return inNameOf("mv", () => {
    matrix("mv", a, "a");
    vector("mv", v, "v");
    return matmul(a, v);
  });
}

/** The product of two matrices. */
export function mm(a: Tensor, b: Tensor): Tensor {
  atMost(2, arguments.length, "mm(a, b)");
  return inNameOf("mm", () => {
    matrix("mm", a, "a");
    matrix("mm", b, "b");
    return matmul(a, b);
  });
}

/** The products of as many matrices as both batches have. */
export function bmm(a: Tensor, b: Tensor): Tensor {
  atMost(2, arguments.length, "bmm(a, b)");
  return inNameOf("bmm", () => {
    checkBatches("bmm", a, b);
    return matmul(a, b);
  });
}

function checkBatches(op: string, a: Tensor, b: Tensor): void {
  batch(op, a, "a");
  batch(op, b, "b");
  if (a.shape[0] !== b.shape[0]) {
    throw new ShapeError(
      `${op}: batches must be as large: a is ${show(a.shape)}, b is ${show(b.shape)}`,
    );
  }
}

/** How much of each of two terms there is. */
export interface ScaleOptions {
  /** How often the first is taken; with 0 it does not count, whatever it is. Default: 1. */
  beta?: number;
  /** How often the product is taken. Default: 1. */
  alpha?: number;
}

const SCALES: Kinds<ScaleOptions> = { beta: number, alpha: number };

/** beta · x + alpha · y, which is computed once all else has been checked. */
function combined(op: string, x: Tensor, options: ScaleOptions, product: () => Tensor): Tensor {
  let { beta = 1, alpha = 1 } = checkOptions(op, options, SCALES);
  checkComputes(op, x);
  const y = product();
  if (x.dtype !== "float32" && y.dtype !== "float32") { // integers stay integers
    [beta, alpha] = [Math.trunc(beta), Math.trunc(alpha)];
  }
  broadcastShape(op, x.shape, y.shape);
  const scaled = alpha === 1 ? y : mul(y, alpha);
  if (beta === 0) return add(mul(nanToNum(x), 0), scaled);
  return add(beta === 1 ? x : mul(x, beta), scaled);
}

/** beta · x + alpha · a·b of matrices. */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: ScaleOptions = {}): Tensor {
  atMost(4, arguments.length, "addmm(x, a, b, { beta, alpha })");
  return inNameOf("addmm", () => {
    matrix("addmm", a, "a");
    matrix("addmm", b, "b");
    return combined("addmm", x, options, () => matmul(a, b));
  });
}

/** beta · x + alpha · a·v of a matrix and a vector. */
export function addmv(x: Tensor, a: Tensor, v: Tensor, options: ScaleOptions = {}): Tensor {
  atMost(4, arguments.length, "addmv(x, a, v, { beta, alpha })");
  return inNameOf("addmv", () => {
    matrix("addmv", a, "a");
    vector("addmv", v, "v");
    return combined("addmv", x, options, () => matmul(a, v));
  });
}

/** beta · x + alpha · uᵢ vⱼ. */
export function addr(x: Tensor, u: Tensor, v: Tensor, options: ScaleOptions = {}): Tensor {
  atMost(4, arguments.length, "addr(x, u, v, { beta, alpha })");
  return inNameOf("addr", () => {
    const y = combined("addr", x, options, () => outer(u, v));
    return [x, u, v].every((of) => of.dtype === "bool") ? cast(y, "bool") : y;
  });
}

/** beta · x + alpha · the products of two batches. */
export function baddbmm(x: Tensor, a: Tensor, b: Tensor, options: ScaleOptions = {}): Tensor {
  atMost(4, arguments.length, "baddbmm(x, a, b, { beta, alpha })");
  return inNameOf("baddbmm", () => {
    checkBatches("baddbmm", a, b);
    return combined("baddbmm", x, options, () => matmul(a, b));
  });
}

/** beta · x + alpha · the sum of the products of two batches. */
export function addbmm(x: Tensor, a: Tensor, b: Tensor, options: ScaleOptions = {}): Tensor {
  atMost(4, arguments.length, "addbmm(x, a, b, { beta, alpha })");
  return inNameOf("addbmm", () => {
    checkBatches("addbmm", a, b);
    return combined("addbmm", x, options, () => sum(matmul(a, b), 0));
  });
}

/** Σ over the last dimensions of both: of vectors their `dot`. */
export function inner(a: Tensor, b: Tensor): Tensor {
  atMost(2, arguments.length, "inner(a, b)");
  return inNameOf("inner", () => {
    checkComputes("inner", a, "a");
    checkComputes("inner", b, "b");
    if (a.ndim === 0 || b.ndim === 0) return mul(a, b);
    return tensordot(a, b, [[-1], [-1]]);
  });
}

/**
 * The product of two tensors, summed over `dims` of both: so many last ones of a and first ones of b, or
 * two lists that name them.
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  atMost(3, arguments.length, "tensordot(a, b, dims)");
  return inNameOf("tensordot", () => {
    checkComputes("tensordot", a, "a");
    checkComputes("tensordot", b, "b");
    if (typeof dims === "number") check("tensordot", "dims", dims, whole(0));
    if (
      typeof dims === "number" ? dims > Math.min(a.ndim, b.ndim) : !isListOf(dims, Array.isArray)
    ) {
      throw new ShapeError(
        `tensordot: dims must be a number of dimensions that both have, or two lists: it is ` +
          `${describe(dims)}, a is ${show(a.shape)}, b is ${show(b.shape)}`,
      );
    }
    const [ofA, ofB] = typeof dims === "number"
      ? [
        Array.from({ length: dims }, (_, i) => a.ndim - dims + i),
        Array.from({ length: dims }, (_, i) => i),
      ]
      : dims;
    checkList("tensordot", "the first list", ofA);
    checkList("tensordot", "the second list", ofB);
    const p = ofA.map((d) => axisOf("tensordot", d, a.ndim));
    const q = ofB.map((d) => axisOf("tensordot", d, b.ndim));
    const fits = (d: number, i: number) => {
      const [m, n] = [a.shape[d], b.shape[q[i]!]];
      return m === n || m === 1 || n === 1;
    };
    if (p.length !== q.length || !p.every(fits)) {
      throw new ShapeError(
        `tensordot: dimensions that are summed must be as long: they are ${show(p)} of ` +
          `${show(a.shape)} and ${show(q)} of ${show(b.shape)}`,
      );
    }
    p.forEach((d, i) => { // one that has length 1 is as long as the other: that one is summed first
      const e = q[i]!;
      if (a.shape[d] === b.shape[e]) return;
      if (a.shape[d] === 1) b = sum(b, e, true);
      else a = sum(a, d, true);
    });
    const leftA = a.shape.map((_, i) => i).filter((i) => !p.includes(i));
    const leftB = b.shape.map((_, i) => i).filter((i) => !q.includes(i));
    const lengths = (x: Tensor, list: number[]) => list.map((d) => x.shape[d]!);
    const [rows, columns] = [lengths(a, leftA), lengths(b, leftB)];
    const k = numelOf(lengths(a, p));
    const left = reshape(permute(a, [...leftA, ...p]), [numelOf(rows), k]);
    const right = reshape(permute(b, [...q, ...leftB]), [k, numelOf(columns)]);
    return reshape(matmul(left, right), [...rows, ...columns]);
  });
}

/** The Kronecker product: each element of a times all of b, laid side by side. */
export function kron(a: Tensor, b: Tensor): Tensor {
  atMost(2, arguments.length, "kron(a, b)");
  return inNameOf("kron", () => {
    checkComputes("kron", a, "a");
    checkComputes("kron", b, "b");
    const ndim = Math.max(a.ndim, b.ndim);
    const padded = (x: Tensor) => [...Array<number>(ndim - x.ndim).fill(1), ...x.shape];
    const [p, q] = [padded(a), padded(b)];
    const pairs = mul(
      reshape(a, p.flatMap((n) => [n, 1])),
      reshape(b, q.flatMap((n) => [1, n])),
    );
    return reshape(pairs, p.map((n, i) => n * q[i]!));
  });
}

/** The cross product of vectors of three along a dimension: by default the first of length 3. */
export function cross(a: Tensor, b: Tensor, dim?: number): Tensor {
  atMost(3, arguments.length, "cross(a, b, dim)");
  return inNameOf("cross", () => {
    checkComputes("cross", a, "a");
    checkComputes("cross", b, "b");
    const shape = broadcastShape("cross", a.shape, b.shape);
    const axis = dim === undefined ? shape.indexOf(3) : axisOf("cross", dim, shape.length);
    if (axis < 0 || shape[axis] !== 3) {
      throw new ShapeError(
        `cross: a dimension of length 3 is needed: a is ${show(a.shape)}, b is ${show(b.shape)}`,
      );
    }
    const [x, y] = [expand(a, shape), expand(b, shape)];
    const part = (t: Tensor, i: number) => squeeze(narrow(t, axis, i % 3, 1), axis);
    const parts = [0, 1, 2].map((i) =>
      sub(mul(part(x, i + 1), part(y, i + 2)), mul(part(x, i + 2), part(y, i + 1)))
    );
    return stack(parts, axis);
  });
}

/** The product of several matrices, the first and the last of which may be vectors. */
export function multiDot(matrices: readonly Tensor[]): Tensor {
  atMost(1, arguments.length, "multiDot(matrices)");
  return inNameOf("multiDot", () => {
    return chained("multiDot", matrices);
  });
}

/** The product of several matrices. */
export function chainMatmul(...matrices: Tensor[]): Tensor {
  return chained("chainMatmul", matrices);
}

/** From whichever end the products are smaller. */
function chained(op: string, matrices: readonly Tensor[]): Tensor {
  if (!Array.isArray(matrices) || matrices.length === 0 || !matrices.every(Buffer.is)) {
    throw new TypeError(`${op}: a list of tensors is needed, one at least`);
  }
  const list = [...matrices] as Tensor[];
  for (const x of list) checkTensor(op, x);
  const fromLeft = (list[0]!.shape[0] ?? 1) <= (list.at(-1)!.shape.at(-1) ?? 1);
  return fromLeft ? list.reduce((a, b) => matmul(a, b)) : list.reduceRight((b, a) => matmul(a, b));
}

/** A square matrix, or each of a batch, multiplied by itself n times. */
export function matrixPower(x: Tensor, n: number): Tensor {
  atMost(2, arguments.length, "matrixPower(x, n)");
  return inNameOf("matrixPower", () => {
    x = asFloat("matrixPower", x);
    check("matrixPower", "n", n, integer);
    if (x.ndim < 2 || x.shape.at(-1) !== x.shape.at(-2)) {
      throw new ShapeError(`matrixPower: a square matrix is needed: it is ${show(x.shape)}`);
    }
    if (n < 0) {
      throw new RangeError(`matrixPower: n must be at least 0, as nothing is inverted: it is ${n}`);
    }
    if (n === 0 && x.numel > 0) {
      const one = diagEmbed(filledLike(x, 1, x.shape.slice(0, -1)));
      return record("matrixPower", one, [[x, () => filledLike(x, 0)]], { differentiable: true });
    }
    let y: Tensor | null = n === 0 ? x : null;
    for (let square = x; n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) y = y === null ? square : matmul(y, square);
      if (n > 1) square = matmul(square, square);
    }
    return owned(y!, x);
  });
}
