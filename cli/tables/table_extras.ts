/** What is told and written of a network for tables besides what every run has. */
import { data as glimData, io, metrics, type nn, type Tensor, tensor } from "@glim/glim";
import { type Answer, answersTo, guessOf, thresholdOf } from "../asked.ts";
import type { ExtrasContext, ReportSection } from "../experiment.ts";
import { uniform } from "../intervals.ts";
import { percent } from "../words.ts";
import { pageHtml } from "./page.ts";
import { reproducingFile } from "./reproduce.ts";
import type { TableData } from "./table_data.ts";

type Context = ExtrasContext<Readonly<Record<string, unknown>>, TableData>;

/** Rows, and columns, that the report asks about at most. */
const MOST_ROWS = 2000, MOST_COLUMNS = 100;

/** Mistakes that are told. */
const WORST = 10;

/** Writes `model.onnx`, `experiment.ts`, `answering.json` and `page/`; tells what mattered. */
export async function tableExtras(context: Context): Promise<ReportSection[]> {
  const { model, sets, options, seed, write } = context;
  const { table, dev, name } = sets;
  const isClass = table.scale === null;
  const answers = await answersTo(model, dev, isClass);
  const threshold = isClass ? thresholdOf(answers) : null;
  const [x] = dev.batch(Int32Array.of(0));
  write("model.onnx", io.exportOnnx(model as nn.Module<[Tensor]>, x));
  write("answering.json", { threshold: threshold?.threshold ?? null });
  write("experiment.ts", reproducingFile(isClass ? "classes" : "numbers", options, seed));
  write(
    "page/index.html",
    pageHtml(table, model, { title: `${table.target}, by ${name}`, threshold }),
  );
  return [
    await importanceSection(context, isClass),
    mistakesSection(sets, answers),
    ...isClass ? [calibrationSection(answers, threshold!)] : [],
  ];
}

/** The figure that a column's values are shuffled for: the share of right answers, or the error. */
function figureOf(answers: readonly Answer[], isClass: boolean): number {
  const parts = answers.map((answer) =>
    isClass ? guessOf(answer) === answer.target ? 1 : 0 : (answer.values[0]! - answer.target) ** 2
  );
  const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  return isClass ? mean : Math.sqrt(mean);
}

/** By how much the figure gets worse where a column's values are dealt out anew. */
async function importanceSection(
  { model, sets }: Context,
  isClass: boolean,
): Promise<ReportSection> {
  const { table, dev } = sets;
  const n = Math.min(dev.length, MOST_ROWS);
  const [all, y] = dev.batch(Int32Array.from({ length: n }, (_, i) => i));
  const width = all.shape[1]!;
  const columns: { name: string; from: number; to: number }[] = [];
  for (const { name } of table.features) {
    columns.push({ name, from: columns.length, to: columns.length + 1 });
  }
  let from = table.features.length;
  for (const { name, vocabulary } of table.words) {
    columns.push({ name, from, to: from += vocabulary.length });
  }
  const features = columns.slice(0, MOST_COLUMNS);
  const rows = all.toTypedArray() as Float32Array;
  const random = uniform(7);
  const ask = async (values: Float32Array) => {
    const set = new glimData.TensorDataset(tensor(values, { shape: [n, width] }), y);
    return figureOf(await answersTo(model, set, isClass), isClass);
  };
  const before = await ask(rows);
  const found: { name: string; worse: number }[] = [];
  for (const { name, from, to } of features) {
    let worse = 0;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const shuffled = rows.slice();
      for (let i = n - 1; i > 0; i--) {
        const [a, b] = [i * width, Math.floor(random() * (i + 1)) * width];
        for (let k = from; k < to; k++) {
          [shuffled[a + k], shuffled[b + k]] = [shuffled[b + k]!, shuffled[a + k]!];
        }
      }
      const now = await ask(shuffled);
      worse += (isClass ? before - now : now - before) / REPEATS;
    }
    found.push({ name, worse });
  }
  found.sort((a, b) => b.worse - a.worse);
  const figure = isClass ? "accuracy" : "RMSE";
  return {
    heading: "What mattered",
    text:
      `By how much the dev ${figure} (${
        before.toFixed(4)
      }) gets worse where the values of a column ` +
      `are dealt out anew among the rows, the mean of ${REPEATS} times.` +
      (features.length < columns.length
        ? ` The first ${features.length} of ${columns.length} columns.`
        : ""),
    table: {
      head: ["column", `${figure} lost`],
      rows: found.map(({ name, worse }) => [name, worse.toFixed(4)]),
    },
  };
}

/** Times that a column is shuffled. */
const REPEATS = 3;

/** The rows of dev with the worst answers. */
function mistakesSection({ table, dev }: TableData, answers: readonly Answer[]): ReportSection {
  const isClass = table.scale === null;
  const errorOf = (answer: Answer) =>
    isClass ? 1 - answer.values[answer.target]! : Math.abs(answer.values[0]! - answer.target);
  const worst = Array.from(answers.keys())
    .filter((i) => !isClass || guessOf(answers[i]!) !== answers[i]!.target)
    .sort((i, j) => errorOf(answers[j]!) - errorOf(answers[i]!)).slice(0, WORST);
  const shown = (type: string, texts: readonly string[], value: number) =>
    Number.isNaN(value)
      ? ""
      : type === "category"
      ? texts[value]!
      : type === "date"
      ? new Date(value * 86_400_000).toISOString().slice(0, 10)
      : String(Number(value.toPrecision(5)));
  const features = dev.dataset.table.features.slice(0, 12);
  return {
    heading: "The worst mistakes",
    text: worst.length === 0
      ? "There is none in the dev set."
      : "Rows of the dev set, numbered from 0 in the table without rows that were left out; a column " +
        "without a value is empty.",
    ...worst.length > 0 && {
      table: {
        head: ["row", table.target, "answer", ...features.map(({ name }) => name)],
        rows: worst.map((i) => {
          const answer = answers[i]!;
          const row = dev.indices[i]!;
          const guess = isClass
            ? `${table.classNames[guessOf(answer)]} (${percent(answer.values[guessOf(answer)]!)})`
            : answer.values[0]!.toPrecision(5);
          const right = isClass ? table.classNames[answer.target]! : String(answer.target);
          return [
            row,
            right,
            guess,
            ...features.map(({ type, texts, values }) => shown(type, texts, values[row]!)),
          ];
        }),
      },
    },
  };
}

/** Whether answers are as often right as they are sure. */
export function calibrationSection(
  answers: readonly Answer[],
  { threshold, covered, accuracy }: ReturnType<typeof thresholdOf>,
): ReportSection {
  const calibration = metrics.calibration();
  calibration.update(
    tensor(answers.map(({ values }) => [...values]), { dtype: "float32" }),
    tensor(answers.map(({ target }) => target), { dtype: "int32" }),
  );
  const { error, bins } = calibration.compute();
  return {
    heading: "How sure its answers are",
    text:
      `On the dev set the probability of an answer is on the average ${(100 * error).toFixed(1)} ` +
      `points off the share of such answers that are right. An answer counts as sure from ` +
      `${percent(threshold)} on: ${(100 * covered).toFixed(0)} % of the dev set, of which ` +
      `${(100 * accuracy).toFixed(1)} % are right.`,
    table: {
      head: ["probability", "answers", "mean probability", "right"],
      rows: bins.map(({ count, confidence, accuracy }, i) => [
        `${i / 10} to ${(i + 1) / 10}`,
        count,
        count === 0 ? "" : confidence.toFixed(3),
        count === 0 ? "" : accuracy.toFixed(3),
      ]).filter(([_, count]) => count !== 0),
    },
  };
}
