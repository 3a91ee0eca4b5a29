/**
 * Dividing a data set into what is learnt from and what is judged by.
 *
 * @module
 */
import { DataError, printable } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  type Kind,
  kind,
  type Kinds,
  notNegative,
  text,
  whole,
} from "../core/options.ts";
import { Generator, generator, permutation } from "../core/random.ts";
import { scope } from "../scope/scope.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import type { Dataset, Sample } from "./dataset.ts";
import { DATASET, Subset } from "./subset.ts";
import { Table } from "./table/table.ts";
import { countOf } from "./table/table.ts";

/** A value a sample, or the name of a table's column. */
export type PerSample = string | ArrayLike<string | number | bigint | boolean>;

/** How samples are divided. */
export interface DivideOptions {
  /**
   * Each part gets as much of each class as the whole has: of the target's labels, or of values of
   * one's own. Default: false.
   */
  stratify?: boolean | PerSample;
  /** Samples with one value stay together, as the photos of one person. */
  group?: PerSample;
  /** Where the random numbers begin; default: they follow `manualSeed`. */
  seed?: number;
}

/** Options of {@link split}. */
export interface SplitOptions extends DivideOptions {
  /** The share, or from 1 on the number, of samples that are tested on. Default: 0.15. */
  test?: number;
  /** The share, or from 1 on the number, of samples that are compared by. Default: 0.15. */
  dev?: number;
  /** What comes later is tested on, and what comes before that compared by: nothing is random. */
  time?: PerSample;
}

/** Three parts of a data set, none of whose samples is in another. */
export interface Split<
  S extends Sample = [x: Tensor, y: Tensor],
  D extends Dataset<S> = Dataset<S>,
> {
  /** What is learnt from. */
  train: Subset<S, D>;
  /** What epochs, networks and options are compared by. */
  dev: Subset<S, D>;
  /** What is looked at once, at the end. */
  test: Subset<S, D>;
  /** What could not be done as asked, a sentence each. */
  warnings: string[];
}

const PER_SAMPLE: Kind = either(
  text,
  kind(
    "a list with a value a sample",
    (value) => typeof value === "object" && value !== null && "length" in value,
  ),
);

const DIVIDE: Kinds<DivideOptions> = {
  stratify: either(flag, PER_SAMPLE),
  group: PER_SAMPLE,
  seed: whole(0),
};

const SPLIT: Kinds<SplitOptions> = {
  ...DIVIDE,
  test: notNegative,
  dev: notNegative,
  time: PER_SAMPLE,
};

/**
 * Divides a data set into three parts, at random or in time.
 *
 * DataError where the parts leave nothing to learn from, or there is nothing to stratify by.
 *
 * @param options `stratify: true` where classes are rare; `group` where samples belong together, so
 * that none of a group is judged that others were learnt from.
 *
 * @example
 * ```ts
 * import { data } from "@glim/glim";
 * const kind = ["a", "a", "a", "a", "a", "a", "b", "b", "b", "b"];
 * const set = data.table({ x: kind.map((_, i) => i), kind }, { target: "kind" });
 * const { train, dev, test } = data.split(set, { test: 0.2, dev: 0.2, stratify: true, seed: 1 });
 * console.log(train.length, dev.length, test.length); // 6 2 2
 * ```
 */
export function split<S extends Sample, D extends Dataset<S>>(
  set: D & Dataset<S>,
  options: SplitOptions = {},
): Split<S, D> {
  atMost(2, arguments.length, "split(set, { test, dev, stratify, group, time, seed })");
  check("split", "the data set", set, DATASET);
  const { test = 0.15, dev = 0.15, time, ...divide } = checkOptions("split", options, SPLIT);
  const n = set.length;
  const [tested, compared] = [test, dev].map((part) =>
    part >= 1 ? Math.floor(part) : part === 0 ? 0 : Math.max(1, Math.round(part * n))
  ) as [number, number];
  const learnt = n - tested - compared;
  if (learnt < 1) {
    throw new DataError(
      `split: needs a sample to learn from: of ${n}, dev takes ${compared} and test ${tested}`,
    );
  }
  const warnings: string[] = [];
  const counts = [learnt, compared, tested];
  const parts = time === undefined
    ? divided("split", set, counts, divide, warnings)
    : inTime(set, counts, time);
  const [train, dev_, test_] = parts.map((indices) => new Subset<S, D>(set, indices));
  return { train: train!, dev: dev_!, test: test_!, warnings };
}

/** Options of {@link kFold}. */
export interface KFoldOptions extends DivideOptions {
  /** How many folds there are. Default: 5. */
  k?: number;
}

/** A fold: what is learnt from, and the part that it is judged by. */
export interface Fold<
  S extends Sample = [x: Tensor, y: Tensor],
  D extends Dataset<S> = Dataset<S>,
> {
  /** The other parts. */
  train: Subset<S, D>;
  /** One part. */
  dev: Subset<S, D>;
}

const FOLDS: Kinds<KFoldOptions> = { ...DIVIDE, k: whole(2) };

/**
 * Divides a data set into k parts at random, each of which is judged by once. DataError where there
 * are fewer samples, or groups, than folds.
 *
 * @example
 * ```ts
 * import { arange, data } from "@glim/glim";
 * const set = new data.TensorDataset(arange(10), arange(10));
 * for (const { train, dev } of data.kFold(set, { k: 5, seed: 1 })) {
 *   console.log(train.length, dev.length); // 8 2
 * }
 * ```
 */
export function kFold<S extends Sample, D extends Dataset<S>>(
  set: D & Dataset<S>,
  options: KFoldOptions = {},
): Fold<S, D>[] {
  atMost(2, arguments.length, "kFold(set, { k, stratify, group, seed })");
  check("kFold", "the data set", set, DATASET);
  const { k = 5, ...divide } = checkOptions("kFold", options, FOLDS);
  const n = set.length;
  const counts = Array.from({ length: k }, (_, i) => Math.floor(n / k) + (i < n % k ? 1 : 0));
  const parts = divided("kFold", set, counts, divide, null);
  const empty = parts.filter(({ length }) => length === 0).length;
  if (empty > 0) {
    const what = divide.group === undefined ? "sample" : "group";
    throw new DataError(`kFold: each fold needs a ${what}: ${empty} of ${k} have none`);
  }
  return parts.map((dev, i) => ({
    train: new Subset<S, D>(
      set,
      parts.flatMap((part, j) => i === j ? [] : part).sort((a, b) => a - b),
    ),
    dev: new Subset<S, D>(set, dev),
  }));
}

/**
 * The numbers of the samples of each part. Where warnings are wanted, the first part is what is learnt
 * from, and gets the classes that are too rare to be in all.
 */
function divided<S extends Sample>(
  name: string,
  set: Dataset<S>,
  counts: readonly number[],
  { stratify = false, group, seed }: DivideOptions,
  warnings: string[] | null,
): number[][] {
  const random = seed === undefined ? generator() : new Generator(seed);
  const order = permutation(set.length, random.next());
  const classes = stratify === false
    ? new Int32Array(set.length)
    : numbered(stratify === true ? labelsOf(name, set) : valuesOf(name, set, stratify));
  if (group !== undefined) {
    return byGroups(order, counts, classes, numbered(valuesOf(name, set, group)));
  }
  const sizes = countsOf(classes);
  const parts: number[][] = counts.map(() => []);
  const rare = warnings === null ? 0 : counts.filter((count) => count > 0).length;
  const isRare = (i: number) => sizes[classes[i]!]! < rare;
  for (const i of order) if (isRare(i)) parts[0]!.push(i);
  const few = sizes.filter((size) => size < rare).length;
  if (few > 0) {
    warnings!.push(
      `${
        countOf(few, "class").replace(/classs$/, "classes")
      } with fewer than ${rare} samples, one a ` +
        "part: only learnt from",
    );
  }
  // class by class, each sample to the part that lacks most of what it should have by then
  const rest = Array.from(order).filter((i) => !isRare(i))
    .sort((i, j) => sizes[classes[j]!]! - sizes[classes[i]!]! || classes[i]! - classes[j]!);
  const wanted = counts.map((count, part) => Math.max(0, count - parts[part]!.length));
  const total = wanted.reduce((sum, count) => sum + count, 0);
  const given = counts.map(() => 0);
  rest.forEach((i, at) => {
    let best = 0, most = -Infinity;
    wanted.forEach((count, part) => {
      const lack = given[part]! < count ? count / total * (at + 1) - given[part]! : -Infinity;
      if (lack > most) [best, most] = [part, lack];
    });
    given[best]!++;
    parts[best]!.push(i);
  });
  return parts.map((part) => part.sort((i, j) => i - j));
}

/** Whole groups, the largest first, each where it brings the parts nearest to what they should be. */
function byGroups(
  order: Int32Array,
  counts: readonly number[],
  classes: Int32Array,
  groups: Int32Array,
): number[][] {
  const n = order.length;
  const sizes = countsOf(classes);
  const members: number[][] = [];
  for (const i of order) (members[groups[i]!] ??= []).push(i);
  const listed = Array.from(
    new Set(Array.from(order, (i) => groups[i]!)),
    (group) => members[group]!,
  );
  listed.sort((a, b) => b.length - a.length);
  const wanted = counts.map((count) => Array.from(sizes, (size) => size * count / n));
  const given = counts.map(() => new Float64Array(sizes.length));
  const parts: number[][] = counts.map(() => []);
  for (const group of listed) {
    const own = new Float64Array(sizes.length);
    for (const i of group) own[classes[i]!]!++;
    let best = 0, least = Infinity;
    wanted.forEach((want, part) => {
      if (counts[part] === 0) return;
      // by how much the distance from what is wanted grows, in shares of the part
      let growth = 0;
      own.forEach((count, c) => {
        const before = given[part]![c]! - want[c]!;
        growth += ((before + count) ** 2 - before ** 2) / (want[c]! + 1);
      });
      if (growth < least) [best, least] = [part, growth];
    });
    own.forEach((count, c) => given[best]![c]! += count);
    parts[best]!.push(...group);
  }
  return parts.map((part) => part.sort((i, j) => i - j));
}

/** Parts one after the other in time. */
function inTime<S extends Sample>(
  set: Dataset<S>,
  counts: readonly number[],
  time: PerSample,
): number[][] {
  const values = Array.from(valuesOf("split", set, time), Number);
  const missing = values.filter(Number.isNaN).length;
  if (missing > 0) throw new DataError(`split: each sample needs a time: ${missing} have none`);
  const order = Array.from(values.keys()).sort((i, j) => values[i]! - values[j]! || i - j);
  let at = 0;
  return counts.map((count) => order.slice(at, at += count));
}

/** The values of a table's column, or those that were given. */
function valuesOf<S extends Sample>(
  name: string,
  set: Dataset<S>,
  values: PerSample,
): ArrayLike<string | number | bigint | boolean> {
  if (typeof values !== "string") {
    if (values.length === set.length) return values;
    throw new DataError(
      `${name}: needs ${set.length} values, one a sample: there are ${values.length}`,
    );
  }
  if ((set as unknown) instanceof Table) return (set as unknown as Table).column(values).values;
  throw new DataError(
    `${name}: only a table has columns, such as ${printable(values)}: give a list of values`,
  );
}

/** The label of each sample: its last tensor, if that is one whole number. */
function labelsOf<S extends Sample>(name: string, set: Dataset<S>): ArrayLike<number> {
  if ((set as unknown) instanceof Table) {
    const { target } = set as unknown as Table;
    if (target?.type === "category") return target.values;
    throw new DataError(
      `${name}: stratify: true needs labels: the table's target is ` +
        (target === null ? "not named" : `${printable(target.name)}, ${target.type}`),
    );
  }
  const labels = new Float64Array(set.length);
  const read = (from: number, length: number) =>
    noGrad(() => set.batch(Int32Array.from({ length }, (_, i) => from + i)));
  const numbers = set.length === 0
    ? 1
    : scope(() => read(0, 1).reduce((sum, tensor) => sum + tensor.numel, 0));
  const chunk = Math.max(1, Math.min(MOST_SAMPLES, Math.floor(MOST_NUMBERS / numbers)));
  for (let at = 0; at < set.length; at += chunk) {
    scope(() => {
      const y = read(at, Math.min(chunk, set.length - at)).at(-1)!;
      if (y.ndim !== 1 || y.dtype === "float32") {
        throw new DataError(
          `${name}: stratify: true needs labels, whole numbers [n]: a batch's are ${y.dtype} ` +
            `[${y.shape.join(", ")}]: give a list of values`,
        );
      }
      labels.set(Array.from(y.toTypedArray(), Number), at);
    });
  }
  return labels;
}

/** Samples whose labels are read at once, and numbers of them: the samples are made with their labels. */
const MOST_SAMPLES = 1000, MOST_NUMBERS = 2 ** 22;

/** Each different value as a number from 0 on; NaN is one. */
function numbered(values: ArrayLike<string | number | bigint | boolean>): Int32Array {
  const numbers = new Map<unknown, number>();
  return Int32Array.from({ length: values.length }, (_, i) => {
    const value = values[i]!;
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value)!;
  });
}

function countsOf(numbers: Int32Array): Int32Array {
  const counts = new Int32Array(1 + numbers.reduce((a, b) => Math.max(a, b), 0));
  for (const number of numbers) counts[number]!++;
  return counts;
}
