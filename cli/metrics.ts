/** What results are told besides the loss. */
import { metrics, type Tensor } from "@glim/glim";

/** A figure, or a table of figures, of what a network answers to a set. */
export interface Metric {
  /** What it is called. */
  readonly name: string;
  /**
   * Takes all outputs [n, …] for a set and the targets [n, …]. Gives a number, or how many samples of
   * class i were taken for class j: [i][j].
   */
  of(output: Tensor, target: Tensor): number | number[][] | Promise<number | number[][]>;
}

/** The share of samples whose label has the highest score: of scores [n, classes] and labels [n]. */
export function accuracy(): Metric {
  return {
    name: "accuracy",
    of: async (output, target) => await valueOf(output.argmax(1).eq(target).sum()) / target.numel,
  };
}

/** How many samples of each class were taken for each: of scores [n, classes] and labels [n]. */
export function confusion(): Metric {
  return {
    name: "confusion",
    async of(output, target) {
      const numClasses = output.shape[1]!;
      const counts = metrics.confusionMatrix(output.argmax(1), target, { numClasses });
      return await rowsOf(counts);
    },
  };
}

/** The mean distance of outputs from targets of the same shape. */
export function meanAbsoluteError(): Metric {
  return {
    name: "mean absolute error",
    of: (output, target) => valueOf(metrics.meanAbsoluteError(output, target)),
  };
}

/** The root of the mean squared distance of outputs from targets of the same shape. */
export function rootMeanSquaredError(): Metric {
  return {
    name: "RMSE",
    of: async (output, target) =>
      Math.sqrt(await valueOf(metrics.meanSquaredError(output, target))),
  };
}

/** 1 − (squared errors / squared distances of targets from their mean): 1 where all is explained. */
export function r2(): Metric {
  return { name: "R²", of: (output, target) => valueOf(metrics.r2Score(output, target)) };
}

/** The value of a tensor that has one, wherever it is. */
export async function valueOf(tensor: Tensor): Promise<number> {
  return (await tensor.data())[0]!;
}

/** The rows of a tensor [n, m], wherever it is. */
export async function rowsOf(tensor: Tensor): Promise<number[][]> {
  const [n, m] = tensor.shape as [number, number];
  const values = Array.from(await tensor.data());
  return Array.from({ length: n }, (_, i) => values.slice(i * m, (i + 1) * m));
}
