/**
 * Matrix products. Operands may have any strides, so nothing is transposed in memory.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { broadcastShape, numelOf, sameShape, type Shape } from "../core/shape.ts";
import { outerProduct } from "../device/outer_product.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { checkComputes, checkFloat, checkTensor } from "./check.ts";
import { integerProduct } from "./integer_product.ts";
import { readBy } from "./operand.ts";
import { expand, sumTo } from "./sum.ts";
import { contiguous, reshape, squeeze, transpose, unsqueeze } from "./view.ts";

/** The last two dimensions swapped. */
export function transposed(x: Buffer): Buffer {
  if (x.ndim === 2) {
    return viewOf(x, [x.shape[1]!, x.shape[0]!], [x.strides[1]!, x.strides[0]!]);
  }
  const d = x.ndim - 2;
  const swap = (list: readonly number[]) => [...list.slice(0, d), list[d + 1]!, list[d]!];
  return viewOf(x, swap(x.shape), swap(x.strides));
}

/** a·b for [..., m, k] and [..., k, n] of the same leading dimensions, plus a bias [n]. */
export function product(a: Buffer, b: Buffer, bias: Buffer | null = null): Buffer {
  const n = b.shape[b.ndim - 1]!;
  const c = alloc(a, a.ndim === 2 ? [a.shape[0]!, n] : [...a.shape.slice(0, -1), n]);
  kernelsOf(c).gemm(a, b, c, bias, false);
  return c;
}

function checkInner(op: string, a: Tensor, b: Tensor): void {
  const k = a.shape[a.ndim - 1];
  if (k !== b.shape[Math.max(0, b.ndim - 2)]) {
    throw new ShapeError(
      `${op}: inner dimensions must agree: a is ${show(a.shape)}, b is ${show(b.shape)}`,
    );
  }
}

/**
 * Matrix product. a: [m, k], b: [k, n] → [m, n]. A vector counts as one row on the left and one
 * column on the right; leading dimensions are batches and broadcast. Throws ShapeError where the
 * two k differ. Integers among themselves give int32, beside float32 they become float32.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  atMost(2, arguments.length, "matmul(a, b)");
  checkComputes("matmul", a, "a");
  checkComputes("matmul", b, "b");
  const ofIntegers = a.dtype !== "float32" && b.dtype !== "float32";
  if (!ofIntegers) {
    a = asFloat("matmul", a);
    b = asFloat("matmul", b);
  }
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(
      `matmul: scalars have no matrix product: a is ${show(a.shape)}, b is ${show(b.shape)}: ` +
        `multiply by mul`,
    );
  }
  checkInner("matmul", a, b);
  if (a.ndim === 1) return squeeze(matmul(unsqueeze(a, 0), b), b.ndim === 1 ? 0 : -2);
  if (b.ndim === 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  if (ofIntegers) return integerProduct(a, b);
  if (a.ndim === 2 && b.ndim === 2) return products(a, b);
  const m = a.shape[a.ndim - 2]!;
  const [k, n] = b.shape.slice(-2) as [number, number];
  if (b.ndim === 2) { // one matrix for all batches: one product
    return reshape(matmul(reshape(a, [numelOf(a.shape.slice(0, -1)), k]), b), [
      ...a.shape.slice(0, -1),
      n,
    ]);
  }
  const lead = broadcastShape("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  return products(expanded(a, [...lead, m, k]), expanded(b, [...lead, k, n]));
}

function expanded(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : expand(x, shape);
}

/** a·b of the same leading dimensions. */
function products(a: Tensor, b: Tensor): Tensor {
  return record("matmul", product(a, b), [
    [
      a,
      (dc) =>
        isRecording()
          ? matmul(dc, transpose(b, -2, -1))
          : record("matmul", product(dc, transposed(b)), []),
    ],
    [
      b,
      (dc) =>
        isRecording()
          ? matmul(transpose(a, -2, -1), dc)
          : record("matmul", product(transposed(a), dc), []),
    ],
  ], { saved: readBy(a, b), differentiable: true });
}

/**
 * x·wᵀ + b in one kernel. x: [..., in], w: [out, in], b: [out] → [..., out]. Throws ShapeError where
 * the lengths do not agree. Integers among themselves give int32.
 */
export function linear(x: Tensor, w: Tensor, b?: Tensor | null): Tensor {
  atMost(3, arguments.length, "linear(x, w, b)");
  const given = x, weight = w, bias = b;
  x = asFloat("linear", x);
  w = asFloat("linear", w, "the weight");
  if (b) b = asFloat("linear", b, "the bias");
  checkLinear(x, w, b);
  if (x !== given && w !== weight && (!b || b !== bias)) {
    const y = matmul(given, transpose(weight, 0, 1));
    return bias ? add(y, bias) : y;
  }
  if (x.ndim !== 2) {
    const rows = numelOf(x.shape.slice(0, -1));
    const y = linear(reshape(x, [rows, w.shape[1]!]), w, b);
    return reshape(y, [...x.shape.slice(0, -1), w.shape[0]!]);
  }
  const y = product(x, transposed(w), b ? (b.isContiguous ? b : contiguous(b)) : null);
  const dx = (dy: Tensor) => inputGradient(dy, w);
  const dw = (dy: Tensor) => weightGradient(dy, x);
  if (b === undefined || b === null) {
    return record("linear", y, [[x, dx], [w, dw]], { saved: readBy(x, w), differentiable: true });
  }
  const db = (dy: Tensor) => sumTo(dy, b.shape);
  return record("linear", y, [[x, dx], [w, dw], [b, db]], {
    saved: readBy(x, w),
    differentiable: true,
  });
}

/** dy·w for dy: [k, m] and w: [m, n]: the gradient of what a weight is applied to. */
export function inputGradient(dy: Tensor, w: Tensor): Tensor {
  return isRecording() ? matmul(dy, w) : record("linear", product(dy, w), []);
}

/** dyᵀ·x for dy: [k, m] and x: [k, n]: the gradient of a weight. */
export function weightGradient(dy: Tensor, x: Tensor): Tensor {
  if (isRecording()) return matmul(transpose(dy, 0, 1), x);
  const isOneSample = dy.shape[0] === 1;
  const dw = isOneSample ? outerProduct(contiguous(dy), contiguous(x)) : product(transposed(dy), x);
  return record("linear", dw, []);
}

/** Refuses what does not fit together. */
export function checkLinear(x: Tensor, w: Tensor, b: Tensor | null | undefined): void {
  checkFloat("linear", x);
  checkFloat("linear", w, "the weight");
  if (b !== undefined && b !== null) checkTensor("linear", b, "the bias");
  if (x.ndim === 0 || w.ndim !== 2 || x.shape[x.ndim - 1] !== w.shape[1]) {
    throw new ShapeError(
      `linear: x must be [..., in] and the weight [out, in]: x is ${show(x.shape)}, the weight ` +
        `is ${show(w.shape)}`,
    );
  }
  if (!b) return;
  checkFloat("linear", b);
  if (b.ndim !== 1 || b.shape[0] !== w.shape[0]) {
    throw new ShapeError(`linear: the bias must be [${w.shape[0]}]: it is ${show(b.shape)}`);
  }
}
