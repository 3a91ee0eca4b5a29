/**
 * GELU and SiLU. ReLU and the other activations that are methods of tensors are rows of `unary.ts`; the
 * rest is in `exponential_activation.ts`, `piecewise_activation.ts`, `leaky_relu.ts` and `glu.ts`.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { atMost, checkOptions, type Kinds, oneOf } from "../core/options.ts";
import { erfc } from "../core/special_functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul, sub } from "./binary.ts";
import { dense } from "./layout.ts";
import { exp, sigmoid } from "./unary.ts";
import { apply, gradientOf, type Unary, unary, unaryRow } from "./unary_op.ts";

/** The normal distribution function. */
function normal(x: number): number {
  return erfc(-x * Math.SQRT1_2) / 2;
}

function normalDensity(x: number): number {
  return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** x Φ(x). */
const GELU_BY_ERF = unaryRow({
  name: "gelu",
  cost: 2,
  f: (x) => x * normal(x),
  saves: "input",
  grad: (x, dy) => dy * (normal(x) + x * normalDensity(x)),
  gradOps: (dy, x) => mul(dy, geluSlope(x)),
});

/** Φ(x) + x φ(x), whose gradient is (2 − x²) φ(x). */
function geluSlope(x: Tensor): Tensor {
  const one = alloc(x, x.shape);
  kernelsOf(one).fill(one, 1);
  const slope = gradientOf(GELU_BY_ERF, dense(x), record("gelu", one, []));
  return record("gelu", slope, [[x, (dy) => {
    const square = mul(x, x);
    const density = mul(exp(mul(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(dy, mul(sub(2, square), density));
  }]], { saved: [x], differentiable: true });
}

const TANH_1 = Math.sqrt(2 / Math.PI), TANH_3 = 0.044715;

/** x (1 + tanh u) / 2, u = √(2/π) (x + 0.044715 x³): the logistic function of 2u is (1 + tanh u) / 2. */
const GELU_BY_TANH = unaryRow({
  name: "gelu",
  kernel: "geluTanh",
  cost: 2,
  f: (x) => x * logistic(2 * TANH_1 * (x + TANH_3 * x ** 3)),
  saves: "input",
  grad: (x, dy) => {
    const s = logistic(2 * TANH_1 * (x + TANH_3 * x ** 3));
    const square = Math.fround(x * x); // where it overflows there is no gradient, as in PyTorch
    return dy * (s + x * s * (1 - s) * 2 * TANH_1 * (1 + 3 * TANH_3 * square));
  },
  gradOps: (dy, x) => {
    const square = mul(x, x);
    const s = sigmoid(mul(mul(x, add(mul(square, TANH_3), 1)), 2 * TANH_1));
    const slope = mul(add(mul(square, 3 * TANH_3), 1), 2 * TANH_1);
    return mul(dy, add(s, mul(mul(x, mul(s, sub(1, s))), slope)));
  },
});

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** `"tanh"` for the approximation `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`. Default: `"none"`. */
  approximate?: "none" | "tanh";
}

/** What gelu takes. */
export const GELU: Kinds<GeluOptions> = { approximate: oneOf("none", "tanh") };

/**
 * `x Φ(x)`, Φ being the normal distribution function: Hendrycks and Gimpel, "Gaussian error linear
 * units", 2016.
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  atMost(2, arguments.length, "gelu(x, { approximate })");
  checkOptions("gelu", options, GELU);
  return geluUnchecked(x, options);
}

/** The same with options that have been checked. */
export function geluUnchecked(x: Tensor, { approximate = "none" }: GeluOptions): Tensor {
  return apply(approximate === "tanh" ? GELU_BY_TANH : GELU_BY_ERF, x);
}

/** `x / (1 + e⁻ˣ)`. */
export const silu: Unary = unary({
  name: "silu",
  cost: 1.5,
  f: (x) => x * logistic(x),
  saves: "input",
  grad: (x, dy) => dy * logistic(x) * (1 + x * (1 - logistic(x))),
  gradOps: (dy, x) => {
    const s = sigmoid(x);
    return mul(dy, mul(s, add(mul(x, sub(1, s)), 1)));
  },
});
