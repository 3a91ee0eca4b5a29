/**
 * What a run is judged by.
 *
 * @module
 */
import { isComputedIn, isIndex } from "../core/dtype.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { look } from "../device/transfer.ts";
import { Module } from "../nn/mod.ts";
import { checkTensor } from "../ops/check.ts";
import { contiguous } from "../ops/mod.ts";
import { either, type Kind, kind } from "../core/options.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A loss module, or a function of the model's output and the target: the mean loss of a sample. */
export type Loss<O = Tensor> =
  | Module<[output: O, target: Tensor]>
  | ((output: O, target: Tensor) => Tensor);

/** A loss, for checks of arguments and options. */
export const LOSS: Kind = either(
  kind("a loss module", (value) => value instanceof Module),
  kind("a function (output, target)", (value) => typeof value === "function"),
);

/** The value of a loss. TypeError where it gives no tensor. */
export function lossOf<O>(name: string, loss: Loss<O>, output: O, target: Tensor): Tensor {
  const value = typeof loss === "function" ? loss(output, target) : loss.forward(output, target);
  checkTensor(name, value, "what the loss gives");
  return value;
}

/** What has been added up over some samples. */
export interface Sums {
  /** How many samples there were. */
  samples: number;
  /** The sum of their losses. */
  loss: number;
  /** How many were predicted right; NaN where targets are not labels. */
  correct: number;
}

/** The sums over no samples. */
export function noSums(): Sums {
  return { samples: 0, loss: 0, correct: 0 };
}

/** Whether a model's output and its targets are scores [n, c] and labels [n], as accuracy needs. */
export function isClassification(output: unknown, target: Tensor): output is Tensor {
  return output instanceof Tensor && output.ndim === 2 && target.ndim === 1 &&
    output.shape[0] === target.shape[0] &&
    isComputedIn(output.dtype) && isIndex(target.dtype);
}

/** How many rows of scores [n, c] have their maximum at the label. */
export function countCorrect(scores: Tensor, labels: Tensor): number {
  const [n, c] = scores.shape as [number, number];
  const guess = alloc(scores, [n], "int32");
  kernelsOf(guess).argReduce("max", contiguous(scores), guess, n, c);
  const guesses = look("accuracy", guess);
  const truth = look("accuracy", contiguous(labels));
  let correct = 0;
  for (let i = 0; i < n; i++) if (guesses[i] === truth[i]) correct++;
  return correct;
}
