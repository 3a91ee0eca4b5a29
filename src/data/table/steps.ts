/**
 * What can be done with columns before a network takes them, each fitted to what is learnt from.
 *
 * @module
 */
import { DataError, printable } from "../../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  type Kind,
  type Kinds,
  listOf,
  number,
  oneOf,
  whole,
} from "../../core/options.ts";
import { ge, indexSelect, log, where } from "../../ops/mod.ts";
import { fromTypedArray } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type ColumnType, quantile } from "./column.ts";

/** A column of the rows that are learnt from. */
export interface TrainingColumn {
  /** Its name. */
  readonly name: string;
  /** What stands in it. */
  readonly type: ColumnType;
  /** A number a row, NaN where it has none. */
  readonly values: Float64Array;
  /** The categories by their code; else empty. */
  readonly texts: readonly string[];
}

/** A step that was fitted: what JSON holds, so that it can be made again without the data. */
export interface FittedStep {
  /** Which step it is. */
  readonly kind: string;
  /** Its numbers: lists of one length, one number an input column or an output column. */
  readonly numbers: Readonly<Record<string, readonly number[]>>;
}

/** A step of an {@link Encoder}: fitted to columns, it says what becomes of them. */
export interface Step {
  /** Which step it is. */
  readonly kind: string;
  /** Fits it. The columns that come out are those that the next step is fitted to. */
  fit(columns: readonly TrainingColumn[]): { fitted: FittedStep; columns: TrainingColumn[] };
}

/** The tensors of a fitted step, by the names of its numbers. */
export type StepBuffers = Readonly<Record<string, Tensor>>;

/** How a kind of step computes: x float32 [n, columns], NaN where a value is missing. */
export type Apply = (x: Tensor, buffers: StepBuffers) => Tensor;

/** What all kinds of step do. */
export const APPLY: Readonly<Record<string, Apply>> = {
  impute: (x, { values }) => where(x.ne(x), values!, x),
  missing: (x) => x.ne(x).to("float32"),
  scale: (x, { offset, scale }) => x.sub(offset!).mul(scale!),
  log: (x, { least }) => log(x.sub(least!).clamp({ min: 0 }).add(1)),
  oneHot: (x, { column, code }) => indexSelect(x, 1, column!).eq(code!).to("float32"),
  ordinal: (x) => where(x.ne(x), -1, x),
  // of each bin whether x is at or above its lower end, but not of the next
  bins(x, { column, lower, upper }) {
    const each = indexSelect(x, 1, column!);
    return ge(each, lower!).to("float32").sub(ge(each, upper!).to("float32"));
  },
};

/** The tensors that hold a fitted step's numbers. */
export function buffersOf({ numbers }: FittedStep): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, list]) => [
      name,
      fromTypedArray(name === "column" ? Int32Array.from(list) : Float32Array.from(list), [
        list.length,
      ]),
    ]),
  );
}

/** A step that changes each column by itself. */
function elementwise(
  kind: string,
  fit: (column: TrainingColumn) => { numbers: Record<string, number>; change(x: number): number },
): Step {
  return {
    kind,
    fit(columns) {
      const fits = columns.map(fit);
      const names = Object.keys(fits[0]?.numbers ?? {});
      return {
        fitted: {
          kind,
          numbers: Object.fromEntries(
            names.map((name) => [name, fits.map(({ numbers }) => numbers[name]!)]),
          ),
        },
        columns: columns.map((column, i) => ({
          ...column,
          type: "number",
          values: column.values.map(fits[i]!.change),
        })),
      };
    },
  };
}

/** A step that makes several columns of one. */
function expanding(
  kind: string,
  fit: (
    column: TrainingColumn,
  ) => { name: string; numbers: Record<string, number>; is(x: number): boolean }[],
): Step {
  return {
    kind,
    fit(columns) {
      const parts = columns.flatMap((column, i) =>
        fit(column).map((part) => ({ ...part, column, i }))
      );
      const names = Object.keys(parts[0]?.numbers ?? {});
      const numbers = Object.fromEntries(
        names.map((name) => [name, parts.map(({ numbers }) => numbers[name]!)]),
      );
      return {
        fitted: { kind, numbers: { column: parts.map(({ i }) => i), ...numbers } },
        columns: parts.map(({ name, is, column: { values } }) => ({
          name,
          type: "number" as const,
          texts: [],
          values: values.map((x) => is(x) ? 1 : 0),
        })),
      };
    },
  };
}

function present({ name, values }: TrainingColumn): Float64Array {
  const found = values.filter((value) => !Number.isNaN(value));
  if (found.length > 0) return found;
  throw new DataError(`encoder: ${printable(name)} has no value in what is learnt from: ignore it`);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const IMPUTE = either(oneOf("mean", "median", "mostFrequent"), number);

/**
 * Fills in what is missing: the mean, the median, the most frequent value of what is learnt from, or a
 * number. Default: the median. As scikit-learn's `SimpleImputer`.
 */
export function impute(by: "mean" | "median" | "mostFrequent" | number = "median"): Step {
  atMost(1, arguments.length, "impute(by)");
  check("impute", "by", by, IMPUTE);
  return elementwise("impute", (column) => {
    const value = typeof by === "number" ? by : valueBy(by, present(column));
    return { numbers: { values: value }, change: (x) => Number.isNaN(x) ? value : x };
  });
}

function valueBy(by: "mean" | "median" | "mostFrequent", values: Float64Array): number {
  if (by === "mean") return meanOf(values);
  const sorted = values.toSorted();
  if (by === "median") return quantile(sorted, 0.5);
  let best = sorted[0]!, most = 0;
  for (let i = 0; i < sorted.length;) {
    const begin = i;
    while (sorted[i] === sorted[begin]) i++;
    if (i - begin > most) [best, most] = [sorted[begin]!, i - begin];
  }
  return best;
}

/** 1 where a value is missing, else 0. */
export function missing(): Step {
  atMost(0, arguments.length, "missing()");
  return elementwise("missing", () => ({ numbers: {}, change: (x) => Number.isNaN(x) ? 1 : 0 }));
}

/**
 * (x − mean) / deviation, both of what is learnt from; a column that is constant there is only shifted.
 * As scikit-learn's `StandardScaler`.
 */
export function standardise(): Step {
  atMost(0, arguments.length, "standardise()");
  return elementwise("scale", (column) => {
    const values = present(column);
    const offset = meanOf(values);
    const deviation = Math.sqrt(
      values.reduce((sum, x) => sum + (x - offset) ** 2, 0) / values.length,
    );
    // what is left of a constant by rounding is no deviation
    return scaling(offset, deviation > 1e-12 * Math.abs(offset) ? 1 / deviation : 1);
  });
}

/** Options of {@link minMax}. */
export interface MinMaxOptions {
  /** What the least becomes. Default: 0. */
  from?: number;
  /** What the most becomes. Default: 1. */
  to?: number;
}

const MIN_MAX: Kinds<MinMaxOptions> = { from: number, to: number };

/**
 * The least of what is learnt from becomes 0, the most 1. As scikit-learn's `MinMaxScaler`.
 */
export function minMax(options: MinMaxOptions = {}): Step {
  atMost(1, arguments.length, "minMax({ from, to })");
  const { from = 0, to = 1 } = checkOptions("minMax", options, MIN_MAX);
  return elementwise("scale", (column) => {
    const values = present(column);
    const least = values.reduce((a, b) => Math.min(a, b));
    const most = values.reduce((a, b) => Math.max(a, b));
    const scale = (to - from) / (most > least ? most - least : 1);
    return scaling(least - from / scale, scale);
  });
}

function scaling(offset: number, scale: number) {
  return { numbers: { offset, scale }, change: (x: number) => (x - offset) * scale };
}

/** log(1 + x) of numbers from 0 up; where some are below, log(1 + x − the least). */
function logarithm(): Step {
  atMost(0, arguments.length, "log()");
  return elementwise("log", (column) => {
    const least = present(column).reduce((a, b) => Math.min(a, b), 0);
    return { numbers: { least }, change: (x) => Math.log(1 + Math.max(0, x - least)) };
  });
}
export { logarithm as log };

/**
 * A column for each category that is learnt from: 1 where it is, else 0. One that is first met later,
 * and none, are 0 everywhere. As scikit-learn's `OneHotEncoder` with `handle_unknown="ignore"`.
 */
export function oneHot(): Step {
  atMost(0, arguments.length, "oneHot()");
  return expanding("oneHot", (column) => {
    const codes = Array.from(new Set(present(column))).sort((a, b) => a - b);
    return codes.map((code) => ({
      name: `${column.name}=${column.texts[code] ?? code}`,
      numbers: { code },
      is: (x: number) => x === code,
    }));
  });
}

/** A category's position among the categories, as a number; −1 where there is none. */
export function ordinal(): Step {
  atMost(0, arguments.length, "ordinal()");
  return elementwise("ordinal", () => ({ numbers: {}, change: (x) => Number.isNaN(x) ? -1 : x }));
}

/** Options of {@link bins}. */
export interface BinsOptions {
  /** Where bins end: so that as many values are in each, or at even distances. Default: `"quantile"`. */
  strategy?: "quantile" | "uniform";
}

const BINS: Kinds<BinsOptions> = { strategy: oneOf("quantile", "uniform") };
const COUNT = whole(2);

/**
 * A column for each bin that a number can be in: 1 where it is, else 0. Missing ones are in none. As
 * scikit-learn's `KBinsDiscretizer`.
 *
 * @param count How many bins there are; bins that would be empty are left out.
 */
export function bins(count = 5, options: BinsOptions = {}): Step {
  atMost(2, arguments.length, "bins(count, { strategy })");
  check("bins", "the count", count, COUNT);
  const { strategy = "quantile" } = checkOptions("bins", options, BINS);
  return expanding("bins", (column) => {
    const sorted = present(column).toSorted();
    const [least, most] = [sorted[0]!, sorted.at(-1)!];
    const edges = Array.from(
      { length: count - 1 },
      (_, i) =>
        strategy === "quantile"
          ? quantile(sorted, (i + 1) / count)
          : least + (most - least) * (i + 1) / count,
    );
    const inner = Array.from(new Set(edges)).filter((edge) => edge > least && edge <= most);
    const ends = [-LARGEST, ...inner, Infinity];
    return ends.slice(1).map((upper, i) => ({
      name: `${column.name} from ${ends[i] === -LARGEST ? "the least" : ends[i]}`,
      numbers: { lower: ends[i]!, upper: upper === Infinity ? LARGEST : upper },
      is: (x: number) => x >= ends[i]! && x < upper,
    }));
  });
}

/** JSON has no infinity; float32 has nothing above it. */
const LARGEST = 3.4028234663852886e38;

/** Steps, for checks of options. */
export const STEPS: Kind = listOf(
  { needs: "a step", isType: isStep, fits: isStep },
  undefined,
  "a list of steps, as [impute(), standardise()]",
);

function isStep(value: unknown): boolean {
  const { kind, fit } = Object(value) as Partial<Step>;
  return typeof fit === "function" && kind !== undefined && Object.hasOwn(APPLY, kind);
}
