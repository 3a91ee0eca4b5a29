/**
 * Changes in place: of leaves that require a gradient under `noGrad`, else of any tensor. Each raises
 * the storage's version, by which `backward()` notices that a value it saved has changed.
 *
 * @module
 */
import { ADD, MUL, SUB } from "../device/arithmetic.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { BinaryOp } from "../device/kernels.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { anyNumber, atMost, check, number } from "../core/options.ts";
import { broadcastShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast, clone } from "./cast.ts";
import { checkComputes, checkOperand, checkTensor } from "./check.ts";
import { add, mul, sub } from "./binary.ts";
import { checkNotRepeated } from "./layout.ts";
import { isRewritten, overwritten, rewrite } from "./rewrite.ts";
import { expand } from "./sum.ts";
import { toDevice } from "./to.ts";
import { commonDType, elementOf, type Operand, operandAs, shapeOf } from "./operand.ts";

/** Refuses what an operand does not fit; notes the change. */
function checkInPlace(op: string, x: Tensor, from: Operand): void {
  checkFits(op, x, from);
  checkChange(op, x);
}

/** Throws where an operand does not broadcast to a tensor. */
function checkFits(op: string, x: Tensor, from: Operand): void {
  if (!sameShape(broadcastShape(op, x.shape, shapeOf(from)), x.shape)) {
    throw new ShapeError(
      `${op}: the operand must broadcast to the tensor: the tensor is ${show(x.shape)}, the ` +
        `operand is ${show(shapeOf(from))}`,
    );
  }
}

/** Refuses to change what has several elements in one place; notes the change. */
export function checkChange(op: string, x: Tensor): void {
  checkNotRepeated(op, x);
  x.storage.version++;
}

/** The operand, copied if it looks at the same memory in another way: it would change underway. */
function apart<T extends Operand>(x: Tensor, from: T): T | Tensor {
  if (typeof from === "number" || from.storage !== x.storage) return from;
  const same = from.offset === x.offset && sameShape(from.shape, x.shape) &&
    sameShape(from.strides, x.strides);
  return same ? from : clone(from);
}

/** x ← op(x, other); `fn` is the function that gives the same as a copy. */
export function inPlace(
  name: string,
  op: BinaryOp,
  x: Tensor,
  other: Operand,
  fn: (x: Tensor, other: Operand) => Tensor,
): Tensor {
  checkComputes(name, x);
  checkOperand(name, other, "the other");
  const isRecorded = isRewritten(name, x, other);
  checkFits(name, x, other);
  if (isRecorded && x.dtype === "float32") return rewrite(name, x, (x) => fn(x, other));
  checkChange(name, x);
  other = apart(x, other);
  if (x.dtype === "float32") {
    write(
      x,
      (out) => kernelsOf(out).binary(op, x, typeof other === "number" ? other : floats(other), out),
    );
  } else {
    if (op.ofIntegers === null) {
      throw new DTypeError(`${name}: the result is float32, which ${x.dtype} does not hold`);
    }
    if (commonDType(x, other) === "float32") {
      throw new TypeError(
        `${name}: a fraction cannot be put into a tensor of ${x.dtype}: convert it by to("float32")`,
      );
    }
    const { device } = x.storage;
    const out = alloc(x, x.shape, "int32");
    const as = (from: Operand) => operandAs(name, device, from, "int32", x.shape);
    kernelsOf(out).binaryInt(op, as(x), as(other), out);
    const back = alloc(x, x.shape, x.dtype);
    kernelsOf(out).cast(out, back);
    kernelsOf(out).copy(back, x);
  }
  return x;
}

function floats(x: Tensor): Buffer {
  return cast(x, "float32");
}

/** Lets a kernel that writes row-major write into a tensor of any strides. */
function write(x: Tensor, kernel: (out: Buffer) => void): void {
  if (x.isContiguous) return kernel(x);
  const out = alloc(x, x.shape, x.dtype);
  kernel(out);
  kernelsOf(x).copy(out, x);
}

/** x ← x + alpha · other. */
export function add_(x: Tensor, other: Operand, alpha = 1): Tensor {
  atMost(3, arguments.length, "add_(x, other, alpha)");
  check("add_", "alpha", alpha, number);
  return inPlace("add_", ADD, x, alpha === 1 ? other : scaled("add_", other, alpha), add);
}

/** x ← x − alpha · other. */
export function sub_(x: Tensor, other: Operand, alpha = 1): Tensor {
  atMost(3, arguments.length, "sub_(x, other, alpha)");
  check("sub_", "alpha", alpha, number);
  return inPlace("sub_", SUB, x, alpha === 1 ? other : scaled("sub_", other, alpha), sub);
}

function scaled(op: string, x: Operand, alpha: number): Operand {
  checkOperand(op, x, "the other");
  if (typeof x === "number") return x * alpha;
  if (commonDType(x, alpha) === "int32") elementOf(op, alpha, "int32"); // refused in this op's name
  return mul(x, alpha);
}

/** x ← x · other. */
export function mul_(x: Tensor, other: Operand): Tensor {
  atMost(2, arguments.length, "mul_(x, other)");
  return inPlace("mul_", MUL, x, other, mul);
}

/** x ← from, converted to x's dtype, broadcast to its shape and moved to its device. */
export function copy_(x: Tensor, from: Tensor): Tensor {
  atMost(2, arguments.length, "copy_(x, other)");
  checkTensor("copy_", x);
  checkTensor("copy_", from, "the other");
  const isRecorded = x.dtype === "float32" && isRewritten("copy_", x, from);
  checkInPlace("copy_", x, from);
  const values = toDevice(cast(apart(x, from), x.dtype), x.storage.device, "copy_");
  kernelsOf(x).copy(values, x);
  return isRecorded ? overwritten("copy_", x, expand(values, x.shape)) : x;
}

/**
 * x ← value everywhere. Integers cut its fraction off, bools are true for all but 0. RangeError where
 * x's dtype holds no such number.
 */
export function fill_(x: Tensor, value: number | boolean): Tensor {
  atMost(2, arguments.length, "fill_(x, value)");
  if (typeof value === "boolean") value = Number(value);
  check("fill_", "the value", value, anyNumber);
  return fill("fill_", x, value);
}

function fill(op: string, x: Tensor, value: number): Tensor {
  checkTensor(op, x);
  const element = elementOf(op, value, x.dtype);
  const isRecorded = isRewritten(op, x);
  checkInPlace(op, x, value);
  write(x, (out) => kernelsOf(out).fill(out, element));
  return isRecorded ? overwritten(op, x) : x;
}

/** x ← 0 everywhere. */
export function zero_(x: Tensor): Tensor {
  atMost(1, arguments.length, "zero_(x)");
  return fill("zero_", x, 0);
}

/** x ← what a function makes of it and of operands. */
export function put(
  op: string,
  x: Tensor,
  operands: readonly Operand[],
  fn: (x: Tensor) => Tensor,
): Tensor {
  let isRecorded = isRewritten(op, x);
  for (const operand of operands) isRecorded ||= isRewritten(op, x, operand);
  if (isRecorded && x.dtype === "float32") {
    return rewrite(op, x, (x) => inShape(op, fn(x), x));
  }
  checkNotRepeated(op, x);
  const value = inShape(op, fn(x), x).detach();
  if (x.dtype !== "float32" && value.dtype === "float32") {
    throw new DTypeError(`${op}: the result is float32, which ${x.dtype} does not hold`);
  }
  return copy_(x, value);
}

/** The value that is to be put in the place of x; refuses it if it is of another shape. */
function inShape(op: string, value: Tensor, x: Tensor): Tensor {
  checkFits(op, x, value);
  return value;
}
