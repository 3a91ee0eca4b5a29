/**
 * How often predicted classes are the true ones.
 *
 * @module
 */
import { DTYPES, isIndex } from "../core/dtype.ts";
import { canLook } from "../device/transfer.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost, checkNeeded, checkOptions, type Kinds, whole } from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { checkTensor } from "../ops/check.ts";
import { oneHot } from "../ops/mod.ts";
import { unseenBy } from "../ops/unseen.ts";
import { fromTypedArray } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { accuracyMetric } from "./counts.ts";
import type { Metric } from "./metric.ts";

/** Predicted classes: those given, or where each row of scores [n, classes, …] is highest. */
function classesOf(name: string, preds: Tensor, target: Tensor): Tensor {
  checkTensor(name, preds, "the predictions");
  checkTensor(name, target, "the target");
  const { shape } = target;
  const isLabels = (x: Tensor) => isIndex(x.dtype);
  if (!isLabels(target)) {
    throw new DTypeError(
      `${name}: the target must be labels, int32 or uint8: it is ${target.dtype}`,
    );
  }
  const scored = [shape[0]!, preds.shape[1]!, ...shape.slice(1)];
  const areScores = DTYPES[preds.dtype].computes === true && shape.length > 0 &&
    preds.ndim > 1 &&
    sameShape(preds.shape, scored);
  const fits = areScores || isLabels(preds) && sameShape(preds.shape, shape);
  if (fits && target.numel > 0 && preds.numel > 0) return areScores ? preds.argmax(1) : preds;
  throw new ShapeError(
    `${name}: predictions must be labels [n, …] or float32 scores [n, classes, …] for a target ` +
      `[n, …] of at least one label: they are ${preds.dtype} ${show(preds.shape)} for ${
        show(shape)
      }`,
  );
}

/** The share of samples that are predicted right, gathered batch by batch. */
export function accuracy(): Metric;
/**
 * The share of samples that are predicted right, a scalar.
 *
 * @param preds Labels [n, …], or scores [n, classes, …], of which the highest counts.
 * @param target The true labels [n, …], int32 or uint8.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@glim/glim";
 * const scores = tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]);
 * console.log(metrics.accuracy(scores, tensor([1, 0, 0], { dtype: "int32" })).item()); // 0.6666666865348816
 * ```
 */
export function accuracy(preds: Tensor, target: Tensor): Tensor;
export function accuracy(preds?: Tensor, target?: Tensor): Tensor | Metric {
  if (arguments.length === 0) return accuracyMetric();
  atMost(2, arguments.length, "accuracy(preds, target)");
  return noGrad(() => classesOf("accuracy", preds!, target!).eq(target!).to("float32").mean());
}

/** Options of {@link confusionMatrix}. */
export interface ConfusionMatrixOptions {
  /** How many classes there are; labels are 0 to `numClasses` − 1. */
  numClasses: number;
}

const OPTIONS: Kinds<ConfusionMatrixOptions> = { numClasses: whole(1) };

/**
 * How many samples of class i are predicted as class j: int32 [classes, classes], row i, column j.
 *
 * RangeError where a label is not below `numClasses`; on a GPU the next read throws it.
 *
 * @param preds Labels [n, …], or scores [n, classes, …], of which the highest counts.
 * @param target The true labels [n, …], int32 or uint8.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@glim/glim";
 * const preds = tensor([0, 1, 1, 2], { dtype: "int32" });
 * const target = tensor([0, 1, 2, 2], { dtype: "int32" });
 * const matrix = metrics.confusionMatrix(preds, target, { numClasses: 3 });
 * console.log(matrix.toArray()); // [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
 * ```
 */
export function confusionMatrix(
  preds: Tensor,
  target: Tensor,
  options: ConfusionMatrixOptions,
): Tensor {
  atMost(3, arguments.length, "confusionMatrix(preds, target, { numClasses })");
  const { numClasses: n } = checkOptions("confusionMatrix", options, OPTIONS);
  checkNeeded("confusionMatrix", options, "numClasses");
  const classes = noGrad(() => classesOf("confusionMatrix", preds, target));
  if (!canLook(target)) return counted(classes, target, n);
  const guesses = classes.toTypedArray();
  const labels = target.toTypedArray();
  const counts = new Int32Array(n * n);
  for (let i = 0; i < labels.length; i++) {
    const [label, guess] = [Number(labels[i]), Number(guesses[i])];
    if (label < 0 || label >= n || guess < 0 || guess >= n) {
      const [what, which] = label < 0 || label >= n ? ["label", label] : ["prediction", guess];
      throw new RangeError(
        `confusionMatrix: a ${what} is 0 to ${n - 1} with numClasses ${n}: number ${i} is ${which}`,
      );
    }
    counts[label * n + guess]!++;
  }
  return fromTypedArray(counts, [n, n]);
}

/** The same of labels that the host does not see: a product of what stands for 1 at their classes. */
function counted(guesses: Tensor, labels: Tensor, n: number): Tensor {
  const { tell } = unseenBy(labels)!;
  const [rows, columns] = [labels, guesses].map((x, which) => {
    const classes = x.to("int32").reshape(-1);
    tell(classes.lt(0).logicalOr(classes.ge(n)), (at) =>
      new RangeError(
        `confusionMatrix: a ${which === 0 ? "label" : "prediction"} is 0 to ${n - 1} with ` +
          `numClasses ${n}: number ${at} is not`,
      ));
    return oneHot(classes, n).to("float32");
  });
  return noGrad(() => rows!.t().matmul(columns!).to("int32"));
}
