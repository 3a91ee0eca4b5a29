/**
 * A run of an experiment: from the data to the report, in a folder of its own.
 *
 * @module
 */
import { setNumThreads } from "@glim/glim";
import { type Data, type Experiment, titleOf } from "./experiment.ts";
import { dataOf, infoOf, type Options, Training } from "./fit.ts";
import { flagsOf, wordsOf } from "./flags.ts";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import type { Loaded } from "./load.ts";
import { print } from "./print.ts";
import { createProgress, showCount } from "./progress.ts";
import { Recording } from "./recording.ts";
import { weightsHash, writeReport } from "./report/run_report.ts";
import { figuresOf, referenceFor, type Result, resultTable } from "./results.ts";
import { checkData, configOf, type RunOptions } from "./run_config.ts";
import { RunFolder } from "./run_folder.ts";
import { countOf, countParameters, resumeCommand } from "./setting.ts";
import { modernConfig } from "./former.ts";
import { networkConfig } from "./weights_file.ts";
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
  /** Of which run it is one network of several, and whether it is the first of them. */
  readonly member?: { readonly of: string; readonly isFirst: boolean } | undefined;
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
  const { signal } = interrupt;
  const result = run.ensemble === 1
    ? await trainOne(request, data, signal)
    : await (await import("./ensemble.ts")).runEnsemble(request, data, signal);
  return result === null ? "interrupted" : "done";
}

/** Trains one network into its folder. Null where the signal came first. */
export async function trainOne(
  { loaded, options, run, out, quiet, member, resume }: RunRequest,
  data: Data,
  signal: AbortSignal,
): Promise<Result | null> {
  const began = performance.now();
  const { experiment } = loaded;
  const { epochs } = options;
  using training = await Training.begin(experiment, { options, seed: run.seed, data });
  const { model } = training;
  using folder = resume === undefined
    ? await RunFolder.create(out, await configOf(loaded, { options, run, data, out }))
    : await RunFolder.resume(out);
  checkData(folder.config, data);
  const info = infoOf(data);
  const title = titleOf(experiment, options, info);
  if (!quiet && member?.isFirst !== false) {
    print(headline(experiment, { options, run, data, title }, countParameters(model)));
  }

  const progress = createProgress({ samples: training.samples, epochs, quiet });
  const { checkpointEvery } = run;
  const about = networkConfig(experiment, modernConfig(folder.config));
  const recording = new Recording(folder, progress, { checkpointEvery, about, began, ...resume });
  if (!await recording.fit(training, signal)) {
    const finished = `${recording.history.length} of ${countOf(epochs, "epoch")}`;
    const whole = member?.of ?? out;
    print(
      `interrupted after ${finished}: what was finished is in ${whole}; ` +
        `${resumeCommand(loaded, whole, options)} goes on`,
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
  if (member === undefined) {
    print(resultTable(result, reference, best ? `best, epoch ${best.epoch}` : ""));
  }
  await writeReport(out, {
    name: title,
    run: { name: title, history, isOtherLoss: training.built.evaluationLoss !== undefined },
    taken: takenName(training),
    reference,
    config: folder.config,
    model,
    data,
    result,
    hashes: [weightsHash(weights)],
  });
  const files =
    ": config.json, metrics.jsonl, weights.safetensors, curves.svg, result.json, report.html";
  if (member === undefined) print(`\n${out}${quiet ? "" : files}`);
  return result;
}

/** Which weights are taken in the end. */
function takenName({ best, built: { averagedModel } }: Training): string {
  if (best !== null) return `those of epoch ${best.best!.epoch}, the best`;
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
