/**
 * What losses share: how those of single elements or samples are reduced.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { type Kinds, oneOf } from "../core/options.ts";
import { broadcastShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mean } from "./reduce.ts";
import { sum } from "./sum.ts";

/** What becomes of the losses of single samples: their mean, their sum, or nothing. */
export type Reduction = "mean" | "sum" | "none";

/** Options of the losses. */
export interface LossOptions {
  /** What is made of the losses: their `"mean"`, `"sum"` or (as they are) `"none"`. Default: `"mean"`. */
  reduction?: Reduction;
}

/** What losses take. */
export const LOSS: Kinds<LossOptions> = { reduction: oneOf("mean", "sum", "none") };

/** Losses, reduced. */
export function reduce(losses: Tensor, reduction: Reduction = "mean"): Tensor {
  return reduction === "none" ? losses : reduction === "sum" ? sum(losses) : mean(losses);
}

/** ShapeError unless the shapes of all broadcast. */
export function checkBroadcast(op: string, first: Tensor, ...others: Tensor[]): void {
  others.reduce((shape, x) => broadcastShape(op, shape, x.shape), first.shape);
}

/** ShapeError unless input and target have one shape. */
export function checkSameShape(op: string, input: Tensor, target: Tensor, what = "target"): void {
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    `${op}: input and ${what} must have the same shape: they are ${show(input.shape)} and ` +
      show(target.shape),
  );
}
