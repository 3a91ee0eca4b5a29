/**
 * Operands of arithmetic and comparisons: tensors or numbers, in the dtype that a kernel takes.
 *
 * @module
 */
import { alloc, type Buffer } from "../buffer.ts";
import { kernels } from "../kernels.ts";
import { sameShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { expand } from "./sum.ts";
import { contiguous } from "./view.ts";

/** A tensor, or a number that stands for a tensor of its value. */
export type Operand = Tensor | number;

/** The operand's shape: `[]` of a number. */
export function shapeOf(x: Operand): Shape {
  return typeof x === "number" ? [] : x.shape;
}

/** Whether it counts as an integer: any dtype but float32, or a whole number. */
export function isInt(x: Operand): boolean {
  return typeof x === "number" ? Number.isInteger(x) : x.dtype !== "float32";
}

/** The operand as contiguous int32 of a shape. */
export function asInt(x: Operand, shape: Shape): Buffer {
  return as("int32", x, shape);
}

/** The operand as contiguous float32 of a shape. */
export function asFloat(x: Operand, shape: Shape): Buffer {
  return as("float32", x, shape);
}

function as(dtype: "int32" | "float32", x: Operand, shape: Shape): Buffer {
  if (typeof x === "number") return filled(shape, x, dtype);
  const cast_ = cast(x, dtype);
  return contiguous(sameShape(cast_.shape, shape) ? cast_ : expand(cast_, shape));
}

/** A buffer that holds one value everywhere. */
export function filled(shape: Shape, value: number, dtype: "int32" | "float32"): Buffer {
  const out = alloc(shape, dtype);
  kernels.fill(out, value);
  return out;
}
