/**
 * The header of a safetensors file, read with no trust in it.
 *
 * @module
 */
import { DataError, show } from "../errors.ts";
import { jsonKeys } from "./json_keys.ts";
import { STORED, type StoredType } from "./stored_types.ts";

/** Readers of the format refuse a longer header, and so does this one. */
const MAX_HEADER = 100_000_000;

/** A tensor as the header has it; bytes `begin` to `end` of the data. */
export interface Entry {
  name: string;
  type: StoredType;
  shape: number[];
  begin: number;
  end: number;
}

/** Cuts a file into its header's text and its data. */
export function split(bytes: Uint8Array): { json: string; data: Uint8Array } {
  if (bytes.length < 8) {
    throw new DataError(
      `decodeSafetensors: the file has ${bytes.length} bytes, a header's length takes 8`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    throw new DataError(
      `decodeSafetensors: a header has at most ${MAX_HEADER} bytes, this one ${length}`,
    );
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw new DataError(
      `decodeSafetensors: the header ends at byte ${start}, the file has ${bytes.length}: truncated`,
    );
  }
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { json: decoder.decode(bytes.subarray(8, start)), data: bytes.subarray(start) };
  } catch (cause) {
    throw new DataError("decodeSafetensors: the header is not UTF-8", { cause });
  }
}

/** What a header says, entry by entry in its own order. Throws DataError where it is malformed. */
export function parseHeader(json: string): { entries: Entry[]; metadata: Record<string, string> } {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch (cause) {
    throw new DataError("decodeSafetensors: the header is not JSON", { cause });
  }
  if (!json.startsWith("{") || !isObject(header)) {
    throw new DataError("decodeSafetensors: the header must be a JSON object and begin with {");
  }
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const name of jsonKeys(json)) {
    if (name === "__metadata__") metadata = parseMetadata(header[name]);
    else entries.push(parseEntry(name, header[name]));
  }
  return { entries, metadata };
}

function parseMetadata(value: unknown): Record<string, string> {
  if (isObject(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Record<string, string>;
  }
  throw new DataError("decodeSafetensors: __metadata__ must be an object of strings");
}

/** Checks one tensor's entry: its type, its shape, and that its bytes are as many as they say. */
function parseEntry(name: string, value: unknown): Entry {
  const { dtype: code, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const type = typeof code === "string" ? STORED.get(code) : undefined;
  if (!type) {
    const known = [...STORED.keys()].join(", ");
    throw new DataError(
      `decodeSafetensors: the dtype of ${name} must be one of ${known}: ` +
        `it is ${JSON.stringify(code)}`,
    );
  }
  if (!isSizes(shape)) {
    throw new DataError(
      `decodeSafetensors: the shape of ${name} must be a list of lengths: it is ${
        JSON.stringify(shape)
      }`,
    );
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw new DataError(
      `decodeSafetensors: the data_offsets of ${name} must be [begin, end]: ` +
        `they are ${JSON.stringify(offsets)}`,
    );
  }
  const [begin, end] = offsets as [number, number];
  // Lengths beyond 2^53 lose digits here, or become NaN: none of them is a file's.
  const needed = shape.reduce((n, length) => n * length, type.size);
  if (needed !== end - begin) {
    throw new DataError(
      `decodeSafetensors: ${name} is ${code} ${show(shape)}, which takes ${needed} bytes: ` +
        `its data_offsets hold ${end - begin}`,
    );
  }
  return { name, type, shape, begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
