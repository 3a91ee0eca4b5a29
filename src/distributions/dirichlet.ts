import { ShapeError } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { expand, lt, type Operand, where, xlogy } from "../ops/mod.ts";
import { tensor, zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { digamma, lgamma } from "./gamma_functions.ts";
import { standardGamma } from "./gamma_samples.ts";

/** The distribution of n shares of a whole: of probabilities of n classes. Drawn on the host. */
export class Dirichlet extends Distribution {
  /** [..., n]: what draws towards each. */
  readonly concentration: Tensor;

  /** ShapeError of a scalar, RangeError where a concentration is not above 0. */
  constructor(concentration: Operand) {
    atMost(1, arguments.length, "Dirichlet(concentration)");
    const [c] = broadcast("Dirichlet", ["concentration"], [concentration]);
    if (c.ndim === 0) throw new ShapeError("Dirichlet: concentration must be [..., n]: it is []");
    checkPositive("Dirichlet", "concentration", c);
    super(c.shape.slice(0, -1), c.shape.slice(-1));
    this.concentration = c;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.concentration.div(this.concentration.sum(-1, true));
  }

  /** The variance. */
  override get variance(): Tensor {
    const { concentration: c } = this;
    const all = c.sum(-1, true);
    return c.mul(all.sub(c)).div(all.square().mul(all.add(1)));
  }

  /** The likeliest shares; where all concentrations are below 1 it is the first alone, as in PyTorch. */
  override get mode(): Tensor {
    const c = this.concentration;
    const above = c.sub(1).clamp({ min: 0 });
    const first = zerosLike(c).indexFill(-1, tensor([0]).to(c.device), 1);
    return where(lt(c, 1).all(-1, true), first, above.div(above.sum(-1, true)));
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const { concentration: c } = this;
    return xlogy(c.sub(1), asTensor(value, c)).sum(-1).sub(this.logNormalizer());
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const { concentration: c } = this;
    const all = c.sum(-1);
    return this.logNormalizer().add(all.sub(c.shape.at(-1)!).mul(digamma(all)))
      .sub(c.sub(1).mul(digamma(c)).sum(-1));
  }

  /** log B, the logarithm of what the density is divided by. */
  logNormalizer(): Tensor {
    return lgamma(this.concentration).sum(-1).sub(lgamma(this.concentration.sum(-1)));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const parts = standardGamma(expand(this.concentration, shape));
    return parts.div(parts.sum(-1, true));
  }
}
