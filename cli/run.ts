/**
 * A run of an experiment: from the data to the report, in a folder of its own.
 *
 * @module
 */
import { setNumThreads } from "@glim/glim";
import {
  type Data,
  type DataInfo,
  type Experiment,
  type Reference,
  titleOf,
} from "./experiment.ts";
import { dataOf, infoOf, type Options, Training } from "./fit.ts";
import { flagsOf, wordsOf } from "./flags.ts";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import type { Loaded } from "./load.ts";
import { print } from "./print.ts";
import { createProgress, showCount } from "./progress.ts";
import { Recording } from "./recording.ts";
import { reportHtml } from "./report/report.ts";
import { runReport, weightsHash } from "./report/run_report.ts";
import { type Figures, figuresOf, type Result, resultTable } from "./results.ts";
import { checkData, configOf, type RunOptions } from "./run_config.ts";
import { RunFolder } from "./run_folder.ts";
import { countOf, countParameters, resumeCommand } from "./setting.ts";
import { UsageError } from "./usage_error.ts";

/** A run that is to be made, or to be gone on with. */
export interface RunRequest {
  /** What is run. */
  readonly loaded: Loaded;
  /** The values of its options. */
  readonly options: Options;
  /** Those that every run has. */
  readonly run: RunOptions;
  /** The folder that it is written to. */
  readonly out: string;
  /** Print nothing while training. */
  readonly quiet: boolean;
  /** Go on with what the folder holds; with a checkpoint of another build only if so. */
  readonly resume?: { readonly allowOtherBuild: boolean } | undefined;
}

/**
 * Trains, evaluates and writes the run's folder, and prints how it went. The test set is looked at
 * once, at the end. Throws UsageError and DataError before there is a folder where they can be told
 * then.
 */
export async function runExperiment(request: RunRequest): Promise<Outcome> {
  const { loaded: { experiment }, options, run } = request;
  const data = await dataOf(experiment, options);
  if (experiment.dropLast && options.batchSize > data.train.length) {
    throw new UsageError(
      `--batch-size: needs at most the ${data.train.length} training samples: ` +
        `it is ${options.batchSize}`,
    );
  }
  setNumThreads(run.threads);
  using interrupt = onInterrupt();
  const result = await trainOne(request, data, interrupt.signal);
  if (result === null) return "interrupted";
  return "done";
}

/** Trains one network into its folder. Null where the signal came first. */
export async function trainOne(
  { loaded, options, run, out, quiet, resume }: RunRequest,
  data: Data,
  signal: AbortSignal,
): Promise<Result | null> {
  const began = performance.now();
  const { experiment } = loaded;
  const { epochs } = options;
  using training = await Training.begin(experiment, { options, seed: run.seed, data });
  const { model } = training;
  using folder = resume === undefined
    ? await RunFolder.create(out, configOf(loaded, { options, run, data, out }))
    : await RunFolder.resume(out);
  checkData(folder.config, data);
  const info = infoOf(data);
  const title = titleOf(experiment, options, info);
  if (!quiet) print(headline(experiment, { options, run, data, title }, countParameters(model)));

  const progress = createProgress({ samples: training.samples, epochs, quiet });
  const { checkpointEvery } = run;
  const recording = new Recording(folder, progress, { checkpointEvery, began, ...resume });
  training.listeners.push(recording.callback(model, training.best ?? undefined));
  if (!await recording.fit(training, signal)) {
    const finished = `${recording.history.length} of ${countOf(epochs, "epoch")}`;
    print(
      `interrupted after ${finished}: what was finished is in ${out}; ` +
        `${resumeCommand(loaded, out, options)} goes on`,
    );
    return null;
  }
  training.takeWeights();
  const weights = await recording.writeWeights(model);
  const dev = await figuresOf(training, data.dev, experiment.metrics);
  const test = data.test === undefined
    ? null
    : await figuresOf(training, data.test, experiment.metrics);
  const { seconds, history } = recording;
  const result: Result = { dev, test, seconds };
  await folder.writeResult(result);
  const reference = referenceFor(experiment, options, info, 1);
  const best = training.best?.best;
  print(resultTable(result, reference, best ? `best, epoch ${best.epoch}` : ""));
  const accuracy = (figures: Figures | null) => Number(figures?.accuracy ?? NaN);
  await folder.writeReport(
    await reportHtml(runReport({
      name: title,
      run: { name: title, history },
      taken: best ? undefined : { name: takenName(training), devAccuracy: accuracy(dev) },
      beside: reference,
      config: folder.config,
      model,
      set: { name: data.name, dev: data.dev, imageShape: data.imageShape },
      test: { loss: test?.loss ?? NaN, accuracy: accuracy(test) },
      hashes: [weightsHash(weights)],
      seconds,
    })),
  );
  const files =
    ": config.json, metrics.jsonl, weights.safetensors, curves.svg, result.json, report.html";
  print(`\n${out}${quiet ? "" : files}`);
  return result;
}

/** What the results of so many networks stand beside. */
function referenceFor(
  experiment: Experiment,
  options: Options,
  data: DataInfo,
  networks: number,
): Reference | null {
  const changed = flagsOf(experiment.schema)
    .filter(({ name, default: value }) => options[name] !== value).map(({ name }) => name);
  return experiment.reference?.({ options, changed, data, networks }) ?? null;
}

/** Which weights are taken in the end where no epoch is chosen. */
function takenName({ built: { averagedModel } }: Training): string {
  return averagedModel === undefined
    ? "the last epoch's weights"
    : "the moving average of the weights";
}

/** What is about to be done: the data, the network, and the values of all options. */
function headline(
  { schema, weights }: Experiment,
  { options, run, data, title }: { options: Options; run: RunOptions; data: Data; title: string },
  parameters: number,
): string {
  const { name, dir, train, dev, test } = data;
  const counts = [
    `${train.length} to train`,
    `${dev.length} dev`,
    ...test ? [`${test.length} test`] : [],
  ];
  const choices = flagsOf(schema).filter(({ path }) => path === undefined)
    .map(({ name }) => choiceText(wordsOf(name), options[name]));
  return `${name}${dir === undefined ? "" : ` from ${dir}`}: ${counts.join(", ")}\n` +
    `${title}, ${showCount(parameters)} parameters\n` +
    `${[...choices, `seed ${run.seed}`].join(", ")}\n` +
    (weights === "best" ? "* marks the best epoch so far\n" : "");
}

/** `lr 0.01`, `momentum off`, `no augment`, `augment`. */
function choiceText(name: string, value: unknown): string {
  if (typeof value === "boolean") return value ? name : `no ${name}`;
  return `${name} ${value ?? "off"}`;
}
