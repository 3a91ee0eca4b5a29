import { DataError, printable, ShapeError, show } from "../../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  isPlainObject,
  kind,
  type Kinds,
} from "../../core/options.ts";
import { Module, ModuleList } from "../../nn/mod.ts";
import { asFloat } from "../../ops/cast.ts";
import { cat, indexSelect } from "../../ops/mod.ts";
import { fromTypedArray } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Dataset } from "../dataset.ts";
import { Subset } from "../subset.ts";
import type { Column } from "./column.ts";
import {
  APPLY,
  buffersOf,
  type FittedStep,
  impute,
  missing,
  oneHot,
  standardise,
  type Step,
  type StepBuffers,
  STEPS,
  type TrainingColumn,
} from "./steps.ts";
import { Table } from "./table.ts";

/** Columns that go through the same steps. */
export interface FittedGroup {
  /** Their numbers among the features. */
  readonly columns: readonly number[];
  /** The steps, the first first. */
  readonly steps: readonly FittedStep[];
}

/** All that an {@link Encoder} is made of: what JSON holds. */
export interface FittedPlan {
  /** The names of the features that go in. */
  readonly features: readonly string[];
  /** What becomes of them. */
  readonly groups: readonly FittedGroup[];
  /** The names of the columns that come out. */
  readonly outputs: readonly string[];
}

/** A step with its numbers as buffers. */
class StepModule extends Module<[x: Tensor]> {
  readonly #kind: string;
  readonly #buffers: StepBuffers;

  constructor(step: FittedStep) {
    super();
    this.#kind = step.kind;
    this.#buffers = Object.fromEntries(
      Object.entries(buffersOf(step)).map(([name, tensor]) => [
        name,
        this.registerBuffer(name, tensor),
      ]),
    );
  }

  forward(x: Tensor): Tensor {
    return APPLY[this.#kind]!(x, this.#buffers);
  }

  override extraRepr(): string {
    return this.#kind;
  }
}

/** Columns, and the steps that they go through. */
class GroupModule extends Module<[x: Tensor]> {
  readonly columns: Tensor;
  readonly steps: ModuleList<StepModule>;

  constructor({ columns, steps }: FittedGroup) {
    super();
    this.columns = this.registerBuffer(
      "columns",
      fromTypedArray(Int32Array.from(columns), [columns.length]),
    );
    this.steps = new ModuleList(steps.map((step) => new StepModule(step)));
  }

  forward(x: Tensor): Tensor {
    let out = indexSelect(x, 1, this.columns);
    for (const step of this.steps) out = step.forward(out);
    return out;
  }
}

/**
 * The first layer of a network that takes the rows of a {@link Table} as they are: it fills in, scales
 * and encodes them. What it was fitted to is in its state dict, and in an ONNX file of the network.
 * Made by {@link encoder}.
 */
export class Encoder extends Module<[x: Tensor]> {
  /** What it was fitted to. */
  readonly plan: FittedPlan;
  /** How many columns come out: what the next layer takes. */
  readonly outFeatures: number;
  /** A group of columns each. */
  readonly groups: ModuleList<Module<[x: Tensor]>>;

  /** The same encoder again, by the `plan` of another. */
  constructor(plan: FittedPlan) {
    atMost(1, arguments.length, "Encoder(plan)");
    check("Encoder", "the plan", plan, PLAN);
    super();
    this.plan = plan;
    this.outFeatures = plan.outputs.length;
    this.groups = new ModuleList(plan.groups.map((group) => new GroupModule(group)));
  }

  /** Rows x float32 [n, features], NaN where a value is missing, as [n, outFeatures]. */
  forward(x: Tensor): Tensor {
    x = asFloat("Encoder", x);
    const { features } = this.plan;
    if (x.ndim !== 2 || x.shape[1] !== features.length) {
      throw new ShapeError(
        `Encoder: rows of ${features.length} features are needed, [n, ${features.length}]: x is ` +
          show(x.shape),
      );
    }
    const parts = Array.from(this.groups, (group) => group.forward(x));
    return parts.length === 1 ? parts[0]! : cat(parts, 1);
  }

  /** `Encoder(features: 7, outFeatures: 10)`. */
  override extraRepr(): string {
    return `features=${this.plan.features.length}, out_features=${this.outFeatures}`;
  }
}

const PLAN = kind("the plan of an encoder", (value) => {
  const { features, groups, outputs } = Object(value) as Partial<FittedPlan>;
  return Array.isArray(features) && Array.isArray(groups) && Array.isArray(outputs) &&
    groups.every(({ columns, steps }: FittedGroup) =>
      Array.isArray(columns) && Array.isArray(steps) &&
      steps.every(({ kind, numbers }) => Object.hasOwn(APPLY, kind) && isPlainObject(numbers))
    );
});

/** Options of {@link encoder}. */
export interface EncoderOptions {
  /**
   * What becomes of columns of numbers and of dates. Default: what is missing is filled in by the
   * median, then they are standardised; another column tells where values were missing.
   */
  numbers?: readonly Step[];
  /** What becomes of columns of categories. Default: `[oneHot()]`. */
  categories?: readonly Step[];
  /** What becomes of single columns, by name. */
  columns?: Readonly<Record<string, readonly Step[]>>;
}

const OPTIONS: Kinds<EncoderOptions> = {
  numbers: STEPS,
  categories: STEPS,
  columns: kind(
    "an object of columns and their steps",
    (value) => isPlainObject(value) && Object.values(value).every(STEPS.fits),
  ),
};

/** A table that was divided: `data.split` and the folds of `data.kFold` give such. */
export interface DividedTable {
  /** What is learnt from: rows of a table. */
  readonly train: Dataset;
}

/**
 * The first layer of a network for tables, fitted to the rows that are learnt from, and to no others.
 *
 * DataError where those are no rows of a table, or where a column has no value in any of them.
 *
 * @example
 * ```ts
 * import { data, nn } from "@glim/glim";
 * const set = data.table(
 *   { size: [1, 2, null, 4, 5, 6], colour: ["red", "blue", "red", "red", "blue", "red"],
 *     kind: ["a", "b", "a", "a", "b", "a"] },
 *   { target: "kind" },
 * );
 * const parts = data.split(set, { test: 1, dev: 1, seed: 1 });
 * const encode = data.encoder(parts, { numbers: [data.impute(), data.minMax()] });
 * const model = new nn.Sequential(encode, new nn.Linear(encode.outFeatures, set.classes.length));
 * console.log(model.forward(parts.train.get(0)[0].unsqueeze(0)).shape); // [1, 2]
 * ```
 */
export function encoder(parts: DividedTable, options: EncoderOptions = {}): Encoder {
  atMost(2, arguments.length, "encoder(parts, { numbers, categories, columns })");
  const { numbers, categories = [oneHot()], columns = {} } = checkOptions(
    "encoder",
    options,
    OPTIONS,
  );
  const { features, rows } = trainingRows(parts);
  const training = features.map(({ name, type, values, texts }): TrainingColumn => ({
    name,
    type,
    texts,
    values: Float64Array.from(rows, (row) => values[row]!),
  }));
  const unknown = Object.keys(columns).find((name) => !features.some((f) => f.name === name));
  if (unknown !== undefined) {
    throw new DataError(
      `encoder: there is no feature ${printable(unknown)}: there are ` +
        features.map(({ name }) => printable(name)).join(", "),
    );
  }
  const isNumber = (i: number) => training[i]!.type !== "category";
  const all = Array.from(training.keys()).filter((i) => columns[training[i]!.name] === undefined);
  const gaps = all.filter((i) => isNumber(i) && training[i]!.values.some(Number.isNaN));
  const groups: [members: number[], steps: readonly Step[]][] = [
    [all.filter(isNumber), numbers ?? [impute(), standardise()]],
    [numbers === undefined ? gaps : [], [missing()]],
    [all.filter((i) => !isNumber(i)), categories],
    ...Object.entries(columns).map(([name, steps]): [number[], readonly Step[]] => [
      [features.findIndex((f) => f.name === name)],
      steps,
    ]),
  ];
  const outputs: string[] = [];
  const fitted = groups.filter(([members]) => members.length > 0).map(([members, steps]) => {
    let now = members.map((i) => training[i]!);
    const made = steps.map((step) => {
      const { fitted, columns } = step.fit(now);
      now = columns;
      return fitted;
    });
    const isFlag = steps.length === 1 && steps[0]!.kind === "missing";
    outputs.push(...now.map(({ name }) => isFlag ? `${name} missing` : name));
    return { columns: members, steps: made };
  });
  return new Encoder({ features: features.map(({ name }) => name), groups: fitted, outputs });
}

/** The features, and the rows that are learnt from. */
function trainingRows(parts: DividedTable): { features: readonly Column[]; rows: Int32Array } {
  let set: unknown = Object(parts).train;
  let rows = null as Int32Array | null;
  while (set instanceof Subset) {
    const { indices, dataset }: Subset = set;
    rows = rows === null ? indices : rows.map((row) => indices[row]!);
    set = dataset;
  }
  if (!(set instanceof Table)) {
    throw new DataError(
      `encoder: parts of a table are needed, as data.split(table) gives: train is ${describe(set)}`,
    );
  }
  const features = set.features;
  if (features.length === 0) throw new DataError("encoder: the table has no feature");
  return { features, rows: rows ?? Int32Array.from({ length: set.length }, (_, i) => i) };
}
