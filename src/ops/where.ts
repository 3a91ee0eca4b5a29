/**
 * Choice between two operands by bools.
 *
 * @module
 */
import { isRecording, type Pair, record } from "../autograd/autograd.ts";
import { allocOn, type Buffer, kernelsOf } from "../device/buffer.ts";
import { computedIn, dtypeOfValues } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { broadcastShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkOperands, checkTensor } from "./check.ts";
import { cast } from "./cast.ts";
import { nonzero } from "./nonzero.ts";
import { commonDType, type Operand, operandAs, shapeOf } from "./operand.ts";
import { expand, sumTo } from "./sum.ts";
import { contiguous } from "./view.ts";

/**
 * a where the condition (bool) is true, b elsewhere. All three broadcast. Two tensors of one dtype
 * give that dtype; else integers give int32, and so do two whole numbers.
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor;
/** Where the condition is not 0: a vector of int32 a dimension, as `index` takes them. */
export function where(condition: Tensor): Tensor[];
export function where(condition: Tensor, a?: Operand, b?: Operand): Tensor | Tensor[] {
  atMost(3, arguments.length, "where(condition, a, b)");
  checkTensor("where", condition, "the condition");
  if (arguments.length === 1) return nonzero(condition, { asTuple: true });
  return chosen(condition, a!, b!);
}

function chosen(condition: Tensor, a: Operand, b: Operand): Tensor {
  checkOperands("where", a, b);
  if (condition.dtype !== "bool") {
    throw new DTypeError(`where: the condition must be bool: it is ${condition.dtype}`);
  }
  if (typeof a !== "number" && typeof b !== "number" && a.dtype === b.dtype) {
    const dtype = computedIn(a.dtype); // what the kernel chooses from
    if (a.dtype !== dtype) return cast(chosen(condition, cast(a, dtype), cast(b, dtype)), a.dtype);
  }
  const values = broadcastShape("where", shapeOf(a), shapeOf(b));
  const shape = broadcastShape("where", condition.shape, values);
  const dtype = typeof a === "number" && typeof b === "number"
    ? dtypeOfValues([a, b]) as "float32" | "int32"
    : commonDType(a, b);
  const { device } = condition.storage;
  const as = (x: Operand) => operandAs("where", device, x, dtype, shape);
  const pick = (a: Operand, b: Operand): Buffer => {
    const out = allocOn(device, shape, dtype);
    const at = contiguous(sameShape(condition.shape, shape) ? condition : expand(condition, shape));
    kernelsOf(out).where(at, as(a), as(b), out);
    return out;
  };
  const pairs: Pair[] = [];
  if (typeof a !== "number") {
    const da = (dc: Tensor) =>
      isRecording() ? where(condition, dc, 0) : record("where", pick(dc, 0), []);
    pairs.push([a, (dc) => sumTo(da(dc), a.shape)]);
  }
  if (typeof b !== "number") {
    const db = (dc: Tensor) =>
      isRecording() ? where(condition, 0, dc) : record("where", pick(0, dc), []);
    pairs.push([b, (dc) => sumTo(db(dc), b.shape)]);
  }
  return record("where", pick(a, b), pairs, { saved: [condition], differentiable: true });
}
