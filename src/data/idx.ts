/**
 * IDX: the file format of MNIST and of the data sets made after it.
 *
 *     byte 0, 1   zero
 *     byte 2      type: 08 uint8, 09 int8, 0b int16, 0c int32, 0d float32, 0e float64
 *     byte 3      number of dimensions, r
 *     4 r bytes   length of each dimension, outermost first, big-endian
 *     the rest    the elements, row-major, big-endian
 *
 * @module
 */
import { DTYPES } from "../core/dtype.ts";
import { DataError, show } from "../core/errors.ts";
import {
  atMost,
  byteArray,
  check,
  checkOptions,
  type Kinds,
  notNegative,
} from "../core/options.ts";
import { gunzip, gunzipStart, isGzip } from "./gzip.ts";
import { unpackLimit } from "./unpack_limit.ts";

/** The element types of IDX, each with the array that holds it. */
export interface IdxTypes {
  /** Type code 08. */
  uint8: Uint8Array<ArrayBuffer>;
  /** Type code 09. */
  int8: Int8Array<ArrayBuffer>;
  /** Type code 0b. */
  int16: Int16Array<ArrayBuffer>;
  /** Type code 0c. */
  int32: Int32Array<ArrayBuffer>;
  /** Type code 0d. */
  float32: Float32Array<ArrayBuffer>;
  /** Type code 0e. */
  float64: Float64Array<ArrayBuffer>;
}

/** What an IDX file holds; `data` is row-major and its own, in the machine's byte order. */
export type IdxArray = {
  [T in keyof IdxTypes]: { dtype: T; shape: number[]; data: IdxTypes[T] };
}[keyof IdxTypes];

/** Type code → name. */
const TYPES: Readonly<Record<number, keyof IdxTypes>> = {
  0x08: "uint8",
  0x09: "int8",
  0x0b: "int16",
  0x0c: "int32",
  0x0d: "float32",
  0x0e: "float64",
};

/** The array of a type, and bytes an element. All types but int16 are dtypes. */
function arrayOf(type: keyof IdxTypes) {
  return type === "int16" ? { array: Int16Array, bytes: 2 } : DTYPES[type];
}

/** Bytes of the longest header: 255 dimensions. */
const MAX_HEADER = 4 + 4 * 255;

interface Header {
  dtype: keyof IdxTypes;
  shape: number[];
  /** Bytes an element. */
  size: number;
  /** Bytes before the first element. */
  start: number;
  /** Bytes of the whole file. */
  total: number;
}

/** Options of {@link readIdx}. */
export interface ReadIdxOptions {
  /**
   * The most bytes that a gzipped file may unpack to. Default: 64 MiB, or 32 times the file's own
   * bytes where that is more, and 2 GiB at most.
   */
  limit?: number;
}

const OPTIONS: Kinds<ReadIdxOptions> = { limit: notNegative };

/**
 * Reads an IDX file, plain or gzipped.
 *
 * Trusts nothing in it: room for the elements is made only once the file is known to hold them, and
 * a gzipped one is unpacked only as far as its header and `limit` allow.
 * Throws DataError where the file is not IDX, is truncated or damaged, has bytes left over, or would
 * unpack to more than `limit`.
 */
export function readIdx(bytes: Uint8Array, options: ReadIdxOptions = {}): IdxArray {
  atMost(2, arguments.length, "readIdx(bytes, { limit })");
  check("readIdx", "the file", bytes, byteArray);
  checkOptions("readIdx", options, OPTIONS);
  return parseIdx(inflateIdx(bytes, options));
}

/** The plain bytes of an IDX file that may be gzipped. Inflates no more than its header promises. */
export function inflateIdx(
  bytes: Uint8Array,
  { limit = unpackLimit(bytes.length) }: ReadIdxOptions = {},
): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  for (let n = 4096;; n *= 2) {
    const header = readHeader(gunzipStart(bytes.subarray(0, n)));
    if (header) {
      if (header.total > limit) {
        throw new DataError(
          `readIdx: a gzipped file of ${bytes.length} bytes is unpacked up to ${limit}: its header ` +
            `promises ${header.total}; if it is to be trusted, unpack it by gunzip`,
        );
      }
      const plain = gunzip(bytes, header.total);
      if (plain) return plain;
      throw wrongSize(header, Infinity);
    }
    // All of it inflates to less than a header: parseIdx says so, unless the stream is cut off.
    if (n >= bytes.length) return gunzip(bytes, MAX_HEADER)!;
  }
}

/** Reads the plain bytes of an IDX file. Throws as `readIdx` does. */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const header = readHeader(bytes);
  if (!header) {
    throw new DataError(
      `readIdx: a header has 4 bytes and 4 for each dimension, ` +
        `this file has ${bytes.length} in all: truncated`,
    );
  }
  if (bytes.length !== header.total) throw wrongSize(header, bytes.length);
  const { dtype, shape, size, start } = header;
  const { buffer } = fromBigEndian(bytes.subarray(start), size);
  return { dtype, shape, data: new (arrayOf(dtype).array)(buffer) } as IdxArray;
}

/** The header, or undefined where `bytes` ends within it. Throws where it is not IDX. */
function readHeader(bytes: Uint8Array): Header | undefined {
  const magic = [...bytes.subarray(0, 4)].map(hex);
  if (bytes.subarray(0, 2).some((byte) => byte !== 0)) {
    throw new DataError(`readIdx: an IDX file begins with 00 00, this one with ${magic.join(" ")}`);
  }
  if (bytes.length < 4) return undefined;
  const dtype = TYPES[bytes[2]!];
  if (!dtype) {
    const known = Object.entries(TYPES).map(([code, name]) => `${hex(Number(code))} ${name}`);
    throw new DataError(
      `readIdx: the type code must be one of ${known.join(", ")}: it is ${magic[2]}`,
    );
  }
  const size = arrayOf(dtype).bytes;
  const rank = bytes[3]!;
  if (rank === 0) throw new DataError("readIdx: an IDX file has 1 to 255 dimensions, this one 0");
  const start = 4 + 4 * rank;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const numel = shape.includes(0) ? 0 : shape.reduce((n, length) => n * length, 1);
  const total = start + numel * size;
  // Past 2^53 the product is no longer exact, and no file is as large.
  if (total > Number.MAX_SAFE_INTEGER) {
    throw new DataError(`readIdx: no file holds a ${show(shape)} ${dtype} array`);
  }
  return { dtype, shape, size, start, total };
}

/** A copy of big-endian elements of `size` bytes in little-endian order, that of every platform. */
function fromBigEndian(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  if (size > 1) {
    for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  }
  return copy;
}

function wrongSize({ shape, dtype, total }: Header, length: number): DataError {
  return new DataError(
    `readIdx: a ${show(shape)} ${dtype} file has ${total} bytes, ` +
      (length < total
        ? `this one has ${length}: truncated`
        : `this one has more: its header does not belong to it`),
  );
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
