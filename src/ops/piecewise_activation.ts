/**
 * Activations that need no exponential: each of their pieces is a line, a parabola or a fraction.
 *
 * @module
 */
import { atMost, check, number, numberThat } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { activate, type ActivationRow, activationRow } from "./activation_op.ts";
import { add, div, mul } from "./binary.ts";
import { cast } from "./cast.ts";
import { checkComputes } from "./check.ts";
import { gt, lt } from "./compare.ts";
import { inNameOf } from "./in_name_of.ts";
import { abs, square } from "./unary.ts";
import { where } from "./where.ts";

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

/** `x / (1 + |x|)`. */
export function softsign(x: Tensor): Tensor {
  atMost(1, arguments.length, "softsign(x)");
  return inNameOf("softsign", () => {
    return activate(SOFTSIGN, x);
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
