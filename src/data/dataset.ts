import { fromTypedArray } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { describe, inspectAsString } from "../core/inspect.ts";
import { atMost, check, describe as describeValue, type Kind, kind } from "../core/options.ts";
import { type DeviceName, isDevice } from "../devices.ts";
import { checkTensor } from "../ops/check.ts";
import { indexSelect, select, stack, to } from "../ops/mod.ts";
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

  /**
   * The same samples on a device. Where they lie in tensors these go there once, as they are, and batches
   * are gathered there; of others each batch goes.
   *
   * @example
   * ```ts
   * import { data, randn } from "@glim/glim";
   * const set = new data.TensorDataset(randn([8, 2]), randn([8])).to("reference");
   * console.log(set.batch(Int32Array.of(1, 2))[0].device); // reference
   * ```
   */
  to(device: DeviceName): Dataset<S> {
    atMost(1, arguments.length, "to(device)");
    check("to", "the device", device, DEVICE);
    return new OnDevice(this, device);
  }

  /** `TensorDataset(length: 100)`. */
  toString(): string {
    return describe(this, { length: this.length });
  }
}

inspectAsString(Dataset);

/** The name of a device, for checks of arguments. */
export const DEVICE: Kind = kind(
  "the name of a device",
  (value) => typeof value === "string",
  isDevice,
);

/** Samples of another data set, each batch of which goes to a device. */
class OnDevice<S extends Sample> extends Dataset<S> {
  readonly #set: Dataset<S>;
  readonly #device: DeviceName;

  constructor(set: Dataset<S>, device: DeviceName) {
    super();
    this.#set = set;
    this.#device = device;
  }

  get length(): number {
    return this.#set.length;
  }

  get(index: number): S {
    return this.#moved(this.#set.get(index));
  }

  override batch(indices: Int32Array): S {
    return this.#moved(this.#set.batch(indices));
  }

  #moved(sample: S): S {
    return sample.map((tensor) => to(tensor, this.#device)) as unknown as S;
  }
}

/** Samples of the same shapes, stacked along a new first dimension. */
export function stacked<S extends Sample>(samples: readonly S[]): S {
  if (!Array.isArray(samples[0])) {
    const isLate = samples[0] as unknown instanceof Promise;
    throw new TypeError(
      `a batch: a sample must be a list of tensors, as [x, y]: it is ` +
        describeValue(samples[0]) +
        (isLate ? ": what comes late is for a StreamLoader" : ": or give { collate }"),
    );
  }
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

  /** The same with its tensors there, copied once. */
  override to(device: DeviceName): TensorDataset<S> {
    atMost(1, arguments.length, "to(device)");
    check("to", "the device", device, DEVICE);
    return new TensorDataset(...this.#tensors.map((x) => to(x, device)) as unknown as S);
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
