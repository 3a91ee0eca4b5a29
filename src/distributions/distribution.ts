/**
 * What all distributions share.
 *
 * @module
 */
import { describe, inspectAsString } from "../core/inspect.ts";
import { atMost, check, isListOf, kind } from "../core/options.ts";
import { broadcastShape, numelOf, type Shape } from "../core/shape.ts";
import { Buffer, notATensor } from "../device/buffer.ts";
import { canLook } from "../device/transfer.ts";
import { expand, type Operand } from "../ops/mod.ts";
import { full } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";

const SHAPE = /* @__PURE__ */ kind(
  "a list of whole numbers of at least 0",
  (value) => isListOf(value, (n) => Number.isSafeInteger(n) && n as number >= 0),
);

/**
 * A distribution, or as many of one kind as its parameters have elements. Samples have the shape
 * `[...shape, ...batchShape, ...eventShape]`, shape being what `sample` is asked for.
 */
export abstract class Distribution {
  /** The shape of the parameters: how many distributions there are. */
  readonly batchShape: Shape;
  /** The shape of one sample of one distribution. */
  readonly eventShape: Shape;

  /** Of parameters that broadcast to a shape. */
  constructor(batchShape: Shape, eventShape: Shape = []) {
    this.batchShape = [...batchShape];
    this.eventShape = [...eventShape];
  }

  /** The logarithm of the probability, or of its density, of values that broadcast to the batch. */
  abstract logProb(value: Operand): Tensor;

  /** The mean. */
  get mean(): Tensor {
    throw this.#noClosedForm("mean");
  }

  /** The variance. */
  get variance(): Tensor {
    throw this.#noClosedForm("variance");
  }

  /** The entropy in nats. */
  entropy(): Tensor {
    throw this.#noClosedForm("entropy");
  }

  /** The likeliest value. */
  get mode(): Tensor {
    throw this.#noClosedForm("mode");
  }

  /** The share of values up to one: the cumulative distribution function. */
  cdf(_value: Operand): Tensor {
    throw this.#noClosedForm("cdf");
  }

  /** The value up to which there is a share: the inverse of `cdf`. */
  icdf(_share: Operand): Tensor {
    throw this.#noClosedForm("icdf");
  }

  /** The standard deviation. */
  get stddev(): Tensor {
    return this.variance.sqrt();
  }

  /** Whether samples have gradients with respect to the parameters: whether there is `rsample`. */
  get hasRsample(): boolean {
    return this.draw !== Distribution.prototype.draw;
  }

  /** Samples without gradients, by the numbers that follow `manualSeed`. */
  sample(shape: Shape = []): Tensor {
    atMost(1, arguments.length, "sample(shape)");
    return noGrad(() => this.pick(this.extended(shape)));
  }

  /**
   * Samples as functions of the parameters, through which gradients pass to them. TypeError for a
   * distribution that has none.
   */
  rsample(shape: Shape = []): Tensor {
    atMost(1, arguments.length, "rsample(shape)");
    if (!this.hasRsample) {
      throw new TypeError(
        `rsample: samples of ${this.constructor.name} have no gradients: use sample() and logProb()`,
      );
    }
    return this.draw(this.extended(shape));
  }

  /** Samples of a whole shape, as functions of the parameters. */
  protected draw(_shape: Shape): Tensor {
    throw new TypeError(`${this.constructor.name}: a distribution must have draw() or pick()`);
  }

  /** Samples of a whole shape. */
  protected pick(shape: Shape): Tensor {
    return this.draw(shape);
  }

  #noClosedForm(what: string): TypeError {
    return new TypeError(`${what}: that of ${this.constructor.name} has no closed form`);
  }

  /** The whole shape of samples that are asked for. */
  protected extended(shape: Shape): Shape {
    check("sample", "the shape", shape, SHAPE);
    return [...shape, ...this.batchShape, ...this.eventShape];
  }

  /** `Normal(batchShape: [2], eventShape: [])`. */
  toString(): string {
    const { batchShape, eventShape } = this;
    return describe(this, { batchShape, eventShape });
  }
}

inspectAsString(Distribution);

/** Of the shape of samples, what was asked for: all but the batch and one sample. */
export function askedFor(shape: Shape, { batchShape, eventShape }: Distribution): Shape {
  return shape.slice(0, shape.length - batchShape.length - eventShape.length);
}

/** Parameters as tensors of one shape. TypeError where one is neither a tensor nor a number. */
export function broadcast<const P extends readonly Operand[]>(
  name: string,
  names: readonly string[],
  parameters: P,
): { [I in keyof P]: Tensor } {
  parameters.forEach((p, i) => {
    if (typeof p !== "number" && !Buffer.is(p)) {
      throw new TypeError(
        `${name}: ${names[i]} must be a tensor or a number: it is ${notATensor(p)}`,
      );
    }
  });
  const shape = parameters.reduce(
    (shape: Shape, p) => typeof p === "number" ? shape : broadcastShape(name, shape, p.shape),
    [],
  );
  const like = parameters.find((p) => typeof p !== "number") as Tensor | undefined;
  return parameters.map((p) =>
    typeof p === "number"
      ? full(shape, p, { dtype: "float32", ...like === undefined ? {} : { device: like.device } })
      : expand(p.to("float32"), shape)
  ) as { [I in keyof P]: Tensor };
}

/** RangeError where an element is not what is needed; what the host cannot read is not looked at. */
export function checkEach(
  name: string,
  what: string,
  x: Tensor,
  needs: string,
  fits: (value: number) => boolean,
): void {
  if (numelOf(x.shape) === 0 || !canLook(x)) return;
  const values = x.detach().toTypedArray();
  for (let i = 0; i < values.length; i++) {
    if (fits(values[i]!)) continue;
    throw new RangeError(`${name}: ${what} must be ${needs}: element ${i} is ${values[i]}`);
  }
}

/** Refuses what is not above 0. */
export function checkPositive(name: string, what: string, x: Tensor): void {
  checkEach(name, what, x, "above 0", (value) => value > 0);
}
