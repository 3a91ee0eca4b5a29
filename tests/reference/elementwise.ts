/** Functions of single elements, and of pairs of them. */
import "../../src/ops/mod.ts"; // defines the rows
import { type ActivationRow, activationRows } from "../../src/ops/activation_op.ts";
import { unaryRows } from "../../src/ops/unary_op.ts";
import { GRADIENTS } from "../../src/wasm/formulas.ts";
import { ACTIVATION_OP, UNARY_OP } from "../../build/abi.ts";
import { larger, smaller } from "./values.ts";

const rows = Object.entries(UNARY_OP).sort(([_, a], [__, b]) => a - b).map(([name]) => {
  const row = unaryRows.find((row) => row.kernel === name);
  if (row === undefined) throw new Error(`the kernel ${name} belongs to no op`);
  return row;
});

/** y = f(x), in the order of the kernels' codes. */
export const unary: Record<string, (x: number) => number> = Object.fromEntries(
  rows.map(({ kernel, f }) => [kernel, f]),
);

/** dx from what the op saved (its output or input, as its row says) and dy, where it is no formula. */
export const unaryGrad: Record<string, (saved: number, dy: number) => number> = Object.fromEntries(
  rows.filter(({ kernel }) => !(kernel in GRADIENTS)).map(({ kernel, grad }) => [kernel, grad]),
);

/** Activations with their settings, in the order of the kernels' codes. */
export const activations: ActivationRow[] = Object.keys(ACTIVATION_OP).map((name) => {
  const row = activationRows.find((row) => row.name === name);
  if (row === undefined) throw new Error(`the kernel ${name} belongs to no activation`);
  return row;
});

/** Math.pow, but with IEEE 754's two values that JavaScript has its own mind about. */
function pow(x: number, y: number): number {
  if (x === 1 || x === -1 && Math.abs(y) === Infinity) return 1;
  return Math.pow(x, y);
}

/** c = f(a, b), in the order of the kernels' codes. */
export const binary: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: larger,
  minimum: smaller,
  pow,
  share: (a, b) => a < b ? 0 : a === b ? 0.5 : 1,
};

/** c = f(a, b) on int32, wrapping; the codes are those of `binary`. */
export const binaryI32: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b | 0,
  sub: (a, b) => a - b | 0,
  mul: Math.imul,
  maximum: larger,
  minimum: smaller,
};

/** a ? b, in the order of the kernels' codes. */
export const compare: Record<string, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  gt: (a, b) => a > b,
  lt: (a, b) => a < b,
  ge: (a, b) => a >= b,
  le: (a, b) => a <= b,
  ne: (a, b) => a !== b,
};

/** min(max(x, low), high); NaN stays. */
export function clamp(x: number, low: number, high: number): number {
  return smaller(larger(x, low), high);
}

/** dy where low <= x <= high, else 0. */
export function clampGrad(x: number, dy: number, low: number, high: number): number {
  return x >= low && x <= high ? dy : 0;
}

/** The element types, in the order of the kernels' codes. */
export type Dtype = "float32" | "int32" | "uint8" | "bool";

/** x as another type. */
export function cast(x: number, to: Dtype): number {
  if (to === "bool") return x === 0 ? 0 : 1;
  if (to === "float32") return Math.fround(x);
  if (Number.isNaN(x)) return 0;
  if (to === "int32") return Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 1);
  return Math.abs(x) === Infinity ? 0 : Number(BigInt.asUintN(8, BigInt(Math.trunc(x))));
}
