/**
 * Functions of two elements. Each stands here once, in a row: the function, its gradients, what it is
 * in ONNX. All else follows from the row: the function, the method, broadcasting, dtypes. Its kernel is
 * the case of the same name in `assembly/elementwise/binary.ts`.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ADD, DIV, MUL, SUB } from "../device/arithmetic.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import type { BinaryOp } from "../device/kernels.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Binary, binary, float } from "./binary_op.ts";
import { negative } from "./negative.ts";
import type { Operand } from "./operand.ts";

/** The methods that tensors have of them, each of its function's name. */
export interface BinaryMethods {
  /** this + other, broadcasting. */
  add(other: Operand): Tensor;
  /** this / other, broadcasting; always float32. */
  div(other: Operand): Tensor;
  /** The larger of this and other. */
  maximum(other: Operand): Tensor;
  /** The smaller of this and other. */
  minimum(other: Operand): Tensor;
  /** this · other by elements, broadcasting. */
  mul(other: Operand): Tensor;
  /** this − other, broadcasting. */
  sub(other: Operand): Tensor;
}

/** a + b. Shapes broadcast; ShapeError where they do not. */
export const add: Binary = binary({
  ...ADD,
  da: (dc) => dc,
  db: (dc) => dc,
  reads: "nothing",
  onnx: "Add",
});

/** a − b. Shapes broadcast; ShapeError where they do not. */
export const sub: Binary = binary({
  ...SUB,
  da: (dc) => dc,
  db: (dc) => negative(dc),
  reads: "nothing",
  onnx: "Sub",
});

/** a · b, element by element. Shapes broadcast; ShapeError where they do not. */
export const mul: Binary = binary({
  ...MUL,
  da: (dc, _a, b) => mul(dc, b),
  db: (dc, a) => mul(dc, a),
  reads: "the other",
  onnx: "Mul",
});

/** a / b as float32, integers too. Shapes broadcast; ShapeError where they do not. */
export const div: Binary = binary({
  ...DIV,
  da: (dc, _a, b) => div(dc, b),
  db: (dc, _a, b, c) => negative(mul(dc, div(c, b))),
  reads: "all",
  onnx: "Div",
});

/** The larger of a and b; where they are equal each gets half of the gradient. NaN wins. */
export const maximum: Binary = binary({
  name: "maximum",
  f: Math.max,
  ofIntegers: Math.max,
  da: (dc, a, b) => whereOver(dc, a, b),
  db: (dc, a, b) => whereOver(dc, b, a),
  reads: "all",
  onnx: "Max",
});

/** The smaller of a and b; where they are equal each gets half of the gradient. NaN wins. */
export const minimum: Binary = binary({
  name: "minimum",
  f: Math.min,
  ofIntegers: Math.min,
  da: (dc, a, b) => whereOver(dc, b, a),
  db: (dc, a, b) => whereOver(dc, a, b),
  reads: "all",
  onnx: "Min",
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
