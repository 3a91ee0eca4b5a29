/**
 * Logic on truth, where all but 0 is true, and on bits. The results have no gradient.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { atMost } from "../core/options.ts";
import { broadcastShape, sameShape } from "../core/shape.ts";
import { allocOn, kernelsOf } from "../device/buffer.ts";
import type { BitsOp } from "../device/kernels.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkBits, integerOp } from "./integer_op.ts";
import { inNameOf } from "./in_name_of.ts";
import { sub } from "./binary.ts";
import type { Binary } from "./binary_op.ts";
import { cast } from "./cast.ts";
import { combined } from "./combined.ts";
import { checkComputes, checkOperands } from "./check.ts";
import { eq } from "./compare.ts";
import { deviceOf, type Operand, operandAs, shapeOf } from "./operand.ts";
import { expand } from "./sum.ts";
import { contiguous } from "./view.ts";

/** Whether an operand is true, as a tensor of bools or a number of 0 or 1. */
function truth(x: Operand): Operand {
  return typeof x === "number" ? x === 0 ? 0 : 1 : cast(x, "bool");
}

function bits(name: string, op: BitsOp, a: Operand, b: Operand, dtype: "bool" | "int32"): Tensor {
  const shape = broadcastShape(name, shapeOf(a), shapeOf(b));
  const device = deviceOf(a, b);
  const out = allocOn(device, shape, dtype);
  const as = (x: Operand) => {
    if (dtype === "int32") return operandAs(name, device, x, dtype, shape);
    const from = typeof x === "number"
      ? cast(record(name, operandAs(name, device, x, "float32", []), []), "bool")
      : x;
    return contiguous(sameShape(from.shape, shape) ? from : expand(from, shape));
  };
  kernelsOf(out).bits(op, as(a), as(b), out);
  return record(name, out, []);
}

function logical(name: string, op: BitsOp): Binary {
  const run = function (a: Operand, b: Operand): Tensor {
    atMost(2, arguments.length, `${name}(a, b)`);
    checkOperands(name, a, b);
    return bits(name, op, truth(a), truth(b), "bool");
  };
  Object.defineProperty(run, "name", { value: name });
  return run;
}

/** Whether both are true. Shapes broadcast. */
export const logicalAnd: Binary = logical("logicalAnd", "and");
/** Whether one of them is true, or both. Shapes broadcast. */
export const logicalOr: Binary = logical("logicalOr", "or");
/** Whether exactly one of them is true. Shapes broadcast. */
export const logicalXor: Binary = logical("logicalXor", "xor");

/** Whether it is 0. */
export function logicalNot(x: Tensor): Tensor {
  atMost(1, arguments.length, "logicalNot(x)");
  return inNameOf("logicalNot", () => {
    checkComputes("logicalNot", x);
    return combined("logicalNot", "boolNot", [x]) ?? eq(x, 0);
  });
}

function isBool(x: Operand): boolean {
  return typeof x !== "number" && x.dtype === "bool";
}

/** What the bits of bools make, for formats that have operators of logic alone. */
const OF_BOOLS: Readonly<Record<BitsOp, Binary>> = {
  and: logicalAnd,
  or: logicalOr,
  xor: logicalXor,
};

function bitwise(name: string, op: BitsOp): Binary {
  const run = function (a: Operand, b: Operand): Tensor {
    atMost(2, arguments.length, `${name}(a, b)`);
    checkOperands(name, a, b);
    checkBits(name, a);
    checkBits(name, b);
    if (wantsParts && isBool(a) && isBool(b)) return OF_BOOLS[op](a, b);
    return bits(name, op, a, b, isBool(a) && isBool(b) ? "bool" : "int32");
  };
  Object.defineProperty(run, "name", { value: name });
  return run;
}

/** The bits that both have; of bools, as of their truth. Shapes broadcast. */
export const bitwiseAnd: Binary = bitwise("bitwiseAnd", "and");
/** The bits that one of them has. Shapes broadcast. */
export const bitwiseOr: Binary = bitwise("bitwiseOr", "or");
/** The bits in which they differ. Shapes broadcast. */
export const bitwiseXor: Binary = bitwise("bitwiseXor", "xor");

/** All bits turned: −1 − x; of bools the opposite. */
export function bitwiseNot(x: Tensor): Tensor {
  atMost(1, arguments.length, "bitwiseNot(x)");
  return inNameOf("bitwiseNot", () => {
    checkComputes("bitwiseNot", x);
    checkBits("bitwiseNot", x);
    if (x.dtype === "bool") return combined("bitwiseNot", "boolNot", [x]) ?? eq(x, 0);
    if (x.dtype === "uint8") return cast(sub(255, x), "uint8");
    return combined("bitwiseNot", "int32Not", [x]) ?? sub(-1, x);
  });
}

/** Shifts of int32 by one number of bits are one walk. */
function shift(sign: 1 | -1, of: Binary): Binary {
  const run = function (a: Operand, b: Operand): Tensor {
    atMost(2, arguments.length, `${of.name}(a, b)`);
    const isPlain = typeof a !== "number" && typeof b === "number" && b >= 0 && b <= 31;
    const whole = isPlain && Number.isInteger(b)
      ? combined(of.name, "int32Shift", [a, sign * b])
      : null;
    return whole ?? of(a, b);
  };
  Object.defineProperty(run, "name", { value: of.name });
  return run;
}

/** a · 2ᵇ of integers, in 32 bits. Shapes broadcast. */
export const bitwiseLeftShift: Binary = shift(
  1,
  integerOp({
    name: "bitwiseLeftShift",
    cost: 0,
    f: (a, b) => a << b,
    ofIntegers: (a, b) => b < 0 || b > 31 ? 0 : a << b,
  }),
);

/** a / 2ᵇ of integers, rounded down. Shapes broadcast. */
export const bitwiseRightShift: Binary = shift(
  -1,
  integerOp({
    name: "bitwiseRightShift",
    cost: 0,
    f: (a, b) => a >> b,
    ofIntegers: (a, b) => b < 0 || b > 31 ? (a < 0 ? -1 : 0) : a >> b,
  }),
);
