import { filledLike } from "../ops/filled_like.ts";
import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { expand, gt, type Operand, where } from "../ops/mod.ts";
import { randn } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logBeta } from "./beta.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { digamma } from "./gamma_functions.ts";
import { standardGamma } from "./gamma_samples.ts";

/** Student's t distribution. Its samples are drawn on the host. */
export class StudentT extends Distribution {
  /** Degrees of freedom, ν: the fewer, the heavier the tails. */
  readonly df: Tensor;
  /** The median. */
  readonly loc: Tensor;
  /** The scale. */
  readonly scale: Tensor;

  /** RangeError where the degrees or a scale are not above 0. */
  constructor(df: Operand, loc: Operand = 0, scale: Operand = 1) {
    atMost(3, arguments.length, "StudentT(df, loc, scale)");
    const [d, l, s] = broadcast("StudentT", ["df", "loc", "scale"], [df, loc, scale]);
    checkPositive("StudentT", "df", d);
    checkPositive("StudentT", "scale", s);
    super(d.shape);
    this.df = d;
    this.loc = l;
    this.scale = s;
  }

  /** The mean; NaN up to 1 degree. */
  override get mean(): Tensor {
    return where(gt(this.df, 1), this.loc, NaN);
  }

  /** The variance; infinite up to 2 degrees, NaN up to 1. */
  override get variance(): Tensor {
    const { df, scale } = this;
    const isFinite = gt(df, 2);
    const finite = scale.square().mul(df.div(where(isFinite, df.sub(2), 1)));
    return where(isFinite, finite, where(gt(df, 1), Infinity, NaN));
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.loc;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const { df, loc, scale } = this;
    const z = loc.sub(value).div(scale);
    return this.#logNormalizer().add(df.add(1).mul(z.square().div(df).log1p()).mul(0.5)).neg();
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const half = this.df.div(2), more = half.add(0.5);
    return this.#logNormalizer().add(more.mul(digamma(more).sub(digamma(half))));
  }

  /** log(scale √ν B(½, ν / 2)). */
  #logNormalizer(): Tensor {
    const half = this.df.div(2);
    const normal = logBeta(half, filledLike(half, 0.5));
    return this.scale.log().add(this.df.log().mul(0.5)).add(normal);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const half = expand(this.df.div(2), shape);
    const chi = standardGamma(half).div(half); // χ² / ν
    return this.loc.add(this.scale.mul(randn(shape, { device: half.device })).mul(chi.rsqrt()));
  }
}
