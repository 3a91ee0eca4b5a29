/**
 * State dicts as safetensors: in bytes, which serve everywhere, and in files.
 *
 * @module
 */
import { canLook } from "../device/transfer.ts";
import { checkStateDict, type StateDict } from "../nn/module.ts";
import {
  atMost,
  byteArray,
  check,
  checkOptions,
  flag,
  isPlainObject,
  kind,
  type Kinds,
  text,
} from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import { scope } from "../scope/scope.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { readAs, replaceFile } from "./file.ts";
import { DataError } from "../core/errors.ts";
import { LateCopies, lookAt, newTensor, type RawTensor } from "./raw_tensor.ts";
import { decodeHeader, encodeRaw, readEntry, withOtherNames } from "./safetensors.ts";
import { typeRefusal } from "./safetensors_header.ts";
import { isConverted, STORED, type StoredCode } from "./stored_types.ts";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The tensors by name, in the order of the header. They are the caller's, outside every scope. */
  tensors: StateDict;
  /** What was saved with them; empty where nothing was. */
  metadata: Record<string, string>;
  /**
   * What was a type in the file that Glim has not: name → `"F8_E5M2"` or `"F8_E4M3"`, read as
   * float32, or `"I16"`, `"U16"`, `"U32"` or `"U64"`, read as int32. Empty where every tensor came as
   * it was.
   */
  converted: Map<string, StoredCode>;
  /**
   * What `skipUnsupported` has left out: name → why, such as `C64` where the type is one that Glim
   * has not, or which number does not fit. Empty without the option.
   */
  unsupported: Map<string, string>;
}

/** Options of {@link decodeSafetensors} and what reads as it does. */
export interface DecodeSafetensorsOptions {
  /**
   * Whether tensors of a type that Glim has not, or with a number that does not fit, are left out;
   * else one of them makes the whole file be refused. Default: false.
   */
  skipUnsupported?: boolean;
}

const DECODE: Kinds<DecodeSafetensorsOptions> = { skipUnsupported: flag };

const METADATA = kind(
  "an object of texts",
  (value) => isPlainObject(value) && Object.values(value).every((item) => typeof item === "string"),
);

function checkSaved(
  name: string,
  stateDict: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): void {
  checkStateDict(name, stateDict);
  check(name, "the metadata", metadata, METADATA);
}

/**
 * A state dict as the bytes of a safetensors file, which PyTorch reads too. Equal state dicts give
 * equal bytes.
 *
 * Throws RangeError where a tensor is called `__metadata__`, has more than 64 dimensions or a name of
 * some thousand characters, and where all have more than 2 GiB; ReleasedError where one was released.
 *
 * @param metadata Texts to keep with the tensors. `{ format: "pt" }` is what some readers ask for.
 *
 * @example
 * ```ts
 * import { io, nn } from "@glim/glim";
 * const model = new nn.Linear(4, 2);
 * const bytes = io.encodeSafetensors(model.stateDict());
 * model.loadStateDict(io.decodeSafetensors(bytes));
 * ```
 */
export function encodeSafetensors(
  stateDict: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  atMost(2, arguments.length, "encodeSafetensors(stateDict, metadata)");
  checkSaved("encodeSafetensors", stateDict, metadata);
  return noGrad(() => {
    // all are made before any is looked at
    const rows = new Map(Array.from(stateDict.values(), (x) => [x, x.contiguous()]));
    return encodeRaw(
      byName(stateDict, new Map(Array.from(rows, ([x, row]) => [x, lookAt(row)]))),
      metadata,
    );
  });
}

/**
 * The state dict in the bytes of a safetensors file, by Glim, PyTorch or others. Each tensor
 * has the dtype that it was saved in: `loadStateDict` converts, `to` does. What Glim has not, F8 and
 * some integers, becomes float32 or int32; `decodeSafetensorsFile` says which did. The tensors are the
 * caller's, outside every scope.
 *
 * Throws DataError where the bytes are not such a file (it says what they are, where it can tell),
 * and, unless `skipUnsupported`, where they hold a type or number that Glim has not.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  options: DecodeSafetensorsOptions = {},
): StateDict {
  atMost(2, arguments.length, "decodeSafetensors(bytes, options)");
  return decodeSafetensorsFile(bytes, options).tensors;
}

/** All that the bytes of a safetensors file hold; as `decodeSafetensors`. */
export function decodeSafetensorsFile(
  bytes: Uint8Array,
  options: DecodeSafetensorsOptions = {},
): SafetensorsFile {
  atMost(2, arguments.length, "decodeSafetensorsFile(bytes, options)");
  check("decodeSafetensors", "the file", bytes, byteArray);
  const { skipUnsupported = false } = checkOptions("decodeSafetensors", options, DECODE);
  const { entries, unsupported: unknown, data, metadata } = decodeHeader(bytes);
  if (!skipUnsupported && unknown[0] !== undefined) throw typeRefusal(unknown[0], entries.length);
  const unsupported = new Map(unknown.map(({ name, type }) => [name, type]));
  const converted: SafetensorsFile["converted"] = new Map();
  const tensors: StateDict = new Map();
  // In a scope: where a tensor is refused, those before it go with it.
  scope(() => {
    for (const entry of entries) {
      const { name, code, shape } = entry;
      const { dtype } = STORED[code]!;
      try {
        tensors.set(
          name,
          newTensor("decodeSafetensors", dtype, shape, (to) => readEntry(entry, data, to)),
        );
      } catch (error) {
        if (!skipUnsupported || !(error instanceof DataError)) throw error;
        unsupported.set(name, error.message);
        continue;
      }
      if (isConverted(code)) converted.set(name, code);
    }
    for (const tensor of tensors.values()) tensor.keep();
  });
  return { ...withOtherNames(tensors, metadata), converted, unsupported };
}

/**
 * Saves a state dict, as it is at the call, to a safetensors file: see `encodeSafetensors`. Writes
 * beside the file and renames, so that there is never half a file under its name.
 *
 * Throws DataError where it cannot write (it says which permission is needed), or where there is no disk.
 */
export function saveSafetensors(
  path: string,
  stateDict: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  atMost(3, arguments.length, "saveSafetensors(path, stateDict, metadata)");
  check("saveSafetensors", "the path", path, text);
  checkSaved("saveSafetensors", stateDict, metadata);
  return outside(save(path, stateDict, metadata));
}

/**
 * The state dict in a safetensors file: see `decodeSafetensors`.
 *
 * Throws DataError where there is no such file, where it cannot be read (it says which permission
 * is needed), has more than 2 GiB or is not safetensors, and where there is no disk.
 */
export function loadSafetensors(
  path: string,
  options: DecodeSafetensorsOptions = {},
): Promise<StateDict> {
  atMost(2, arguments.length, "loadSafetensors(path, options)");
  check("loadSafetensors", "the path", path, text);
  checkOptions("loadSafetensors", options, DECODE);
  return outside(readAs("loadSafetensors", path, (bytes) => decodeSafetensors(bytes, options)));
}

/** All that a safetensors file holds: see `decodeSafetensorsFile`; errors as `loadSafetensors`. */
export function loadSafetensorsFile(
  path: string,
  options: DecodeSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  atMost(2, arguments.length, "loadSafetensorsFile(path, options)");
  check("loadSafetensorsFile", "the path", path, text);
  checkOptions("loadSafetensorsFile", options, DECODE);
  return outside(readAs("loadSafetensors", path, (bytes) => decodeSafetensorsFile(bytes, options)));
}

// An async function runs at once up to its first await: all is as it is at the call.
async function save(
  path: string,
  stateDict: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  if (Array.from(stateDict.values()).every(canLook)) {
    return await replaceFile(path, encodeSafetensors(stateDict, metadata));
  }
  const copies = new LateCopies();
  const rows = new Map(Array.from(new Set(stateDict.values()), (x) => [x, copies.copyOf(x)]));
  await copies.done();
  await replaceFile(path, encodeRaw(byName(stateDict, rows), metadata));
}

/** What a file has of each tensor, by the tensors' names: the same where the tensor is the same. */
function byName(
  stateDict: ReadonlyMap<string, Tensor>,
  rows: ReadonlyMap<Tensor, RawTensor>,
): Map<string, RawTensor> {
  return new Map(Array.from(stateDict, ([name, x]) => [name, rows.get(x)!]));
}
