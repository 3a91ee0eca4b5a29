/**
 * Operands of arithmetic and comparisons: tensors or numbers, in the dtype that a kernel takes.
 *
 * @module
 */
import { alloc, type Buffer, type DType } from "../device/buffer.ts";
import { kernels } from "../wasm/kernels.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { expand } from "./sum.ts";
import { contiguous } from "./view.ts";

/** A tensor, or a number that stands for a tensor of its value. */
export type Operand = Tensor | number;

/** The operand's shape: `[]` of a number. */
export function shapeOf(x: Operand): Shape {
  return typeof x === "number" ? [] : x.shape;
}

/**
 * Whether it counts as an integer: any dtype but float32, or a whole number. Fractions, infinities
 * and NaN make float32 of the integers beside them.
 */
export function isInt(x: Operand): boolean {
  return typeof x === "number" ? Number.isInteger(x) : x.dtype !== "float32";
}

/**
 * The operand as contiguous int32 of a shape. RangeError where it is a number that int32 does not
 * hold.
 */
export function asInt(op: string, x: Operand, shape: Shape): Buffer {
  if (typeof x === "number" && (x < LEAST.int32 || x > MOST.int32)) {
    throw new RangeError(
      `${op}: beside integers, whole numbers must be from ${LEAST.int32} to ${MOST.int32}: one is ` +
        `${x}: convert the tensor by to("float32")`,
    );
  }
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

const LEAST = { int32: -(2 ** 31), uint8: 0 } as const;
const MOST = { int32: 2 ** 31 - 1, uint8: 255 } as const;

/**
 * What a tensor of a dtype holds of a number: integers cut fractions off, bools are 1 for all but 0.
 * RangeError where the dtype holds no such number.
 */
export function elementOf(op: string, value: number, dtype: DType): number {
  if (dtype === "float32") return value;
  if (dtype === "bool") return value === 0 ? 0 : 1; // NaN is true, as in PyTorch
  const whole = Math.trunc(value);
  if (whole >= LEAST[dtype] && whole <= MOST[dtype]) return whole;
  throw new RangeError(
    `${op}: ${dtype} holds whole numbers from ${LEAST[dtype]} to ${MOST[dtype]}: one is ${value}`,
  );
}

/** A buffer that holds one value everywhere. */
export function filled(shape: Shape, value: number, dtype: "int32" | "float32"): Buffer {
  const out = alloc(shape, dtype);
  kernels.fill(out, value);
  return out;
}

/**
 * Of two operands whose gradients are products with the other: those whose values some gradient that
 * is needed reads.
 */
export function readBy(a: Operand, b: Operand): Tensor[] {
  const list: Tensor[] = [];
  if (typeof a !== "number" && typeof b !== "number") {
    if (b.requiresGrad) list.push(a);
    if (a.requiresGrad) list.push(b);
  }
  return list;
}
