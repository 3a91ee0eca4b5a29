/**
 * Embedding.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  checkOptions,
  flag,
  integer,
  type Kinds,
  notNegative,
  number,
  orNull,
} from "../core/options.ts";
import { kernelsOf } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul } from "./binary.ts";
import { clone } from "./cast.ts";
import { checkFloat, checkTensor } from "./check.ts";
import { gt, ne } from "./compare.ts";
import { filledLike } from "./filled_like.ts";
import { checkChange } from "./inplace.ts";
import { addedAt, indices as asIndices, pick, pickAt, putInto } from "./select.ts";
import { vectorNorm } from "./vector_norm.ts";
import { reshape, unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** How rows are looked up. */
export interface LookupOptions {
  /**
   * The largest norm of a row: those that are looked up and are longer become so short first, in the
   * table itself. Default: none.
   */
  maxNorm?: number | null;
  /** Which norm it is: p of (Σ |x|ᵖ)^(1/p). Default: 2. */
  normType?: number;
  /** Whether a row's gradient is divided by how often it is looked up in this call. Default: false. */
  scaleGradByFreq?: boolean;
}

/** Options of {@link embedding}. */
export interface EmbeddingOptions extends LookupOptions {
  /** The index of a row that learns nothing, −1 the last. Default: none. */
  paddingIdx?: number | null;
}

/** What looking up takes. */
export const LOOKUP: Kinds<LookupOptions> = {
  maxNorm: orNull(notNegative),
  normType: number,
  scaleGradByFreq: flag,
};
/** What embedding takes. */
export const EMBEDDING: Kinds<EmbeddingOptions> = { paddingIdx: orNull(integer), ...LOOKUP };

/**
 * Rows of a table: indices [...] of int32 or uint8 and weight [n, d] → [..., d]. RangeError where an
 * index is not from 0 to n − 1.
 */
export function embedding(
  indices: Tensor,
  weight: Tensor,
  options: EmbeddingOptions = {},
): Tensor {
  atMost(3, arguments.length, "embedding(indices, weight, options)");
  const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } = checkOptions(
    "embedding",
    options,
    EMBEDDING,
  );
  checkTensor("embedding", indices, "indices");
  checkTensor("embedding", weight, "the weight");
  if (weight.ndim !== 2) {
    throw new ShapeError(`embedding: the weight must be [n, d]: it is ${show(weight.shape)}`);
  }
  const flat = reshape(indices, [-1]);
  const padding = paddingIdx === null ? null : rowOf("embedding", paddingIdx, weight.shape[0]!);
  if (maxNorm !== null) shorten(weight, flat, maxNorm, normType);
  let rows = pick("embedding", weight, 0, flat);
  if (rows.requiresGrad) {
    if (scaleGradByFreq) rows = sharing(rows, flat, weight.shape[0]!);
    if (padding !== null) rows = where(unsqueeze(ne(flat, padding), 1), rows, rows.detach());
  }
  return reshape(rows, [...indices.shape, weight.shape[1]!]);
}

/** Shortens rows of a table to a norm, in place: a change that no gradient knows of, as in PyTorch. */
function shorten(weight: Tensor, index: Tensor, most: number, p: number): void {
  checkFloat("embedding", weight, "a weight that maxNorm changes");
  const at = asIndices("embedding", index);
  const table = weight.detach();
  const rows = pickAt("embedding", table, 0, at);
  const norms = vectorNorm(rows, p, 1, true);
  const scaled = mul(rows, div(most, add(norms, 1e-7)));
  const short = where(gt(norms, most), scaled, rows);
  checkChange("embedding", weight);
  const out = table.isContiguous ? table : clone(table);
  putInto("embedding", out, 0, at, short); // a row that is named twice is written twice, the same
  if (out !== table) kernelsOf(table).copy(out, table);
}

/** Rows whose gradients are divided by how often each is there. */
function sharing(rows: Tensor, index: Tensor, n: number): Tensor {
  const at = asIndices("embedding", index);
  const counts = addedAt(filledLike(rows, 1, at.shape), [n], 0, at);
  const shares = unsqueeze(div(1, pickAt("embedding", counts, 0, at)), 1);
  return record("embedding", rows.detach(), [[rows, (dy) => mul(dy, shares)]], {
    saved: [shares],
    differentiable: true,
  });
}

/** A padding's row counted from the front. RangeError where the table has none such. */
export function rowOf(op: string, paddingIdx: number, rows: number): number {
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  if (row >= 0 && row < rows) return row;
  throw new RangeError(
    `${op}: paddingIdx must be from ${-rows} to ${rows - 1}: it is ${paddingIdx}`,
  );
}
