/**
 * Dropout of whole channels, and the one for SELU.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, flag, fraction } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { DROPOUT, dropout } from "./dropout.ts";

/** In training sets each channel of [n, c, l] or [c, l] to 0 with probability p; see `dropout`. */
export function dropout1d(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
): Tensor {
  atMost(3, arguments.length, "dropout1d(x, p, training)");
  return ofChannels("dropout1d", x, p, training, 1);
}

/** In training sets each channel of [n, c, h, w] or [c, h, w] to 0 with probability p; see `dropout`. */
export function dropout2d(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
): Tensor {
  atMost(3, arguments.length, "dropout2d(x, p, training)");
  return ofChannels("dropout2d", x, p, training, 2);
}

/** In training sets each channel of [n, c, d, h, w] or [c, d, h, w] to 0 with probability p; see `dropout`. */
export function dropout3d(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
): Tensor {
  atMost(3, arguments.length, "dropout3d(x, p, training)");
  return ofChannels("dropout3d", x, p, training, 3);
}

const FORMS = [
  "[n, c, l] or [c, l]",
  "[n, c, h, w] or [c, h, w]",
  "[n, c, d, h, w] or [c, d, h, w]",
];

function ofChannels(op: string, x: Tensor, p: number, training: boolean, inner: number): Tensor {
  check(op, "the probability", p, fraction);
  check(op, "training", training, flag);
  x = asFloat(op, x);
  if (x.ndim !== inner + 2 && x.ndim !== inner + 1) {
    throw new ShapeError(`${op}: x must be ${FORMS[inner - 1]}: it is ${show(x.shape)}`);
  }
  if (!training || p === 0) return x;
  return mul(x, dropout(ones(x, x.shape.map((n, i) => i < x.ndim - inner ? n : 1)), p, true));
}

function ones(like: Tensor, shape: readonly number[]): Tensor {
  const out = alloc(like, shape);
  kernelsOf(out).fill(out, 1);
  return record("ones", out, []);
}

/** SELU's limit on the left, −λα. */
const LOWEST = -1.7580993408473766;

/** What `alphaDropout` does where it is not told: nothing, as PyTorch's. */
export const ALPHA_DROPOUT = { p: 0.5, training: false } as const;

/**
 * In training sets each element to SELU's lowest value with probability p, and scales and shifts all so
 * that mean 0 and variance 1 stay: Klambauer et al., "Self-normalizing neural networks", 2017. Unlike
 * `dropout`, and as PyTorch's, it is in training only where it is told so.
 */
export function alphaDropout(
  x: Tensor,
  p: number = ALPHA_DROPOUT.p,
  training: boolean = ALPHA_DROPOUT.training,
): Tensor {
  atMost(3, arguments.length, "alphaDropout(x, p, training)");
  check("alphaDropout", "the probability", p, fraction);
  check("alphaDropout", "training", training, flag);
  x = asFloat("alphaDropout", x);
  if (!training || p === 0) return x;
  if (p === 1) return mul(x, 0);
  const keep = mul(dropout(ones(x, x.shape), p, true), 1 - p);
  const a = 1 / Math.sqrt((1 - p) * (1 + p * LOWEST ** 2));
  const b = -a * LOWEST * p;
  // a (keep x + (1 − keep) lowest) + b
  return add(mul(mul(keep, add(x, -LOWEST)), a), a * LOWEST + b);
}
