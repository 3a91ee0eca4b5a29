/**
 * Sums, means and maxima of rows of a table.
 *
 * @module
 */
import { Buffer } from "../device/buffer.ts";
import { canLook, readNow } from "../device/transfer.ts";
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
import { div, maximum, mul } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkTensor, tensorKind } from "./check.ts";
import { ge, gt, lt, ne } from "./compare.ts";
import { embedding, LOOKUP, type LookupOptions } from "./embedding.ts";
import { filledLike } from "./filled_like.ts";
import { inNameOf } from "./in_name_of.ts";
import { indexAdd } from "./index_add.ts";
import { constant } from "./int32s.ts";
import { cat, stack } from "./join.ts";
import { logicalAnd } from "./logical.ts";
import { matmul } from "./matmul.ts";
import { indexTensor } from "./pad_mode.ts";
import { max, mean } from "./reduce.ts";
import { indexSelect } from "./select.ts";
import { sum } from "./sum.ts";
import { contiguous, narrow, reshape, unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** Options of {@link embeddingBag}. */
export interface EmbeddingBagOptions extends LookupOptions {
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
  ...LOOKUP,
};

function numbersOf(x: readonly number[] | Tensor): number[] {
  if (Array.isArray(x)) return [...x];
  return Array.from(readNow("embeddingBag", contiguous(x as Tensor)) as ArrayLike<number>, Number);
}

/** Whether it is a tensor that the host does not see. */
function isUnseen(x: readonly number[] | Tensor | null | undefined): x is Tensor {
  return Buffer.is(x) && !canLook(x);
}

/** Where each bag begins and ends, int32 [bags] where the indices are. */
function boundsOf(
  indices: Tensor,
  offsets: readonly number[] | Tensor | null,
  includeLastOffset: boolean,
): [starts: Tensor, ends: Tensor] {
  const { device } = indices.storage;
  const list = (numbers: ArrayLike<number>) =>
    constant("embeddingBag", device, [numbers.length], "int32", numbers);
  if (offsets === null) {
    const [bags, width] = indices.shape as [number, number];
    const starts = Array.from({ length: bags + 1 }, (_, i) => i * width);
    return [list(starts.slice(0, -1)), list(starts.slice(1))];
  }
  const given = isUnseen(offsets) ? cast(offsets, "int32") : list(numbersOf(offsets));
  const all = includeLastOffset ? given : cat([given, list([indices.numel])], 0);
  const bags = all.numel - 1;
  return [narrow(all, 0, 0, bags), narrow(all, 0, 1, bags)];
}

/** Of rows [n, d], of which bools [bags, n] say in which bags they are: for what the host does not see. */
function bagged(rows: Tensor, isMember: Tensor, mode: "sum" | "mean" | "max"): Tensor {
  const shares = cast(isMember, "float32");
  const counts = sum(shares, 1, true);
  if (mode !== "max" || rows.numel === 0) {
    return matmul(mode === "sum" ? shares : div(shares, maximum(counts, 1)), rows);
  }
  const known = where(unsqueeze(isMember, 2), unsqueeze(rows, 0), -Infinity);
  return where(gt(counts, 0), max(known, 1).values, 0);
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
  const { mode = "mean", includeLastOffset = false, paddingIdx, ...given } = checkOptions(
    op,
    options,
    BAG,
  );
  const { offsets = null, perSampleWeights = null, ...lookup } = given;
  checkTensor(op, indices, "indices");
  checkTensor(op, weight, "the weight");
  const isMatrix = indices.ndim === 2;
  if ((!isMatrix && indices.ndim !== 1) || isMatrix === (offsets !== null)) {
    throw new ShapeError(
      `${op}: indices must be [bags, n], or a vector with offsets: they are ${show(indices.shape)}`,
    );
  }
  if (mode === "max" && lookup.scaleGradByFreq) {
    throw new TypeError(`${op}: scaleGradByFreq needs mode "sum" or "mean": the mode is "max"`);
  }
  const pad = paddingOf(paddingIdx ?? null, weight);
  const rowsOf = (indices: Tensor) => {
    const rows = inNameOf(op, () => embedding(reshape(indices, [indices.numel]), weight, lookup));
    return perSampleWeights === null ? rows : weighed(rows, indices, perSampleWeights, mode);
  };
  if (isUnseen(offsets) || pad >= 0 && isUnseen(indices)) {
    const isMember = membership(indices, boundsOf(indices, offsets, includeLastOffset), pad);
    return inNameOf(op, () => bagged(rowsOf(indices), isMember, mode));
  }
  if (wantsParts && isMatrix && pad < 0 && indices.shape[1]! > 0) { // its parts have operators
    const bags = embedding(indices, weight, lookup);
    if (mode === "max") return max(bags, 1).values;
    if (mode === "mean") return mean(bags, 1);
    return sum(perSampleWeights ? mul(bags, unsqueeze(perSampleWeights, 2)) : bags, 1);
  }
  const members = membersOf(indices, offsets, includeLastOffset, pad);
  return pooled(rowsOf(indices), members, mode);
}

/** The index of padding, counted from the front; −1: there is none. */
function paddingOf(paddingIdx: number | null, weight: Tensor): number {
  if (paddingIdx === null) return -1;
  return paddingIdx < 0 ? paddingIdx + weight.shape[0]! : paddingIdx;
}

/** Rows, each times the weight of its index. */
function weighed(
  rows: Tensor,
  indices: Tensor,
  weights: Tensor,
  mode: "sum" | "mean" | "max",
): Tensor {
  const op = "embeddingBag";
  if (mode !== "sum" || !sameShape(weights.shape, indices.shape)) {
    throw new ShapeError(
      `${op}: perSampleWeights need mode "sum" and the shape of the indices ` +
        `${show(indices.shape)}: they are ${show(weights.shape)}, the mode is "${mode}"`,
    );
  }
  return mul(rows, unsqueeze(reshape(asFloat(op, weights), [indices.numel]), 1));
}

/** Bools [bags, n]: which index is in which bag, and no padding. For what the host does not see. */
function membership(indices: Tensor, [starts, ends]: [Tensor, Tensor], pad: number): Tensor {
  const n = indices.numel;
  const all = Array.from({ length: n }, (_, i) => i);
  const places = constant("embeddingBag", indices.storage.device, [n], "int32", all);
  const isIn = logicalAnd(ge(places, unsqueeze(starts, 1)), lt(places, unsqueeze(ends, 1)));
  return pad < 0 ? isIn : logicalAnd(isIn, ne(reshape(indices, [n]), pad));
}

/** The places of each bag's indices among all, without those of padding. */
function membersOf(
  indices: Tensor,
  offsets: readonly number[] | Tensor | null,
  includeLastOffset: boolean,
  pad: number,
): number[][] {
  const n = indices.numel, width = indices.shape[1] ?? 0;
  const starts = offsets === null
    ? Array.from({ length: indices.shape[0]! + 1 }, (_, i) => i * width)
    : numbersOf(offsets);
  if (offsets !== null && !includeLastOffset) starts.push(n);
  const counts = pad < 0 ? null : numbersOf(reshape(indices, [n])).map((at) => at !== pad);
  return starts.slice(0, -1).map((start, bag) => {
    const own: number[] = [];
    for (let i = start; i < starts[bag + 1]!; i++) if (counts?.[i] !== false) own.push(i);
    return own;
  });
}

/** What becomes of rows [n, d] in bags, whose members the host knows: [bags, d]. */
function pooled(rows: Tensor, members: readonly number[][], mode: "sum" | "mean" | "max"): Tensor {
  const bags = members.length;
  if (mode === "max" && bags > 0) {
    return stack(members.map((own) => {
      const bag = indexSelect(rows, 0, indexTensor(rows, own));
      return own.length === 0 ? sum(bag, 0) : max(bag, 0).values;
    }));
  }
  const all = members.flat(); // an offset may leave rows out
  if (all.length !== rows.shape[0] || all.some((at, i) => at !== i)) {
    rows = indexSelect(rows, 0, indexTensor(rows, all));
  }
  const bagOf = indexTensor(rows, members.flatMap((own, bag) => own.map(() => bag)));
  const sums = indexAdd(filledLike(rows, 0, [bags, rows.shape[1]!]), 0, bagOf, rows);
  if (mode !== "mean") return sums;
  const lengths = members.map((own) => Math.max(1, own.length));
  return div(sums, constant("embeddingBag", rows.storage.device, [bags, 1], "float32", lengths));
}
