/**
 * Embedding.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, integer, type Kinds, orNull } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { ne } from "./compare.ts";
import { pick } from "./select.ts";
import { reshape, unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** Options of {@link embedding}. */
export interface EmbeddingOptions {
  /** The index of a row that learns nothing, −1 the last. Default: none. */
  paddingIdx?: number | null;
}

const OPTIONS: Kinds<EmbeddingOptions> = { paddingIdx: orNull(integer) };

/**
 * Rows of a table: indices [...] of int32 or uint8 and weight [n, d] → [..., d]. RangeError where an
 * index is not from 0 to n − 1.
 */
export function embedding(
  indices: Tensor,
  weight: Tensor,
  options: EmbeddingOptions = {},
): Tensor {
  atMost(3, arguments.length, "embedding(indices, weight, { paddingIdx })");
  const { paddingIdx = null } = checkOptions("embedding", options, OPTIONS);
  checkTensor("embedding", indices, "indices");
  checkTensor("embedding", weight, "the weight");
  if (weight.ndim !== 2) {
    throw new ShapeError(`embedding: the weight must be [n, d]: it is ${show(weight.shape)}`);
  }
  const flat = reshape(indices, [-1]);
  let rows = pick("embedding", weight, 0, flat);
  if (paddingIdx !== null) {
    const padding = rowOf("embedding", paddingIdx, weight.shape[0]!);
    if (rows.requiresGrad) rows = where(unsqueeze(ne(flat, padding), 1), rows, rows.detach());
  }
  return reshape(rows, [...indices.shape, weight.shape[1]!]);
}

/** A padding's row counted from the front. RangeError where the table has none such. */
export function rowOf(op: string, paddingIdx: number, rows: number): number {
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  if (row >= 0 && row < rows) return row;
  throw new RangeError(
    `${op}: paddingIdx must be from ${-rows} to ${rows - 1}: it is ${paddingIdx}`,
  );
}
