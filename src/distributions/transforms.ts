/**
 * Functions of samples whose densities are known: PyTorch's `torch.distributions.transforms`.
 *
 * @module
 */
import { atMost, check, isListOf, kind, whole } from "../core/options.ts";
import { broadcastShape } from "../core/shape.ts";
import { Buffer } from "../device/buffer.ts";
import { expand, type Operand, softplus } from "../ops/mod.ts";
import { full } from "../tensor/create.ts";
import { fullLike } from "../tensor/create_more.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { summed } from "./independent.ts";

const OPERAND = /* @__PURE__ */ kind(
  "a tensor or a number",
  (value) => typeof value === "number" || Buffer.is(value),
);
const COUNT = whole(0);

/**
 * A function of tensors that can be inverted and whose derivative is known, as `TransformedDistribution`
 * needs it. One of your own has `forward`, `inverse` and `logAbsDetJacobian`.
 */
export abstract class Transform {
  /** How many of the last dimensions are one argument: 0 for functions of one element. */
  get eventDim(): number {
    return 0;
  }

  /** 1 where it grows, −1 where it falls: what `cdf` needs. */
  get sign(): number | Tensor {
    return 1;
  }

  /** Whether gradients may pass to tensors of its own: true unless a class says otherwise. */
  hasParameters: boolean = true;

  /** y of x. */
  abstract forward(x: Tensor): Tensor;

  /** x of y. */
  abstract inverse(y: Tensor): Tensor;

  /** log |dy / dx|, of x and its y, without the last `eventDim` dimensions. */
  abstract logAbsDetJacobian(x: Tensor, y: Tensor): Tensor;

  /** The inverse as a transform. */
  get inv(): Transform {
    return new InverseTransform(this);
  }
}

/** What another transform's inverse is. */
class InverseTransform extends Transform {
  private readonly of: Transform;

  constructor(of: Transform) {
    super();
    this.of = of;
    this.hasParameters = of.hasParameters;
  }

  override get eventDim(): number {
    return this.of.eventDim;
  }

  override get sign(): number | Tensor {
    return this.of.sign;
  }

  override forward(x: Tensor): Tensor {
    return this.of.inverse(x);
  }

  override inverse(y: Tensor): Tensor {
    return this.of.forward(y);
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return this.of.logAbsDetJacobian(y, x).neg();
  }

  override get inv(): Transform {
    return this.of;
  }
}

/** y = loc + scale · x. */
export class AffineTransform extends Transform {
  /** What is added. */
  readonly loc: Operand;
  /** What is multiplied by: not 0. */
  readonly scale: Operand;
  readonly #eventDim: number;

  /** Of numbers or of tensors that broadcast; `eventDim`: how many of the last dimensions are one argument. */
  constructor(loc: Operand, scale: Operand, eventDim = 0) {
    super();
    atMost(3, arguments.length, "AffineTransform(loc, scale, eventDim)");
    check("AffineTransform", "loc", loc, OPERAND);
    check("AffineTransform", "scale", scale, OPERAND);
    check("AffineTransform", "eventDim", eventDim, COUNT);
    this.loc = loc;
    this.scale = scale;
    this.hasParameters = typeof loc !== "number" || typeof scale !== "number";
    this.#eventDim = eventDim;
  }

  /** As many as it was made with. */
  override get eventDim(): number {
    return this.#eventDim;
  }

  /** That of the scale. */
  override get sign(): number | Tensor {
    return typeof this.scale === "number" ? Math.sign(this.scale) : this.scale.sign();
  }

  /** y of x. */
  override forward(x: Tensor): Tensor {
    return x.mul(this.scale).add(this.loc);
  }

  /** x of y. */
  override inverse(y: Tensor): Tensor {
    return y.sub(this.loc).div(this.scale);
  }

  /** log |scale|. */
  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    const { scale } = this;
    if (typeof scale === "number") {
      return summed(fullLike(x, Math.log(Math.abs(scale))), this.eventDim);
    }
    const shape = broadcastShape("AffineTransform", x.shape, scale.shape);
    return summed(expand(scale.abs().log(), shape), this.eventDim);
  }
}

/** y = eˣ. */
export class ExpTransform extends Transform {
  /** It has none. */
  override hasParameters = false;

  /** Without arguments. */
  constructor() {
    atMost(0, arguments.length, "ExpTransform()");
    super();
  }

  /** eˣ. */
  override forward(x: Tensor): Tensor {
    return x.exp();
  }

  /** log y. */
  override inverse(y: Tensor): Tensor {
    return y.log();
  }

  /** x. */
  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return x;
  }
}

/** y = 1 / (1 + e⁻ˣ), kept away from 0 and 1 by float32's ε. */
export class SigmoidTransform extends Transform {
  /** It has none. */
  override hasParameters = false;

  /** Without arguments. */
  constructor() {
    atMost(0, arguments.length, "SigmoidTransform()");
    super();
  }

  /** The logistic function. */
  override forward(x: Tensor): Tensor {
    return inside(x.sigmoid());
  }

  /** log(y / (1 − y)). */
  override inverse(y: Tensor): Tensor {
    y = inside(y);
    return y.log().sub(y.neg().log1p());
  }

  /** log y (1 − y). */
  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return softplus(x.neg()).add(softplus(x)).neg();
  }
}

/** From float32's smallest normal number to the largest below 1. */
function inside(y: Tensor): Tensor {
  return y.clamp({ min: 2 ** -126, max: 1 - 2 ** -23 });
}

/** y = tanh x, as policies with bounded actions have it. */
export class TanhTransform extends Transform {
  /** It has none. */
  override hasParameters = false;

  /** Without arguments. */
  constructor() {
    atMost(0, arguments.length, "TanhTransform()");
    super();
  }

  /** tanh x. */
  override forward(x: Tensor): Tensor {
    return x.tanh();
  }

  /** artanh y: infinite at ±1, which rounding may lead to. */
  override inverse(y: Tensor): Tensor {
    return y.atanh();
  }

  /** log(1 − tanh² x), without what cancels. */
  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return x.add(softplus(x.mul(-2))).sub(Math.LN2).mul(-2);
  }
}

/** y = log(1 + eˣ). */
export class SoftplusTransform extends Transform {
  /** It has none. */
  override hasParameters = false;

  /** Without arguments. */
  constructor() {
    atMost(0, arguments.length, "SoftplusTransform()");
    super();
  }

  /** log(1 + eˣ). */
  override forward(x: Tensor): Tensor {
    return softplus(x);
  }

  /** log(eʸ − 1). */
  override inverse(y: Tensor): Tensor {
    return y.neg().expm1().neg().log().add(y);
  }

  /** log of the logistic function. */
  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return softplus(x.neg()).neg();
  }
}

/** y = x to a power, of x above 0. */
export class PowerTransform extends Transform {
  /** The power: not 0. */
  readonly exponent: Operand;

  /** Of a number or a tensor that broadcasts. */
  constructor(exponent: Operand) {
    super();
    atMost(1, arguments.length, "PowerTransform(exponent)");
    check("PowerTransform", "the exponent", exponent, OPERAND);
    this.exponent = exponent;
    this.hasParameters = typeof exponent !== "number";
  }

  /** That of the exponent. */
  override get sign(): number | Tensor {
    return typeof this.exponent === "number" ? Math.sign(this.exponent) : this.exponent.sign();
  }

  /** x to the power. */
  override forward(x: Tensor): Tensor {
    return x.pow(this.exponent);
  }

  /** y to the power's inverse. */
  override inverse(y: Tensor): Tensor {
    return y.pow(
      typeof this.exponent === "number" ? 1 / this.exponent : this.exponent.reciprocal(),
    );
  }

  /** log |exponent · y / x|. */
  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return y.mul(this.exponent).div(x).abs().log();
  }
}

const TRANSFORMS = /* @__PURE__ */ kind(
  "a list of transforms",
  (value) => isListOf(value, (part) => part instanceof Transform),
);

/** Several transforms, the first at first. */
export class ComposeTransform extends Transform {
  /** The transforms. */
  readonly parts: readonly Transform[];

  /** TypeError where one is none. */
  constructor(parts: readonly Transform[]) {
    super();
    atMost(1, arguments.length, "ComposeTransform(parts)");
    check("ComposeTransform", "the parts", parts, TRANSFORMS);
    this.parts = [...parts];
    this.hasParameters = parts.some((part) => part.hasParameters);
  }

  /** The most that one has. */
  override get eventDim(): number {
    return Math.max(0, ...this.parts.map((part) => part.eventDim));
  }

  /** The product of all. */
  override get sign(): number | Tensor {
    return this.parts.reduce((sign: number | Tensor, { sign: next }) => {
      if (typeof sign === "number") return typeof next === "number" ? sign * next : next.mul(sign);
      return sign.mul(next);
    }, 1);
  }

  /** y of x. */
  override forward(x: Tensor): Tensor {
    return this.parts.reduce((x, part) => part.forward(x), x);
  }

  /** x of y. */
  override inverse(y: Tensor): Tensor {
    return this.parts.reduceRight((y, part) => part.inverse(y), y);
  }

  /** The sum of all. */
  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    const { eventDim } = this;
    let total: Tensor | null = null;
    for (const part of this.parts) {
      const next = part.forward(x);
      const term = summed(part.logAbsDetJacobian(x, next), eventDim - part.eventDim);
      total = total === null ? term : total.add(term);
      x = next;
    }
    return total ?? full(x.shape, 0, { device: x.device });
  }
}

const TRANSFORM = /* @__PURE__ */ kind("a transform", (value) => value instanceof Transform);

/** A transform whose last dimensions are one argument: its derivatives are summed over them. */
export class IndependentTransform extends Transform {
  /** The transform of each part. */
  readonly baseTransform: Transform;
  /** How many more of the last dimensions are one argument. */
  readonly reinterpretedBatchNdims: number;

  /** TypeError unless it is a transform and a number of dimensions. */
  constructor(baseTransform: Transform, reinterpretedBatchNdims: number) {
    super();
    atMost(2, arguments.length, "IndependentTransform(baseTransform, reinterpretedBatchNdims)");
    check("IndependentTransform", "the transform", baseTransform, TRANSFORM);
    check("IndependentTransform", "the number of dimensions", reinterpretedBatchNdims, COUNT);
    this.baseTransform = baseTransform;
    this.hasParameters = baseTransform.hasParameters;
    this.reinterpretedBatchNdims = reinterpretedBatchNdims;
  }

  /** The transform's and these. */
  override get eventDim(): number {
    return this.baseTransform.eventDim + this.reinterpretedBatchNdims;
  }

  /** The transform's. */
  override get sign(): number | Tensor {
    return this.baseTransform.sign;
  }

  /** y of x. */
  override forward(x: Tensor): Tensor {
    return this.baseTransform.forward(x);
  }

  /** x of y. */
  override inverse(y: Tensor): Tensor {
    return this.baseTransform.inverse(y);
  }

  /** The sum over these dimensions. */
  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return summed(this.baseTransform.logAbsDetJacobian(x, y), this.reinterpretedBatchNdims);
  }
}
