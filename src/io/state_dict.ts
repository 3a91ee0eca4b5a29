/**
 * State dicts as safetensors: in bytes, which serve everywhere, and in files.
 *
 * @module
 */
import { fromTypedArray } from "../create.ts";
import { DataError } from "../errors.ts";
import type { StateDict } from "../nn/module.ts";
import { outside, scope } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { readFile, replaceFile } from "./file.ts";
import type { RawTensor } from "./raw_tensor.ts";
import { decodeRaw, encodeRaw } from "./safetensors.ts";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The tensors by name, in the order of the header. They are the caller's, outside every scope. */
  tensors: StateDict;
  /** What was saved with them; empty where nothing was. */
  metadata: Record<string, string>;
}

/**
 * A state dict as the bytes of a safetensors file, which PyTorch reads too. Equal state dicts give
 * equal bytes.
 *
 * @param metadata Texts to keep with the tensors. `{ format: "pt" }` is what some readers ask for.
 *
 * Throws RangeError where a tensor is called `__metadata__`, ReleasedError where one was released.
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
  const raw = new Map<string, RawTensor>();
  for (const [name, tensor] of stateDict) {
    const { dtype, shape } = tensor;
    // In a scope, as a view that is not row-major is copied first.
    const data = scope(() => tensor.toTypedArray());
    raw.set(name, { dtype, shape, data } as RawTensor);
  }
  return encodeRaw(raw, metadata);
}

/**
 * The state dict in the bytes of a safetensors file, by Glim, PyTorch or others. F64, F16 and BF16
 * become float32, I64 becomes int32. The tensors are the caller's, outside every scope.
 *
 * Throws DataError where the bytes are not such a file, or hold a type or number that Glim has not.
 */
export function decodeSafetensors(bytes: Uint8Array): StateDict {
  return decodeSafetensorsFile(bytes).tensors;
}

/** The state dict and the metadata in the bytes of a safetensors file; as `decodeSafetensors`. */
export function decodeSafetensorsFile(bytes: Uint8Array): SafetensorsFile {
  const { tensors: raw, metadata } = decodeRaw(bytes);
  const tensors: StateDict = new Map();
  for (const [name, { dtype, shape, data }] of raw) {
    tensors.set(name, fromTypedArray(data, shape, { dtype }).keep());
  }
  return { tensors, metadata };
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
 * is needed) or is not safetensors, and outside Deno.
 */
export function loadSafetensors(path: string): Promise<StateDict> {
  return outside(load(path));
}

// An async function runs at once up to its first await: `save` encodes before anything can change.
async function save(
  path: string,
  stateDict: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await replaceFile(path, encodeSafetensors(stateDict, metadata));
}

async function load(path: string): Promise<StateDict> {
  const bytes = await readFile(path);
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(`loadSafetensors: ${path}: ${cause.message}`, { cause });
  }
}
