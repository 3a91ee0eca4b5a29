/**
 * What tensors of bools choose, and where something is.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { canLook } from "../device/transfer.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { axisOrFirst, broadcastShape, sameShape } from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkComputes, checkOperand, checkSameDevice, checkTensor } from "./check.ts";
import { chosen, inside, truePositions } from "./indexed.ts";
import { checkChange } from "./inplace.ts";
import { isRewritten, rewrite } from "./rewrite.ts";
import { elementOf, type Operand } from "./operand.ts";
import { scatter } from "./scatter.ts";
import { gather, indices, pickAt } from "./select.ts";
import { expand } from "./sum.ts";
import { toDevice } from "./to.ts";
import { unseenBy } from "./unseen.ts";
import { narrow, reshape } from "./view.ts";
import { where } from "./where.ts";

function checkMask(op: string, mask: Tensor): void {
  checkTensor(op, mask, "the mask");
  if (mask.dtype === "bool") return;
  throw new DTypeError(`${op}: the mask must be bool: it is ${mask.dtype}: convert by bool()`);
}

/** A fill value, a number or a scalar, as a tensor of x's dtype. */
function scalarOf(op: string, x: Tensor, value: Operand | boolean): Tensor {
  if (typeof value === "boolean") value = Number(value);
  checkOperand(op, value, "the value");
  if (typeof value !== "number") {
    if (value.numel === 1 && value.ndim === 0) return cast(value, x.dtype);
    throw new ShapeError(`${op}: the value must be a scalar: it is ${show(value.shape)}`);
  }
  const out = alloc(x, [], x.dtype);
  kernelsOf(out).fill(out, elementOf(op, value, x.dtype));
  return record(op, out, []);
}

/** x, but a value where the mask is true, both broadcast. The value is a number, a boolean or a scalar. */
export function maskedFill(x: Tensor, mask: Tensor, value: Operand | boolean): Tensor {
  atMost(3, arguments.length, "maskedFill(x, mask, value)");
  return inNameOf("maskedFill", () => {
    checkComputes("maskedFill", x);
    checkMask("maskedFill", mask);
    if (typeof value === "number" && x.dtype === "float32") return where(mask, value, x);
    return where(mask, scalarOf("maskedFill", x, value), x);
  });
}

/** x ← a value where the mask, which broadcasts to it, is true. */
export function maskedFill_(x: Tensor, mask: Tensor, value: Operand | boolean): Tensor {
  atMost(3, arguments.length, "maskedFill_(x, mask, value)");
  checkComputes("maskedFill_", x);
  checkMask("maskedFill_", mask);
  const filling = scalarOf("maskedFill_", x, value);
  if (!sameShape(broadcastShape("maskedFill_", x.shape, mask.shape), x.shape)) {
    throw new ShapeError(
      `maskedFill_: the mask must broadcast to the tensor: it is ${show(mask.shape)}, the tensor ` +
        show(x.shape),
    );
  }
  if (isRewritten("maskedFill_", x, filling)) {
    return rewrite("maskedFill_", x, (x) => maskedFill(x, mask, filling));
  }
  checkChange("maskedFill_", x);
  kernelsOf(x).copy(where(mask, filling, x), x);
  return x;
}

/** The elements of x where the mask is true, as a vector; both broadcast. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  atMost(2, arguments.length, "maskedSelect(x, mask)");
  checkTensor("maskedSelect", x);
  checkMask("maskedSelect", mask);
  const isSeen = canLook(mask) && !canLook(x); // as an index, it may be on the CPU
  if (!isSeen) checkSameDevice("maskedSelect", mask, x, "the mask");
  const shape = broadcastShape("maskedSelect", x.shape, mask.shape);
  const all = sameShape(x.shape, shape) ? x : expand(x, shape);
  const flags = sameShape(mask.shape, shape) ? mask : expand(mask, shape);
  const known = isSeen ? null : chosen("maskedSelect", all, flags);
  if (known !== null) return known;
  const at = truePositions(
    "maskedSelect",
    flags,
    "give the host the mask, x may stay: write x.maskedSelect(await mask.cpu())",
  );
  return pickAt("maskedSelect", reshape(all, [-1]), 0, toDevice(at, x.storage.device));
}

/** A copy of x in which the elements of a source, one after the other, stand where the mask is true. */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  atMost(3, arguments.length, "maskedScatter(x, mask, source)");
  checkTensor("maskedScatter", x);
  checkMask("maskedScatter", mask);
  checkComputes("maskedScatter", source, "the source");
  const shape = broadcastShape("maskedScatter", x.shape, mask.shape);
  const chosen = sameShape(mask.shape, shape) ? mask : expand(mask, shape);
  const all = sameShape(x.shape, shape) ? x : expand(x, shape);
  const unseen = unseenBy(mask);
  if (unseen !== undefined) return unseen.maskedScatter(all, chosen, cast(source, x.dtype));
  const places = truePositions("maskedScatter", chosen);
  if (source.numel < places.numel) throw tooFew(source.numel, places.numel);
  const from = narrow(reshape(cast(source, x.dtype), [-1]), 0, 0, places.numel);
  return reshape(scatter(reshape(all, [-1]), 0, places, from), shape);
}

function tooFew(n: number, needed: number): ShapeError {
  return new ShapeError(
    `maskedScatter: the source must have an element for each that is true: there are ${n} for ` +
      needed,
  );
}

/** The elements of x, as a vector, at the positions in an index, in its shape. Negative ones count from the end. */
export function take(x: Tensor, index: Tensor): Tensor {
  atMost(2, arguments.length, "take(x, index)");
  checkTensor("take", x);
  checkTensor("take", index, "the index");
  const at = reshape(indices("take", index), [-1]);
  return reshape(
    pickAt("take", reshape(x, [-1]), 0, inside("take", reshape(x, [-1]), 0, at)),
    index.shape,
  );
}

/**
 * `gather` by an index that broadcasts with x but for the dimension, as `argmax` and `argsort` give it.
 * Without a dimension x counts as a vector.
 */
export function takeAlongDim(x: Tensor, index: Tensor, dim?: number): Tensor {
  atMost(3, arguments.length, "takeAlongDim(x, index, dim)");
  const op = "takeAlongDim";
  checkTensor(op, x);
  checkTensor(op, index, "the index");
  if (dim === undefined) return takeAlongDim(reshape(x, [-1]), reshape(index, [-1]), 0);
  const axis = axisOrFirst(op, dim, x.ndim);
  if (x.ndim !== index.ndim) {
    throw new ShapeError(
      `${op}: x and the index must have as many dimensions: they are ${show(x.shape)} and ` +
        show(index.shape),
    );
  }
  const others = broadcastShape(op, x.shape.with(axis, 1), index.shape.with(axis, 1));
  const wide = (t: Tensor): Tensor => {
    const shape = others.with(axis, t.shape[axis]!);
    return sameShape(t.shape, shape) ? t : expand(t, shape);
  };
  return gather(wide(x), axis, inside(op, x, axis, indices(op, wide(index))));
}
