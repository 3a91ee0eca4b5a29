/**
 * The activations that PyTorch has in `torch.nn.functional`, beside those of `activation.ts`.
 *
 * @module
 */
import {
  atMost,
  check,
  checkOptions,
  flag,
  type Kinds,
  number,
  numberThat,
} from "../core/options.ts";
import type { DType } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import { axisOf, numelOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isRecording, isTracked, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { canLook, readFirst } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import { inNameOf } from "./in_name_of.ts";
import { leakyRelu } from "./activation.ts";
import { softmax } from "./softmax.ts";
import { activate, type ActivationRow, activationRow } from "./activation_op.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkComputes } from "./check.ts";
import { gt, le, lt } from "./compare.ts";
import { clamp, neg } from "./elementwise.ts";
import { cat } from "./join.ts";
import { negative } from "./negative.ts";
import { uniformLike } from "./random.ts";
import { abs, exp, sigmoid, square, tanh } from "./unary.ts";
import { contiguous, narrow, reshape } from "./view.ts";
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

const HARDSHRINK = activationRow({
  name: "hardshrink",
  cost: 0,
  f: (x, a) => x >= -a && x <= a ? 0 : x,
  grad: (x, dy, a) => x >= -a && x <= a ? 0 : dy,
  gradOps: (dy, x, a) => where(gt(abs(x), a), dy, 0),
});

const HARDSIGMOID = activationRow({
  name: "hardsigmoid",
  cost: 0,
  f: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
  grad: (x, dy) => x > -3 && x < 3 ? dy / 6 : 0,
  gradOps: (dy, x) => where(lt(abs(x), 3), div(dy, 6), 0),
});

const HARDSWISH = activationRow({
  name: "hardswish",
  cost: 0,
  f: (x) => x * Math.min(Math.max(x + 3, 0), 6) / 6,
  grad: (x, dy) => x <= -3 ? 0 : x < 3 ? dy * (x / 3 + 0.5) : dy,
  gradOps: (dy, x) => where(lt(abs(x), 3), mul(dy, add(div(x, 3), 0.5)), where(gt(x, 0), dy, 0)),
});

/** x between a and b; at the bounds its gradient is 0, unlike that of clamp. */
const HARDTANH = activationRow({
  name: "hardtanh",
  cost: 0,
  f: (x, a, b) => Math.min(Math.max(x, a), b),
  grad: (x, dy, a, b) => x <= a || x >= b ? 0 : dy,
  gradOps: (dy, x, a, b) => where(gt(x, a), where(lt(x, b), dy, 0), 0),
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

const SOFTSHRINK = activationRow({
  name: "softshrink",
  cost: 0,
  f: (x, a) => x > a ? x - a : x < -a ? x + a : x * 0,
  grad: (x, dy, a) => x >= -a && x <= a ? 0 : dy,
  gradOps: (dy, x, a) => where(gt(abs(x), a), dy, 0),
});

const SOFTSIGN = activationRow({
  name: "softsign",
  cost: 0,
  f: (x) => x / (1 + Math.abs(x)),
  grad: (x, dy) => dy / (1 + Math.abs(x)) ** 2,
  gradOps: (dy, x) => div(dy, square(add(abs(x), 1))),
});

const THRESHOLD = activationRow({
  name: "threshold",
  cost: 0,
  f: (x, a, b) => x <= a ? b : x,
  grad: (x, dy, a) => x <= a ? 0 : dy,
  gradOps: (dy, x, a) => where(gt(x, a), dy, 0),
});

/** An activation that gives integers of integers, whose settings lose their fractions then. */
function keepingIntegers(
  name: string,
  x: Tensor,
  a: number,
  b: number,
  row: ActivationRow,
): Tensor {
  checkComputes(name, x);
  if (x.dtype === "float32") return activate(row, x, a, b);
  return cast(activate(row, cast(x, "float32"), Math.trunc(a), Math.trunc(b)), x.dtype);
}

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

/** `min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines. */
export function hardsigmoid(x: Tensor): Tensor {
  atMost(1, arguments.length, "hardsigmoid(x)");
  return inNameOf("hardsigmoid", () => {
    return activate(HARDSIGMOID, x);
  });
}

/** `x · hardsigmoid(x)`: Howard et al., "Searching for MobileNetV3", 2019. */
export function hardswish(x: Tensor): Tensor {
  atMost(1, arguments.length, "hardswish(x)");
  return inNameOf("hardswish", () => {
    return activate(HARDSWISH, x);
  });
}

/** x, but at least `minVal` and at most `maxVal`; at the bounds the gradient is 0. */
export function hardtanh(x: Tensor, minVal = -1, maxVal = 1): Tensor {
  atMost(3, arguments.length, "hardtanh(x, minVal, maxVal)");
  return inNameOf("hardtanh", () => {
    check("hardtanh", "minVal", minVal, number);
    check("hardtanh", "maxVal", maxVal, number);
    return keepingIntegers("hardtanh", x, minVal, maxVal, HARDTANH);
  });
}

/** `min(max(x, 0), 6)`. */
export function relu6(x: Tensor): Tensor {
  atMost(1, arguments.length, "relu6(x)");
  return inNameOf("relu6", () => {
    return keepingIntegers("relu6", x, 0, 6, HARDTANH);
  });
}

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

/** `x / (1 + |x|)`. */
export function softsign(x: Tensor): Tensor {
  atMost(1, arguments.length, "softsign(x)");
  return inNameOf("softsign", () => {
    return activate(SOFTSIGN, x);
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

/** x moved by `lambd` towards 0, which it does not pass. */
export function softshrink(x: Tensor, lambd = 0.5): Tensor {
  atMost(2, arguments.length, "softshrink(x, lambd)");
  return inNameOf("softshrink", () => {
    check(
      "softshrink",
      "lambd",
      lambd,
      numberThat("a number of at least 0", (value) => value >= 0),
    );
    return activate(SOFTSHRINK, x, lambd);
  });
}

/** x, but 0 where it is from −`lambd` to `lambd`. */
export function hardshrink(x: Tensor, lambd = 0.5): Tensor {
  atMost(2, arguments.length, "hardshrink(x, lambd)");
  return inNameOf("hardshrink", () => {
    check("hardshrink", "lambd", lambd, number);
    return activate(HARDSHRINK, x, lambd);
  });
}

/** x where it is above `threshold`, else `value`. */
export function threshold(x: Tensor, threshold: number, value: number): Tensor {
  atMost(3, arguments.length, "threshold(x, threshold, value)");
  return inNameOf("threshold", () => {
    check("threshold", "the threshold", threshold, number);
    check("threshold", "the value", value, number);
    return keepingIntegers("threshold", x, threshold, value, THRESHOLD);
  });
}

/**
 * x where it is positive, else x times a weight that is learned: one number for all, or one a channel
 * (dimension 1).
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  atMost(2, arguments.length, "prelu(x, weight)");
  return inNameOf("prelu", () => {
    x = asFloat("prelu", x);
    weight = asFloat("prelu", weight, "the weight");
    const channels = x.ndim < 2 ? 1 : x.shape[1]!;
    if (weight.ndim > 1 || (weight.numel !== 1 && weight.numel !== channels)) {
      throw new ShapeError(
        `prelu: the weight must have one element, or one for each of the ${channels} channels: x is ` +
          `${show(x.shape)}, the weight is ${show(weight.shape)}`,
      );
    }
    if (weight.numel === 1 && !isTracked(x) && !isTracked(weight) && canLook(weight)) {
      return leakyRelu(x, readFirst("prelu", weight) as number);
    }
    const shape = x.shape.map((_, i) => i === 1 || (i === 0 && x.ndim === 1) ? weight.numel : 1);
    const w = reshape(weight, shape);
    const isAbove = gt(x, 0);
    return where(isAbove, x, mul(where(isAbove, 0, w), where(isAbove, 0, x)));
  });
}

/** Options of {@link rrelu}. */
export interface RreluOptions {
  /** The least slope. Default: 1/8. */
  lower?: number;
  /** The largest slope. Default: 1/3. */
  upper?: number;
  /** Whether each element below 0 has a slope of its own, drawn at random. Default: false. */
  training?: boolean;
}

/** What rrelu takes. */
export const RRELU_KINDS: Kinds<RreluOptions> = { lower: number, upper: number, training: flag };

/** `leakyRelu` of slopes that are drawn at random between two, and in evaluation of their mean. */
export function rrelu(x: Tensor, options: RreluOptions = {}): Tensor {
  atMost(2, arguments.length, "rrelu(x, { lower, upper, training })");
  return inNameOf("rrelu", () => {
    const { lower = 1 / 8, upper = 1 / 3, training = false } = checkOptions(
      "rrelu",
      options,
      RRELU_KINDS,
    );
    x = asFloat("rrelu", x);
    if (!training) return leakyRelu(x, (lower + upper) / 2);
    return where(gt(x, 0), x, mul(x, uniformLike("rrelu", x, x.shape, lower, upper)));
  });
}

/** The first half of x along a dimension, times the sigmoid of the second. */
export function glu(x: Tensor, dim = -1): Tensor {
  atMost(2, arguments.length, "glu(x, dim)");
  return inNameOf("glu", () => {
    x = asFloat("glu", x);
    const axis = axisOf("glu", dim, x.ndim);
    const n = x.shape[axis]!;
    if (n % 2 !== 0) {
      throw new ShapeError(
        `glu: dimension ${dim} must have an even length: the shape is ${show(x.shape)}`,
      );
    }
    const half = narrow(x, axis, 0, n / 2), gate = narrow(x, axis, n / 2, n / 2);
    return gluInOneWalk(x, axis) ?? mul(half, sigmoid(gate));
  });
}

/** Rows of fewer elements cost more than making each op's result. */
const LONG_ROW = 64;

/** `glu`, and its gradient, where the device makes them of the halves of x's rows; else null. */
function gluInOneWalk(x: Tensor, axis: number): Tensor | null {
  const outer = numelOf(x.shape.slice(0, axis)), row = x.numel / outer;
  const isLong = outer === 1 || row >= 2 * LONG_ROW;
  if (wantsParts || !isLong || x.numel === 0 || kernelsOf(x).combine === undefined) return null;
  x = contiguous(x);
  const halves = (x: Buffer): [Buffer, Buffer] => [
    viewOf(x, [outer, row / 2], [row, 1]),
    viewOf(x, [outer, row / 2], [row, 1], x.offset + row / 2),
  ];
  const [half, gate] = halves(x);
  const shape = x.shape.with(axis, x.shape[axis]! / 2);
  const y = alloc(x, shape);
  const matrix = (y: Buffer) => viewOf(y, half.shape, [row / 2, 1]);
  kernelsOf(y).combine!("glu", [half, gate], matrix(y));
  return record("glu", y, [[x, (dy) => {
    if (isRecording()) {
      const n = shape[axis]!, half = narrow(x, axis, 0, n), s = sigmoid(narrow(x, axis, n, n));
      return cat([mul(dy, s), mul(mul(dy, half), mul(s, sub(1, s)))], axis);
    }
    const dx = alloc(x, x.shape), [dhalf, dgate] = halves(dx), given = matrix(contiguous(dy));
    kernelsOf(dx).combine!("glu", [given, gate], dhalf);
    kernelsOf(dx).combine!("gluGate", [given, half, gate], dgate);
    return record("glu", dx, []);
  }]], { saved: [x], differentiable: true });
}

/** `softmax(−x)` along a dimension; the result in a dtype. */
export function softmin(x: Tensor, dim: number, dtype?: DType): Tensor {
  atMost(3, arguments.length, "softmin(x, dim, dtype)");
  return inNameOf("softmin", () => {
    x = asFloat("softmin", x);
    return softmax(negative(x), dim, dtype);
  });
}
