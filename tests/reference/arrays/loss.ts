/** Losses. */
import { array, type NDArray, need, sameShape } from "./array.ts";
import { mul, sub } from "./elementwise.ts";
import { mean, sum } from "./reduce.ts";
import { logSoftmax } from "./rows.ts";
import { reshape } from "./views.ts";

/** What becomes of the losses of single samples. */
export type Reduction = "mean" | "sum" | "none";

/** Options of the losses of classes. */
export interface ClassLossOptions {
  reduction?: Reduction;
  weight?: NDArray | null;
  ignoreIndex?: number;
  labelSmoothing?: number;
}

/**
 * What each log-probability [n, c] counts in the losses [n], negated, and by what a mean is divided:
 * the label's 1 − ε and ε / c of all, times the weights of the classes.
 */
export function targets(
  [n, c]: readonly [number, number],
  labels: NDArray,
  { weight = null, ignoreIndex, labelSmoothing = 0 }: ClassLossOptions,
): { target: NDArray; total: number } {
  need(labels.dtype === "int32" || labels.dtype === "uint8", `labels of ${labels.dtype}`);
  need(labels.data.length === n, `${labels.data.length} labels for ${n}`);
  const target = new Float64Array(n * c), of = (k: number) => weight === null ? 1 : weight.data[k]!;
  let total = 0;
  labels.data.forEach((label, row) => {
    if (label === ignoreIndex) return;
    need(label >= 0 && label < c, `label ${label} of ${c}`);
    total += of(label);
    target[row * c + label]! += (1 - labelSmoothing) * of(label);
    for (let k = 0; k < c; k++) target[row * c + k]! += labelSmoothing / c * of(k);
  });
  return { target: array([n, c], target), total };
}

/** Negative log-likelihood of log-probabilities [n, c], or [c] of a single sample. */
export function nllLoss(logp: NDArray, labels: NDArray, options: ClassLossOptions = {}): NDArray {
  if (logp.shape.length === 1) {
    return reshape(nllLoss(reshape(logp, [1, -1]), reshape(labels, [1]), options), []);
  }
  need(logp.shape.length === 2, `scores [${logp.shape}]`);
  const { target, total } = targets(logp.shape as [number, number], labels, options);
  const losses = sum(mul(logp, mul(target, -1)), 1);
  const { reduction = "mean" } = options;
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mul(sum(losses), array([], [1 / total]));
}

/** The same of scores. */
export function crossEntropy(x: NDArray, labels: NDArray, options: ClassLossOptions = {}): NDArray {
  return nllLoss(logSoftmax(x, -1), labels, options);
}

/** Mean squared error. */
export function mseLoss(
  input: NDArray,
  target: NDArray,
  { reduction = "mean" }: { reduction?: Reduction } = {},
): NDArray {
  need(sameShape(input.shape, target.shape), `[${input.shape}] and [${target.shape}]`);
  const apart = sub(input, target), squares = mul(apart, apart);
  return reduction === "none" ? squares : reduction === "sum" ? sum(squares) : mean(squares);
}
