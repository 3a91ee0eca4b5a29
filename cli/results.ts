/**
 * What a trained network is worth, and how that is told.
 *
 * @module
 */
import { cat, type data, type nn, noGrad, scope, type Tensor, type train } from "@glim/glim";
import { comparison, type ComparisonRow } from "./comparison.ts";
import type { Reference } from "./experiment.ts";
import { evaluationLoader } from "./fit.ts";
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

/**
 * The table at the end of a run: each metric, or the loss where there is none.
 *
 * @param note What stands behind the dev figures: `best, epoch 12`.
 */
export function resultTable(
  { dev, test, seconds }: Result,
  reference: Reference | null,
  note = "",
): string {
  const names = Object.keys(dev).filter((name) => name !== "loss" && typeof dev[name] === "number");
  const rows = (names.length === 0 ? ["loss"] : names).flatMap((name): ComparisonRow[] => {
    const show = (value: unknown) => typeof value === "number" ? value.toFixed(4) : "";
    const [here, there] = name === "accuracy"
      ? [show(reference?.dev), show(reference?.test)]
      : ["", ""];
    return [
      [`dev ${name}`, show(dev[name]), here, note],
      ...test === null ? [] : [
        [`test ${name}`, show(test[name]), there, reference?.note ?? ""] satisfies ComparisonRow,
      ],
    ];
  });
  const time: ComparisonRow = ["time", showTime(seconds), "", ""];
  return "\n" + comparison("this run", [...rows, time], reference?.name ?? "");
}
