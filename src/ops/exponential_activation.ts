/**
 * Activations that are made of exponentials: ELU and its kin, softplus, and what is made of that. GELU
 * and SiLU are in `activation.ts`.
 *
 * @module
 */
import { atMost, check, checkOptions, type Kinds, number, numberThat } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { activate, activationRow } from "./activation_op.ts";
import { add, mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { gt, le } from "./compare.ts";
import { clamp, neg } from "./elementwise.ts";
import { inNameOf } from "./in_name_of.ts";
import { exp, sigmoid, tanh } from "./unary.ts";
import { where } from "./where.ts";

/** a · (e^(b x) − 1) where x is not positive: ELU with b = 1, CELU with b = 1 / a. */
const ELU = activationRow({
  name: "elu",
  cost: 1.5,
  f: (x, a, b) => x <= 0 ? a * Math.expm1(b * x) : x,
  grad: (x, dy, a, b) => x <= 0 ? dy * a * b * Math.exp(b * x) : dy,
  gradOps: (dy, x, a, b) =>
    where(le(x, 0), mul(mul(dy, a * b), exp(mul(clamp(x, { max: 0 }), b))), dy),
});

const LOGSIGMOID = activationRow({
  name: "logsigmoid",
  cost: 2,
  f: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  grad: (x, dy) => dy / (1 + Math.exp(x)),
  gradOps: (dy, x) => mul(dy, sigmoid(neg(x))),
});

const MISH = activationRow({
  name: "mish",
  cost: 2,
  f: (x) => x * Math.tanh(x > 30 ? x : Math.log1p(Math.exp(x))),
  grad: (x, dy) => {
    const t = Math.tanh(x > 30 ? x : Math.log1p(Math.exp(x)));
    return dy * (t + x * (1 - t * t) / (1 + Math.exp(-x)));
  },
  gradOps: (dy, x) => {
    const t = tanh(activate(SOFTPLUS, x, 1, 20));
    return mul(dy, add(t, mul(mul(x, sub(1, mul(t, t))), sigmoid(x))));
  },
});

/** log(1 + e^(a x)) / a, and x where a x is above b. */
const SOFTPLUS = activationRow({
  name: "softplus",
  cost: 2,
  f: (x, a, b) => a * x > b ? x : (Math.max(a * x, 0) + Math.log1p(Math.exp(-Math.abs(a * x)))) / a,
  grad: (x, dy, a, b) => a * x > b ? dy : dy / (1 + Math.exp(-a * x)),
  gradOps: (dy, x, a, b) => where(gt(mul(x, a), b), dy, mul(dy, sigmoid(mul(x, a)))),
});

/** A number that something is divided by. */
const divisor = numberThat("a number other than 0", (value) => value !== 0 && !Number.isNaN(value));

/** x where it is positive, else `alpha (eˣ − 1)`. */
export function elu(x: Tensor, alpha = 1): Tensor {
  atMost(2, arguments.length, "elu(x, alpha)");
  return inNameOf("elu", () => {
    check("elu", "alpha", alpha, number);
    return activate(ELU, x, alpha, 1);
  });
}

/** `elu` times 1.0507…, of an alpha of 1.6733…, under which means and variances stay. */
export function selu(x: Tensor): Tensor {
  atMost(1, arguments.length, "selu(x)");
  return inNameOf("selu", () => {
    x = asFloat("selu", x);
    return mul(activate(ELU, x, 1.6732632423543772, 1), 1.0507009873554805);
  });
}

/** x where it is positive, else `alpha (e^(x / alpha) − 1)`, which has no kink. */
export function celu(x: Tensor, alpha = 1): Tensor {
  atMost(2, arguments.length, "celu(x, alpha)");
  return inNameOf("celu", () => {
    check("celu", "alpha", alpha, divisor);
    x = asFloat("celu", x);
    return activate(ELU, x, alpha, 1 / alpha);
  });
}

/** `log(1 + e^(beta x)) / beta`, a smooth relu; x itself where `beta x` is above the threshold. */
export function softplus(x: Tensor, options: SoftplusOptions = {}): Tensor {
  atMost(2, arguments.length, "softplus(x, { beta, threshold })");
  return inNameOf("softplus", () => {
    const { beta = 1, threshold = 20 } = checkOptions("softplus", options, SOFTPLUS_KINDS);
    return activate(SOFTPLUS, x, beta, threshold);
  });
}

/** Options of {@link softplus}. */
export interface SoftplusOptions {
  /** How sharp the bend is. Default: 1. */
  beta?: number;
  /** From which `beta x` on the result is x. Default: 20. */
  threshold?: number;
}

/** What softplus takes. */
export const SOFTPLUS_KINDS: Kinds<SoftplusOptions> = { beta: divisor, threshold: number };

/** `log(1 / (1 + e⁻ˣ))`, computed so that nothing overflows. */
export function logsigmoid(x: Tensor): Tensor {
  atMost(1, arguments.length, "logsigmoid(x)");
  return inNameOf("logsigmoid", () => {
    return activate(LOGSIGMOID, x);
  });
}

/** `x tanh(softplus(x))`: Misra, "Mish", 2019. */
export function mish(x: Tensor): Tensor {
  atMost(1, arguments.length, "mish(x)");
  return inNameOf("mish", () => {
    return activate(MISH, x);
  });
}

/** `x − tanh x`. */
export function tanhshrink(x: Tensor): Tensor {
  atMost(1, arguments.length, "tanhshrink(x)");
  return inNameOf("tanhshrink", () => {
    x = asFloat("tanhshrink", x);
    return sub(x, tanh(x));
  });
}
