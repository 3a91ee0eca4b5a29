/**
 * The header of a safetensors file, read with no trust in it.
 *
 * @module
 */
import { DataError, show } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import { foreignKind } from "./foreign.ts";
import { clip, members, parse } from "./json_members.ts";
import { isTooLong, MAX_DIMS } from "./raw_tensor.ts";
import { STORED } from "./stored_types.ts";

declare const TextDecoder: Platform["TextDecoder"];

/** Readers of the format refuse a longer header, and so does this one. */
export const MAX_HEADER = 100_000_000;

/** The most characters of an entry: more than 64 dimensions and all numbers take. */
const MAX_ENTRY = 10_000;

/** The types that are read. */
const KNOWN = Object.keys(STORED).join(", ");

/** A tensor as the header has it; bytes `begin` to `end` of the data. */
export interface Entry {
  name: string;
  code: string;
  shape: number[];
  begin: number;
  end: number;
}

/** A tensor of a type that is not read. */
export interface UnsupportedEntry extends Pick<Entry, "name" | "begin" | "end"> {
  /** The type's name in the file. */
  type: string;
}

/** What a header says. */
export interface Header {
  /** The tensors that are read. */
  entries: Entry[];
  /** Those that are not. */
  unsupported: UnsupportedEntry[];
  /** Texts that were saved with them. */
  metadata: Record<string, string>;
}

/** Cuts a file into its header's text and its data. */
export function split(bytes: Uint8Array): { json: string; data: Uint8Array } {
  const length = bytes.length < 8
    ? Infinity
    : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const start = 8 + length;
  if (length > MAX_HEADER || start > bytes.length) {
    const kind = foreignKind(bytes);
    if (kind !== undefined) {
      throw new DataError(`decodeSafetensors: needs a safetensors file: this is ${kind}`);
    }
  }
  if (bytes.length < 8) {
    throw new DataError(
      `decodeSafetensors: the file has ${bytes.length} bytes, a header's length takes 8`,
    );
  }
  if (length > MAX_HEADER) {
    throw new DataError(
      `decodeSafetensors: not a safetensors file: a header has at most ${MAX_HEADER} bytes, ` +
        `this one would have ${length}`,
    );
  }
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
export function parseHeader(json: string): Header {
  if (!json.startsWith("{")) {
    throw new DataError("decodeSafetensors: the header must be a JSON object and begin with {");
  }
  const entries: Entry[] = [];
  const unsupported: UnsupportedEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of members("decodeSafetensors: the header", json)) {
    if (name === "__metadata__") metadata = parseMetadata(value);
    else {
      const entry = parseEntry(name, value);
      if ("type" in entry) unsupported.push(entry);
      else entries.push(entry);
    }
  }
  return { entries, unsupported, metadata };
}

function parseMetadata(json: string): Record<string, string> {
  const what = "decodeSafetensors: __metadata__";
  const texts = Array.from(members(what, json), ([name, text]) => [name, parse(what, text)]);
  if (texts.every(([, text]) => typeof text === "string")) return Object.fromEntries(texts);
  throw new DataError(`${what} must be an object of strings`);
}

/** Checks one tensor's entry: its type, its shape, and that its bytes are as many as they say. */
function parseEntry(name: string, json: string): Entry | UnsupportedEntry {
  if (json.length > MAX_ENTRY) {
    throw refusal(name, `an entry has up to ${MAX_ENTRY} characters: this one has ${json.length}`);
  }
  const what = `decodeSafetensors: ${clip(name)}`;
  const values = new Map(
    Array.from(members(what, json), ([key, text]) => [key, parse(what, text)]),
  );
  const code = values.get("dtype"), shape = values.get("shape");
  const offsets = values.get("data_offsets");
  if (typeof code !== "string") {
    throw refusal(name, `the dtype must be one of ${KNOWN}: it is ${quote(code)}`);
  }
  if (!isSizes(shape)) {
    throw refusal(name, `the shape must be a list of lengths: it is ${quote(shape)}`);
  }
  if (shape.length > MAX_DIMS) {
    throw refusal(name, `a shape has up to ${MAX_DIMS} dimensions: this one has ${shape.length}`);
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw refusal(name, `the data_offsets must be [begin, end]: they are ${quote(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (!isCode(code)) return { name, type: clip(code), begin, end };
  // Lengths beyond 2^53 lose digits here, or become NaN: none of them is a file's.
  const needed = shape.reduce((n, length) => n * length, STORED[code]!.size);
  if (needed !== end - begin) {
    const takes = `${code} ${show(shape)} takes ${needed} bytes`;
    throw refusal(name, `${takes}: its data_offsets hold ${end - begin}`);
  }
  if (isTooLong(shape)) throw refusal(name, `no tensor has the shape ${show(shape)}`);
  return { name, code, shape, begin, end };
}

/**
 * The error for the first tensor of a type that is not read.
 *
 * @param others How many others the caller may ask for without it: the error says how.
 */
export function typeRefusal({ name, type }: UnsupportedEntry, others = 0): DataError {
  const rest = others === 0
    ? ""
    : `; { skipUnsupported: true } reads the other ${others === 1 ? "one" : others}`;
  return refusal(name, `the dtype must be one of ${KNOWN}: it is ${quote(type)}${rest}`);
}

/** The error for a fault of one tensor. */
export function refusal(name: string, fault: string): DataError {
  return new DataError(`decodeSafetensors: ${clip(name)}: ${fault}`);
}

/** A value as JSON has it. */
function quote(value: unknown): string {
  return value === undefined ? "missing" : clip(JSON.stringify(value));
}

function isCode(value: unknown): value is string {
  return typeof value === "string" && Object.hasOwn(STORED, value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) &&
    value.every((n) => Number.isSafeInteger(n) && n >= 0 && !Object.is(n, -0));
}
