/**
 * What ops do where values decide which only their device sees, such as a GPU: its folder has it, so
 * that programs without one do not.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Blame } from "../device/kernels.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Bounds } from "./histogram.ts";
import type { IndexItem } from "./indexed.ts";
import type { Operand } from "./operand.ts";

/** What hangs on values that the host does not see: what is wrong with these is told by the next read. */
export interface Unseen {
  /** Has the next read throw where an element is true. */
  tell(isWrong: Tensor, blame: Blame): void;
  /** Has the next read throw where probabilities are not from 0 to 1. */
  checkChances(chances: Tensor): void;
  /** `multinomial` of weights [rows, n], in float32. */
  multinomial(op: string, of: Tensor, numSamples: number, replacement: boolean): Tensor;
  /** Positions along a dimension of x, each counted from the front: see `inside`. */
  inside(op: string, x: Tensor, axis: number, at: Tensor, isAlone: boolean): Tensor;
  /** `indexPut_` where one mask stands beside numbers, slices and the like; false: there is more. */
  put(
    op: string,
    x: Tensor,
    items: readonly IndexItem[],
    value: Operand,
    accumulate: boolean,
  ): boolean;
  /** The gradient of a value that was put so, from that of all; null: there is more. */
  putGradient(dy: Tensor, items: readonly IndexItem[], value: Tensor): Tensor | null;
  /** `maskedScatter` of a mask in x's shape. */
  maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor;
  /** `bincount` of numbers below n. */
  bincount(x: Tensor, weights: Tensor | null, n: number): Tensor;
  /** The bounds of `histc`: the least and the largest element, 1 to either side of a single one. */
  bounds(x: Tensor): Bounds<Tensor>;
}

/** The same of a tensor's device; undefined: the host sees its values. */
export function unseenBy(x: Buffer): Unseen | undefined {
  return x.storage.device.unseen as Unseen | undefined;
}
