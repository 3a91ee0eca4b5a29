/**
 * How far predicted numbers are from the true ones.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { checkFloat, checkTensor } from "../ops/check.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";

function checkPair(name: string, preds: Tensor, target: Tensor): void {
  checkTensor(name, preds, "the predictions");
  checkTensor(name, target, "the target");
  checkFloat(name, preds, "the predictions");
  checkFloat(name, target, "the target");
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
