/** Functions of single elements and of pairs, which broadcast. */
import { binary, binaryI32, cast, clamp as clampOne, compare, unary } from "../elementwise.ts";
import {
  array,
  broadcastPositions,
  broadcastShape,
  count,
  type Dtype,
  filled,
  type NDArray,
  need,
} from "./array.ts";

/** An array, or a number that stands for one of its value. */
export type Operand = NDArray | number;

/** f of each element, as float32. */
export function mapped(x: NDArray, f: (x: number) => number, dtype: Dtype = "float32"): NDArray {
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(x.data[i]!);
  return array(x.shape, data, dtype);
}

/** f of each pair of elements. */
export function zipped(
  a: NDArray,
  b: NDArray,
  f: (a: number, b: number) => number,
  dtype: Dtype = "float32",
): NDArray {
  const shape = broadcastShape(a.shape, b.shape);
  const p = broadcastPositions(a.shape, shape), q = broadcastPositions(b.shape, shape);
  const data = new Float64Array(count(shape));
  for (let i = 0; i < data.length; i++) data[i] = f(a.data[p[i]!]!, b.data[q[i]!]!);
  return array(shape, data, dtype);
}

/** Whether it counts as an integer. */
export function isInt(x: Operand): boolean {
  return typeof x === "number" ? Number.isInteger(x) : x.dtype !== "float32";
}

/** An operand as an array. */
export function asArray(x: Operand): NDArray {
  return typeof x === "number" ? filled([], x, isInt(x) ? "int32" : "float32") : x;
}

/** A function of single elements. */
export type Single = (x: NDArray) => NDArray;

/** A function of pairs of elements. */
export type Pairwise = (a: Operand, b: Operand) => NDArray;

function single(name: string): Single {
  return (x) => {
    need(x.dtype === "float32", `${name} of ${x.dtype}`);
    return mapped(x, unary[name]!);
  };
}

function pairwise(name: string): Pairwise {
  return (a, b) => {
    const whole = isInt(a) && isInt(b) && name in binaryI32;
    const f = whole ? binaryI32[name]! : binary[name]!;
    return zipped(asArray(a), asArray(b), f, whole ? "int32" : "float32");
  };
}

function comparison(name: string): Pairwise {
  const f = compare[name]!;
  return (a, b) => zipped(asArray(a), asArray(b), (x, y) => f(x, y) ? 1 : 0, "bool");
}

export const neg: Single = single("neg");
export const exp: Single = single("exp");
export const log: Single = single("log");
export const abs: Single = single("abs");
export const sqrt: Single = single("sqrt");
export const relu: Single = single("relu");
export const tanh: Single = single("tanh");
export const sigmoid: Single = single("sigmoid");
export const silu: Single = single("silu");

/** x Φ(x), or its approximation. */
export function gelu(x: NDArray, { approximate = "none" }: { approximate?: string } = {}): NDArray {
  return single(approximate === "tanh" ? "geluTanh" : "gelu")(x);
}

/** x, or a share of it where it is negative. */
export function leakyRelu(x: NDArray, negativeSlope = 0.01): NDArray {
  return mapped(x, (x) => x > 0 ? x : x * negativeSlope);
}

export const add: Pairwise = pairwise("add");
export const sub: Pairwise = pairwise("sub");
export const mul: Pairwise = pairwise("mul");
export const div: Pairwise = pairwise("div");
export const pow: Pairwise = pairwise("pow");
export const maximum: Pairwise = pairwise("maximum");
export const minimum: Pairwise = pairwise("minimum");

export const eq: Pairwise = comparison("eq");
export const ne: Pairwise = comparison("ne");
export const gt: Pairwise = comparison("gt");
export const lt: Pairwise = comparison("lt");
export const ge: Pairwise = comparison("ge");
export const le: Pairwise = comparison("le");

/** x between bounds. */
export function clamp(
  x: NDArray,
  { min = -Infinity, max = Infinity }: { min?: number; max?: number },
): NDArray {
  return mapped(x, (x) => clampOne(x, min, max));
}

/** a where the condition holds, else b. */
export function where(condition: NDArray, a: Operand, b: Operand): NDArray {
  need(condition.dtype === "bool", `a condition of ${condition.dtype}`);
  const [x, y] = [asArray(a), asArray(b)];
  const shape = broadcastShape(condition.shape, x.shape, y.shape);
  const p = broadcastPositions(condition.shape, shape);
  const [q, r] = [x, y].map((z) => broadcastPositions(z.shape, shape)) as [Int32Array, Int32Array];
  const data = new Float64Array(count(shape));
  for (let i = 0; i < data.length; i++) {
    data[i] = condition.data[p[i]!] !== 0 ? x.data[q[i]!]! : y.data[r[i]!]!;
  }
  const tensors = typeof a !== "number" && typeof b !== "number";
  const dtype = tensors && a.dtype === b.dtype
    ? a.dtype
    : isInt(a) && isInt(b)
    ? "int32"
    : "float32";
  return array(shape, data, dtype);
}

/** Another dtype. */
export function to(x: NDArray, dtype: Dtype): NDArray {
  // float64 stands for float32
  const f = dtype === "float32" ? (x: number) => x : (x: number) => cast(x, dtype);
  return x.dtype === dtype ? x : mapped(x, f, dtype);
}
