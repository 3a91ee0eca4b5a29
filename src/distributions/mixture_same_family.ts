import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, kind } from "../core/options.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { expand, gather, logsumexp, type Operand, squeeze, unsqueeze } from "../ops/mod.ts";
import { full } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Categorical } from "./categorical.ts";
import { askedFor, Distribution } from "./distribution.ts";

const CATEGORICAL = /* @__PURE__ */ kind("a Categorical", (value) => value instanceof Categorical);
const DISTRIBUTION = /* @__PURE__ */ kind(
  "a distribution",
  (value) => value instanceof Distribution,
);

/**
 * A mixture: of the distributions along the last dimension of a batch one is chosen by a Categorical.
 *
 * @example
 * ```ts
 * import { distributions, tensor } from "@glim/glim";
 * const { Categorical, MixtureSameFamily, Normal } = distributions;
 * const parts = new Normal(tensor([-2, 2]), tensor([0.5, 1]));
 * const mixture = new MixtureSameFamily(new Categorical(tensor([1, 3])), parts);
 * console.log(mixture.mean.item()); // 1
 * ```
 */
export class MixtureSameFamily extends Distribution {
  /** How likely each part is. */
  readonly mixtureDistribution: Categorical;
  /** The parts, along the last dimension of their batch. */
  readonly componentDistribution: Distribution;

  /** ShapeError where the parts are not as many as the classes. */
  constructor(mixtureDistribution: Categorical, componentDistribution: Distribution) {
    const name = "MixtureSameFamily";
    atMost(2, arguments.length, `${name}(mixtureDistribution, componentDistribution)`);
    check(name, "the mixture", mixtureDistribution, CATEGORICAL);
    check(name, "the parts", componentDistribution, DISTRIBUTION);
    const { batchShape, eventShape } = componentDistribution;
    const { probs, batchShape: chosen } = mixtureDistribution;
    const isAlike = batchShape.at(-1) === probs.shape.at(-1) &&
      (chosen.length === 0 || sameShape(chosen, batchShape.slice(0, -1)));
    if (!isAlike) {
      throw new ShapeError(
        `${name}: the parts must be a batch [..., ${
          probs.shape.at(-1)
        }], alike the mixture: it is ` +
          `${show(batchShape)}, the mixture ${show(probs.shape)}`,
      );
    }
    super(batchShape.slice(0, -1), eventShape);
    this.mixtureDistribution = mixtureDistribution;
    this.componentDistribution = componentDistribution;
  }

  /** A weight for each part, with as many dimensions as a part's samples have. */
  get #weights(): Tensor {
    const { probs } = this.mixtureDistribution;
    return this.eventShape.reduce((x: Tensor) => unsqueeze(x, -1), probs);
  }

  /** Which dimension of samples the parts lie along. */
  get #along(): number {
    return -1 - this.eventShape.length;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.#weights.mul(this.componentDistribution.mean).sum(this.#along);
  }

  /** The variance: the mean of the parts' and that of their means. */
  override get variance(): Tensor {
    const weights = this.#weights, { mean, variance } = this.componentDistribution;
    const distance = mean.sub(unsqueeze(this.mean, this.#along));
    return weights.mul(variance).add(weights.mul(distance.square())).sum(this.#along);
  }

  /** The logarithm of the probability or density. */
  override logProb(value: Operand): Tensor {
    const { logits } = this.mixtureDistribution;
    return logsumexp(this.componentDistribution.logProb(this.#padded(value)).add(logits), -1);
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    const shares = this.componentDistribution.cdf(this.#padded(value));
    return shares.mul(this.mixtureDistribution.probs).sum(-1);
  }

  #padded(value: Operand): Tensor {
    const { device } = this.mixtureDistribution.probs;
    return unsqueeze(typeof value === "number" ? full([], value, { device }) : value, this.#along);
  }

  /** Samples of a whole shape: those of all parts, and of them the chosen. */
  protected override pick(shape: Shape): Tensor {
    const asked = askedFor(shape, this);
    const all = this.componentDistribution.sample(asked);
    const axis = all.ndim + this.#along;
    let chosen = this.mixtureDistribution.sample(
      [
        ...asked,
        ...this.batchShape.slice(
          0,
          this.batchShape.length - this.mixtureDistribution.batchShape.length,
        ),
      ],
    );
    for (let i = 0; i <= this.eventShape.length; i++) chosen = unsqueeze(chosen, -1);
    return squeeze(gather(all, axis, expand(chosen, all.shape.with(axis, 1))), axis);
  }
}
