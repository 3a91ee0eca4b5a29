/**
 * State dicts as NumPy's npz files: zip archives with an npy file for each tensor. An entry point of
 * its own, as it needs a package, `npm:fflate`, and the rest of Glim needs none.
 *
 * @example
 * ```ts
 * import { nn } from "@glim/glim";
 * import { decodeNpz, encodeNpz } from "@glim/glim/npz";
 * const model = new nn.Linear(4, 2);
 * const bytes = encodeNpz(model.stateDict(), { compress: true });
 * model.loadStateDict(decodeNpz(bytes));
 * ```
 *
 * @module
 */
import { type Zippable, zipSync } from "npm:fflate@0.8.2";
import { DataError } from "../core/errors.ts";
import { checkStateDict, type StateDict } from "../nn/module.ts";
import {
  atMost,
  byteArray,
  check,
  checkOptions,
  flag,
  type Kinds,
  notNegative,
  text,
} from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import { scope } from "../scope/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { unpackLimit } from "../data/unpack_limit.ts";
import { readAs, replaceFile } from "./file.ts";
import { foreignKind } from "./foreign.ts";
import { clip, MAX_KEY } from "./json_members.ts";
import { encodeNpy, readNpy } from "./npy.ts";
import { MAX_FILE } from "./raw_tensor.ts";
import { checkSize, unpack } from "./unpack.ts";
import { readZip, type ZipEntry } from "./zip.ts";

export type { StateDict } from "../nn/module.ts";

/** Options of {@link encodeNpz}. */
export interface EncodeNpzOptions {
  /** Whether to deflate, as `numpy.savez_compressed` does. Default: false. */
  compress?: boolean;
}

const ENCODE: Kinds<EncodeNpzOptions> = { compress: flag };

/** Options of {@link decodeNpz}. */
export interface DecodeNpzOptions {
  /**
   * The most bytes that all arrays together may unpack to. Default: 64 MiB, or 32 times the file's
   * own bytes where that is more, and 2 GiB at most.
   */
  limit?: number;
}

const DECODE: Kinds<DecodeNpzOptions> = { limit: notNegative };

/**
 * A state dict as the bytes of an npz file, which `numpy.load` reads. Equal state dicts give equal
 * bytes.
 *
 * Throws RangeError where a tensor has more than 64 dimensions or a name of more than 10,000
 * characters, and where there are more than 2 GiB or 65,534 tensors; ReleasedError where one was
 * released.
 */
export function encodeNpz(
  stateDict: ReadonlyMap<string, Tensor>,
  options: EncodeNpzOptions = {},
): Uint8Array<ArrayBuffer> {
  atMost(2, arguments.length, "encodeNpz(stateDict, { compress })");
  checkStateDict("encodeNpz", stateDict);
  const { compress = false } = checkOptions("encodeNpz", options, ENCODE);
  const files: Zippable = {};
  // The time of a file would make the bytes of two calls differ: it is always the earliest.
  const mtime = new Date(1980, 0, 1);
  let total = 0;
  for (const [name, tensor] of stateDict) {
    const file = encodeNpy(tensor);
    total += file.length;
    if (total > MAX_FILE || stateDict.size >= 0xffff || name.length > MAX_KEY) {
      throw new RangeError(
        `encodeNpz: a file holds up to 2 GiB, 65,534 tensors and names of ${MAX_KEY} characters: ` +
          `${clip(name)} is one too many`,
      );
    }
    files[`${name}.npy`] = [file, { level: compress ? 6 : 0, mtime }];
  }
  return zipSync(files) as Uint8Array<ArrayBuffer>;
}

/**
 * The state dict in the bytes of an npz file, deflated or not; each array is read as `decodeNpy`
 * does. The tensors are the caller's, outside every scope.
 *
 * Throws DataError, before it makes room for what it unpacks, where the bytes are no such file, where
 * an array has not the size that the archive tells, and where all of them have more than `limit`.
 */
export function decodeNpz(
  bytes: Uint8Array,
  options: DecodeNpzOptions = {},
): StateDict {
  atMost(2, arguments.length, "decodeNpz(bytes, { limit })");
  check("decodeNpz", "the file", bytes, byteArray);
  const { limit = unpackLimit(bytes.length) } = checkOptions("decodeNpz", options, DECODE);
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) { // "PK", as a zip archive begins
    const kind = foreignKind(bytes);
    if (kind !== undefined) throw new DataError(`decodeNpz: needs an npz file: this is ${kind}`);
  }
  const entries = readZip(bytes);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limit) {
    throw new DataError(
      `decodeNpz: up to ${limit} bytes are unpacked, unless the option limit says else: ` +
        `the arrays have ${total}`,
    );
  }
  if (entries.length > 0 && entries.every(({ name }) => !name.endsWith(".npy"))) {
    throw new DataError(`decodeNpz: needs an npz file: this is ${foreignKind(bytes)}`);
  }
  for (const entry of entries) named(entry, () => checkSize(entry));
  // In a scope: where an array is refused, those before it go with it.
  const tensors: StateDict = scope(() =>
    new Map(entries.map((entry) => [
      entry.name.replace(/\.npy$/, ""),
      named(entry, () => readNpy(unpack(entry))),
    ]))
  );
  for (const tensor of tensors.values()) tensor.keep();
  return tensors;
}

/** Runs a step of reading an entry; its DataErrors name the entry. */
function named<T>({ name }: ZipEntry, step: () => T): T {
  try {
    if (!name.endsWith(".npy")) throw new DataError("an npz file holds .npy files only");
    return step();
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(`decodeNpz: ${clip(name)}: ${cause.message}`, { cause });
  }
}

/**
 * Saves a state dict, as it is at the call, to an npz file: see `encodeNpz`. Writes beside the file
 * and renames, so that there is never half a file under its name.
 *
 * Throws DataError where it cannot write (it says which permission is needed), or where there is no disk.
 */
export function saveNpz(
  path: string,
  stateDict: ReadonlyMap<string, Tensor>,
  options: EncodeNpzOptions = {},
): Promise<void> {
  atMost(3, arguments.length, "saveNpz(path, stateDict, { compress })");
  check("saveNpz", "the path", path, text);
  checkStateDict("saveNpz", stateDict);
  checkOptions("saveNpz", options, ENCODE);
  return outside(save(path, stateDict, options));
}

async function save(
  path: string,
  stateDict: ReadonlyMap<string, Tensor>,
  options: EncodeNpzOptions,
): Promise<void> {
  await replaceFile(path, encodeNpz(stateDict, options));
}

/**
 * The state dict in an npz file: see `decodeNpz`.
 *
 * Throws DataError where there is no such file, where it cannot be read (it says which permission
 * is needed), has more than 2 GiB or is not npz, and where there is no disk.
 */
export function loadNpz(path: string, options: DecodeNpzOptions = {}): Promise<StateDict> {
  atMost(2, arguments.length, "loadNpz(path, { limit })");
  check("loadNpz", "the path", path, text);
  checkOptions("loadNpz", options, DECODE);
  return outside(readAs("loadNpz", path, (bytes) => decodeNpz(bytes, options)));
}
