/**
 * Products in WGSL: what is multiplied, and what its kernels share, by tiles (`tiled.ts`) or not
 * (`tiles.ts`).
 *
 * @module
 */
import { RELU_OF } from "./functions.ts";
import type { NumberType } from "./shader.ts";

/**
 * How a thread loads elements of an operand: one by one, or four at once, which lie side by side along
 * k or across it.
 */
export type Form = "single" | "along" | "across";

/**
 * One of the two matrices. Its lines are a's rows and b's columns; element k of line i stands where
 * `place(line(at, i), step(k))` says, counted from the operand's beginning; below 0 it is no element
 * but 0. All are bodies of WGSL functions on three whole numbers each.
 */
export interface Side {
  /** From what `start` gave, `at`, and `i`. */
  readonly line: string;
  /** From `k`. */
  readonly step: string;
  /** From `line` and `step`. */
  readonly place: string;
  /** Whether all elements are there. Default: false. */
  readonly isFull?: boolean;
  /** What is there instead of an element, from `at`, which is below 0. Default: 0. */
  readonly absent?: string;
}

/** What is multiplied. */
export interface Product {
  /** What messages call it. */
  readonly name: string;
  /** The matrices. */
  readonly a: Side;
  /** The other one. */
  readonly b: Side;
  /** Body of a WGSL function: three numbers about matrix `z`. */
  readonly start: string;
  /** Body of a WGSL function: where element (`row`, `col`) of c stands, from `at` likewise. */
  readonly c: string;
  /** What the bodies are told. */
  readonly numbers: Readonly<Record<string, NumberType>>;
  /** And a table. */
  readonly table?: number;
  /** Whether an element of c has that of the next matrix beside it, and not of the next row. */
  readonly isInterleaved?: boolean;
  /** Functions that the bodies call. */
  readonly declarations?: string;
}

/** What each product is told, before its own numbers. */
export const TOLD = {
  m: "u32",
  n: "u32",
  k: "u32",
  matrices: "u32",
  first: "u32", // matrix of this call
  parts: "u32", // of k
  each: "u32", // elements of k of a part
  extras: "u32", // see below
  biasStep: "u32", // from a matrix's bias to the next one's
} as const;

/** What comes on top of a product, and how it is written. */
export const BIAS = 1, ACCUMULATE = 2, IN_PARTS = 4, BY_FOURS = 8, RELU = 16;

/** The functions of both sides, and what writes an element. */
export function functionsOf({ a, b, start, c, declarations = "" }: Product): string {
  const side = (x: string, { line, step, place }: Side) => `
fn ${x}_line(at: vec3<u32>, i: u32) -> vec3<i32> { ${line} }
fn ${x}_step(k: u32) -> vec3<i32> { ${step} }
fn ${x}_place(line: vec3<i32>, step: vec3<i32>) -> i32 { ${place} }`;
  return `${declarations}${side("a", a)}${side("b", b)}
fn start(z: u32) -> vec3<u32> { ${start} }
${RELU_OF}
fn place_of(at: vec3<u32>, row: u32, col: u32) -> u32 { ${c} }
fn finish(z: u32, at: vec3<u32>, row: u32, col: u32, sum: f32) {
  let place = place_of(at, row, col);
  var value = sum;
  if ((p.extras & ${BIAS}u) != 0u) { value += bias_at(z * p.biasStep + col); }
  if ((p.extras & ${ACCUMULATE}u) != 0u) { value += c_at(place); }
  if ((p.extras & ${RELU}u) != 0u) { value = relu_of(value); }
  set_c(place, value);
}
fn place_in_part(part: u32, z: u32, row: u32, col: u32) -> u32 {
  return ((part * p.matrices + z) * p.m + row) * p.n + col;
}
`;
}

/** Reads an operand in a form: by `X_read(line, step)`. */
export function reading(x: string, { absent = "0.0", isFull = false }: Side, form: Form): string {
  const [type, none, index] = form === "single"
    ? ["f32", absent, "u32(at)"]
    : ["vec4<f32>", `vec4<f32>(${absent}, 0.0, 0.0, 0.0)`, "u32(at) >> 2u"];
  return `
fn ${x}_read(line: vec3<i32>, step: vec3<i32>) -> ${type} {
  let at = ${x}_place(line, step);
  ${isFull ? "" : `if (at < 0) { return ${none}; }`}
  return ${x}_at(${index});
}`;
}

/** 0 … n − 1. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
