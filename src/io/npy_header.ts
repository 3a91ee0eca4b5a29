/**
 * The header of an npy file: NumPy's format for one array.
 *
 *     6 bytes     93 "NUMPY"
 *     2 bytes     version: 1.0, 2.0 or 3.0
 *     2 or 4      n, the length of the rest, little-endian; 2 bytes in version 1.0
 *     n bytes     a Python dict, padded with spaces, and a line's end
 *                 {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *     the rest    the elements, row-major, or column-major where fortran_order is True
 *
 * `descr` is the byte order (`<` little-endian, `>` big-endian, `|` of no meaning) and the type.
 *
 * @module
 */
import { type DType, DTYPES, NAMES } from "../core/dtype.ts";
import { DataError, DTypeError, show } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import { foreignKind } from "./foreign.ts";
import { clip } from "./json_members.ts";
import { isTooLong, MAX_DIMS } from "./raw_tensor.ts";
import { STORED } from "./stored_types.ts";

declare const TextEncoder: Platform["TextEncoder"];

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];

/** Headers end at a multiple of this, so that the elements can be used where they stand. */
const ALIGN = 64;

/** NumPy refuses a longer header, and so does this reader. */
const MAX_HEADER = 10_000;

/** The bytes that are enough to read any header. */
export const MAX_START: number = 12 + MAX_HEADER;

/** What safetensors files call NumPy's types, by NumPy's names without the byte order. */
const CODES: ReadonlyMap<string, string> = new Map([
  ["i2", "I16"],
  ["u2", "U16"],
  ["u4", "U32"],
  ["u8", "U64"],
  ...NAMES.flatMap((dtype): [string, string][] => {
    const { npy, safetensors } = DTYPES[dtype];
    return npy === null ? [] : [[npy, safetensors]];
  }),
]);

/** What a header says. */
export interface NpyHeader {
  /** The type of the elements, as safetensors files call it. */
  code: string;
  /** Whether their bytes stand the other way round. */
  bigEndian: boolean;
  /** Whether the first index runs fastest. */
  fortranOrder: boolean;
  /** The array's shape. */
  shape: number[];
  /** Bytes before the first element. */
  start: number;
  /** Bytes of the whole file. */
  total: number;
}

/** The bytes of a header, as NumPy writes them for a row-major array. */
export function encodeNpyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  if (shape.length > MAX_DIMS) {
    throw new RangeError(
      `encodeNpy: NumPy has up to ${MAX_DIMS} dimensions: the tensor has ${shape.length}`,
    );
  }
  const { npy, bytes } = DTYPES[dtype];
  if (npy === null) {
    throw new DTypeError(`encodeNpy: NumPy has no ${dtype}: convert by to("float32")`);
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  // NumPy leaves room for the first length to grow to 21 digits without moving the elements.
  const room = shape.length === 0 ? 0 : 21 - `${shape[0]}`.length;
  const dict =
    `{'descr': '${bytes > 1 ? "<" : "|"}${npy}', 'fortran_order': False, 'shape': ${tuple}, }` +
    " ".repeat(room);
  const end = Math.ceil((10 + dict.length + 1) / ALIGN) * ALIGN;
  const header = new Uint8Array(end).fill(0x20);
  header.set([...MAGIC, 1, 0, (end - 10) & 255, (end - 10) >> 8]);
  header.set(new TextEncoder().encode(dict), 10);
  header[end - 1] = 0x0a;
  return header;
}

/**
 * What the header at the beginning of a file says. Reads no more than `MAX_START` bytes.
 * Throws DataError where it is not one, or describes an array that Glim has not.
 */
export function decodeNpyHeader(bytes: Uint8Array): NpyHeader {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    const kind = foreignKind(bytes);
    throw new DataError(
      "decodeNpy: an npy file begins with 93 NUMPY: this " +
        (kind === undefined ? "one does not" : `is ${kind}`),
    );
  }
  const [major, minor] = bytes.subarray(6, 8);
  if (major === undefined || minor !== 0 || major < 1 || major > 3) {
    throw new DataError(`decodeNpy: versions 1.0 to 3.0 are read: it is ${major}.${minor}`);
  }
  const begin = major === 1 ? 10 : 12;
  if (bytes.length < begin) throw truncated(begin, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, begin);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) {
    throw new DataError(
      `decodeNpy: a header has up to ${MAX_HEADER} bytes: this one has ${length}`,
    );
  }
  const start = begin + length;
  if (bytes.length < start) throw truncated(start, bytes.length);
  const { descr, fortranOrder, shape } = parseDict(bytes.subarray(begin, start));
  const [order, type] = [descr[0]!, descr.slice(1)];
  const code = CODES.get(type);
  // one byte has no order, more have one
  if (code === undefined || !(type.endsWith("1") ? "<>|" : "<>").includes(order)) {
    const known = [...CODES.keys()].join(", ");
    throw new DataError(
      `decodeNpy: the descr must be one of ${known} after < or >: it is ${clip(descr)}`,
    );
  }
  if (shape.length > MAX_DIMS) {
    throw new DataError(
      `decodeNpy: arrays of up to ${MAX_DIMS} dimensions are read: this one has ${shape.length}`,
    );
  }
  if (isTooLong(shape)) {
    throw new DataError(`decodeNpy: no file holds an array of shape ${show(shape)}`);
  }
  const total = start + shape.reduce((n, length) => n * length, STORED[code]!.size);
  return { code, bigEndian: descr[0] === ">", fortranOrder, shape, start, total };
}

/** The three entries of the dict, as texts and numbers, whatever their order. */
function parseDict(
  bytes: Uint8Array,
): { descr: string; fortranOrder: boolean; shape: number[] } {
  const text = String.fromCharCode(...bytes); // what is not ASCII matches nothing below
  const body = text.match(/^\s*\{(.*)\}\s*$/s)?.[1];
  const found = new Map<string, string>();
  // A key, a colon, and a text, a word or a tuple of numbers (Python 2 wrote 3L), then a comma.
  const entry = /\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\((?:[\s\dL,]*)\))\s*(,|$)/y;
  let at = 0;
  for (let match; body !== undefined && (match = entry.exec(body)) !== null;) {
    const [, , key, value] = match;
    if (found.has(key!)) break;
    found.set(key!, value!);
    at = entry.lastIndex;
  }
  const descr = found.get("descr"), order = found.get("fortran_order"), tuple = found.get("shape");
  const shape = parseTuple(tuple ?? "");
  if (
    body?.slice(at).trim() !== "" || found.size !== 3 || !/^['"]/.test(descr ?? "") ||
    !/^[TF]/.test(order ?? "") || shape === undefined
  ) {
    throw new DataError(
      "decodeNpy: the header must be a dict of 'descr', a type, 'fortran_order', True or False, " +
        `and 'shape', a tuple of lengths: it is ${clip(JSON.stringify(text.trim()))}`,
    );
  }
  return { descr: descr!.slice(1, -1), fortranOrder: order === "True", shape };
}

/** The lengths in `()`, `(3,)` or `(2, 3)`; undefined where it is no such tuple. */
function parseTuple(tuple: string): number[] | undefined {
  if (/^\(\s*\)$/.test(tuple)) return [];
  if (!/^\(\s*\d+L?\s*,\s*(\d+L?\s*,\s*)*(\d+L?\s*)?\)$/.test(tuple)) return undefined;
  return tuple.match(/\d+/g)!.map(Number);
}

function truncated(needed: number, length: number): DataError {
  return new DataError(
    `decodeNpy: the header ends at byte ${needed}, the file has ${length}: truncated`,
  );
}
