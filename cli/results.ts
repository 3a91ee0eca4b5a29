/** What a trained network is worth, and how that is told. */
import { z } from "zod";
import { cat, data, type nn, noGrad, scope, type Tensor, train } from "@glim/glim";
import type { DataInfo, Experiment, Options, Reference } from "./experiment.ts";
import { flagsOf } from "./flags.ts";
import { intervalName } from "./intervals.ts";
import type { Metric } from "./metrics.ts";
import { comparison, type ComparisonRow, showTime } from "./words.ts";

/** What a network is worth on a set: its loss, and each metric by its name. */
export type Figures = { readonly loss: number } & Readonly<Record<string, number | number[][]>>;

const FIGURES = z.looseObject({ loss: z.number() }).transform((values) => values as Figures);

/** What `result.json` holds. */
export const RESULT = z.object({
  dev: FIGURES,
  /** On the test set; null where there is none. */
  test: FIGURES.nullable(),
  /** How long it took by the clock, from the first weights to the test. */
  seconds: z.number().min(0),
});
export type Result = z.output<typeof RESULT>;

/**
 * Samples a batch of an evaluation has at most, and numbers: a batch of large pictures and what layers
 * make of it must find room. It changes no result but the rounding of the mean loss.
 */
const EVALUATION_BATCH = 500, MOST_NUMBERS = 2 ** 22;

/** Batches of a data set in its own order, for evaluation. */
export function evaluationLoader(set: data.Dataset): data.DataLoader {
  const numbers = set.length === 0 ? 1 : scope(() => set.get(0)[0].numel);
  const most = Math.max(1, Math.floor(MOST_NUMBERS / Math.max(1, numbers)));
  return new data.DataLoader(set, { batchSize: Math.min(EVALUATION_BATCH, most) });
}

/** What a network is worth on a set. It is in evaluation mode afterwards. */
export async function figuresOf(
  { model, loss: lossModule }: { readonly model: nn.Module; readonly loss: train.Loss },
  set: data.Dataset,
  metrics: readonly Metric[],
): Promise<Figures> {
  const { loss } = await train.evaluate(model, lossModule, evaluationLoader(set));
  if (metrics.length === 0) return { loss };
  return await scope(async () => {
    // a metric may read them at once
    const [output, target] = await Promise.all(answersOf(model, set).map((x) => x.cpu()));
    const figures: Record<string, number | number[][]> & { loss: number } = { loss };
    for (const metric of metrics) figures[metric.name] = await metric.of(output!, target!);
    return figures;
  });
}

/** All outputs of a network for a set and the targets, in the current scope. */
function answersOf(model: nn.Module, set: data.Dataset): [output: Tensor, target: Tensor] {
  const outputs: Tensor[] = [];
  const targets: Tensor[] = [];
  model.eval();
  for (const [x, y] of evaluationLoader(set)) {
    outputs.push(noGrad(() => model.forward(x)).keep());
    targets.push(y.keep());
  }
  const all = [cat(outputs), cat(targets)] as [Tensor, Tensor];
  for (const tensor of [...outputs, ...targets]) tensor[Symbol.dispose]();
  return all;
}

/** The figures that are numbers, without tables and without what is not known. */
export function numbersOf(figures: Partial<Figures>): Record<string, number> & { loss: number } {
  return Object.fromEntries(
    Object.entries(figures).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  ) as Record<string, number> & { loss: number };
}

/** The figures that are shown: each metric's, or the loss where there is none. */
export function shownFigures(figures: Partial<Figures>): [name: string, value: number][] {
  const all = Object.entries(figures)
    .filter((entry): entry is [string, number] => typeof entry[1] === "number");
  const metrics = all.filter(([name]) => name !== "loss");
  return metrics.length > 0 ? metrics : all;
}

/**
 * The table at the end of a run.
 *
 * @param note What stands behind the dev figures: `best, epoch 12`.
 */
export function resultTable(
  { dev, test, seconds }: Result,
  reference: Reference | null,
  note = "",
): string {
  const show = (value: number | undefined) => value?.toFixed(4) ?? "";
  const rows = shownFigures(dev).flatMap(([name, value]): ComparisonRow[] => {
    const theirs = name === "accuracy" ? reference : null;
    const noted = [intervalText(dev, name), note].filter((text) => text !== "").join("; ");
    const row: ComparisonRow = [`dev ${name}`, show(value), show(theirs?.dev), noted];
    if (test === null) return [row];
    const tested = show(test[name] as number);
    const beside = theirs?.note ?? intervalText(test, name);
    return [row, [`test ${name}`, tested, show(theirs?.test), beside]];
  });
  const time: ComparisonRow = ["time", showTime(seconds), "", ""];
  return "\n" + comparison("this run", [...rows, time], reference?.name ?? "");
}

/** `95 % between 0.9512 and 0.9821`, where an interval of the figure is known. */
function intervalText(figures: Figures, name: string): string {
  const interval = figures[intervalName(name)];
  if (!Array.isArray(interval)) return "";
  const [low, high] = interval[0]!;
  return `95 % between ${low!.toFixed(4)} and ${high!.toFixed(4)}`;
}

/** What the results of so many networks stand beside. */
export function referenceFor(
  experiment: Experiment,
  options: Options,
  data: DataInfo,
  networks: number,
): Reference | null {
  const changed = flagsOf(experiment.schema)
    .filter(({ name, default: value }) => options[name] !== value).map(({ name }) => name);
  return experiment.reference?.({ options, changed, data, networks }) ?? null;
}
