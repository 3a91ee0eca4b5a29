/**
 * What ops refuse before they compute: what is no tensor, no number, or of another dtype.
 *
 * @module
 */
import { computedIn, type DType, DTYPES } from "../core/dtype.ts";
import { Buffer, notATensor, wrongDevice } from "../device/buffer.ts";
import { DTypeError } from "../core/errors.ts";
import { describe, type Kind, kind } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Operand } from "./operand.ts";

/** Refuses what is no tensor. */
export function checkTensor(op: string, x: Tensor, what = "x"): void {
  if (!Buffer.is(x)) throw noTensor(op, what, "a tensor", x);
}

/** Refuses what is no tensor, and a dtype in which nothing is computed. */
export function checkComputes(op: string, x: Tensor, what = "x"): void {
  checkTensor(op, x, what);
  if (x.dtype !== "float32" && !DTYPES[x.dtype].computes) throw storedOnly(op, x.dtype);
}

function storedOnly(op: string, dtype: DType): DTypeError {
  const cure = computedIn(dtype) === "int32" ? `to("int32") or to("float32")` : `to("float32")`;
  return new DTypeError(`${op}: ${dtype} is only stored, not computed with: convert by ${cure}`);
}

/** Refuses what is neither a number nor a tensor that can be computed with. */
export function checkOperand(op: string, x: Operand, what: string): void {
  if (typeof x === "number") return;
  if (!Buffer.is(x)) throw noTensor(op, what, "a tensor or a number", x);
  if (x.dtype !== "float32" && !DTYPES[x.dtype].computes) throw storedOnly(op, x.dtype);
}

/** Refuses two operands, called a and b, unless each is a tensor or a number. */
export function checkOperands(op: string, a: Operand, b: Operand): void {
  checkOperand(op, a, "a");
  checkOperand(op, b, "b");
}

/** Refuses a tensor that is on another device, for ops that read it on the host. */
export function checkSameDevice(op: string, x: Buffer, like: Buffer, what: string): void {
  const { device } = like.storage;
  if (x.storage.device !== device) throw wrongDevice(op, what, x, device);
}

/** A tensor, for a table of options. */
export const tensorKind: Kind = kind("a tensor", Buffer.is);

function noTensor(op: string, what: string, needed: string, x: unknown): TypeError {
  return new TypeError(`${op}: ${what} must be ${needed}: it is ${notATensor(x)}`);
}

/** Refuses what is no tensor, and integers where only float32 makes sense. */
export function checkFloat(op: string, x: Tensor, what = "x"): void {
  checkComputes(op, x, what);
  if (x.dtype !== "float32") {
    throw new DTypeError(`${op}: float32 is needed: it is ${x.dtype}: convert by to("float32")`);
  }
}

/** TypeError unless it is an array of tensors of this copy of the library. */
export function checkTensors(op: string, tensors: readonly Tensor[]): void {
  if (!Array.isArray(tensors)) {
    throw new TypeError(`${op}: an array of tensors is needed: it is ${describe(tensors)}`);
  }
  for (let i = 0; i < tensors.length; i++) checkTensor(op, tensors[i]!, `number ${i}`);
}
