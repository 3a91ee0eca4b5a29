/**
 * Padding by what is inside.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { constant } from "./int32s.ts";
import { indexSelect } from "./select.ts";
import { narrow } from "./view.ts";

/** What stands around: one value, or what is inside: mirrored, its edge, or from the other end. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** Which element stands at a position before 0 or from n on. */
function inside(i: number, n: number, mode: Exclude<PadMode, "constant">): number {
  if (mode === "replicate") return Math.min(Math.max(i, 0), n - 1);
  if (mode === "circular") return (i % n + n) % n;
  return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

/** x with so many elements of its own around it; pairs of lengths, the last dimension first. */
export function padInside(
  x: Tensor,
  padding: readonly number[],
  mode: Exclude<PadMode, "constant">,
): Tensor {
  let y = x;
  for (let i = 0; i < padding.length; i += 2) {
    const axis = x.ndim - 1 - i / 2;
    let [before, after] = [padding[i]!, padding[i + 1]!];
    if (mode === "circular" && (before < 0 || after < 0)) { // what is cut off does not come around
      const cut = Math.max(0, -before);
      y = narrow(y, axis, cut, Math.max(0, y.shape[axis]! - cut - Math.max(0, -after)));
      [before, after] = [Math.max(0, before), Math.max(0, after)];
    }
    const n = y.shape[axis]!;
    const most = mode === "reflect" ? n - 1 : mode === "circular" ? n : Infinity;
    if (n === 0 || before > most || after > most || n + before + after < 0) {
      throw new ShapeError(
        `pad: "${mode}" needs as many elements as it repeats: x is ${
          show(x.shape)
        }, the padding is ` +
          show(padding),
      );
    }
    if (before === 0 && after === 0) continue;
    const at = Array.from({ length: n + before + after }, (_, k) => inside(k - before, n, mode));
    y = indexSelect(y, axis, indexTensor(x, at));
  }
  return y;
}

/** Positions where another tensor is. */
export function indexTensor(like: Tensor, positions: readonly number[]): Tensor {
  return constant("index", like.storage.device, [positions.length], "int32", positions);
}
