import { atMost, check, isListOf, kind } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { zeros } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { askedFor, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { Independent, summed } from "./independent.ts";
import { ComposeTransform, Transform } from "./transforms.ts";

const DISTRIBUTION = /* @__PURE__ */ kind(
  "a distribution",
  (value) => value instanceof Distribution,
);
const TRANSFORMS = /* @__PURE__ */ kind(
  "a transform or a list of them",
  (value) => value instanceof Transform || isListOf(value, (part) => part instanceof Transform),
);

/**
 * The distribution of what transforms make of another one's samples.
 *
 * @example
 * ```ts
 * import { distributions, tensor } from "@glim/glim";
 * const { Normal, TanhTransform, TransformedDistribution } = distributions;
 * const policy = new TransformedDistribution(new Normal(tensor([0.5, -1]), 1), new TanhTransform());
 * const action = policy.rsample();
 * console.log(action.abs().max().item() <= 1, policy.logProb(action).shape); // true [2]
 * ```
 */
export class TransformedDistribution extends Distribution {
  /** The distribution of what the transforms take. */
  readonly baseDist: Distribution;
  /** The transforms, the first at first. */
  readonly transforms: readonly Transform[];
  /** The last sample, and what it was made of before it. */
  private last: Tensor[] = [];
  /** The version of that sample. */
  private version = 0;

  /** TypeError unless they are a distribution and transforms. */
  constructor(baseDist: Distribution, transforms: Transform | readonly Transform[]) {
    atMost(2, arguments.length, "TransformedDistribution(baseDist, transforms)");
    const name = "TransformedDistribution";
    check(name, "the distribution", baseDist, DISTRIBUTION);
    check(name, "the transforms", transforms, TRANSFORMS);
    const list = transforms instanceof Transform ? [transforms] : [...transforms];
    const whole = new ComposeTransform(list);
    const more = whole.eventDim - baseDist.eventShape.length;
    const base = more > 0 ? new Independent(baseDist, more) : baseDist;
    // parameters of transforms may have batches of their own
    const shape = [...base.batchShape, ...base.eventShape];
    const made = list.length === 0 ? shape : whole.forward(zeros(shape)).shape;
    const event = base.eventShape.length;
    super(made.slice(0, made.length - event), made.slice(made.length - event));
    this.baseDist = base;
    this.transforms = list;
  }

  /** Whether samples have gradients: where those of the base have. */
  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }

  /**
   * The logarithm of the density. Of the last sample it knows what that was made of, and so inverts
   * nothing: a tanh that rounding has brought to 1 has no finite inverse.
   */
  override logProb(value: Operand): Tensor {
    const event = this.eventShape.length;
    let total: Tensor | null = null;
    let y = typeof value === "number" ? asTensor(value, zeros([])) : value;
    let known = this.#madeOf(y);
    for (let i = this.transforms.length; i-- > 0;) {
      const transform = this.transforms[i]!;
      if (transform.hasParameters) known = null; // the inverse has gradients with respect to them
      const x = known === null ? transform.inverse(y) : known[i]!;
      const term = summed(transform.logAbsDetJacobian(x, y), event - transform.eventDim);
      total = total === null ? term : total.add(term);
      y = x;
    }
    const of = summed(this.baseDist.logProb(y), event - this.baseDist.eventShape.length);
    return total === null ? of : of.sub(total);
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    const y = typeof value === "number" ? asTensor(value, zeros([])) : value;
    const whole = new ComposeTransform(this.transforms);
    return this.#turned(this.baseDist.cdf(whole.inverse(y)));
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    const p = typeof share === "number" ? asTensor(share, zeros([])) : share;
    return new ComposeTransform(this.transforms).forward(this.baseDist.icdf(this.#turned(p)));
  }

  /** A share, or 1 less it where the transforms fall. */
  #turned(share: Tensor): Tensor {
    const { sign } = new ComposeTransform(this.transforms);
    if (sign === 1) return share;
    return share.sub(0.5).mul(sign).add(0.5);
  }

  /** Samples without gradients, by the numbers that follow `manualSeed`. */
  override sample(shape: Shape = []): Tensor {
    atMost(1, arguments.length, "sample(shape)");
    const asked = this.#asked(this.extended(shape));
    return this.#remembered(noGrad(() => this.#made(this.baseDist.sample(asked))));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.#remembered(this.#made(this.baseDist.rsample(this.#asked(shape))));
  }

  /** What the transforms make of the base's sample, one after the other, and that at first. */
  #made(x: Tensor): Tensor[] {
    const values = [x];
    for (const transform of this.transforms) values.push(x = transform.forward(x));
    return values;
  }

  #remembered(values: Tensor[]): Tensor {
    const y = values.at(-1)!;
    this.last = values;
    this.version = y.storage.version;
    return y;
  }

  /** What the last sample was made of, if this is it, unchanged, and nothing of that is released. */
  #madeOf(y: Tensor): Tensor[] | null {
    const { last } = this;
    return last.at(-1) === y && y.storage.version === this.version &&
        last.every(({ storage }) => storage.block !== null)
      ? last
      : null;
  }

  /** What the base is asked for, so that its samples broadcast to this one's batch. */
  #asked(shape: Shape): Shape {
    const missing = this.batchShape.slice(
      0,
      this.batchShape.length - this.baseDist.batchShape.length,
    );
    return [...askedFor(shape, this), ...missing];
  }
}
