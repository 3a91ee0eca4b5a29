/**
 * Element types: one table with a row each. Whatever depends on a dtype is read from its row, so that
 * one more is one more row.
 *
 * @module
 */
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
}

/** Element types. `bool` is a byte that is 0 or 1. */
export type DType = keyof RawTypes;

/** A tensor's elements: a copy, unless it says otherwise. */
export type TypedArray<B extends ArrayBufferLike = ArrayBuffer> =
  | Float32Array<B>
  | Int32Array<B>
  | Uint8Array<B>;

/** What is known of a dtype whose elements stand in an array of type A. */
export interface Row<A> {
  /** The array of its elements as they lie in memory. */
  readonly array: {
    readonly name: string;
    new (length: number): A;
    new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): A;
  };
  /** Bytes of one element. */
  readonly bytes: number;
  /** Of two kinds floats come first in arithmetic, then integers. */
  readonly kind: "bool" | "int" | "float";
  /** Of one kind, a higher rank holds what a lower one holds; of equal ranks neither does. */
  readonly rank: number;
  /** The least and the most that an element can be. */
  readonly range: readonly [least: number, most: number];
  /** What safetensors files call it. */
  readonly safetensors: string;
  /** What NumPy calls it, without the order of bytes. */
  readonly npy: string;
  /** ONNX's number of it. */
  readonly onnx: number;
}

/** The largest float32. */
const F32 = (2 - 2 ** -23) * 2 ** 127;

/** The table, in the order of kernels' codes: `Dtype` in `assembly/ops.ts`. */
// deno-fmt-ignore
export const DTYPES: { readonly [D in DType]: Row<RawTypes[D]> } = {
  float32: { array: Float32Array, bytes: 4, kind: "float", rank: 2, range: [-F32, F32],               safetensors: "F32",  npy: "f4", onnx: 1 },
  int32:   { array: Int32Array,   bytes: 4, kind: "int",   rank: 3, range: [-(2 ** 31), 2 ** 31 - 1], safetensors: "I32",  npy: "i4", onnx: 6 },
  uint8:   { array: Uint8Array,   bytes: 1, kind: "int",   rank: 1, range: [0, 255],                  safetensors: "U8",   npy: "u1", onnx: 2 },
  bool:    { array: Uint8Array,   bytes: 1, kind: "bool",  rank: 0, range: [0, 1],                    safetensors: "BOOL", npy: "b1", onnx: 9 },
};

/** The names of all dtypes, in the order of the table. */
export const NAMES: readonly DType[] = Object.keys(DTYPES) as DType[];

/** Bytes of one element. */
export const BYTES: Readonly<Record<DType, number>> = fromTable(({ bytes }) => bytes);

/** Something for each dtype, made of its row and its place in the table. */
export function fromTable<T>(
  of: (row: Row<unknown>, place: number) => T,
): Readonly<Record<DType, T>> {
  const entries = NAMES.map((dtype, place) => [dtype, of(DTYPES[dtype], place)]);
  return Object.fromEntries(entries) as Record<DType, T>;
}

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
  ...Object.fromEntries(NAMES.toReversed().map((dtype) => [DTYPES[dtype].array.name, dtype])),
  Uint8ClampedArray: "uint8",
  Float64Array: "float32",
};

/** The dtype of a typed array's elements. DTypeError where it is none, or has elements of no dtype. */
export function arrayDType(op: string, array: ArrayBufferView): DType {
  const tag = ArrayBuffer.isView(array) ? (array as TypedArray)[Symbol.toStringTag] : "";
  if (Object.hasOwn(ARRAYS, tag)) return ARRAYS[tag]!;
  const known = Object.keys(ARRAYS).join(", ");
  throw new DTypeError(`${op}: the array must be one of ${known}: it is ${describe(array)}`);
}

/**
 * The dtype of a new tensor where none is asked for: that of a typed array's elements, float32 of
 * numbers in lists, bool of booleans.
 */
export function defaultDType(op: string, values: ArrayBufferView | readonly unknown[]): DType {
  if (!Array.isArray(values)) return arrayDType(op, values as ArrayBufferView);
  const areBooleans = values.length > 0 && values.every((value) => typeof value === "boolean");
  return areBooleans ? "bool" : "float32";
}
