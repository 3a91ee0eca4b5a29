/**
 * Embedding.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { pick } from "./select.ts";
import { reshape } from "./view.ts";

/**
 * Rows of a table: indices [...] of int32 or uint8 and weight [n, d] → [..., d]. RangeError where an
 * index is not from 0 to n − 1.
 */
export function embedding(indices: Tensor, weight: Tensor): Tensor {
  atMost(2, arguments.length, "embedding(indices, weight)");
  checkTensor("embedding", indices, "indices");
  checkTensor("embedding", weight, "the weight");
  if (weight.ndim !== 2) {
    throw new ShapeError(`embedding: the weight must be [n, d]: it is ${show(weight.shape)}`);
  }
  const rows = pick("embedding", weight, 0, reshape(indices, [-1]));
  return reshape(rows, [...indices.shape, weight.shape[1]!]);
}
