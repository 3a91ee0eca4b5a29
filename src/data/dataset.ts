import { fromTypedArray } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { describe, inspectAsString } from "../core/inspect.ts";
import { checkTensor } from "../ops/check.ts";
import { indexSelect, select, stack } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The tensors of a sample, or those of a batch: mostly what a model takes and what it should answer. */
export type Sample = readonly Tensor[];

/** Samples by number. A sample is what a model takes and what it should answer, or any tensors. */
export abstract class Dataset<S extends Sample = [x: Tensor, y: Tensor]> {
  /** How many samples there are. */
  abstract readonly length: number;

  /** One sample. RangeError where there is no such number. */
  abstract get(index: number): S;

  /** Several samples, stacked along a new first dimension. */
  batch(indices: Int32Array): S {
    return stacked(Array.from(indices, (i) => this.get(i)));
  }

  /** `TensorDataset(length: 100)`. */
  toString(): string {
    return describe(this, { length: this.length });
  }
}

inspectAsString(Dataset);

/** Samples of the same shapes, stacked along a new first dimension. */
export function stacked<S extends Sample>(samples: readonly S[]): S {
  return samples[0]!.map((_, k) => stack(samples.map((sample) => sample[k]!))) as unknown as S;
}

/** Samples that lie in tensors of one first length: mostly x: [n, ...] and y: [n, ...]. */
export class TensorDataset<S extends Sample = [x: Tensor, y: Tensor]> extends Dataset<S> {
  /** How many samples there are. */
  readonly length: number;
  readonly #tensors: S;

  /** Keeps the tensors out of all scopes. ShapeError where their first lengths differ. */
  constructor(...tensors: S) {
    tensors.forEach((tensor, i) => checkTensor("TensorDataset", tensor, nameOf(i)));
    super();
    const lengths = tensors.map(({ ndim, shape }) => ndim === 0 ? -1 : shape[0]!);
    if (lengths.length === 0 || lengths[0]! < 0 || lengths.some((n) => n !== lengths[0])) {
      throw new ShapeError(
        `TensorDataset: ${tensors.length === 2 ? "both" : "all"} need the same first length: ` +
          tensors.map(({ shape }, i) => `${nameOf(i)} is ${show(shape)}`).join(", "),
      );
    }
    this.length = lengths[0]!;
    for (const tensor of tensors) tensor.keep();
    this.#tensors = tensors;
  }

  /** Views of the sample's tensors. */
  get(index: number): S {
    return this.#tensors.map((tensor) => select(tensor, 0, index)) as unknown as S;
  }

  /** Copies, gathered by one kernel each, where the tensors are. */
  override batch(indices: Int32Array): S {
    const rows = (of: Tensor) =>
      indexSelect(of, 0, fromTypedArray(indices, [indices.length], { device: of.device }));
    return this.#tensors.map(rows) as unknown as S;
  }
}

function nameOf(i: number): string {
  return ["x", "y"][i] ?? `number ${i}`;
}
