/**
 * How well a model does on samples.
 *
 * @module
 */
import { DataLoader, StreamLoader } from "../data/mod.ts";
import { Metric } from "../metrics/mod.ts";
import type { AnyModule, Module } from "../nn/mod.ts";
import { MODULE } from "../nn/module.ts";
import { outside } from "../scope/outside.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  type Kind,
  kind,
  type Kinds,
  listOf,
} from "../core/options.ts";
import { modesOf, restoreModes } from "../nn/modes.ts";
import type { Platform } from "../core/platform.ts";
import { apart } from "../scope/task.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { EventLoopPause } from "../scope/event_loop_pause.ts";
import { LOSS, type Loss, lossOf, noSums } from "./metrics.ts";
import { StepValues } from "./step_values.ts";
import { type AnyLoader, turnsOf } from "./streams.ts";

declare const performance: Platform["performance"];

/** What {@link evaluate} tells. */
export interface Evaluation {
  /** Mean loss of a sample. */
  loss: number;
  /** Share of samples predicted right; NaN where targets are not labels. */
  accuracy: number;
  /** The metrics that were asked for, by their names. */
  metrics?: Record<string, number>;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** What else is told: see `metrics.f1` and others. Their figures begin anew. */
  metrics?: readonly Metric[];
}

/** What `metrics` may be. */
export const METRICS: Kind = listOf(
  kind("a metric", (value) => value instanceof Metric),
  undefined,
  "a list of metrics, as [metrics.f1()]",
);

const OPTIONS: Kinds<EvaluateOptions> = { metrics: METRICS };

/** A loader of what is in memory, for checks of arguments. */
export const DATA_LOADER: Kind = kind("a DataLoader", (value) => value instanceof DataLoader);

/** Any loader, for checks of arguments. */
export const LOADER: Kind = either(
  DATA_LOADER,
  kind("a StreamLoader", (value) => value instanceof StreamLoader),
);

/**
 * The mean loss and the accuracy of a model over a loader, in evaluation mode and without gradients.
 * RangeError where there is no batch.
 *
 * @example
 * ```ts
 * import { data, nn, randn, train } from "@glim/glim";
 * const x = randn([64, 4]);
 * const loader = new data.DataLoader(new data.TensorDataset(x, x.argmax(1)), { batchSize: 16 });
 * const { loss, accuracy } = await train.evaluate(
 *   new nn.Linear(4, 4),
 *   new nn.CrossEntropyLoss(),
 *   loader,
 * );
 * console.log(loss > 0, accuracy <= 1); // true true
 * ```
 */
export async function evaluate<O = Tensor>(
  model: Module<[x: Tensor], O>,
  loss: Loss<O>,
  loader: AnyLoader,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  atMost(4, arguments.length, "evaluate(model, loss, loader, { metrics })");
  check("evaluate", "the model", model, MODULE);
  check("evaluate", "the loss", loss, LOSS);
  check("evaluate", "the loader", loader, LOADER);
  const { metrics = [] } = checkOptions("evaluate", options, OPTIONS);
  for (const metric of metrics) metric.reset();
  const reading: Promise<void>[] = [];
  const sums = noSums();
  const values = new StepValues();
  try {
    await overBatches(model, loader, (x, y) => {
      const output = model.forward(x);
      values.add(sums, output, y, lossOf("evaluate", loss, output, y));
      for (const metric of metrics) {
        const promise = metric.update(output as Tensor, y);
        if (promise !== undefined) reading.push(promise as Promise<void>);
      }
    }, (now) => values.isDue(now) ? values.read() : null);
    await values.settle();
    if (reading.length > 0) await outside(Promise.all(reading));
  } finally {
    values.release();
  }
  if (sums.samples === 0) throw new RangeError("evaluate: the loader has no batch");
  const evaluation = { loss: sums.loss / sums.samples, accuracy: sums.correct / sums.samples };
  if (metrics.length === 0) return evaluation;
  const figures = metrics.map((metric) => [metric.name, metric.compute()]);
  return { ...evaluation, metrics: Object.fromEntries(figures) };
}

/**
 * Shows all batches to a function, with the model in evaluation mode and without gradients, and waits
 * for what another gives after each. After it each module is in the mode it was in.
 */
export function overBatches(
  model: AnyModule,
  loader: AnyLoader,
  visit: (x: Tensor, y: Tensor) => void,
  after: (now: number) => Promise<void> | null = () => null,
): Promise<void> {
  return apart(() => visitAll(model, loader, visit, after));
}

async function visitAll(
  model: AnyModule,
  loader: AnyLoader,
  visit: (x: Tensor, y: Tensor) => void,
  after: (now: number) => Promise<void> | null,
): Promise<void> {
  const pause = new EventLoopPause();
  const modes = modesOf(model);
  const { turns, stream } = turnsOf(loader);
  model.eval();
  try {
    if (stream !== null) await outside(stream.ready(1));
    for (const [x, y] of turns) {
      noGrad(() => visit(x, y));
      const now = performance.now();
      const wait = after(now);
      if (wait !== null) await outside(wait);
      if (pause.isDue(now)) await pause.take();
      if (stream !== null) await outside(stream.ready(1));
    }
  } finally {
    if (stream !== null) await outside(stream.close());
    restoreModes(modes);
  }
}
