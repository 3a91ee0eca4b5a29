/**
 * What a trace starts from: the model's own tensors, and a batch made of the example.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { fromTypedArray } from "../../tensor/create.ts";
import type { AnyModule } from "../../nn/module.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A model's own tensors, which `forward` reads, and their names: of a shared one the first. */
export function stateOf(model: AnyModule): Map<Tensor, string> {
  const named = [...model.namedParameters(), ...model.namedBuffers()];
  return new Map(named.map(([name, tensor]) => [tensor, name]));
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
