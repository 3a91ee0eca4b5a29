/**
 * Parts of data sets, and several as one.
 *
 * @module
 */
import type { DeviceName } from "../devices.ts";
import { describe as show } from "../core/inspect.ts";
import { atMost, check, describe, isIterable, isListOf, type Kind, kind } from "../core/options.ts";
import { Generator, generator, permutation } from "../core/random.ts";
import { cat } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Dataset, type Sample } from "./dataset.ts";

/** A data set, for checks of arguments. */
export const DATASET: Kind = kind("a data set, with length and get() or batch()", (value) => {
  const { length, batch } = Object(value) as Partial<Dataset>;
  return typeof length === "number" && typeof batch === "function";
});

/** Numbers of samples, for checks of arguments. */
export const INDICES: Kind = kind(
  "a list of whole numbers",
  (value) =>
    ArrayBuffer.isView(value) && "length" in value && !(value instanceof BigInt64Array) ||
    isListOf(value, (item) => Number.isInteger(item)),
);

/** Some samples of another data set, as `torch.utils.data.Subset`. */
export class Subset<
  S extends Sample = [x: Tensor, y: Tensor],
  D extends Dataset<S> = Dataset<S>,
> extends Dataset<S> {
  /** What they are of. */
  readonly dataset: D;
  /** Their numbers there. */
  readonly indices: Int32Array;

  /** RangeError where there is no such sample. */
  constructor(dataset: D, indices: ArrayLike<number>) {
    atMost(2, arguments.length, "Subset(dataset, indices)");
    check("Subset", "the data set", dataset, DATASET);
    check("Subset", "the indices", indices, INDICES);
    super();
    this.dataset = dataset;
    this.indices = Int32Array.from(indices);
    const wrong = this.indices.find((i) => i < 0 || i >= dataset.length);
    if (wrong !== undefined) {
      throw new RangeError(
        `Subset: the indices must be from 0 to ${dataset.length - 1}: one is ${wrong}`,
      );
    }
  }

  /** The same of the other data set there. */
  override to(device: DeviceName): Subset<S> {
    atMost(1, arguments.length, "to(device)");
    return new Subset<S>(this.dataset.to(device), this.indices);
  }

  /** How many there are. */
  get length(): number {
    return this.indices.length;
  }

  /** One of them. RangeError where there is no such number. */
  get(index: number): S {
    return this.dataset.get(indexIn("get", this.indices, index));
  }

  /** Several of them, as the other data set gives them. */
  override batch(indices: Int32Array): S {
    return this.dataset.batch(indices.map((i) => indexIn("batch", this.indices, i)));
  }
}

function indexIn(name: string, indices: Int32Array, i: number): number {
  const index = indices[i];
  if (index !== undefined) return index;
  throw new RangeError(
    `${name}: the number must be from 0 to ${indices.length - 1}: it is ${describe(i)}`,
  );
}

const LIST = kind("a list of data sets", isIterable);

/** Data sets one after the other, as `torch.utils.data.ConcatDataset`. */
export class ConcatDataset<S extends Sample = [x: Tensor, y: Tensor]> extends Dataset<S> {
  /** What they are. */
  readonly datasets: readonly Dataset<S>[];
  /** How many samples there are. */
  readonly length: number;
  /** Where each ends. */
  readonly #ends: number[];

  /** At least one. */
  constructor(datasets: Iterable<Dataset<S>>) {
    atMost(1, arguments.length, "ConcatDataset(datasets)");
    check("ConcatDataset", "the data sets", datasets, LIST);
    const list = Array.from(datasets);
    if (list.length === 0) {
      throw new RangeError("ConcatDataset: needs a data set: the list is empty");
    }
    list.forEach((set, i) => check("ConcatDataset", `number ${i}`, set, DATASET));
    super();
    this.datasets = list;
    let end = 0;
    this.#ends = list.map(({ length }) => end += length);
    this.length = end;
  }

  /** One of all. RangeError where there is no such number. */
  get(index: number): S {
    const at = this.#place(index);
    return this.datasets[at]!.get(index - (this.#ends[at - 1] ?? 0));
  }

  /** Several of all: of each run of samples of one data set as that gives them. */
  override batch(indices: Int32Array): S {
    const parts: S[] = [];
    for (let i = 0; i < indices.length;) {
      const at = this.#place(indices[i]!);
      const begin = i;
      while (i < indices.length && this.#place(indices[i]!) === at) i++;
      const before = this.#ends[at - 1] ?? 0;
      parts.push(this.datasets[at]!.batch(indices.slice(begin, i).map((index) => index - before)));
    }
    if (parts.length === 1) return parts[0]!;
    return parts[0]!.map((_, k) => cat(parts.map((part) => part[k]!))) as unknown as S;
  }

  /** `ConcatDataset(length: 300, datasets: 3)`. */
  override toString(): string {
    return show(this, { length: this.length, datasets: this.datasets.length });
  }

  #place(index: number): number {
    const at = index < 0 ? -1 : this.#ends.findIndex((end) => index < end);
    if (at >= 0) return at;
    throw new RangeError(
      `ConcatDataset: the number must be from 0 to ${this.length - 1}: it is ${describe(index)}`,
    );
  }
}

const GENERATOR = kind("a Generator", (value) => value instanceof Generator);

/**
 * Divides a data set at random, as `torch.utils.data.random_split`.
 *
 * @param lengths How many samples each part has, or which share of them: shares sum to 1.
 * @param from What is drawn from; default: what follows `manualSeed`.
 *
 * @example
 * ```ts
 * import { arange, data } from "@glim/glim";
 * const set = new data.TensorDataset(arange(10), arange(10));
 * console.log(data.randomSplit(set, [0.8, 0.2]).map(({ length }) => length)); // [8, 2]
 * ```
 */
export function randomSplit<S extends Sample, D extends Dataset<S>>(
  dataset: D & Dataset<S>,
  lengths: readonly number[],
  from: Generator = generator(),
): Subset<S, D>[] {
  atMost(3, arguments.length, "randomSplit(dataset, lengths, generator)");
  check("randomSplit", "the data set", dataset, DATASET);
  check("randomSplit", "the generator", from, GENERATOR);
  const n = dataset.length;
  const areNumbers = kind(
    "a list of numbers from 0 up",
    (value) => isListOf(value, (item) => typeof item === "number" && item >= 0),
  );
  check("randomSplit", "the lengths", lengths, areNumbers);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const areShares = Math.abs(total - 1) < 1e-9 && (n !== 1 || lengths.length > 1);
  const counts = areShares ? lengths.map((share) => Math.floor(share * n)) : [...lengths];
  if (areShares) { // what is left over goes to the first parts, one each
    let left = n - counts.reduce((sum, count) => sum + count, 0);
    for (let i = 0; left > 0; i = (i + 1) % counts.length, left--) counts[i]!++;
  } else if (total !== n || !counts.every(Number.isInteger)) {
    throw new RangeError(
      `randomSplit: the lengths must be whole numbers that sum to ${n}, or shares that sum to 1: ` +
        `they sum to ${total}`,
    );
  }
  const order = permutation(n, from.next());
  let at = 0;
  return counts.map((count) => new Subset<S, D>(dataset, order.subarray(at, at += count)));
}
