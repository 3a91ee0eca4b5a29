/**
 * How a function of one element becomes an op: it is declared once, by a row, and what follows from
 * that is the same for all of them.
 *
 * @module
 */
import { isRecording, isTracked, record } from "../autograd/autograd.ts";
import { atMost } from "../core/options.ts";
import { type Buffer, kernelsOf } from "../device/buffer.ts";
import type { UnaryOp } from "../device/kernels.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asFloat } from "./cast.ts";
import { checkComputes } from "./check.ts";
import { allocLike, dense, inLayoutOf } from "./layout.ts";

/** A function of one tensor, element by element. */
export type Unary = (x: Tensor) => Tensor;

/** All of an op of one element. */
export interface UnaryRow extends UnaryOp {
  /** What `grad` gets as `saved`. Of `"nothing"` it must not read it. */
  readonly saves: "input" | "output" | "nothing";
  /** The gradient in ops, from dy, x and the result y, so that it has one; without it it has none. */
  readonly gradOps?: (dy: Tensor, x: Tensor, y: Tensor) => Tensor;
  /** What integers give; null: what they give as float32. */
  readonly ofIntegers: Unary | null;
}

/** A row as it is written: without what is not worth a word. */
export type UnaryDefinition =
  & Omit<UnaryRow, "cost" | "ofIntegers" | "kernel">
  & Partial<Pick<UnaryRow, "cost" | "ofIntegers" | "kernel">>;

/** All rows that are defined. */
export const unaryRows: UnaryRow[] = [];

/** A row with its defaults. */
export function unaryRow(definition: UnaryDefinition): UnaryRow {
  const { name } = definition;
  const row: UnaryRow = { kernel: name, cost: 0, ofIntegers: null, ...definition };
  unaryRows.push(row);
  return row;
}

/** The op of a row that is written here. */
export function unary(definition: UnaryDefinition): Unary {
  return unaryOf(unaryRow(definition));
}

/** The op of a row. */
export function unaryOf(row: UnaryRow): Unary {
  const { name, ofIntegers } = row;
  const call = `${name}(x)`;
  const op = function (x: Tensor): Tensor {
    atMost(1, arguments.length, call);
    checkComputes(name, x);
    return x.dtype === "float32" || ofIntegers === null ? apply(row, x) : ofIntegers(x);
  };
  Object.defineProperty(op, "name", { value: name });
  return op;
}

/** A row's function of x, float32, in the layout that x has if that is dense. */
export function apply(row: UnaryRow, x: Tensor): Tensor {
  x = asFloat(row.name, x);
  const input = dense(x);
  const y = allocLike(input);
  kernelsOf(y).unary(row, input, y);
  if (!isTracked(x)) return record(row.name, y, []);
  return recorded(row, x, row.saves === "input" ? input : y, y);
}

/** The tensor of a result y, with the gradient of x. */
export function recorded(row: UnaryRow, x: Tensor, saved: Buffer, y: Buffer): Tensor {
  const isSaving = row.saves !== "nothing";
  const dx = (dy: Tensor) =>
    isRecording() ? row.gradOps!(dy, x, result) : gradientOf(row, isSaving ? saved : dense(dy), dy);
  const result: Tensor = record(row.name, y, [[x, dx]], {
    saved: isSaving ? [row.saves === "input" ? x : saved] : [], // ops read x, not its dense copy
    differentiable: row.gradOps !== undefined,
  });
  return result;
}

/** dx from dy and what was saved. */
export function gradientOf(row: UnaryRow, saved: Buffer, dy: Tensor): Tensor {
  const dx = allocLike(saved);
  kernelsOf(dx).unaryGrad(row, saved, inLayoutOf(saved, dy), dx);
  return record(row.name, dx, []);
}
