/**
 * What results are told besides the loss.
 *
 * @module
 */
import { metrics, type Tensor } from "@glim/glim";

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
      const options = { numClasses: output.shape[1]! };
      return metrics.confusionMatrix(output.argmax(1), target, options).toArray() as number[][];
    },
  };
}

/** The mean distance of outputs from targets of the same shape. */
export function meanAbsoluteError(): Metric {
  return {
    name: "mean absolute error",
    of: (output, target) => metrics.meanAbsoluteError(output, target).item(),
  };
}

/** 1 − (squared errors / squared distances of targets from their mean): 1 where all is explained. */
export function r2(): Metric {
  return { name: "R²", of: (output, target) => metrics.r2Score(output, target).item() };
}
