/**
 * State dicts as safetensors: in bytes, which serve everywhere, and in files.
 *
 * @module
 */
import type { StateDict } from "../nn/module.ts";
import { outside } from "../outside.ts";
import { scope } from "../scope.ts";
import { noGrad, type Tensor } from "../tensor.ts";
import { readAs, replaceFile } from "./file.ts";
import { lookAt, newTensor, TYPES } from "./raw_tensor.ts";
import { decodeHeader, encodeRaw, readEntry } from "./safetensors.ts";
import { STORED, type StoredCode } from "./stored_types.ts";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The tensors by name, in the order of the header. They are the caller's, outside every scope. */
  tensors: StateDict;
  /** What was saved with them; empty where nothing was. */
  metadata: Record<string, string>;
  /**
   * What was another type in the file: name → `"F64"`, `"F16"` or `"BF16"`, read as float32, or
   * `"I64"`, read as int32. Empty where every tensor came as it was.
   */
  converted: Map<string, StoredCode>;
}

/**
 * A state dict as the bytes of a safetensors file, which PyTorch reads too. Equal state dicts give
 * equal bytes.
 *
 * @param metadata Texts to keep with the tensors. `{ format: "pt" }` is what some readers ask for.
 *
 * Throws RangeError where a tensor is called `__metadata__`, has more than 64 dimensions or a name of
 * some thousand characters, and where all have more than 2 GiB; ReleasedError where one was released.
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
  return noGrad(() => {
    const rows = Array.from(stateDict, ([name, tensor]) => [name, tensor.contiguous()] as const);
    return encodeRaw(new Map(rows.map(([name, tensor]) => [name, lookAt(tensor)])), metadata);
  });
}

/**
 * The state dict in the bytes of a safetensors file, by Glim, PyTorch or others. F64, F16 and BF16
 * become float32, I64 becomes int32; `decodeSafetensorsFile` says which did. The tensors are the
 * caller's, outside every scope.
 *
 * Throws DataError where the bytes are not such a file, or hold a type or number that Glim has not.
 */
export function decodeSafetensors(bytes: Uint8Array): StateDict {
  return decodeSafetensorsFile(bytes).tensors;
}

/** All that the bytes of a safetensors file hold; as `decodeSafetensors`. */
export function decodeSafetensorsFile(bytes: Uint8Array): SafetensorsFile {
  const { entries, data, metadata } = decodeHeader(bytes);
  const converted: SafetensorsFile["converted"] = new Map();
  // In a scope: where a tensor is refused, those before it go with it.
  const tensors: StateDict = scope(() =>
    new Map(entries.map((entry) => {
      const { name, code, shape } = entry;
      const { dtype } = STORED[code];
      if (TYPES[dtype].code !== code) converted.set(name, code);
      return [
        name,
        newTensor("decodeSafetensors", dtype, shape, (to) => readEntry(entry, data, to)),
      ];
    }))
  );
  for (const tensor of tensors.values()) tensor.keep();
  return { tensors, metadata, converted };
}

/**
 * Saves a state dict, as it is at the call, to a safetensors file: see `encodeSafetensors`. Writes
 * beside the file and renames, so that there is never half a file under its name.
 *
 * Throws DataError where it cannot write (it says which permission is needed), or outside Deno.
 */
export function saveSafetensors(
  path: string,
  stateDict: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  return outside(save(path, stateDict, metadata));
}

/**
 * The state dict in a safetensors file: see `decodeSafetensors`.
 *
 * Throws DataError where there is no such file, where it cannot be read (it says which permission
 * is needed), has more than 2 GiB or is not safetensors, and outside Deno.
 */
export function loadSafetensors(path: string): Promise<StateDict> {
  return outside(readAs("loadSafetensors", path, decodeSafetensors));
}

/** All that a safetensors file holds: see `decodeSafetensorsFile`; errors as `loadSafetensors`. */
export function loadSafetensorsFile(path: string): Promise<SafetensorsFile> {
  return outside(readAs("loadSafetensors", path, decodeSafetensorsFile));
}

// An async function runs at once up to its first await: this encodes before anything can change.
async function save(
  path: string,
  stateDict: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await replaceFile(path, encodeSafetensors(stateDict, metadata));
}
