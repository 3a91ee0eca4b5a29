/**
 * The element types that are read from safetensors files, and how each becomes one that Glim has.
 *
 * @module
 */
import type { RawTypes } from "./raw_tensor.ts";

/** Elements without their shape. */
type Elements = { [T in keyof RawTypes]: { dtype: T; data: RawTypes[T] } }[keyof RawTypes];

/** Makes the error for an element that is out of range. */
type Refuse = (at: number, element: unknown) => Error;

/** A type as files have it. */
export interface StoredType {
  /** Bytes an element. */
  size: number;
  /** What an element must be, where the bytes alone do not ensure it; for messages. */
  range?: string;
  /** Takes over little-endian elements. Throws what `refuse` makes. */
  read(buffer: ArrayBuffer, refuse: Refuse): Elements;
}

/** The types by their names in a file. */
export const STORED: ReadonlyMap<string, StoredType> = new Map<string, StoredType>([
  ["F64", { size: 8, range: "a float64 is read as float32, up to 3.4e38", read: readF64 }],
  ["F32", { size: 4, read: (b) => ({ dtype: "float32", data: new Float32Array(b) }) }],
  ["F16", { size: 2, read: readF16 }],
  ["BF16", { size: 2, read: readBF16 }],
  ["I64", { size: 8, range: "an int64 is read as int32, from -2^31 to 2^31 - 1", read: readI64 }],
  ["I32", { size: 4, read: (b) => ({ dtype: "int32", data: new Int32Array(b) }) }],
  ["U8", { size: 1, read: (b) => ({ dtype: "uint8", data: new Uint8Array(b) }) }],
  ["BOOL", { size: 1, range: "a bool is 0 or 1", read: readBool }],
]);

function readF64(buffer: ArrayBuffer, refuse: Refuse): Elements {
  const wide = new Float64Array(buffer);
  const data = new Float32Array(wide);
  // Infinities and NaN stay what they are; a number that becomes infinite was too large.
  const at = data.findIndex((x, i) => Math.abs(x) === Infinity && x !== wide[i]);
  if (at >= 0) throw refuse(at, wide[at]);
  return { dtype: "float32", data };
}

/** float16: a sign, 5 bits of exponent, 10 of fraction. */
function readF16(buffer: ArrayBuffer): Elements {
  const data = Float32Array.from(new Uint16Array(buffer), (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
  return { dtype: "float32", data };
}

/** bfloat16: the upper half of a float32. */
function readBF16(buffer: ArrayBuffer): Elements {
  const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
  return { dtype: "float32", data: new Float32Array(bits.buffer) };
}

function readI64(buffer: ArrayBuffer, refuse: Refuse): Elements {
  const wide = new BigInt64Array(buffer);
  const data = Int32Array.from(wide, Number); // wraps where it does not fit
  const at = data.findIndex((x, i) => BigInt(x) !== wide[i]);
  if (at >= 0) throw refuse(at, wide[at]);
  return { dtype: "int32", data };
}

function readBool(buffer: ArrayBuffer, refuse: Refuse): Elements {
  const data = new Uint8Array(buffer);
  const at = data.findIndex((byte) => byte > 1);
  if (at >= 0) throw refuse(at, data[at]);
  return { dtype: "bool", data };
}
