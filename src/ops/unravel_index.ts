/**
 * Positions in a tensor from positions in its elements.
 *
 * @module
 */
import { isIndex } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { checkShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { floorDivide } from "./binary.ts";
import { cast } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { inNameOf } from "./in_name_of.ts";
import { remainder } from "./remainder.ts";

/**
 * The coordinates, one tensor a dimension, of elements of a tensor of that shape that are counted row by
 * row, such as `argmax()` counts them: int32 or uint8 of any shape → int32. What lies beyond the end begins
 * anew, as in PyTorch.
 *
 * @example
 * ```ts
 * import { tensor, unravelIndex } from "@glim/glim";
 * const [rows, columns] = unravelIndex(tensor([0, 5, 7]), [2, 4]);
 * console.log(rows!.toArray(), columns!.toArray()); // [0, 1, 1] [0, 1, 3]
 * ```
 */
export function unravelIndex(indices: Tensor, shape: Shape): Tensor[] {
  const op = "unravelIndex";
  atMost(2, arguments.length, `${op}(indices, shape)`);
  checkTensor(op, indices, "the indices");
  checkShape(op, shape);
  if (!isIndex(indices.dtype)) {
    throw new DTypeError(
      `${op}: indices must be int32 or uint8: they are ${indices.dtype}: convert by to("int32")`,
    );
  }
  if (shape.includes(0)) {
    throw new RangeError(`${op}: a shape of elements is needed: it is [${shape.join(", ")}]`);
  }
  return inNameOf(op, () => {
    const at = cast(indices, "int32");
    return shape.map((n, i) => {
      const step = shape.slice(i + 1).reduce((a, b) => a * b, 1);
      return remainder(floorDivide(at, step), n);
    });
  });
}
