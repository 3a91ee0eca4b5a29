/**
 * What results are told besides the loss.
 *
 * @module
 */
import type { Tensor } from "@glim/glim";

/** A figure, or a table of figures, of what a network answers to a set. */
export interface Metric {
  /** What it is called. */
  readonly name: string;
  /**
   * Takes all outputs [n, …] for a set and the targets [n, …]. Gives a number, or how many samples of
   * class i were taken for class j: [i][j].
   */
  of(output: Tensor, target: Tensor): number | number[][];
}

/** The share of samples whose label has the highest score: of scores [n, classes] and labels [n]. */
export function accuracy(): Metric {
  return {
    name: "accuracy",
    of: (output, target) => output.argmax(1).eq(target).sum().item() / target.numel,
  };
}

/** How many samples of each class were taken for each: of scores [n, classes] and labels [n]. */
export function confusion(): Metric {
  return {
    name: "confusion",
    of(output, target) {
      const classes = output.shape[1]!;
      const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      const guesses = output.argmax(1).toTypedArray();
      const labels = target.toTypedArray();
      for (let i = 0; i < guesses.length; i++) counts[Number(labels[i])]![Number(guesses[i])]!++;
      return counts;
    },
  };
}

/** The mean distance of outputs from targets of the same shape. */
export function meanAbsoluteError(): Metric {
  return {
    name: "mean absolute error",
    of: (output, target) => output.sub(target).abs().mean().item(),
  };
}

/** 1 − (squared errors / squared distances of targets from their mean): 1 where all is explained. */
export function r2(): Metric {
  return {
    name: "R²",
    of(output, target) {
      const errors = output.sub(target).pow(2).sum().item();
      return 1 - errors / target.sub(target.mean()).pow(2).sum().item();
    },
  };
}
