/**
 * Sums, means and maxima of rows of a table.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc } from "../device/buffer.ts";
import { readNow, write } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  checkOptions,
  either,
  flag,
  integer,
  type Kinds,
  listOf,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { checkTensor, tensorKind } from "./check.ts";
import { embedding } from "./embedding.ts";
import { inNameOf } from "./in_name_of.ts";
import { matmul } from "./matmul.ts";
import { indexTensor } from "./pad_mode.ts";
import { max, mean } from "./reduce.ts";
import { indexSelect } from "./select.ts";
import { sum } from "./sum.ts";
import { stack } from "./join.ts";
import { contiguous, reshape, unsqueeze } from "./view.ts";

/** Options of {@link embeddingBag}. */
export interface EmbeddingBagOptions {
  /** Where each bag begins in a vector of indices. */
  offsets?: readonly number[] | Tensor | null;
  /** What becomes of a bag's rows. Default: `"mean"`. */
  mode?: "sum" | "mean" | "max";
  /** What each row is multiplied by, in the shape of the indices; of `"sum"` only. */
  perSampleWeights?: Tensor | null;
  /** Whether the last offset is the end of the last bag. Default: false. */
  includeLastOffset?: boolean;
  /** An index whose rows count for nothing. Default: none. */
  paddingIdx?: number | null;
}

const BAG: Kinds<EmbeddingBagOptions> = {
  offsets: orNull(either(listOf(whole(0)), tensorKind)),
  mode: oneOf("sum", "mean", "max"),
  perSampleWeights: orNull(tensorKind),
  includeLastOffset: flag,
  paddingIdx: orNull(integer),
};

function numbersOf(x: readonly number[] | Tensor): number[] {
  if (Array.isArray(x)) return [...x];
  return Array.from(readNow("embeddingBag", contiguous(x as Tensor)) as ArrayLike<number>, Number);
}

/**
 * The sum, mean or maximum of the rows of each bag of indices: [bags, n], or a vector with offsets. weight: [rows,
 * d] → [bags, d]; of an empty bag 0.
 */
export function embeddingBag(
  indices: Tensor,
  weight: Tensor,
  options: EmbeddingBagOptions = {},
): Tensor {
  const op = "embeddingBag";
  atMost(3, arguments.length, "embeddingBag(indices, weight, options)");
  const { offsets, mode = "mean", perSampleWeights, includeLastOffset = false, paddingIdx } =
    checkOptions(op, options, BAG);
  checkTensor(op, indices, "indices");
  checkTensor(op, weight, "the weight");
  const isMatrix = indices.ndim === 2;
  if ((!isMatrix && indices.ndim !== 1) || isMatrix === ((offsets ?? null) !== null)) {
    throw new ShapeError(
      `${op}: indices must be [bags, n], or a vector with offsets: they are ${show(indices.shape)}`,
    );
  }
  const n = indices.numel;
  const width = indices.shape[1] ?? 0;
  const starts = isMatrix
    ? Array.from({ length: indices.shape[0]! + 1 }, (_, i) => i * width)
    : numbersOf(offsets!);
  if (!isMatrix && !includeLastOffset) starts.push(n);
  const bags = starts.length - 1;
  const pad = paddingIdx === undefined || paddingIdx === null
    ? -1
    : paddingIdx < 0
    ? paddingIdx + weight.shape[0]!
    : paddingIdx;
  const counts = pad < 0 ? null : numbersOf(reshape(indices, [n])).map((at) => at !== pad);
  const members = Array.from({ length: bags }, (_, bag) => {
    const own: number[] = [];
    for (let i = starts[bag]!; i < starts[bag + 1]!; i++) if (counts?.[i] !== false) own.push(i);
    return own;
  });
  if (wantsParts && isMatrix && pad < 0 && width > 0) { // its parts have operators
    const bagged = embedding(indices, weight);
    if (mode === "max") return max(bagged, 1).values;
    if (mode === "mean") return mean(bagged, 1);
    return sum(perSampleWeights ? mul(bagged, unsqueeze(perSampleWeights, 2)) : bagged, 1);
  }
  let rows = inNameOf(op, () => embedding(reshape(indices, [n]), weight));
  if (mode === "max" && bags > 0) {
    return stack(members.map((own) => {
      const bag = indexSelect(rows, 0, indexTensor(rows, own));
      return own.length === 0 ? sum(bag, 0) : max(bag, 0).values;
    }));
  }
  if (perSampleWeights) {
    if (mode !== "sum" || !sameShape(perSampleWeights.shape, indices.shape)) {
      throw new ShapeError(
        `${op}: perSampleWeights need mode "sum" and the shape of the indices ` +
          `${show(indices.shape)}: they are ${show(perSampleWeights.shape)}, the mode is "${mode}"`,
      );
    }
    rows = mul(rows, unsqueeze(reshape(asFloat(op, perSampleWeights), [n]), 1));
  }
  // which rows belong to which bag, as a matrix
  const shares = new Float32Array(bags * n);
  members.forEach((own, bag) => {
    for (const i of own) shares[bag * n + i] = mode === "mean" ? 1 / own.length : 1;
  });
  const matrix = alloc(weight, [bags, n]);
  write(matrix, shares);
  return matmul(record(op, matrix, []), rows);
}
