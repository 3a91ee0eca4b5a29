/**
 * Muon.
 *
 * @module
 */
import {
  atMost,
  checkOptions,
  flag,
  type Kinds,
  listOf,
  notNegative,
  number,
  numberThat,
  oneOf,
  orNull,
  withDefaults,
} from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import { show } from "../core/errors.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { average_ } from "./averages.ts";

/** Settings of {@link Muon}. */
export interface MuonOptions {
  /** Learning rate, η. Default: 0.001. */
  lr?: number;
  /** λ: each step takes ηλw off the weight. Default: 0.1. */
  weightDecay?: number;
  /** β: what the average of gradients keeps at each step. Default: 0.95. */
  momentum?: number;
  /** Look ahead along the momentum. Default: true. */
  nesterov?: boolean;
  /** The coefficients of x, x³ and x⁵ in the iteration. Default: 3.4445, −4.775, 2.0315. */
  nsCoefficients?: readonly [number, number, number];
  /** ε, which keeps the divisor from 0. Default: 1e-7. */
  eps?: number;
  /** How often it is iterated, below 100. Default: 5. */
  nsSteps?: number;
  /**
   * How the rate follows the shape [m, n]: `"original"`, by √max(1, m / n), or `"match_rms_adamw"`, by
   * 0.2 √max(m, n). Default: null, the first.
   */
  adjustLrFn?: "original" | "match_rms_adamw" | null;
}

const DEFAULTS: Required<MuonOptions> = {
  lr: 0.001,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: null,
};

const KINDS: Kinds<MuonOptions> = {
  lr: notNegative,
  weightDecay: notNegative,
  momentum: notNegative,
  nesterov: flag,
  nsCoefficients: listOf(number, 3, "three numbers"),
  eps: notNegative,
  nsSteps: numberThat(
    "a whole number from 0 to 99",
    (n) => Number.isInteger(n) && n >= 0 && n < 100,
  ),
  adjustLrFn: orNull(oneOf("original", "match_rms_adamw")),
};

/**
 * Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024) with PyTorch's
 * rule, for matrices only: the momentum of the gradient, made nearly orthogonal by Newton–Schulz steps. It
 * computes in float32 where PyTorch iterates in bfloat16.
 *
 * TypeError in `step()` for a parameter that is no matrix: leave biases and embeddings to another
 * optimizer.
 */
export class Muon extends Optimizer<Required<MuonOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<MuonOptions>>, options: MuonOptions = {}) {
    atMost(2, arguments.length, "Muon(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("Muon", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<MuonOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, weightDecay, momentum, nesterov } = group;
    if (g.ndim !== 2) {
      throw new TypeError(`Muon: parameters must be matrices: one is ${show(w.shape)}`);
    }
    const m = this.keptOf(parameter, "momentumBuffer");
    this.stepOf(parameter);
    average_(m, g, 1 - momentum);
    const ahead = nesterov ? g.mul(1 - momentum).add_(m, momentum) : m;
    const [rows, cols] = w.shape as [number, number];
    const size = group.adjustLrFn === "match_rms_adamw"
      ? 0.2 * Math.sqrt(Math.max(rows, cols))
      : Math.sqrt(Math.max(1, rows / cols));
    w.mul_(1 - lr * weightDecay).sub_(orthogonal(ahead, group), lr * size);
  }
}

/** A matrix with the same singular vectors, whose singular values are near 1. */
function orthogonal(
  x: Tensor,
  { nsCoefficients: [a, b, c], nsSteps, eps }: Required<MuonOptions>,
): Tensor {
  const isTall = x.shape[0]! > x.shape[1]!;
  let o = isTall ? x.t() : x;
  o = o.div(o.square().sum().sqrt().clamp({ min: eps }));
  for (let i = 0; i < nsSteps; i++) {
    const gram = o.matmul(o.t());
    o = o.mul(a).add(gram.mul(b).add(gram.matmul(gram).mul(c)).matmul(o));
  }
  return isTall ? o.t() : o;
}
