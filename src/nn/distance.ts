import {
  atMost,
  check,
  checkOptions,
  flag,
  integer,
  type Kinds,
  notNegative,
  number,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../ops/check.ts";
import { Module } from "./module.ts";

/** Options of {@link CosineSimilarity}. */
export interface CosineSimilarityOptions {
  /** Along which dimension vectors lie. Default: 1. */
  dim?: number;
  /** The least length that is divided by. Default: 1e-8. */
  eps?: number;
}

/** Options of {@link PairwiseDistance}. */
export interface PairwiseDistanceModuleOptions {
  /** The norm. Default: 2. */
  p?: number;
  /** What is added to differences. Default: 1e-6. */
  eps?: number;
  /** Whether the last dimension stays, with length 1. Default: false. */
  keepdim?: boolean;
}

const COSINE: Kinds<CosineSimilarityOptions> = { dim: integer, eps: notNegative };
const DISTANCE: Kinds<PairwiseDistanceModuleOptions> = {
  p: notNegative,
  eps: number,
  keepdim: flag,
};

/** The cosine of the angle between vectors. */
export class CosineSimilarity extends Module<[a: Tensor, b: Tensor]> {
  /** Along which dimension vectors lie. */
  readonly dim: number;
  /** The least length that is divided by. */
  readonly eps: number;

  /** See the options. */
  constructor(options: CosineSimilarityOptions = {}) {
    atMost(1, arguments.length, "CosineSimilarity({ dim, eps })");
    const { dim = 1, eps = 1e-8 } = checkOptions("CosineSimilarity", options, COSINE);
    super();
    this.dim = dim;
    this.eps = eps;
  }

  /** Both of one shape, which broadcasts; without the dimension. */
  forward(a: Tensor, b: Tensor): Tensor {
    atMost(2, arguments.length, "CosineSimilarity.forward(a, b)");
    checkTensor("CosineSimilarity", a, "a");
    checkTensor("CosineSimilarity", b, "b");
    const length = (x: Tensor) => x.mul(x).sum(this.dim).sqrt().clamp({ min: this.eps });
    return a.mul(b).sum(this.dim).div(length(a).mul(length(b)));
  }
}

/** ‖a − b + ε‖ₚ along the last dimension. */
export class PairwiseDistance extends Module<[a: Tensor, b: Tensor]> {
  /** The norm. */
  readonly norm: number;
  /** What is added to differences. */
  readonly eps: number;
  /** Whether the last dimension stays. */
  readonly keepdim: boolean;

  /** See the options. */
  constructor(options: PairwiseDistanceModuleOptions = {}) {
    atMost(1, arguments.length, "PairwiseDistance({ p, eps, keepdim })");
    const { p = 2, eps = 1e-6, keepdim = false } = checkOptions(
      "PairwiseDistance",
      options,
      DISTANCE,
    );
    check("PairwiseDistance", "p", p, notNegative);
    super();
    this.norm = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }

  /** [..., d] and [..., d] → [...]. */
  forward(a: Tensor, b: Tensor): Tensor {
    atMost(2, arguments.length, "PairwiseDistance.forward(a, b)");
    checkTensor("PairwiseDistance", a, "a");
    checkTensor("PairwiseDistance", b, "b");
    const d = a.sub(b).add(this.eps);
    if (this.norm === 2) return d.mul(d).sum(-1, this.keepdim).sqrt();
    if (this.norm === 1) return d.abs().sum(-1, this.keepdim);
    if (this.norm === Infinity) return d.abs().amax(-1, this.keepdim);
    return d.abs().pow(this.norm).sum(-1, this.keepdim).pow(1 / this.norm);
  }
}
