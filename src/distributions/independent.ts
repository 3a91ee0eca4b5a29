import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, kind, whole } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { askedFor, Distribution } from "./distribution.ts";

const DISTRIBUTION = /* @__PURE__ */ kind(
  "a distribution",
  (value) => value instanceof Distribution,
);
const COUNT = whole(0);

/**
 * A distribution whose last dimensions are one sample: a normal distribution of vectors with a diagonal
 * covariance is `new Independent(new Normal(loc, scale), 1)`.
 */
export class Independent extends Distribution {
  /** The distribution of each element. */
  readonly baseDist: Distribution;
  /** How many dimensions of its batch are a sample's. */
  readonly reinterpretedBatchNdims: number;

  /** ShapeError where the batch has fewer dimensions. */
  constructor(baseDist: Distribution, reinterpretedBatchNdims: number) {
    atMost(2, arguments.length, "Independent(baseDist, reinterpretedBatchNdims)");
    check("Independent", "the distribution", baseDist, DISTRIBUTION);
    check("Independent", "the number of dimensions", reinterpretedBatchNdims, COUNT);
    const { batchShape, eventShape } = baseDist;
    const rest = batchShape.length - reinterpretedBatchNdims;
    if (rest < 0) {
      throw new ShapeError(
        `Independent: ${reinterpretedBatchNdims} dimensions are needed: the batch is ` +
          show(batchShape),
      );
    }
    super(batchShape.slice(0, rest), [...batchShape.slice(rest), ...eventShape]);
    this.baseDist = baseDist;
    this.reinterpretedBatchNdims = reinterpretedBatchNdims;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.baseDist.mean;
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.baseDist.variance;
  }

  /** Whether samples have gradients. */
  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }

  /** The likeliest sample. */
  override get mode(): Tensor {
    return this.baseDist.mode;
  }

  /** The logarithm of the density of whole samples. */
  override logProb(value: Operand): Tensor {
    return summed(this.baseDist.logProb(value), this.reinterpretedBatchNdims);
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return summed(this.baseDist.entropy(), this.reinterpretedBatchNdims);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.baseDist.rsample(askedFor(shape, this));
  }

  /** Samples of a whole shape. */
  protected override pick(shape: Shape): Tensor {
    return this.baseDist.sample(askedFor(shape, this));
  }
}

/** Sums over the last n dimensions. */
export function summed(x: Tensor, n: number): Tensor {
  return n === 0 ? x : x.sum(Array.from({ length: n }, (_, i) => -1 - i));
}
