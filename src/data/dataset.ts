import { fromTypedArray } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { describe, inspectAsString } from "../core/inspect.ts";
import { checkTensor } from "../ops/check.ts";
import { indexSelect, select, stack } from "../ops/mod.ts";
import { atMost } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Samples by number. A sample is what a model takes and what it should answer. */
export abstract class Dataset {
  /** How many samples there are. */
  abstract readonly length: number;

  /** One sample. RangeError where there is no such number. */
  abstract get(index: number): [x: Tensor, y: Tensor];

  /** Several samples, stacked along a new first dimension. */
  batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const samples = Array.from(indices, (i) => this.get(i));
    return [stack(samples.map(([x]) => x)), stack(samples.map(([_, y]) => y))];
  }

  /** `TensorDataset(length: 100)`. */
  toString(): string {
    return describe(this, { length: this.length });
  }
}

inspectAsString(Dataset);

/** Samples that lie in two tensors: x: [n, ...], y: [n, ...]. */
export class TensorDataset extends Dataset {
  /** How many samples there are. */
  readonly length: number;
  readonly #x: Tensor;
  readonly #y: Tensor;

  /** Keeps both tensors out of all scopes. ShapeError where their first lengths differ. */
  constructor(x: Tensor, y: Tensor) {
    atMost(2, arguments.length, "TensorDataset(x, y)");
    checkTensor("TensorDataset", x, "x");
    checkTensor("TensorDataset", y, "y");
    super();
    if (x.ndim === 0 || y.ndim === 0 || x.shape[0] !== y.shape[0]) {
      throw new ShapeError(
        `TensorDataset: both need the same first length: x is ${show(x.shape)}, y is ` +
          show(y.shape),
      );
    }
    this.length = x.shape[0]!;
    this.#x = x.keep();
    this.#y = y.keep();
  }

  /** Views of the sample's x and y. */
  get(index: number): [x: Tensor, y: Tensor] {
    return [select(this.#x, 0, index), select(this.#y, 0, index)];
  }

  /** Copies, gathered by one kernel each, where x and y are. */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const rows = (of: Tensor) =>
      indexSelect(of, 0, fromTypedArray(indices, [indices.length], { device: of.device }));
    return [rows(this.#x), rows(this.#y)];
  }
}
