/** A table out of a file as an experiment's data: what is known of it, its parts, what is odd in it. */
import { data, DataError } from "@glim/glim";
import { basename } from "node:path";
import type { Data, DataInfo } from "../experiment.ts";
import { printable } from "../errors.ts";
import { readFile, sha256 } from "../files.ts";
import { sharesOf } from "../data_parts.ts";
import { countOf } from "../words.ts";
import { judgedRows } from "./known_table.ts";
import { type Dialect, readTable } from "./read_table.ts";
import { sharedRows, withoutDuplicates } from "./same_rows.ts";
import { logarithmicPlan, meanOf, type Scale, scaleOf } from "./scale.ts";
import { areLong, Rows, vocabularyOf, type Words } from "./words.ts";

/** What an experiment's options say of a table. */
export interface TableChoices extends Dialect {
  readonly file: string | null;
  readonly target: string | null;
  readonly ignore: string | null;
  readonly split: string;
  readonly group: string | null;
  readonly time: string | null;
  readonly fold: string | null;
  readonly dropDuplicates: boolean;
  readonly logTarget: "auto" | "yes" | "no";
}

/** A column that goes in, as a form or another file gives it. */
export interface Feature {
  readonly name: string;
  readonly type: data.ColumnType;
  /** The categories; else empty. */
  readonly texts: readonly string[];
  /** What a form begins with: the median, or the most frequent category. */
  readonly usual: number;
}

/** What of a table is kept with the network. */
export interface TableInfo {
  /** The names of all columns of the file, in order; runs of former versions do not have them. */
  readonly columns?: readonly string[];
  /** Whether its numbers have a comma before their fractions. */
  readonly hasCommas?: boolean;
  readonly features: readonly Feature[];
  readonly target: string;
  /** Classes by their label; empty where the target is a number. */
  readonly classNames: readonly string[];
  readonly plan: data.FittedPlan;
  /** Columns of texts, and the words that are counted in them; their counts come after the features. */
  readonly words: readonly Words[];
  /** Of a target that is a number: how it is learnt. */
  readonly scale: Scale | null;
}

/** A table's parts, and what is known of them. */
export interface TableData extends Data {
  readonly table: TableInfo;
  readonly train: RowsSubset;
  readonly dev: RowsSubset;
}

/** Some rows. */
type RowsSubset = data.Subset<[data.Sample[0], data.Sample[0]], Rows>;

/** Names by which a target is known where nobody names it. */
const TARGETS = /^(target|label|class|species|category|y|outcome|survived)$/i;

/** What a table is taken to be asked for: classes, or a number. */
export type TableKind = "classes" | "numbers";

/** The column that is predicted: the one that was named, or the likeliest. */
function targetOf(table: data.Table, named: string | null): string {
  if (named !== null) return table.column(named).name;
  const found = table.columns.filter(({ name }) => TARGETS.test(name)).at(-1) ??
    table.columns.filter((column) => canBeLearnt(column, table.length)).at(-1);
  return (found ?? table.columns.at(-1)!).name;
}

/** Whether a column has some numbers, or some classes of some rows each. */
function canBeLearnt({ type, values, texts }: data.Column, rows: number): boolean {
  const first = values.find((value) => !Number.isNaN(value));
  const isConstant = values.every((value) => Number.isNaN(value) || value === first);
  return !isConstant && (type === "number" || type === "category" && 2 * texts.length <= rows);
}

/** What a file asks for, and how many rows it has: what the defaults of a training follow from. */
export async function lookAt(
  file: string,
  target: string | null,
  how: Dialect = {},
): Promise<{ kind: TableKind; target: string; rows: number }> {
  const { table } = await readTable(file, {}, how);
  const column = table.column(targetOf(table, target));
  const distinct = new Set(column.values.filter((value) => !Number.isNaN(value)));
  const areWhole = [...distinct].every(Number.isInteger);
  const isNumber = column.type === "number" && !(areWhole && distinct.size <= FEW &&
    distinct.size * FEW <= table.length);
  return { kind: isNumber ? "numbers" : "classes", target: column.name, rows: table.length };
}

/** Whole numbers of so few values are classes, where each has as many rows on the average. */
const FEW = 10;

/** Classes that a table may have. */
const MOST_CLASSES = 1000;

/** A table's parts for an experiment; of a trained network what it is judged by. */
export async function tableData(
  choices: TableChoices,
  kind: TableKind,
  known?: DataInfo<TableData>,
): Promise<TableData> {
  if (known !== undefined && choices.file !== null) {
    const checksum = sha256(await readFile(choices.file));
    const learnt = known.checksums?.[0] ?? checksum;
    if (learnt !== checksum) return await otherRows(known, choices, checksum);
  }
  const notes: string[] = [];
  const { bytes, table, target } = await readFor(choices, kind, notes);
  const { set, ignore, parts } = divided(table, target, choices, kind, notes);
  const learnt = parts.train.indices;
  const scale = kind === "classes" ? null : scaleFor(set, learnt, choices, notes);
  const plan = planOf(set, parts, scale);
  const words = wordsOf(set, ignore, learnt, notes);
  const rows = new Rows(set, words);
  const of = ({ indices }: { indices: Int32Array }): RowsSubset => new data.Subset(rows, indices);
  const features = set.features.map(({ name, type, texts, values }): Feature => ({
    name,
    type,
    texts,
    usual: usualOf(type, values, learnt),
  }));
  const { classes } = set;
  if (known !== undefined) checkColumns(known.table, { features, target, words }, choices.file!);
  return {
    train: of(parts.train),
    dev: of(parts.dev),
    test: of(parts.test),
    name: basename(choices.file!),
    checksums: [sha256(bytes)],
    ...classes.length > 0 && { classes: classes.length, classNames: classes },
    table: {
      columns: table.columns.map(({ name }) => name),
      hasCommas: table.warnings.some((text) => /^numbers are read with a comma/.test(text)),
      features,
      target,
      classNames: classes,
      plan,
      words,
      scale,
    },
    notes: [
      ...String(set).split("\n").slice(1).map((line) => line.slice(2)),
      ...notes.map((note) => `note: ${note}`),
      `baseline: ${baseline(set, learnt, parts.dev.indices)}`,
    ],
  };
}

/** All rows of a file that a network did not learn from, as it knows them; each part has them all. */
async function otherRows(
  { table, classes, classNames }: DataInfo<TableData>,
  choices: TableChoices,
  checksum: string,
): Promise<TableData> {
  const file = choices.file!;
  const { set, notes } = await judgedRows(table, file, choices);
  const rows = new Rows(set, table.words);
  const all: RowsSubset = new data.Subset(
    rows,
    Int32Array.from({ length: set.length }, (_, i) => i),
  );
  return {
    train: all,
    dev: all,
    test: all,
    name: basename(file),
    checksums: [checksum],
    ...classes !== undefined && { classes, classNames },
    table,
    notes: notes.map((note) => `note: ${note}`),
  };
}

/** DataError where columns or categories are others than those that a network learnt from. */
function checkColumns(
  known: TableInfo,
  found: Pick<TableInfo, "features" | "target" | "words">,
  file: string,
): void {
  const told = ({ features, target, words }: typeof found) =>
    JSON.stringify([target, words, features.map(({ name, type, texts }) => [name, type, texts])]);
  if (told(known) === told(found)) return;
  throw new DataError(
    `${file}: the columns that the network learnt from are needed, with their categories: these are ` +
      `others; the folder of its run tells which file it learnt from: name that`,
  );
}

/** Reads the file, its target as what it is learnt as. */
async function readFor(
  choices: TableChoices,
  kind: TableKind,
  notes: string[],
): Promise<{ bytes: Uint8Array; table: data.Table; target: string }> {
  const { bytes, table, odd } = await readTable(choices.file, {}, choices);
  const target = targetOf(table, choices.target);
  const type = kind === "classes" ? "category" : "number";
  // numbers that are classes; texts that must be numbers are refused with their line
  const typed = table.column(target).type === type
    ? table
    : (await readTable(choices.file, { [target]: type }, choices)).table;
  notes.push(...typed.warnings.map(inOptions), ...odd, ...alike(typed));
  return { bytes, table: typed, target };
}

/** What a reader says to do, as an option of the command line. */
function inOptions(warning: string): string {
  return warning
    .replace("say header: false", "say --no-header")
    .replace('decimal: "," reads', "--decimal comma reads");
}

/** Some rows of a table. */
type TablePart = data.Subset<[data.Sample[0], data.Sample[0]], data.Table>;

/** The parts, each with all rows of the set at hand. */
interface Parts {
  readonly train: TablePart;
  readonly dev: TablePart;
  readonly test: TablePart;
}

/** The table with what is learnt and what from, and its parts. */
function divided(
  table: data.Table,
  target: string,
  choices: TableChoices,
  kind: TableKind,
  notes: string[],
): { set: data.Table; ignore: string[]; parts: Parts } {
  const ignore = ignored(table, target, choices, notes);
  let set = table.learn({ target, ignore });
  notes.push(...set.warnings.filter((warning) => !table.warnings.includes(warning)));
  set = withoutDuplicates(set, choices.dropDuplicates, notes);
  checkTarget(set, kind, textsOf(set, ignore).length, notes);
  const { train, dev, test, warnings } = divide(set, choices, kind);
  const empty = set.features
    .filter(({ values }) => train.indices.every((row) => Number.isNaN(values[row])))
    .map(({ name }) => name);
  for (const name of empty) {
    notes.push(`${printable(name)}: no row that is learnt from has a value: not learnt from`);
  }
  if (empty.length > 0) set = set.learn({ target, ignore: [...ignore, ...empty] });
  notes.push(...warnings);
  const part = ({ indices }: { indices: Int32Array }): TablePart => new data.Subset(set, indices);
  const parts = { train: part(train), dev: part(dev), test: part(test) };
  const twice = sharedRows(set, parts.train, [parts.dev, parts.test]);
  if (twice > 0) {
    notes.push(
      `${countOf(twice, "row")} of dev and test ${twice === 1 ? "is" : "are"} among those that ` +
        "are learnt from, too: --drop-duplicates keeps one of each",
    );
  }
  return { set, ignore, parts };
}

/** How a target that is a number is learnt. */
function scaleFor(
  { target }: data.Table,
  learnt: Int32Array,
  { logTarget }: TableChoices,
  notes: string[],
): Scale {
  const { name, values } = target!;
  const scale = scaleOf(Float64Array.from(learnt, (row) => values[row]!), logTarget);
  if (scale.log) {
    notes.push(
      `${printable(name)}: above 0 and over orders of magnitude: learnt by its logarithm, and ` +
        `told in its own unit; --log-target no learns it as it is`,
    );
  }
  return scale;
}

/** How the features become numbers that a network learns from. */
function planOf(set: data.Table, parts: Parts, scale: Scale | null): data.FittedPlan {
  if (set.features.length === 0) return { features: [], groups: [], outputs: [] };
  if (scale?.log) return logarithmicPlan(parts, set.features, parts.train.indices);
  return data.encoder(parts).plan;
}

/** The columns of texts, and the words that are counted in them. */
function wordsOf(
  set: data.Table,
  ignore: readonly string[],
  learnt: Int32Array,
  notes: string[],
): Words[] {
  const words = textsOf(set, ignore)
    .map((column) => vocabularyOf(column, learnt))
    .filter(({ vocabulary }) => vocabulary.length > 0);
  for (const { name, vocabulary } of words) {
    notes.push(
      `${printable(name)}: texts, of which ${countOf(vocabulary.length, "word")} are counted`,
    );
  }
  return words;
}

/** Categories that differ in nothing but capitals. */
function alike({ columns }: data.Table): string[] {
  return columns.flatMap(({ name, type, texts }) => {
    const seen = new Map<string, string>();
    for (const text of type === "category" ? texts : []) {
      const before = seen.get(text.toLowerCase());
      if (before !== undefined) {
        return [
          `${printable(name)}: ${printable(before)} and ${printable(text)} are two categories: ` +
          "they differ in capitals only",
        ];
      }
      seen.set(text.toLowerCase(), text);
    }
    return [];
  });
}

/** Columns that are not learnt from: those that were named, and those that cannot be. */
function ignored(
  table: data.Table,
  target: string,
  { ignore, group, time }: TableChoices,
  notes: string[],
): string[] {
  const named = (ignore ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  for (const name of named) table.column(name);
  const all = [...named, ...group === null ? [] : [group]];
  for (const { name, type, count, missing, distinct } of table.describe()) {
    if (name === target || all.includes(name) || name === time) continue;
    const why = count === 0
      ? "no row has a value"
      : distinct === 1 && missing === 0
      ? "it has one value in all rows"
      : type === "text" && !areLong(table.column(name))
      ? `${distinct} different texts`
      : type === "number" && isCounter(table.column(name).values)
      ? "it counts the rows"
      : null;
    if (why === null) continue;
    all.push(name);
    notes.push(`${printable(name)}: ${why}: not learnt from`);
  }
  return all;
}

/** Whether numbers are 0, 1, 2 … or 1, 2, 3 …: those of the rows. */
function isCounter(values: ArrayLike<number>): boolean {
  if (values.length < 10 || values[0] !== 0 && values[0] !== 1) return false;
  return Array.prototype.every.call(values, (value, i) => value === values[0]! + i);
}

function checkTarget(
  set: data.Table,
  kind: TableKind,
  texts: number,
  notes: readonly string[],
): void {
  const { name, values } = set.target!;
  if (set.features.length + texts === 0) {
    throw new DataError(
      [`${printable(name)}: columns to learn it from are needed: none is left`, ...notes].join(
        "; ",
      ),
    );
  }
  if (kind === "numbers") {
    if (values.every((value) => value === values[0])) {
      throw new DataError(
        `${printable(name)}: it has one value in all rows: nothing can be learnt`,
      );
    }
    return;
  }
  const { length } = set.classes;
  if (length < 2 || length > MOST_CLASSES || length * 2 > set.length) {
    throw new DataError(
      `${printable(name)}: 2 to ${MOST_CLASSES} classes of some rows each are needed: it has ` +
        `${length} in ${set.length} rows; --target names another column`,
    );
  }
}

/** The parts, as the options say. */
function divide(set: data.Table, choices: TableChoices, kind: TableKind) {
  const { split, group, time, fold } = choices;
  const stratify = kind === "classes";
  const by = { ...group !== null && { group }, seed: 0 };
  const { dev, test } = sharesOf(split);
  if (fold === null) {
    return data.split(set, time === null ? { dev, test, stratify, ...by } : { dev, test, time });
  }
  const match = /^(\d+)\/(\d+)$/.exec(fold);
  const [i, k] = [Number(match?.[1]), Number(match?.[2])];
  if (!(i >= 1 && i <= k && k >= 2)) {
    throw new DataError(
      `--fold: such as 1/5, the first of five, is needed: it is ${printable(fold)}`,
    );
  }
  const { train, dev: tested } = data.kFold(set, { k, stratify, ...by })[i - 1]!;
  const inner = data.split(train, { dev, test: 0, stratify: stratify && labels(train), seed: i });
  const of = ({ indices }: { indices: Int32Array }) =>
    new data.Subset<[data.Sample[0], data.Sample[0]], data.Table>(
      set,
      indices.map((j) => train.indices[j]!),
    );
  return { train: of(inner.train), dev: of(inner.dev), test: tested, warnings: inner.warnings };
}

function labels({ dataset, indices }: data.Subset<[data.Sample[0], data.Sample[0]], data.Table>) {
  return Array.from(indices, (i) => dataset.target!.values[i]!);
}

/** The columns of texts that are learnt from. */
function textsOf(set: data.Table, ignore: readonly string[]): data.Column[] {
  return set.columns.filter((column) =>
    column.type === "text" && column !== set.target && !ignore.includes(column.name)
  );
}

function usualOf(type: data.ColumnType, values: Float64Array, rows: Int32Array): number {
  const present = Float64Array.from(rows, (row) => values[row]!).filter((v) => !Number.isNaN(v));
  if (type !== "category") return present.sort()[Math.floor(present.length / 2)]!;
  const counts = new Map<number, number>();
  for (const code of present) counts.set(code, 1 + (counts.get(code) ?? 0));
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

/** What whoever knows no column would get on dev. */
function baseline(set: data.Table, train: Int32Array, dev: Int32Array): string {
  const { values } = set.target!;
  if (set.classes.length === 0) {
    const mean = meanOf(Float64Array.from(train, (row) => values[row]!));
    const error = meanOf(Float64Array.from(dev, (row) => (values[row]! - mean) ** 2));
    return `always ${Number(mean.toPrecision(4))}, the mean: dev RMSE ${
      Math.sqrt(error).toFixed(4)
    }`;
  }
  const best = usualOf("category", values, train);
  const right = dev.filter((row) => values[row] === best).length / dev.length;
  return `always ${printable(set.classes[best]!)}: dev accuracy ${right.toFixed(4)}`;
}
