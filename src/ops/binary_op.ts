/**
 * How a function of two elements becomes an op, with NumPy's broadcasting: it is declared once, by a
 * row, and what follows from that is the same for all of them. Operands are tensors or numbers.
 * Integers of any kind give int32 among themselves, where the row says how, bools bool, and both
 * float32 beside a float32. A whole number counts as an integer and must fit into int32 beside one; any
 * other makes float32 of integers.
 *
 * @module
 */
import { isTracked, LINEAR, type Pair, record, type RecordOptions } from "../autograd/autograd.ts";
import { atMost } from "../core/options.ts";
import { broadcastShape, sameShape, type Shape } from "../core/shape.ts";
import { alloc, allocOn, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import type { BinaryOp, CompareOp } from "../device/kernels.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkOperands } from "./check.ts";
import { allocLike, isDense } from "./layout.ts";
import { commonDType, deviceOf, type Operand, operandAs, shapeOf } from "./operand.ts";
import { sumTo } from "./sum.ts";

/** A function of two tensors or numbers, element by element. */
export type Binary = (a: Operand, b: Operand) => Tensor;

/** An operand's gradient as if nothing had been broadcast: from dc, that of the result c. */
export type Slope = (dc: Tensor, a: Operand, b: Operand, c: Tensor) => Tensor;

/** All of an op of two elements. */
export interface BinaryRow extends BinaryOp {
  /** The gradient of a. */
  readonly da: Slope;
  /** The gradient of b. */
  readonly db: Slope;
  /** Whose values da reads, and whose db: the letters of a, b and c. */
  readonly reads: readonly [da: string, db: string];
}

/** A row as it is written: without what is not worth a word. */
export type BinaryDefinition =
  & Omit<BinaryRow, "cost" | "ofIntegers">
  & Partial<Pick<BinaryRow, "cost" | "ofIntegers">>;

/** All of a comparison, which gives bools and has no gradient. */
export type CompareRow = CompareOp;

/** All rows that are defined. */
export const binaryRows: (BinaryRow | CompareRow)[] = [];

/** The op of a row. */
export function binary(definition: BinaryDefinition): Binary {
  const row: BinaryRow = { cost: 0, ofIntegers: null, ...definition };
  binaryRows.push(row);
  return named(row.name, (a, b) => made(row, a, b, arithmetic(row, a, b)));
}

/** The op of a comparison. */
export function comparison(row: CompareRow): Binary {
  binaryRows.push(row);
  return named(row.name, (a, b) => compare(row, a, b));
}

/** An op without gradients, which ONNX has not. */
export function plain(op: BinaryOp): Binary {
  return named(op.name, (a, b) => record(op.name, arithmetic(op, a, b), []));
}

function named(name: string, run: Binary): Binary {
  const call = `${name}(a, b)`;
  const op = function (a: Operand, b: Operand): Tensor {
    atMost(2, arguments.length, call);
    return run(a, b);
  };
  Object.defineProperty(op, "name", { value: name });
  return op;
}

/** The tensor of a row's result. */
export function made(row: BinaryRow, a: Operand, b: Operand, out: Buffer): Tensor {
  return isTracked(a) || isTracked(b) ? recorded(row, a, b, out) : record(row.name, out, []);
}

function recorded(row: BinaryRow, a: Operand, b: Operand, out: Buffer): Tensor {
  const da = (dc: Tensor) => sumTo(row.da(dc, a, b, c), shapeOf(a));
  const db = (dc: Tensor) => sumTo(row.db(dc, a, b, c), shapeOf(b));
  const pairs: Pair[] = !isTracked(a)
    ? [[b as Tensor, db]]
    : isTracked(b)
    ? [[a, da], [b, db]]
    : [[a, da]];
  const c: Tensor = record(row.name, out, pairs, reads(row, a, b, out));
  return c;
}

/** What the gradients that are needed read, and nothing else, so that the rest may change in place. */
function reads({ reads: [da, db] }: BinaryRow, a: Operand, b: Operand, c: Buffer): RecordOptions {
  const read = (isTracked(a) ? da : "") + (isTracked(b) ? db : "");
  if (read === "") return LINEAR;
  const saved: Buffer[] = [];
  if (typeof a !== "number" && read.includes("a")) saved.push(a);
  if (typeof b !== "number" && read.includes("b")) saved.push(b);
  if (read.includes("c")) saved.push(c);
  return { saved, differentiable: true };
}

function compare(row: CompareRow, a: Operand, b: Operand): Tensor {
  const { name } = row;
  checkOperands(name, a, b);
  const shape = broadcastShape(name, shapeOf(a), shapeOf(b));
  const device = deviceOf(a, b);
  const out = allocOn(device, shape, "bool");
  const dtype = commonDType(a, b);
  const as = (x: Operand) => operandAs(name, device, x, dtype, shape);
  kernelsOf(out).compare(row, as(a), as(b), out);
  return record(name, out, []);
}

/** c = op(a, b) in the dtype that the operands call for. */
export function arithmetic(op: BinaryOp, a: Operand, b: Operand): Buffer {
  const { name } = op;
  checkOperands(name, a, b);
  const shape = broadcastShape(name, shapeOf(a), shapeOf(b));
  const device = deviceOf(a, b);
  if (commonDType(a, b) === "int32" && op.ofIntegers !== null) {
    const out = allocOn(device, shape, "int32");
    const x = operandAs(name, device, a, "int32", shape);
    kernelsOf(out).binaryInt(op, x, operandAs(name, device, b, "int32", shape), out);
    return name === "sub" || name === "pow" ? out : narrowed(out, a, b);
  }
  const x = float(a), y = float(b);
  const like = layoutOf(shape, x, y);
  if (like === null) {
    const out = allocOn(device, shape);
    kernelsOf(out).binary(op, x, y, out);
    return out;
  }
  const out = allocLike(like); // elements stand in the same order in all of them: one long vector
  kernelsOf(out).binary(
    op,
    typeof x === "number" ? x : flat(x),
    typeof y === "number" ? y : flat(y),
    flat(out),
  );
  return out;
}

/** What was computed as int32: of two bools bool, all but 0 being true, where PyTorch has the op of them. */
function narrowed(out: Buffer, a: Operand, b: Operand): Buffer {
  if (typeof a === "number" || typeof b === "number") return out;
  if (a.dtype !== "bool" || b.dtype !== "bool") return out;
  const bools = alloc(out, out.shape, "bool");
  kernelsOf(bools).cast(out, bools);
  return bools;
}

/** An operand as float32, of its own shape and strides: the kernel broadcasts. */
export function float(x: Operand): Operand {
  return typeof x === "number" || x.dtype === "float32" ? x : cast(x, "float32");
}

/** The operand whose dense layout, other than row-major, all operands have; null: there is none. */
function layoutOf(shape: Shape, a: Operand, b: Operand): Tensor | null {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number" || like.isContiguous || !isDense(like)) return null;
  const other = typeof a === "number" ? a : b;
  const alike = sameShape(like.shape, shape) && (typeof other === "number" ||
    (sameShape(other.shape, shape) && sameShape(other.strides, like.strides)));
  return alike ? like : null;
}

/** A buffer whose memory is dense as one vector, in the order of memory. */
export function flat(x: Buffer): Buffer {
  return viewOf(x, [x.numel], [1]);
}
