/**
 * What a trace starts from: the model's own tensors, and a batch made of the example.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { observe } from "../../autograd/autograd.ts";
import { fromTypedArray } from "../../tensor/create.ts";
import type { AnyModule } from "../../nn/module.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The tensors of a model's state dict, not copies but those that `forward` reads, and their keys. */
export function stateOf(model: AnyModule): Map<Tensor, string> {
  // a state dict clones the tensors one by one, in the order of its keys
  const live: Tensor[] = [];
  observe((op, _made, [source]) => {
    if (op === "clone") live.push(source![0]);
  });
  try {
    const copies = model.stateDict();
    for (const copy of copies.values()) copy[Symbol.dispose]();
    const state = new Map<Tensor, string>();
    for (const [i, key] of [...copies.keys()].entries()) {
      if (!state.has(live[i]!)) state.set(live[i]!, key); // of a shared tensor the first key
    }
    return state;
  } finally {
    observe(null);
  }
}

/**
 * n samples like those of the example, from sample `first` on. Of numbers, each batch has its own: a
 * result that was computed outside of the ops looks like a constant, but differs between batches.
 */
export function batchOf(example: Tensor, n: number, first: number): Tensor {
  const values = example.toTypedArray();
  const size = values.length / example.shape[0]!;
  const batch = Float64Array.from({ length: n * size }, (_, i) => {
    const value = Number(values[(first * size + i) % values.length]);
    return DTYPES[example.dtype].kind === "float" ? value / (first + 1) + first / 8 : value;
  });
  return fromTypedArray(batch, [n, ...example.shape.slice(1)], {
    dtype: example.dtype,
    device: example.device,
  });
}
