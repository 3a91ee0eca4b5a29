/**
 * Outer products that are computed late. The gradient of a weight is u·vᵀ when a single sample made
 * it. It is kept as its two vectors, one after the other in its storage: an optimizer can use these
 * without m · n numbers ever being written, and whoever else reads it has the product computed first.
 *
 * @module
 */
import { allocOn, Buffer, viewOf } from "./buffer.ts";
import type { Storage } from "./storage.ts";

/** u·vᵀ [m, n] for u of m and v of n elements, both float32 and row-major; as the two for now. */
export function outerProduct(u: Buffer, v: Buffer): Buffer {
  const { device } = u.storage;
  const [rows, columns] = [u.numel, v.numel];
  const vectors = allocOn(device, [rows + columns]);
  device.kernels.join(u, v, vectors);
  vectors.storage.pending = { rows, columns };
  return viewOf(vectors, [rows, columns], [columns, 1]);
}

/** Computes the product that a storage is to hold. */
export function compute(storage: Storage): void {
  const { device } = storage;
  const { rows, columns } = storage.pending!;
  const product = allocOn(device, [rows, columns]);
  storage.pending = null;
  const vectors = new Buffer(storage, [rows + columns], [1], 0, "float32", true);
  device.kernels.outer(
    viewOf(vectors, [rows], [1]),
    viewOf(vectors, [columns], [1], rows),
    product,
  );
  storage.replaceBy(product.storage);
}

/**
 * The two vectors, one after the other, if all of a gradient is a product that was not computed yet;
 * else null.
 */
export function vectorsOf(g: Buffer): { rows: number; columns: number } | null {
  const { pending } = g.storage;
  if (pending === null || g.ndim !== 2 || g.offset !== 0 || !g.isContiguous) return null;
  return g.shape[0] === pending.rows && g.shape[1] === pending.columns ? pending : null;
}
