/** What a network for tables answers to the rows of a file, as CSV. */
import { data, DataError, tensor } from "@glim/glim";
import { type Answer, answersTo, guessOf } from "../asked.ts";
import { messageOf, printable } from "../errors.ts";
import { isFile } from "../files.ts";
import { print } from "../print.ts";
import { type Feature, readTable, type TableInfo } from "../tables/table_data.ts";
import { countOf } from "../words.ts";
import type { TrainedNetwork } from "./network.ts";

/** Rows that are asked about at once. */
const BATCH = 1000;

/** Where the answers go, and how they are told. */
interface Output {
  /** A file; undefined: standard output. */
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** Asks a network about all rows of some files. */
export async function predictRows(
  { model, data: known }: TrainedNetwork,
  run: string,
  files: readonly string[],
  { out, json }: Output,
): Promise<void> {
  const { table } = known as unknown as { table: TableInfo };
  const threshold = thresholdIn(run);
  const isClass = table.scale === null;
  const lines = [isClass ? "row,answer,probability,sure" : `row,${cell(table.target)}`];
  let unsure = 0, rows = 0;
  for (const file of files) {
    const { set, odd } = rowsOf((await readTable(file)).table, table, file);
    for (const note of odd) console.error(`note: ${printable(note)}`);
    for (let at = 0; at < set.length; at += BATCH) {
      const indices = Int32Array.from(
        { length: Math.min(BATCH, set.length - at) },
        (_, i) => at + i,
      );
      for (const answer of await answersTo(model, new data.Subset(set, indices), isClass)) {
        const { line, isSure } = isClass
          ? classLine(rows, answer, table, threshold)
          : { line: `${rows},${answer.values[0]}`, isSure: true };
        lines.push(line);
        if (!isSure) unsure++;
        rows++;
      }
    }
  }
  if (json) {
    const [head, ...cells] = lines.map((line) => line.split(","));
    return console.log(
      JSON.stringify(
        cells.map((row) => Object.fromEntries(head!.map((name, i) => [name, row[i]]))),
      ),
    );
  }
  if (out === undefined) return print(lines.join("\n"));
  try {
    Deno.writeTextFileSync(out, `${lines.join("\n")}\n`);
  } catch (cause) {
    throw new DataError(`write ${out}: ${messageOf(cause)}`, { cause });
  }
  print(`${out}: ${countOf(rows, "row")}${isClass ? `, of which ${unsure} unsure` : ""}`);
}

function classLine(row: number, answer: Answer, { classNames }: TableInfo, threshold: number) {
  const guess = guessOf(answer);
  const p = answer.values[guess]!;
  const isSure = p >= threshold;
  return {
    isSure,
    line: `${row},${cell(classNames[guess]!)},${p.toFixed(4)},${isSure ? "yes" : "unsure"}`,
  };
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** From which probability on an answer is sure: what was chosen on the run's dev set. */
function thresholdIn(run: string): number {
  const path = `${run}/answering.json`;
  if (!isFile(path)) return 0;
  const { threshold } = Object(JSON.parse(Deno.readTextFileSync(path))) as { threshold?: unknown };
  return typeof threshold === "number" ? threshold : 0;
}

/** The rows of a file as the network takes them, and what is odd in them. */
function rowsOf(
  found: data.Table,
  { features }: TableInfo,
  file: string,
): { set: data.TensorDataset; odd: string[] } {
  const odd: string[] = [];
  const n = found.length;
  const x = new Float32Array(n * features.length);
  features.forEach((feature, j) => {
    const column = found.columns.find(({ name }) => name === feature.name);
    if (column === undefined) {
      throw new DataError(
        `${file}: the network needs the column ${printable(feature.name)}: there are ` +
          found.columns.map(({ name }) => printable(name)).join(", "),
      );
    }
    const { codes, unknown } = valuesFor(feature, column);
    if (unknown > 0) {
      odd.push(
        `${file}: ${feature.name}: ${countOf(unknown, "value")} that the network has never met: ` +
          "taken as missing",
      );
    }
    for (let i = 0; i < n; i++) x[i * features.length + j] = codes[i]!;
  });
  return {
    odd,
    set: new data.TensorDataset(
      tensor(x, { shape: [n, features.length] }),
      tensor(new Int32Array(n)),
    ),
  };
}

/** A column's values in the codes of training; what does not fit is missing, and counted. */
function valuesFor(
  { type, texts }: Feature,
  { type: found, values, texts: words }: data.Column,
): { codes: Float64Array; unknown: number } {
  if (type !== "category") {
    if (found === type) return { codes: values, unknown: 0 };
    const unknown = values.filter((value) => !Number.isNaN(value)).length;
    return { codes: values.map(() => NaN), unknown };
  }
  let unknown = 0;
  const codes = values.map((value) => {
    if (Number.isNaN(value)) return NaN;
    const code = texts.indexOf(found === "number" ? String(value) : words[value]!);
    if (code < 0) unknown++;
    return code < 0 ? NaN : code;
  });
  return { codes, unknown };
}
