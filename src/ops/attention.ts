/**
 * Attention.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, flag, type Kinds, number, orNull } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { maskedSoftmax, softmax } from "./activation.ts";
import { add, mul } from "./binary.ts";
import { where } from "./where.ts";
import { matmul } from "./matmul.ts";
import { checkFloat, tensorKind } from "./check.ts";
import { transpose } from "./view.ts";

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /**
   * Broadcasts to the scores [..., l, s]: of bool, where a query may look at a key; of float32, what
   * is added to the scores. Default: none.
   */
  attnMask?: Tensor | null;
  /** Whether query i may look at keys 0 to i only. Default: false. */
  isCausal?: boolean;
  /** Factor of the scores. Default: 1 / √d. */
  scale?: number;
}

/** What attention takes. */
export const ATTENTION: Kinds<AttentionOptions> = {
  attnMask: orNull(tensorKind),
  isCausal: flag,
  scale: number,
};

/**
 * softmax(q·kᵀ / √d)·v: Vaswani et al., "Attention is all you need", 2017. q: [..., l, d],
 * k: [..., s, d], v: [..., s, e] → [..., l, e]; leading dimensions are batches and heads, and
 * broadcast. A query whose keys are all masked sees nothing: its result is 0. ShapeError where d or s
 * do not agree.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  atMost(4, arguments.length, "scaledDotProductAttention(q, k, v, options)");
  const op = "scaledDotProductAttention";
  checkOptions(op, options, ATTENTION);
  checkFloat(op, q, "q");
  checkFloat(op, k, "k");
  checkFloat(op, v, "v");
  const fits = q.ndim >= 2 && k.ndim >= 2 && v.ndim >= 2 && q.shape.at(-1) === k.shape.at(-1) &&
    k.shape.at(-2) === v.shape.at(-2);
  if (!fits) {
    throw new ShapeError(
      `${op}: q must be [..., l, d], k [..., s, d] and v [..., s, e]: they are ${show(q.shape)}, ` +
        `${show(k.shape)} and ${show(v.shape)}`,
    );
  }
  const { attnMask = null, isCausal = false, scale = 1 / Math.sqrt(q.shape.at(-1)!) } = options;
  let scores = matmul(mul(q, scale), transpose(k, -2, -1));
  if (isCausal) scores = where(causal(q, q.shape.at(-2)!, k.shape.at(-2)!), scores, -Infinity);
  if (attnMask !== null) {
    if (attnMask.dtype === "bool") scores = where(attnMask, scores, -Infinity);
    else if (attnMask.dtype === "float32") scores = add(scores, attnMask);
    else {
      throw new DTypeError(
        `${op}: the mask must be bool or float32: it is ${attnMask.dtype}`,
      );
    }
  }
  return matmul(attnMask === null ? softmax(scores, -1) : maskedSoftmax(scores), v);
}

/** [l, s] of bool where another buffer is: whether key j is not after query i. */
function causal(like: Buffer, l: number, s: number): Tensor {
  const out = alloc(like, [l, s], "bool");
  kernelsOf(out).fill(out, 0);
  for (let i = 0; i < l; i++) kernelsOf(out).fill(viewOf(out, [Math.min(i + 1, s)], [1], i * s), 1);
  return record("causal", out, []);
}
