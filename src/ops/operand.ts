/**
 * Operands of arithmetic and comparisons: tensors or numbers, in the dtype that a kernel takes.
 *
 * @module
 */
import { allocOn, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { Device } from "../device/device.ts";
import { defaultDevice } from "../devices.ts";
import { computedIn, type DType, DTYPES, promote } from "../core/dtype.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { expand } from "./sum.ts";
import { contiguous } from "./view.ts";

/** A tensor, or a number that stands for a tensor of its value. */
export type Operand = Tensor | number;

/** Where operands are: on the first one's device that is a tensor; of numbers only, on the default. */
export function deviceOf(a: Operand, b: Operand): Device {
  return typeof a !== "number"
    ? a.storage.device
    : typeof b !== "number"
    ? b.storage.device
    : defaultDevice();
}

/** The operand's shape: `[]` of a number. */
export function shapeOf(x: Operand): Shape {
  return typeof x === "number" ? [] : x.shape;
}

/**
 * The dtype in which two operands are computed. Whole numbers go with integers; fractions, infinities
 * and NaN make float32 of the integers beside them.
 */
export function commonDType(a: Operand, b: Operand): "float32" | "int32" {
  if (typeof a === "number") return typeof b === "number" ? "float32" : besideNumber(b, a);
  if (a.dtype === "float32") return a.dtype; // most often: it wins over all else that computes
  return typeof b === "number" ? besideNumber(a, b) : computedIn(promote(a.dtype, b.dtype));
}

function besideNumber(x: Tensor, value: number): "float32" | "int32" {
  return Number.isInteger(value) ? computedIn(x.dtype) : "float32";
}

/**
 * The operand as contiguous memory of a dtype and a shape; a number's is on the device. RangeError
 * where it is a number that int32 is to hold and does not.
 */
export function operandAs(
  op: string,
  device: Device,
  x: Operand,
  dtype: "float32" | "int32",
  shape: Shape,
): Buffer {
  if (typeof x !== "number") {
    const from = cast(x, dtype);
    return contiguous(sameShape(from.shape, shape) ? from : expand(from, shape));
  }
  const [least, most] = DTYPES.int32.range;
  if (dtype === "int32" && (x < least || x > most)) {
    throw new RangeError(
      `${op}: beside integers, whole numbers must be from ${least} to ${most}: one is ` +
        `${x}: convert the tensor by to("float32")`,
    );
  }
  return filled(device, shape, x, dtype);
}

/**
 * What a tensor of a dtype holds of a number: integers cut fractions off, bools are 1 for all but 0.
 * RangeError where the dtype holds no such number.
 */
export function elementOf(op: string, value: number, dtype: DType): number {
  const { kind, range: [least, most] } = DTYPES[dtype];
  if (kind === "float") return value;
  if (kind === "bool") return value === 0 ? 0 : 1; // NaN is true, as in PyTorch
  const whole = Math.trunc(value);
  if (whole >= least && whole <= most) return whole;
  throw new RangeError(
    `${op}: ${dtype} holds whole numbers from ${least} to ${most}: one is ${value}`,
  );
}

/** A buffer on a device that holds one value everywhere. */
export function filled(
  device: Device,
  shape: Shape,
  value: number,
  dtype: "int32" | "float32",
): Buffer {
  const out = allocOn(device, shape, dtype);
  kernelsOf(out).fill(out, value);
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
