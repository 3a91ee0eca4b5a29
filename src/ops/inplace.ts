/**
 * Changes in place: for leaves under `noGrad`, and for tensors that require no gradient. Each raises
 * the storage's version, by which `backward()` notices that a value it saved has changed.
 *
 * @module
 */
import { isRecording } from "../autograd/autograd.ts";
import { ADD, MUL, SUB } from "../device/arithmetic.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { BinaryOp } from "../device/kernels.ts";
import { DTypeError, GradientError, ShapeError, show } from "../core/errors.ts";
import { anyNumber, atMost, check, number } from "../core/options.ts";
import { broadcastShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast, clone } from "./cast.ts";
import { checkComputes, checkOperand, checkTensor } from "./check.ts";
import { toDevice } from "./to.ts";
import { commonDType, elementOf, type Operand, operandAs, shapeOf } from "./operand.ts";

/** Refuses to change what requires a gradient, or what an operand does not fit; notes the change. */
export function checkInPlace(op: string, x: Tensor, from: Operand): void {
  checkUnrecorded(op, x, from);
  if (!sameShape(broadcastShape(op, x.shape, shapeOf(from)), x.shape)) {
    throw new ShapeError(
      `${op}: the operand must broadcast to the tensor: the tensor is ${show(x.shape)}, the ` +
        `operand is ${show(shapeOf(from))}`,
    );
  }
  changes(op, x);
}

/** Refuses a change that autograd would have to know of. */
function checkUnrecorded(op: string, x: Tensor, from: Operand): void {
  const needsGradient = x.requiresGrad || (typeof from !== "number" && from.requiresGrad);
  if (isRecording() && needsGradient) {
    throw new GradientError(
      `${op}: what requires a gradient can be changed in place only inside noGrad: ${op} is not ` +
        `recorded: ${COPIES[op] ?? `${op.slice(0, -1)}(…)`} gives a changed copy with its gradient`,
    );
  }
}

/** What gives the same as a copy, where it has not just the name without the last letter. */
const COPIES: Readonly<Record<string, string>> = {
  copy_: "the other, or its clone(),",
  fill_: "fullLike(x, …)",
  zero_: "zerosLike(x)",
  indexPut_: "indexPut(…), maskedFill(…) or cat of the parts",
  uniform_: "randLike(x)",
  normal_: "randnLike(x)",
  exponential_: "randLike(x)",
};

function changes(op: string, x: Tensor): void {
  checkNotRepeated(op, x);
  x.storage.version++;
}

/** What a change in place of parts of x by another operand asks for, and what it tells `backward()`. */
export function checkChange(op: string, x: Tensor, from: Operand = 0): void {
  checkUnrecorded(op, x, from);
  changes(op, x);
}

/** Throws where several elements stand in one place of the memory. */
export function checkNotRepeated(op: string, x: Tensor): void {
  if (!x.isContiguous && x.shape.some((n, i) => n > 1 && x.strides[i] === 0)) {
    throw new ShapeError(
      `${op}: an expanded tensor repeats its elements, so it cannot be changed in place: clone() it`,
    );
  }
}

/** The operand, copied if it looks at the same memory in another way: it would change underway. */
function apart<T extends Operand>(x: Tensor, from: T): T | Tensor {
  if (typeof from === "number" || from.storage !== x.storage) return from;
  const same = from.offset === x.offset && sameShape(from.shape, x.shape) &&
    sameShape(from.strides, x.strides);
  return same ? from : clone(from);
}

/** x ← op(x, other). */
export function inPlace(name: string, op: BinaryOp, x: Tensor, other: Operand): Tensor {
  checkComputes(name, x);
  checkOperand(name, other, "the other");
  checkInPlace(name, x, other);
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
  return inPlace("add_", ADD, x, alpha === 1 ? other : scaled("add_", other, alpha));
}

/** x ← x − alpha · other. */
export function sub_(x: Tensor, other: Operand, alpha = 1): Tensor {
  atMost(3, arguments.length, "sub_(x, other, alpha)");
  check("sub_", "alpha", alpha, number);
  return inPlace("sub_", SUB, x, alpha === 1 ? other : scaled("sub_", other, alpha));
}

function scaled(op: string, x: Operand, alpha: number): Operand {
  checkOperand(op, x, "the other");
  if (typeof x === "number") return x * alpha;
  if (commonDType(x, alpha) === "int32") elementOf(op, alpha, "int32"); // refused in this op's name
  return x.detach().mul(alpha);
}

/** x ← x · other. */
export function mul_(x: Tensor, other: Operand): Tensor {
  atMost(2, arguments.length, "mul_(x, other)");
  return inPlace("mul_", MUL, x, other);
}

/** x ← from, converted to x's dtype, broadcast to its shape and moved to its device. */
export function copy_(x: Tensor, from: Tensor): Tensor {
  atMost(2, arguments.length, "copy_(x, other)");
  checkTensor("copy_", x);
  checkTensor("copy_", from, "the other");
  checkInPlace("copy_", x, from);
  kernelsOf(x).copy(toDevice(cast(apart(x, from), x.dtype), x.storage.device), x);
  return x;
}

/**
 * x ← value everywhere. Integers cut its fraction off, bools are true for all but 0. RangeError where
 * x's dtype holds no such number.
 */
export function fill_(x: Tensor, value: number): Tensor {
  atMost(2, arguments.length, "fill_(x, value)");
  check("fill_", "the value", value, anyNumber);
  return fill("fill_", x, value);
}

function fill(op: string, x: Tensor, value: number): Tensor {
  checkTensor(op, x);
  const element = elementOf(op, value, x.dtype);
  checkInPlace(op, x, value);
  write(x, (out) => kernelsOf(out).fill(out, element));
  return x;
}

/** x ← 0 everywhere. */
export function zero_(x: Tensor): Tensor {
  atMost(1, arguments.length, "zero_(x)");
  return fill("zero_", x, 0);
}
