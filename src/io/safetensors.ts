/**
 * Safetensors: the format in which weights travel between Glim and PyTorch.
 *
 *     8 bytes    n, the length of the header, little-endian
 *     n bytes    the header: JSON, begins with `{`, padded with spaces
 *     the rest   the elements of all tensors, row-major, little-endian, without gaps
 *
 * The header has for each tensor
 * `"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}`, in bytes from the end
 * of the header, and may have a `"__metadata__"` of strings.
 *
 * @module
 */
import { BYTES, DTYPES } from "../core/dtype.ts";
import { DataError, show } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import { numelOf } from "../core/shape.ts";
import { clip, MAX_KEY } from "./json_members.ts";
import { MAX_DIMS, MAX_FILE, type RawTensor } from "./raw_tensor.ts";
import {
  type Entry,
  type Header,
  MAX_HEADER,
  parseHeader,
  refusal,
  split,
  typeRefusal,
} from "./safetensors_header.ts";
import { bytesOf, STORED } from "./stored_types.ts";

declare const TextEncoder: Platform["TextEncoder"];

export type { RawTensor } from "./raw_tensor.ts";

/** What a safetensors file holds. */
export interface RawFile {
  /** The tensors by name, in the order of the header: for files by Glim, that of registration. */
  tensors: Map<string, RawTensor>;
  /** The `__metadata__`; empty where there is none. */
  metadata: Record<string, string>;
}

/**
 * Writes tensors as a safetensors file. The header names them in the order of the map. A tensor that is
 * there by several names is written by the first, as Hugging Face's are; the metadata tell the others.
 *
 * Throws RangeError where data and shape differ in size, where a tensor is called `__metadata__`,
 * and where the file would be one that is not read: of more than 2 GiB, with more than 64 dimensions
 * or with a name of some thousand characters.
 */
export function encodeRaw(
  tensors: ReadonlyMap<string, RawTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  for (const [name, tensor] of tensors) checkTensor(name, tensor);
  const names = new Map<RawTensor, string>();
  for (const [name, tensor] of tensors) if (!names.has(tensor)) names.set(tensor, name);
  const others = [...tensors].filter(([name, tensor]) => names.get(tensor) !== name);
  const written = Array.from(names, ([tensor, name]) => [name, tensor] as const);
  // Wide elements first: PyTorch maps the file, and reads a float32 only at a multiple of 4.
  const placed = written.toSorted(([, a], [, b]) => BYTES[b.dtype] - BYTES[a.dtype]);
  const begins = new Map<string, number>();
  let end = 0;
  for (const [name, { data }] of placed) {
    begins.set(name, end);
    end += data.byteLength;
  }
  const shared = Object.fromEntries(others.map(([name, tensor]) => [name, names.get(tensor)!]));
  const about = others.length === 0 ? metadata : { ...metadata, [SHARED]: JSON.stringify(shared) };
  const header = encodeHeader(new Map(written), begins, about);
  const total = 8 + header.length + end;
  if (total > MAX_FILE || header.length > MAX_HEADER) {
    throw new RangeError(
      `encodeSafetensors: a file has up to ${MAX_FILE} bytes, and ${MAX_HEADER} in its header: ` +
        `these tensors take ${total} and ${header.length}`,
    );
  }
  const file = new Uint8Array(total);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  for (const [name, { data }] of placed) {
    file.set(bytesOf(data), 8 + header.length + begins.get(name)!);
  }
  return file;
}

/** Throws RangeError where a tensor is not one that a file can have. */
function checkTensor(name: string, { shape, data }: RawTensor): void {
  if (name === "__metadata__") {
    throw new RangeError(
      "encodeSafetensors: __metadata__ is the format's own name, not a tensor's",
    );
  }
  if (JSON.stringify(name).length > MAX_KEY || shape.length > MAX_DIMS) {
    throw new RangeError(
      `encodeSafetensors: a name has up to ${MAX_KEY} characters, a tensor ${MAX_DIMS} dimensions: ` +
        `${clip(name)} has ${name.length} and ${shape.length}`,
    );
  }
  if (data.length !== numelOf(shape)) {
    throw new RangeError(
      `encodeSafetensors: ${name} of shape ${show(shape)} needs ${numelOf(shape)} elements, ` +
        `its data has ${data.length}`,
    );
  }
}

/** The header's bytes. Written by hand, as an object would move a name like "0" to the front. */
function encodeHeader(
  tensors: ReadonlyMap<string, RawTensor>,
  begins: ReadonlyMap<string, number>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: string[] = [];
  if (Object.keys(metadata).length > 0) entries.push(`"__metadata__":${JSON.stringify(metadata)}`);
  for (const [name, { dtype, shape, data }] of tensors) {
    const begin = begins.get(name)!;
    const entry = {
      dtype: DTYPES[dtype].safetensors,
      shape,
      data_offsets: [begin, begin + data.byteLength],
    };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const json = new TextEncoder().encode(`{${entries.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  return padded;
}

/**
 * Reads a safetensors file; the tensors' data are copies.
 *
 * Types that Glim has not are read as float32 or int32.
 * Trusts nothing in the file. Throws DataError where the header is not what the format asks for,
 * where a tensor's bytes do not fit its shape, where tensors overlap, leave gaps or bytes over, and
 * where a number does not fit the type that it is read as.
 */
export function decodeRaw(bytes: Uint8Array): RawFile {
  const { entries, unsupported, data, metadata } = decodeHeader(bytes);
  if (unsupported[0] !== undefined) throw typeRefusal(unsupported[0]);
  const tensors = entries.map((entry): [string, RawTensor] => {
    const { dtype } = STORED[entry.code]!;
    const to = new DTYPES[dtype].array(numelOf(entry.shape));
    readEntry(entry, data, to);
    return [entry.name, { dtype, shape: entry.shape, data: to } as RawTensor];
  });
  return withOtherNames(new Map(tensors), metadata);
}

/** What tells, in the metadata, of further names of tensors: `{"head.weight":"table.weight"}`. */
const SHARED = "glim.shared";

/** Tensors by all the names that they were saved by, and the metadata without these. */
export function withOtherNames<T>(
  tensors: ReadonlyMap<string, T>,
  metadata: Readonly<Record<string, string>>,
): { tensors: Map<string, T>; metadata: Record<string, string> } {
  const { [SHARED]: shared, ...rest } = metadata;
  const all = new Map(tensors);
  if (shared === undefined) return { tensors: all, metadata: rest };
  let names: [string, unknown][];
  try {
    names = Object.entries(Object(JSON.parse(shared)));
  } catch (cause) {
    throw new DataError(`decodeSafetensors: ${SHARED} must be JSON`, { cause });
  }
  for (const [name, of] of names) {
    const tensor = tensors.get(String(of));
    if (tensor !== undefined && !tensors.has(name)) all.set(name, tensor);
  }
  return { tensors: all, metadata: rest };
}

/** All that is known before a tensor is read: the header, checked, and what stands behind it. */
export function decodeHeader(bytes: Uint8Array): Header & { data: Uint8Array } {
  const { json, data } = split(bytes);
  const header = parseHeader(json);
  checkLayout([...header.entries, ...header.unsupported], data.length);
  return { ...header, data };
}

/** Puts a tensor's elements into an array. Throws DataError where one does not fit. */
export function readEntry(
  { name, code, begin, end }: Entry,
  data: Uint8Array,
  to: RawTensor["data"],
): void {
  const { read, range } = STORED[code]!;
  const from = new DataView(data.buffer, data.byteOffset + begin, end - begin);
  read(from, true, to, (at, element) => refusal(name, `${range}: number ${at} is ${element}`));
}

/** Checks that the tensors fill the data, each beginning where another ends. */
export function checkLayout(
  entries: readonly Pick<Entry, "name" | "begin" | "end">[],
  length: number,
): void {
  // Zero-sized tensors may share an offset, so order by both ends.
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      throw new DataError(
        `decodeSafetensors: ${entry.name} must begin at byte ${end}, where the one before it ends: ` +
          `it begins at ${entry.begin}`,
      );
    }
    end = entry.end;
  }
  if (end !== length) {
    throw new DataError(
      `decodeSafetensors: the tensors take ${end} bytes, the file has ${length} for them` +
        (length < end ? ": truncated" : ""),
    );
  }
}
