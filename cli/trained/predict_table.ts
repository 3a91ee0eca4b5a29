/** What a network for tables answers to the rows of a file, as CSV. */
import { data, tensor } from "@glim/glim";
import { type Answer, answersTo } from "../asked.ts";
import { printable } from "../errors.ts";
import { writeErrorLine } from "../output.ts";
import { codesFor, columnOf, neverMet, readAs } from "../tables/known_table.ts";
import type { Dialect } from "../tables/read_table.ts";
import type { TableInfo } from "../tables/table_data.ts";
import { counter } from "../tables/words.ts";
import type { TrainedNetwork } from "./network.ts";
import { type Output, tellAnswers } from "./told_answers.ts";

/** Asks a network about all rows of some files. */
export async function predictRows(
  { model, data: known, options }: TrainedNetwork,
  run: string,
  files: readonly string[],
  output: Output,
): Promise<void> {
  const { table } = known as unknown as { table: TableInfo };
  const answers: Answer[] = [];
  for (const file of files) {
    const read = await readAs(table, file, options as Dialect);
    const { set, odd } = rowsOf(read.table, table, file);
    for (const note of [...read.odd, ...odd]) writeErrorLine(`note: ${printable(note)}`);
    answers.push(...await answersTo(model, set, table.scale === null));
  }
  const names = answers.map((_, i) => String(i));
  const { classNames, target } = table;
  tellAnswers({ what: "row", names, answers, classNames, target, run }, output);
}

/** The rows of a file as the network takes them, and what is odd in them. */
function rowsOf(
  found: data.Table,
  { features, words }: TableInfo,
  file: string,
): { set: data.TensorDataset; odd: string[] } {
  const odd: string[] = [];
  const n = found.length;
  const width = words.reduce((sum, { vocabulary }) => sum + vocabulary.length, features.length);
  const x = new Float32Array(n * width);
  features.forEach((feature, j) => {
    const column = columnOf(found, feature.name, file);
    const { codes, unknown } = codesFor(feature, column);
    if (unknown > 0) odd.push(neverMet(file, feature.name, unknown));
    for (let i = 0; i < n; i++) x[i * width + j] = codes[i]!;
  });
  let offset = features.length;
  for (const of of words) {
    const { type, texts, values } = columnOf(found, of.name, file);
    const count = counter(of);
    const each = (type === "number" ? [] : texts).map(count);
    values.forEach((code, i) => {
      for (const [word, times] of each[code] ?? []) x[i * width + offset + word] = times;
    });
    offset += of.vocabulary.length;
  }
  return {
    odd,
    set: new data.TensorDataset(
      tensor(x, { shape: [n, width] }),
      tensor(new Int32Array(n)),
    ),
  };
}
