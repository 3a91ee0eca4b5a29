/**
 * What some devices compute in one walk instead of in several ops.
 *
 * @module
 */
import { isTracked, LINEAR, type Pair, record, type RecordOptions } from "../autograd/autograd.ts";
import { sameShape } from "../core/shape.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import type { Combination } from "../device/kernels.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Operand } from "./operand.ts";

/**
 * The function of tensors, then numbers, as `op`'s result; null where it must be made of ops: operands are
 * unlike in shape or dtype, somebody watches or wants gradients and there are none, or the device has it
 * not. Gradients read no values, unless the options say so.
 */
export function combined(
  op: string,
  name: Combination,
  operands: readonly Operand[],
  gradients: readonly Pair[] = [],
  options: RecordOptions = LINEAR,
): Tensor | null {
  if (wantsParts) return null; // who wants to see its parts
  const first = operands[0] as Tensor;
  const dtype = name === "boolNot" ? "bool" : name.startsWith("int32") ? "int32" : "float32";
  for (const x of operands) {
    if (typeof x === "number") continue;
    const isLike = x.dtype === dtype && x.isContiguous && sameShape(x.shape, first.shape);
    if (!isLike || (isTracked(x) && gradients.length === 0)) return null;
  }
  if (kernelsOf(first).combine === undefined) return null;
  const y = alloc(first, first.shape, dtype);
  kernelsOf(y).combine!(name, operands, y);
  return record(op, y, gradients, options);
}
