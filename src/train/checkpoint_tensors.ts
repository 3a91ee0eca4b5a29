/**
 * The tensors of a checkpoint: all parts in one table, by names that begin with the part's.
 *
 * @module
 */
import { newTensor, type RawTensor } from "../io/raw_tensor.ts";
import { atMost, check, kind, text } from "../core/options.ts";
import type { StateDict } from "../nn/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Tensors by name, as plain arrays. */
export type RawTensors = Map<string, RawTensor>;

const MAP = kind("a Map by name", (value) => value instanceof Map);

/** How the elements of a tensor are copied: see `raw_tensor.ts`. */
export type Copy = (x: Tensor) => RawTensor;

/** The table of a checkpoint that is being taken. */
export class TensorTable {
  /** All tensors so far. */
  readonly tensors: RawTensors = new Map();
  readonly #copy: Copy;
  readonly #copies: WeakMap<Tensor, RawTensor> = new WeakMap();

  /** A table whose elements are copied so. */
  constructor(copy: Copy) {
    this.#copy = copy;
  }

  /** Adds a tensor, which is released: it must be a copy. It may come again by another name. */
  put(name: string, tensor: Tensor): void {
    const copy = this.#copies.get(tensor) ?? this.#copy(tensor);
    this.#copies.set(tensor, copy);
    this.tensors.set(name, copy);
    tensor[Symbol.dispose]();
  }

  /** Adds a part's tensors, which are released: they must be copies. */
  putAll(part: string, tensors: StateDict | undefined): void {
    for (const [name, tensor] of tensors ?? []) this.put(`${part}.${name}`, tensor);
  }
}

/**
 * The tensors of a checkpoint whose names begin with a part and a dot, without these: `"model"` has
 * the model's state dict, `"callbacks.best"` that of the best epoch. Copies in the current scope.
 *
 * @example
 * ```ts
 * import { nn, scope, train } from "@glim/glim";
 * function load(model: nn.Module, checkpoint: train.Checkpoint): void {
 *   scope(() => model.loadStateDict(train.tensorsOf(checkpoint, "model")));
 * }
 * ```
 */
export function tensorsOf(checkpoint: { tensors: RawTensors }, part: string): StateDict {
  atMost(2, arguments.length, "tensorsOf(checkpoint, part)");
  check("tensorsOf", "the part", part, text);
  check("tensorsOf", "the tensors", Object(checkpoint).tensors, MAP);
  const { tensors } = checkpoint;
  const found: StateDict = new Map();
  for (const [name, { dtype, shape, data }] of tensors) {
    if (!name.startsWith(`${part}.`)) continue;
    found.set(
      name.slice(part.length + 1),
      newTensor("tensorsOf", dtype, shape, (to) => to.set(data as never)),
    );
  }
  return found;
}
