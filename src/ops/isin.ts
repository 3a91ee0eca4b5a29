/**
 * Whether elements are among others.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { fill, look } from "../device/transfer.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkOperand, checkSameDevice } from "./check.ts";
import { eq, gt } from "./compare.ts";
import { logicalAnd, logicalNot } from "./logical.ts";
import { filled, type Operand } from "./operand.ts";
import { sort } from "./order.ts";
import { contiguous, reshape } from "./view.ts";
import { searched } from "./searchsorted.ts";

/** Options of {@link isin}. */
export interface IsinOptions {
  /** A promise that all are different, which is not needed. Default: false. */
  assumeUnique?: boolean;
  /** True where an element is none of them. Default: false. */
  invert?: boolean;
}

const ISIN: Kinds<IsinOptions> = { assumeUnique: flag, invert: flag };

/** Whether each element is one of others: bool. Either may be a number. */
export function isin(elements: Operand, others: Operand, options: IsinOptions = {}): Tensor {
  atMost(3, arguments.length, "isin(elements, others, options)");
  const { invert = false } = checkOptions("isin", options, ISIN);
  checkOperand("isin", elements, "the elements");
  checkOperand("isin", others, "the others");
  const listOf = (x: Operand) =>
    typeof x === "number" ? [x] : look("isin", contiguous(x)) as Float32Array;
  const like = typeof elements !== "number" ? elements : others;
  if (typeof like === "number") {
    throw new TypeError("isin: one of the two must be a tensor: both are numbers");
  }
  if (typeof others !== "number") checkSameDevice("isin", others, like, "the others");
  if (kernelsOf(like).search !== undefined) {
    const { device } = like.storage;
    const own = (x: Operand) =>
      typeof x === "number" ? record("isin", filled(device, [], x, "float32"), []) : x;
    return isinOrder(own(elements), own(others), invert);
  }
  const known = new Set<number>();
  for (const value of listOf(others) as Iterable<number>) if (value === value) known.add(value);
  const from = listOf(elements);
  const out = alloc(like, typeof elements === "number" ? [] : elements.shape, "bool");
  fill(out, (to) => {
    for (let i = 0; i < from.length; i++) to[i] = known.has(from[i]!) !== invert ? 1 : 0;
  });
  return record("isin", out, []);
}

/** The same by the order of the others: more are no larger than an element than come before it. */
function isinOrder(elements: Tensor, others: Tensor, invert: boolean): Tensor {
  const order = sort(reshape(others.detach(), [-1])).values;
  const count = (right: boolean) => searched("isin", order, elements, right);
  const found = logicalAnd(gt(count(true), count(false)), eq(elements, elements)); // NaN is none
  return invert ? logicalNot(found) : found;
}
