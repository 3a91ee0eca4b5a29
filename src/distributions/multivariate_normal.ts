import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, kind, type Kinds } from "../core/options.ts";
import { broadcastShape, type Shape } from "../core/shape.ts";
import { Buffer } from "../device/buffer.ts";
import { expand, matmul, type Operand } from "../ops/mod.ts";
import { eye, randn } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkEach, Distribution } from "./distribution.ts";
import { cholesky, solveLower, turned } from "./triangular.ts";

/** What tells how the elements of a sample vary: one of these, each [..., n, n]. */
export interface CovarianceOptions {
  /** Covariances. */
  covarianceMatrix?: Tensor;
  /** Their inverse. */
  precisionMatrix?: Tensor;
  /** Lower triangular L with L·Lᵀ = covariances. */
  scaleTril?: Tensor;
}

const TENSOR = /* @__PURE__ */ kind("a tensor", (value) => Buffer.is(value));
const OPTIONS: Kinds<CovarianceOptions> = {
  covarianceMatrix: TENSOR,
  precisionMatrix: TENSOR,
  scaleTril: TENSOR,
};

/**
 * The normal distribution of vectors [..., n] whose elements vary together.
 *
 * @example
 * ```ts
 * import { distributions, tensor } from "@glim/glim";
 * const p = new distributions.MultivariateNormal(tensor([0, 1]), tensor([[2, 0.5], [0.5, 1]]));
 * console.log(p.sample([100]).shape, p.logProb(tensor([0, 0])).shape); // [100, 2] []
 * ```
 */
export class MultivariateNormal extends Distribution {
  /** The mean, [..., n]. */
  readonly loc: Tensor;
  /** Lower triangular, L·Lᵀ are the covariances: [..., n, n]. */
  readonly scaleTril: Tensor;

  /**
   * Of the covariances, or of what else tells them. ShapeError where a shape does not fit, RangeError
   * where a matrix is not positive definite, TypeError unless there is one of them.
   */
  constructor(loc: Tensor, covariance: Tensor | CovarianceOptions) {
    const name = "MultivariateNormal";
    atMost(2, arguments.length, `${name}(loc, covarianceMatrix)`);
    const [l] = broadcast(name, ["loc"], [loc]);
    const given = Buffer.is(covariance)
      ? { covarianceMatrix: covariance as Tensor }
      : checkOptions(name, covariance as CovarianceOptions, OPTIONS);
    const [which, ...more] = Object.entries(given).filter(([, matrix]) => matrix !== undefined);
    if (which === undefined || more.length > 0) {
      throw new TypeError(
        `${name}: one of covarianceMatrix, precisionMatrix and scaleTril is needed`,
      );
    }
    const [what, matrix] = [which[0], which[1].to("float32") as Tensor];
    const n = l.shape.at(-1);
    if (l.ndim < 1 || matrix.ndim < 2 || matrix.shape.at(-1) !== n || matrix.shape.at(-2) !== n) {
      throw new ShapeError(
        `${name}: loc must be [..., n] and ${what} [..., n, n]: they are ${show(l.shape)} and ` +
          show(matrix.shape),
      );
    }
    const L = what === "scaleTril"
      ? matrix
      : what === "covarianceMatrix"
      ? cholesky(matrix)
      : ofPrecision(matrix);
    checkEach(name, what, L.diagonal(0, -2, -1), "positive definite", (pivot) => pivot > 0);
    const batch = broadcastShape(name, l.shape.slice(0, -1), L.shape.slice(0, -2));
    super(batch, [n!]);
    this.loc = expand(l, [...batch, n!]);
    this.scaleTril = expand(L, [...batch, n!, n!]);
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.loc;
  }

  /** The variance of each element. */
  override get variance(): Tensor {
    return this.scaleTril.square().sum(-1);
  }

  /** The covariances. */
  get covarianceMatrix(): Tensor {
    return matmul(this.scaleTril, turned(this.scaleTril));
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.loc;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const n = this.eventShape[0]!;
    const z = solveLower(this.scaleTril, this.loc.sub(value).unsqueeze(-1)).squeeze(-1);
    return z.square().sum(-1).add(n * Math.log(2 * Math.PI)).mul(-0.5).sub(this.logDeterminant());
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const n = this.eventShape[0]!;
    return this.logDeterminant().add(0.5 * n * (1 + Math.log(2 * Math.PI)));
  }

  /** The logarithm of the determinant of `scaleTril`. */
  logDeterminant(): Tensor {
    return this.scaleTril.diagonal(0, -2, -1).log().sum(-1);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const unit = randn([...shape, 1], { device: this.loc.device });
    return this.loc.add(matmul(this.scaleTril, unit).squeeze(-1));
  }
}

/** L of the inverse of L·Lᵀ. */
function ofPrecision(precision: Tensor): Tensor {
  const both = [-2, -1];
  const upper = turned(cholesky(precision.flip(both)).flip(both)); // U·Uᵀ with U = its inverse's
  return solveLower(upper, eye(precision.shape.at(-1)!, undefined, { device: precision.device }));
}
