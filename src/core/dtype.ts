/**
 * Element types: one table with a row each. Whatever depends on a dtype is read from its row, so that
 * one more is one more row.
 *
 * @module
 */
import * as codec from "./codec.ts";
import type { Codec } from "./codec.ts";
import { DTypeError } from "./errors.ts";
import { describe } from "./options.ts";

/** Each dtype, with the array of its elements as they lie in memory and in files. */
export interface RawTypes {
  /** The one that has gradients. */
  float32: Float32Array;
  /** What arithmetic makes of integers and bools. */
  int32: Int32Array;
  /** Bytes, as images have. */
  uint8: Uint8Array;
  /** A byte that is 0 or 1. */
  bool: Uint8Array;
  /** A sign, 5 bits of exponent, 10 of fraction: its bits. */
  float16: Uint16Array;
  /** The upper half of a float32: its bits. */
  bfloat16: Uint16Array;
  /** Bytes with a sign. */
  int8: Int8Array;
  /** What NumPy makes of numbers. */
  float64: Float64Array;
  /** What PyTorch makes of whole numbers. */
  int64: BigInt64Array;
}

/**
 * Element types. Ops compute in float32, int32, uint8 and bool (a byte that is 0 or 1); the others
 * are stored, moved and converted.
 */
export type DType = keyof RawTypes;

/** The elements of a dtype, whichever it is, as they lie in memory. */
export type RawArray = RawTypes[DType];

/** A tensor's elements where they are numbers, as of all dtypes but int64; a copy. */
export type TypedArray<B extends ArrayBufferLike = ArrayBuffer> =
  | Float32Array<B>
  | Float64Array<B>
  | Float16Array<B>
  | Int32Array<B>
  | Int8Array<B>
  | Uint8Array<B>;

/** Arrays whose elements have a dtype. */
export type DataArray =
  | Float32Array
  | Float64Array
  | Float16Array
  | Int32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | BigInt64Array;

/** What is known of a dtype whose elements stand in an array of type A. */
export interface Row<A> extends Codec<A> {
  /** The array of its elements as they lie in memory. */
  readonly array: {
    readonly name: string;
    new (length: number): A;
    new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): A;
  };
  /** Bytes of one element. */
  readonly bytes: number;
  /** Whether ops compute in it. */
  readonly computes?: true;
  /** Of two kinds floats come first in arithmetic, then integers. */
  readonly kind: "bool" | "int" | "float";
  /** Of one kind, a higher rank holds what a lower one holds; of equal ranks neither does. */
  readonly rank: number;
  /** The least and the most that an element can be. */
  readonly range: readonly [least: number, most: number];
  /** What safetensors files call it. */
  readonly safetensors: string;
  /** What NumPy calls it, without the order of bytes; null: it has no such type. */
  readonly npy: string | null;
  /** ONNX's number of it. */
  readonly onnx: number;
  /** JavaScript's array of it where `array` has but its bits; null: there is none, or not here. */
  readonly numbers?: NumbersArray | null;
}

type NumbersArray = { readonly name: string; new (buffer: ArrayBufferLike): TypedArray };

/** The largest float32, and the largest bfloat16. */
const F32 = (2 - 2 ** -23) * 2 ** 127, BF16 = (2 - 2 ** -7) * 2 ** 127;
const F64 = Number.MAX_VALUE;
/** The largest int64 that is a number. */
const I64 = 2 ** 63 - 1024;
const HALF = (typeof Float16Array === "undefined" ? null : Float16Array) as NumbersArray | null;

/** The table. Kernels compute in those of `Dtype` in `assembly/ops.ts`. */
// deno-fmt-ignore
export const DTYPES: { readonly [D in DType]: Row<RawTypes[D]> } = {
  float32:  { array: Float32Array,  bytes: 4, kind: "float", rank: 2, range: [-F32, F32],               safetensors: "F32",  npy: "f4", onnx: 1, computes: true },
  int32:    { array: Int32Array,    bytes: 4, kind: "int",   rank: 3, range: [-(2 ** 31), 2 ** 31 - 1], safetensors: "I32",  npy: "i4", onnx: 6, computes: true, ...codec.int32 },
  uint8:    { array: Uint8Array,    bytes: 1, kind: "int",   rank: 1, range: [0, 255],                  safetensors: "U8",   npy: "u1", onnx: 2, computes: true },
  bool:     { array: Uint8Array,    bytes: 1, kind: "bool",  rank: 0, range: [0, 1],                    safetensors: "BOOL", npy: "b1", onnx: 9, computes: true, ...codec.bool },
  float16:  { array: Uint16Array,   bytes: 2, kind: "float", rank: 1, range: [-65504, 65504],           safetensors: "F16",  npy: "f2", onnx: 10, numbers: HALF, ...codec.float16 },
  bfloat16: { array: Uint16Array,   bytes: 2, kind: "float", rank: 1, range: [-BF16, BF16],             safetensors: "BF16", npy: null, onnx: 16, numbers: null, ...codec.bfloat16 },
  int8:     { array: Int8Array,     bytes: 1, kind: "int",   rank: 1, range: [-128, 127],               safetensors: "I8",   npy: "i1", onnx: 3 },
  float64:  { array: Float64Array,  bytes: 8, kind: "float", rank: 3, range: [-F64, F64],               safetensors: "F64",  npy: "f8", onnx: 11 },
  int64:    { array: BigInt64Array, bytes: 8, kind: "int",   rank: 4, range: [-(2 ** 63), I64],         safetensors: "I64",  npy: "i8", onnx: 7, ...codec.int64 },
};

/** The names of all dtypes, in the order of the table. */
export const NAMES: readonly DType[] = Object.keys(DTYPES) as DType[];

/** Bytes of one element. */
export const BYTES: Readonly<Record<DType, number>> = Object.fromEntries(
  NAMES.map((dtype) => [dtype, DTYPES[dtype].bytes]),
) as Record<DType, number>;

/** A dtype that was checked to be one; DTypeError if it is not. */
export function checkDType(op: string, dtype: DType): DType {
  if (typeof dtype === "string" && Object.hasOwn(DTYPES, dtype)) return dtype;
  throw new DTypeError(
    `${op}: dtype must be one of ${NAMES.join(", ")}: it is ${describe(dtype)}`,
  );
}

/** Kinds in the order in which they win. */
const KINDS = ["bool", "int", "float"];

/**
 * The dtype that holds what two hold, by PyTorch's table. (int16, which PyTorch has for uint8 and
 * int8, is int32 here.)
 */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const { kind, rank } = DTYPES[a];
  const other = DTYPES[b];
  if (kind !== other.kind) return KINDS.indexOf(kind) > KINDS.indexOf(other.kind) ? a : b;
  if (rank !== other.rank) return rank > other.rank ? a : b;
  const higher = NAMES.filter((name) => DTYPES[name].kind === kind && DTYPES[name].rank > rank);
  return higher.reduce((least, name) => DTYPES[name].rank < DTYPES[least].rank ? name : least);
}

/** The dtype in which ops compute with a dtype: integers and bools become int32. */
export function computedIn(dtype: DType): "float32" | "int32" {
  return DTYPES[dtype].kind === "float" ? "float32" : "int32";
}

/** The dtypes of typed arrays, by what these call themselves in whatever realm. */
const ARRAYS: Readonly<Record<string, DType>> = {
  ...Object.fromEntries(
    NAMES.toReversed().flatMap((dtype) => { // the first of several counts
      const { array, numbers = array } = DTYPES[dtype];
      return numbers === null ? [] : [[numbers.name, dtype]];
    }),
  ),
  Uint8ClampedArray: "uint8",
};

/** The dtype of a typed array's elements. DTypeError where it is none, or has elements of no dtype. */
export function arrayDType(op: string, array: ArrayBufferView): DType {
  const tag = ArrayBuffer.isView(array) ? (array as TypedArray)[Symbol.toStringTag] : "";
  if (Object.hasOwn(ARRAYS, tag)) return ARRAYS[tag]!;
  const known = Object.keys(ARRAYS).join(", ");
  throw new DTypeError(`${op}: the array must be one of ${known}: it is ${describe(array)}`);
}

/** Whether labels and indices may have a dtype: integers that compute. */
export function isIndex(dtype: DType): boolean {
  const { kind, computes = false } = DTYPES[dtype];
  return kind === "int" && computes;
}

/** Whether a dtype is one that `computedIn` gives; the narrower ones that compute are widened to these. */
export function isComputedIn(dtype: DType): boolean {
  return DTYPES[dtype].computes === true && computedIn(dtype) === dtype;
}

/** Whether int32 holds a number as it is: −0 it does not. */
function isInt32(value: unknown): boolean {
  return typeof value === "boolean" || Object.is(value, (value as number) | 0);
}

/**
 * The dtype of numbers and booleans in lists where none is asked for: bool of booleans, int32 where it
 * holds every one of the numbers as it is, else float32, as of none.
 */
export function dtypeOfValues(values: readonly unknown[]): DType {
  if (values.length === 0) return "float32";
  if (!values.every(isInt32)) return "float32";
  return values.every((value) => typeof value === "boolean") ? "bool" : "int32";
}

/** The dtype of a typed array's elements as a tensor where none is asked for: of float64 float32. */
export function defaultDType(op: string, values: ArrayBufferView): DType {
  const dtype = arrayDType(op, values);
  return dtype === "float64" ? "float32" : dtype;
}
