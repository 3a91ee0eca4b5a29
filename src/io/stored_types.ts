/**
 * The element types that are read from files, and how each becomes one that Glim has.
 *
 * @module
 */
import { convert } from "../core/convert.ts";
import { type DType, DTYPES, NAMES, type RawArray } from "../core/dtype.ts";

/** Makes the error for an element that is out of range. */
export type Refuse = (at: number, element: unknown) => Error;

/** A type as files have it. */
export interface StoredType {
  /** Bytes an element. */
  size: number;
  /** What it becomes. */
  dtype: DType;
  /** What an element must be, where the bytes alone do not ensure it; for messages. */
  range?: string;
  /**
   * Puts all elements of `from`, which may stand at any address, into an array of `dtype`, with no
   * copy between. Throws what `refuse` makes.
   */
  read(from: DataView, littleEndian: boolean, to: RawArray, refuse: Refuse): void;
}

/** The types that are read as another one, by their names in a safetensors file. */
export type StoredCode = "F8_E5M2" | "F8_E4M3" | "I16" | "U16" | "U32" | "U64";

const CONVERTED: Readonly<Record<StoredCode, StoredType>> = {
  F8_E5M2: { size: 1, dtype: "float32", read: readE5M2 },
  F8_E4M3: { size: 1, dtype: "float32", read: readE4M3 },
  I16: { size: 2, dtype: "int32", read: each((from, at, little) => from.getInt16(2 * at, little)) },
  U16: {
    size: 2,
    dtype: "int32",
    read: each((from, at, little) => from.getUint16(2 * at, little)),
  },
  U32: {
    size: 4,
    dtype: "int32",
    range: "a uint32 is read as int32, up to 2^31 - 1",
    read: readU32,
  },
  U64: {
    size: 8,
    dtype: "int32",
    range: "a uint64 is read as int32, up to 2^31 - 1",
    read: readU64,
  },
};

/** All types that are read, by their names in a safetensors file. */
export const STORED: Readonly<Record<string, StoredType>> = {
  ...CONVERTED,
  ...Object.fromEntries(NAMES.map((dtype): [string, StoredType] => {
    const { safetensors, bytes: size, kind } = DTYPES[dtype];
    if (kind !== "bool") return [safetensors, { size, dtype, read: copy }];
    return [safetensors, { size, dtype, range: "a bool is 0 or 1", read: readBool }];
  })),
};

/** Whether a type is read as another one. */
export function isConverted(code: string): code is StoredCode {
  return DTYPES[STORED[code]!.dtype].safetensors !== code;
}

/** The bytes of an array. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Elements that are in the file as in memory, but for their order of bytes. */
function copy(from: DataView, littleEndian: boolean, to: RawArray): void {
  const bytes = bytesOf(to);
  bytes.set(bytesOf(from));
  if (littleEndian || to.BYTES_PER_ELEMENT === 1) return;
  const size = to.BYTES_PER_ELEMENT;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Elements that fit whatever their bits are. */
function each(
  get: (from: DataView, at: number, littleEndian: boolean) => number,
): StoredType["read"] {
  return (from, littleEndian, to) => {
    for (let i = 0; i < to.length; i++) to[i] = get(from, i, littleEndian);
  };
}

/** float8 with 5 bits of exponent and 2 of fraction: the upper half of a float16. */
function readE5M2(from: DataView, _littleEndian: boolean, to: Float32Array): void {
  convert("float16", Uint16Array.from(bytesOf(from), (byte) => byte << 8), "float32", to);
}

/** float8 with 4 bits of exponent and 3 of fraction; all seven set are NaN, and there is no infinity. */
function readE4M3(from: DataView, _littleEndian: boolean, to: Float32Array): void {
  for (let i = 0; i < to.length; i++) {
    const byte = from.getUint8(i);
    const exponent = byte >> 3 & 15, fraction = byte & 7;
    const size = exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10);
    to[i] = (byte & 127) === 127 ? NaN : byte > 127 ? -size : size;
  }
}

function readU32(from: DataView, littleEndian: boolean, to: Int32Array, refuse: Refuse): void {
  for (let i = 0; i < to.length; i++) {
    const value = from.getUint32(4 * i, littleEndian);
    if (value > 0x7fffffff) throw refuse(i, value);
    to[i] = value;
  }
}

function readU64(from: DataView, littleEndian: boolean, to: Int32Array, refuse: Refuse): void {
  for (let i = 0; i < to.length; i++) {
    const value = from.getBigUint64(8 * i, littleEndian);
    if (value > 0x7fffffffn) throw refuse(i, value);
    to[i] = Number(value);
  }
}

function readBool(from: DataView, _littleEndian: boolean, to: Uint8Array, refuse: Refuse): void {
  const bytes = bytesOf(from);
  const at = bytes.findIndex((byte) => byte > 1);
  if (at >= 0) throw refuse(at, bytes[at]);
  to.set(bytes);
}
