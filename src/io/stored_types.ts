/**
 * The element types that are read from files, and how each becomes one that Glim has.
 *
 * @module
 */
import type { RawTypes } from "../core/dtype.ts";

/** Makes the error for an element that is out of range. */
export type Refuse = (at: number, element: unknown) => Error;

/** A type as files have it. */
export interface StoredType {
  /** Bytes an element. */
  size: number;
  /** What it becomes. */
  dtype: keyof RawTypes;
  /** What an element must be, where the bytes alone do not ensure it; for messages. */
  range?: string;
  /**
   * Puts all elements of `from`, which may stand at any address, into an array of `dtype`, with no
   * copy between. Throws what `refuse` makes.
   */
  read(from: DataView, littleEndian: boolean, to: RawTypes[keyof RawTypes], refuse: Refuse): void;
}

/** The types that are read, by their names in a safetensors file. */
export type StoredCode =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E5M2"
  | "F8_E4M3"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

/** The types by their names in a safetensors file. */
export const STORED: Readonly<Record<StoredCode, StoredType>> = {
  F64: {
    size: 8,
    dtype: "float32",
    range: "a float64 is read as float32, up to 3.4e38",
    read: readF64,
  },
  F32: { size: 4, dtype: "float32", read: copy },
  F16: { size: 2, dtype: "float32", read: readF16 },
  BF16: { size: 2, dtype: "float32", read: readBF16 },
  F8_E5M2: { size: 1, dtype: "float32", read: readE5M2 },
  F8_E4M3: { size: 1, dtype: "float32", read: readE4M3 },
  I64: {
    size: 8,
    dtype: "int32",
    range: "an int64 is read as int32, from -2^31 to 2^31 - 1",
    read: readI64,
  },
  I32: { size: 4, dtype: "int32", read: copy },
  I16: { size: 2, dtype: "int32", read: each((from, at, little) => from.getInt16(2 * at, little)) },
  I8: { size: 1, dtype: "int32", read: each((from, at) => from.getInt8(at)) },
  U64: {
    size: 8,
    dtype: "int32",
    range: "a uint64 is read as int32, up to 2^31 - 1",
    read: readU64,
  },
  U32: {
    size: 4,
    dtype: "int32",
    range: "a uint32 is read as int32, up to 2^31 - 1",
    read: readU32,
  },
  U16: {
    size: 2,
    dtype: "int32",
    read: each((from, at, little) => from.getUint16(2 * at, little)),
  },
  U8: { size: 1, dtype: "uint8", read: copy },
  BOOL: { size: 1, dtype: "bool", range: "a bool is 0 or 1", read: readBool },
};

/** The bytes of an array. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Elements that are in the file as in memory, but for their order of bytes. */
function copy(from: DataView, littleEndian: boolean, to: RawTypes[keyof RawTypes]): void {
  const bytes = bytesOf(to);
  bytes.set(bytesOf(from));
  if (littleEndian || to.BYTES_PER_ELEMENT === 1) return;
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
}

function readF64(from: DataView, littleEndian: boolean, to: Float32Array, refuse: Refuse): void {
  for (let i = 0; i < to.length; i++) {
    const wide = from.getFloat64(8 * i, littleEndian);
    to[i] = wide;
    // Infinities and NaN stay what they are; a number that becomes infinite was too large.
    if (Math.abs(to[i]!) === Infinity && Number.isFinite(wide)) throw refuse(i, wide);
  }
}

/**
 * float16: a sign, 5 bits of exponent, 10 of fraction. Moved to where a float32 has its sign,
 * exponent and fraction, they stand for a number 2^112 times too small, as the exponent counts from
 * 15 in one and from 127 in the other.
 */
function readF16(from: DataView, littleEndian: boolean, to: Float32Array): void {
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let i = 0; i < to.length; i++) {
    const half = from.getUint16(2 * i, littleEndian);
    const moved = (half & 0x8000) << 16 | (half & 0x7fff) << 13;
    if ((half & 0x7c00) === 0x7c00) {
      bits[i] = moved | 0x7f800000; // infinities and NaN have all bits of the exponent
    } else {
      bits[i] = moved;
      to[i] = to[i]! * 2 ** 112;
    }
  }
}

/** bfloat16: the upper half of a float32. */
function readBF16(from: DataView, littleEndian: boolean, to: Float32Array): void {
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let i = 0; i < to.length; i++) bits[i] = from.getUint16(2 * i, littleEndian) << 16;
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
function readE5M2(from: DataView, littleEndian: boolean, to: Float32Array): void {
  const wide = new DataView(new ArrayBuffer(2 * to.length));
  for (let i = 0; i < to.length; i++) wide.setUint16(2 * i, from.getUint8(i) << 8, littleEndian);
  readF16(wide, littleEndian, to);
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

/** int64 as two words, which costs less than a BigInt each: it fits where the upper one is sign. */
function readI64(from: DataView, littleEndian: boolean, to: Int32Array, refuse: Refuse): void {
  const [lower, upper] = littleEndian ? [0, 4] : [4, 0];
  for (let i = 0; i < to.length; i++) {
    const low = from.getInt32(8 * i + lower, littleEndian);
    if (from.getInt32(8 * i + upper, littleEndian) !== low >> 31) {
      throw refuse(i, from.getBigInt64(8 * i, littleEndian));
    }
    to[i] = low;
  }
}

function readBool(from: DataView, _littleEndian: boolean, to: Uint8Array, refuse: Refuse): void {
  const bytes = bytesOf(from);
  const at = bytes.findIndex((byte) => byte > 1);
  if (at >= 0) throw refuse(at, bytes[at]);
  to.set(bytes);
}
