/**
 * Comparisons, which give bools and have no gradient, and `where`.
 *
 * @module
 */
import { type Pair, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, BYTES } from "../device/buffer.ts";
import { DTypeError } from "../core/errors.ts";
import type { CompareOp } from "../device/kernels.ts";
import { kernels } from "../wasm/kernels.ts";
import { atMost } from "../core/options.ts";
import { broadcastShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkOperands, checkTensor } from "./check.ts";
import { cast } from "./cast.ts";
import { asFloat, asInt, isInt, type Operand, shapeOf } from "./operand.ts";
import { expand, sumTo } from "./sum.ts";
import { contiguous } from "./view.ts";

function compare(op: CompareOp, a: Operand, b: Operand): Tensor {
  checkOperands(op, a, b);
  const shape = broadcastShape(op, shapeOf(a), shapeOf(b));
  const out = alloc(shape, "bool");
  const both = isInt(a) && isInt(b);
  const as = (x: Operand) => both ? asInt(op, x, shape) : asFloat(x, shape);
  kernels.compare(op, as(a), as(b), out);
  return record(op, out, []);
}

/** a = b, as bool. Shapes broadcast. */
export function eq(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "eq(a, b)");
  return compare("eq", a, b);
}

/** a ≠ b, as bool. Shapes broadcast. */
export function ne(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "ne(a, b)");
  return compare("ne", a, b);
}

/** a > b, as bool. Shapes broadcast. */
export function gt(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "gt(a, b)");
  return compare("gt", a, b);
}

/** a < b, as bool. Shapes broadcast. */
export function lt(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "lt(a, b)");
  return compare("lt", a, b);
}

/** a ≥ b, as bool. Shapes broadcast. */
export function ge(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "ge(a, b)");
  return compare("ge", a, b);
}

/** a ≤ b, as bool. Shapes broadcast. */
export function le(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "le(a, b)");
  return compare("le", a, b);
}

/**
 * a where the condition (bool) is true, b elsewhere. All three broadcast. Two tensors of one dtype
 * give that dtype; else integers give int32.
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  atMost(3, arguments.length, "where(condition, a, b)");
  checkTensor("where", condition, "the condition");
  checkOperands("where", a, b);
  if (condition.dtype !== "bool") {
    throw new DTypeError(`where: the condition must be bool: it is ${condition.dtype}`);
  }
  if (typeof a !== "number" && typeof b !== "number" && a.dtype === b.dtype) {
    if (BYTES[a.dtype] === 1) { // the kernel chooses from elements of four bytes
      return cast(where(condition, cast(a, "int32"), cast(b, "int32")), a.dtype);
    }
  }
  const values = broadcastShape("where", shapeOf(a), shapeOf(b));
  const shape = broadcastShape("where", condition.shape, values);
  const int = isInt(a) && isInt(b) && !(typeof a === "number" && typeof b === "number");
  const as = (x: Operand) => int ? asInt("where", x, shape) : asFloat(x, shape);
  const pick = (a: Operand, b: Operand): Buffer => {
    const out = alloc(shape, int ? "int32" : "float32");
    const at = contiguous(sameShape(condition.shape, shape) ? condition : expand(condition, shape));
    kernels.where(at, as(a), as(b), out);
    return out;
  };
  const pairs: Pair[] = [];
  if (typeof a !== "number") {
    pairs.push([a, (dc) => sumTo(record("where", pick(dc, 0), []), a.shape)]);
  }
  if (typeof b !== "number") {
    pairs.push([b, (dc) => sumTo(record("where", pick(0, dc), []), b.shape)]);
  }
  return record("where", pick(a, b), pairs, { saved: [condition] });
}
