/**
 * What a trained network is worth, and how that is told.
 *
 * @module
 */
import { z } from "zod";
import { cat, type data, type nn, noGrad, scope, type Tensor, type train } from "@glim/glim";
import { comparison, type ComparisonRow } from "./comparison.ts";
import type { DataInfo, Experiment, Reference } from "./experiment.ts";
import { evaluationLoader, type Options } from "./fit.ts";
import { flagsOf } from "./flags.ts";
import type { Metric } from "./metrics.ts";
import { showTime } from "./progress.ts";

/** What a network is worth on a set: its loss, and each metric by its name. */
export type Figures = { readonly loss: number } & Readonly<Record<string, number | number[][]>>;

/** What `result.json` holds. */
export interface Result {
  /** On the dev set. */
  readonly dev: Figures;
  /** On the test set; null where there is none. */
  readonly test: Figures | null;
  /** How long it took by the clock, from the first weights to the test. */
  readonly seconds: number;
}

const FIGURES = z.looseObject({ loss: z.number() });

/** What `result.json` must hold. */
export const RESULT: z.ZodType<Result> = z.object({
  dev: FIGURES,
  test: FIGURES.nullable(),
  seconds: z.number().min(0),
}) as unknown as z.ZodType<Result>;

/** A network that can be evaluated. */
export interface Evaluated {
  readonly model: nn.Module;
  evaluate(set: data.Dataset): Promise<train.Evaluation>;
}

/** What a network is worth on a set. It is in evaluation mode afterwards. */
export async function figuresOf(
  network: Evaluated,
  set: data.Dataset,
  metrics: readonly Metric[],
): Promise<Figures> {
  const { loss } = await network.evaluate(set);
  if (metrics.length === 0) return { loss };
  return scope(() => {
    const [output, target] = answersOf(network.model, set);
    return {
      loss,
      ...Object.fromEntries(metrics.map(({ name, of }) => [name, of(output, target)])),
    };
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
    const row: ComparisonRow = [`dev ${name}`, show(value), show(theirs?.dev), note];
    if (test === null) return [row];
    const tested = show(test[name] as number);
    return [row, [`test ${name}`, tested, show(theirs?.test), theirs?.note ?? ""]];
  });
  const time: ComparisonRow = ["time", showTime(seconds), "", ""];
  return "\n" + comparison("this run", [...rows, time], reference?.name ?? "");
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
