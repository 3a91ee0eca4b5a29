/**
 * How far predicted numbers are from the true ones.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { checkComputes } from "../ops/check.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { type BatchShape, type Elements, Metric } from "./metric.ts";

function checkPair(name: string, preds: Tensor, target: Tensor): void {
  checkComputes(name, preds, "the predictions");
  checkComputes(name, target, "the target");
  if (sameShape(preds.shape, target.shape) && preds.numel > 0) return;
  throw new ShapeError(
    `${name}: predictions and target must have one shape and an element: they are ` +
      `${show(preds.shape)} and ${show(target.shape)}`,
  );
}

/** The mean distance |y − t| of predictions from targets, a scalar. ShapeError unless of one shape. */
export function meanAbsoluteError(preds: Tensor, target: Tensor): Tensor {
  atMost(2, arguments.length, "meanAbsoluteError(preds, target)");
  checkPair("meanAbsoluteError", preds, target);
  return noGrad(() => preds.sub(target).abs().mean());
}

/** The mean square (y − t)² of their differences, a scalar. ShapeError unless of one shape. */
export function meanSquaredError(preds: Tensor, target: Tensor): Tensor {
  atMost(2, arguments.length, "meanSquaredError(preds, target)");
  checkPair("meanSquaredError", preds, target);
  return noGrad(() => preds.sub(target).square().mean());
}

/**
 * The coefficient of determination, 1 − Σ (t − y)² / Σ (t − t̄)², a scalar: 1 where predictions are
 * the targets, 0 where they are no better than the targets' mean t̄, below where they are worse. NaN or
 * −∞ where all targets are equal. ShapeError unless of one shape.
 */
export function r2Score(preds: Tensor, target: Tensor): Tensor {
  atMost(2, arguments.length, "r2Score(preds, target)");
  checkPair("r2Score", preds, target);
  return noGrad(() => {
    const residual = target.sub(preds).square().sum();
    const total = target.sub(target.mean()).square().sum();
    return residual.div(total).neg().add(1);
  });
}

/** Sums over pairs of numbers; those of squares by the way of Welford, which loses no digits. */
class ErrorMetric extends Metric {
  readonly #of: (sums: ErrorSums) => number;
  #sums: ErrorSums = { n: 0, absolute: 0, squares: 0, mean: 0, spread: 0 };

  constructor(name: string, higherIsBetter: boolean, of: (sums: ErrorSums) => number) {
    super(name, higherIsBetter);
    this.#of = of;
  }

  protected check(preds: Tensor, target: Tensor): BatchShape {
    checkPair(this.name, preds, target);
    return { samples: preds.shape[0] ?? 1, scores: 1 };
  }

  protected add(preds: Elements, target: Elements): void {
    const sums = this.#sums;
    for (let i = 0; i < target.length; i++) {
      const [y, t] = [preds[i]!, target[i]!];
      sums.n++;
      sums.absolute += Math.abs(y - t);
      sums.squares += (y - t) ** 2;
      const step = t - sums.mean;
      sums.mean += step / sums.n;
      sums.spread += step * (t - sums.mean);
    }
  }

  protected value(): number {
    return this.#of(this.#sums);
  }

  protected clear(): void {
    this.#sums = { n: 0, absolute: 0, squares: 0, mean: 0, spread: 0 };
  }
}

interface ErrorSums {
  n: number;
  /** Σ |y − t| */
  absolute: number;
  /** Σ (y − t)² */
  squares: number;
  /** Mean of t. */
  mean: number;
  /** Σ (t − mean)² */
  spread: number;
}

/** The mean distance |y − t| of predictions from targets of the same shape. */
export function mae(): Metric {
  atMost(0, arguments.length, "mae()");
  return new ErrorMetric("mae", false, ({ n, absolute }) => absolute / n);
}

/** The root of the mean square (y − t)², in the unit of the targets. */
export function rmse(): Metric {
  atMost(0, arguments.length, "rmse()");
  return new ErrorMetric("rmse", false, ({ n, squares }) => Math.sqrt(squares / n));
}

/**
 * 1 − Σ (t − y)² / Σ (t − t̄)²: 1 where predictions are the targets, 0 where they are no better than
 * the mean. NaN or −∞ where all targets are equal. See {@link r2Score}.
 */
export function r2(): Metric {
  atMost(0, arguments.length, "r2()");
  return new ErrorMetric("r2", true, ({ squares, spread }) => 1 - squares / spread);
}
