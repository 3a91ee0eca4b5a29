/**
 * Functions of two elements. Each stands here once, in a row: the function and its gradients. All else
 * follows from the row: the op, the method, broadcasting, dtypes. Its kernel is the case of the same name in
 * `assembly/elementwise/binary.ts`.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ADD, DIV, MUL, SUB } from "../device/arithmetic.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import type { BinaryOp } from "../device/kernels.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { atMost, check, checkOptions, type Kinds, number, oneOf, orNull } from "../core/options.ts";
import { type Binary, binary, float } from "./binary_op.ts";
import { checkOperand } from "./check.ts";
import { inNameOf } from "./in_name_of.ts";
import { negative } from "./negative.ts";
import type { Operand } from "./operand.ts";
import { floorQuotient, nonZero } from "./whole_quotient.ts";
/** The methods that tensors have of them, each of its function's name. */
export interface BinaryMethods {
  /** this + alpha · other, broadcasting. */
  add(other: Operand, alpha?: number): Tensor;
  /** this / other, broadcasting; float32, or rounded to whole numbers. */
  div(other: Operand, options?: DivOptions): Tensor;
  /** this / other rounded down. */
  floorDivide(other: Operand): Tensor;
  /** The larger of this and other. */
  maximum(other: Operand): Tensor;
  /** The smaller of this and other. */
  minimum(other: Operand): Tensor;
  /** this · other by elements, broadcasting. */
  mul(other: Operand): Tensor;
  /** this − alpha · other, broadcasting. */
  sub(other: Operand, alpha?: number): Tensor;
}

const sum: Binary = binary({
  ...ADD,
  da: (dc) => dc,
  db: (dc) => dc,
  reads: ["", ""],
});

const difference: Binary = binary({
  ...SUB,
  da: (dc) => dc,
  db: (dc) => negative(dc),
  reads: ["", ""],
});

/** a + alpha · b. Shapes broadcast; ShapeError where they do not. */
export function add(a: Operand, b: Operand, alpha = 1): Tensor {
  atMost(3, arguments.length, "add(a, b, alpha)");
  return alpha === 1 ? sum(a, b) : sum(a, scaled("add", b, alpha));
}

/** a − alpha · b. Shapes broadcast; ShapeError where they do not. */
export function sub(a: Operand, b: Operand, alpha = 1): Tensor {
  atMost(3, arguments.length, "sub(a, b, alpha)");
  return alpha === 1 ? difference(a, b) : difference(a, scaled("sub", b, alpha));
}

function scaled(op: string, x: Operand, alpha: number): Operand {
  check(op, "alpha", alpha, number);
  checkOperand(op, x, "b");
  return typeof x === "number" ? x * alpha : inNameOf(op, () => mul(x, alpha));
}

/** a · b, element by element. Shapes broadcast; ShapeError where they do not. */
export const mul: Binary = binary({
  ...MUL,
  da: (dc, _a, b) => mul(dc, b),
  db: (dc, a) => mul(dc, a),
  reads: ["b", "a"],
});

const quotient: Binary = binary({
  ...DIV,
  da: (dc, _a, b) => div(dc, b),
  // not by the quotient, which may be changed in place since
  db: (dc, a, b) => negative(mul(dc, div(div(a, b), b))),
  reads: ["b", "ab"],
});

/** a / b rounded down; of integers an integer. Its gradient is 0. Shapes broadcast. */
export const floorDivide: Binary = binary({
  name: "floorDivide",
  f: floorQuotient,
  ofIntegers: nonZero("floorDivide", (a, b) => Math.floor(a / b)),
  da: (dc) => mul(dc, 0),
  db: (dc) => mul(dc, 0),
  reads: ["", ""],
});

/** a / b without its fraction; of integers an integer. Its gradient is 0. */
const truncDivide: Binary = binary({
  name: "truncDivide",
  f: (a, b) => Math.trunc(Math.fround(a / b)),
  ofIntegers: nonZero("div", (a, b) => Math.trunc(a / b)),
  da: (dc) => mul(dc, 0),
  db: (dc) => mul(dc, 0),
  reads: ["", ""],
});

/** How {@link div} rounds. */
export interface DivOptions {
  /** `"trunc"` towards 0, `"floor"` down: integers stay integers; null: not at all. Default: null. */
  roundingMode?: "trunc" | "floor" | null;
}

const DIV_KINDS: Kinds<DivOptions> = { roundingMode: orNull(oneOf("trunc", "floor")) };

/**
 * a / b as float32, integers too; or rounded to whole numbers, without a gradient. Shapes broadcast;
 * ShapeError where they do not.
 */
export function div(a: Operand, b: Operand, options?: DivOptions): Tensor {
  atMost(3, arguments.length, "div(a, b, { roundingMode })");
  if (options === undefined) return quotient(a, b);
  const { roundingMode = null } = checkOptions("div", options, DIV_KINDS);
  if (roundingMode === null) return quotient(a, b);
  return roundingMode === "floor" ? floorDivide(a, b) : truncDivide(a, b);
}

/** The larger of a and b; where they are equal each gets half of the gradient. NaN wins. */
export const maximum: Binary = binary({
  name: "maximum",
  f: Math.max,
  ofIntegers: Math.max,
  da: (dc, a, b) => whereOver(dc, a, b),
  db: (dc, a, b) => whereOver(dc, b, a),
  reads: ["ab", "ab"],
});

/** The smaller of a and b; where they are equal each gets half of the gradient. NaN wins. */
export const minimum: Binary = binary({
  name: "minimum",
  f: Math.min,
  ofIntegers: Math.min,
  da: (dc, a, b) => whereOver(dc, b, a),
  db: (dc, a, b) => whereOver(dc, a, b),
  reads: ["ab", "ab"],
});

const SHARE: BinaryOp = {
  name: "share",
  cost: 0,
  f: (a, b) => a < b ? 0 : a === b ? 0.5 : 1,
  ofIntegers: null,
};

/** dc where a is over b, half of it where they are equal, else 0; dc beside NaN, too. */
function whereOver(dc: Tensor, a: Operand, b: Operand): Tensor {
  const share = alloc(dc, dc.shape);
  kernelsOf(share).binary(SHARE, float(a), float(b), share);
  return mul(dc, record("share", share, []));
}
