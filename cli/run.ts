/** A run of an experiment: from the data to the report, in a folder of its own. */
import { type data, type nn, setNumThreads } from "@glim/glim";
import { barsOn } from "./bars.ts";
import { useDevice } from "./device.ts";
import { UsageError } from "./errors.ts";
import { type Data, titleOf } from "./experiment.ts";
import { countParameters, dataOf, infoOf, type Options, Training } from "./fit.ts";
import { sha256 } from "./files.ts";
import { flagsOf, wordsOf } from "./flags.ts";
import { modernConfig } from "./former.ts";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import type { Loaded } from "./load.ts";
import { print } from "./print.ts";
import { createProgress } from "./progress.ts";
import { showReading } from "./read_files.ts";
import { recordingOf } from "./recording.ts";
import { devAnswers, firstKernels } from "./report/answers.ts";
import { type ReportData, reportHtml } from "./report/report.ts";
import { type Figures, referenceFor, type Result, resultTable } from "./results.ts";
import { keepRowsIn } from "./rows.ts";
import { checkData, configOf, networkConfig, type RunOptions } from "./run_config.ts";
import { type Config, RunFolder } from "./run_folder.ts";
import { evaluateOnce, testEvaluations } from "./test_record.ts";
import { countOf, resumeCommand, showCount } from "./words.ts";

/** A run that is to be made, or to be gone on with. */
export interface RunRequest {
  readonly loaded: Loaded;
  readonly options: Options;
  readonly run: RunOptions;
  readonly out: string;
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
  await useDevice(run.device);
  keepRowsIn(request.out, run.memory);
  if (!request.quiet) showReading(barsOn());
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

/** The folder of a run, new or gone on with. */
export async function openFolder(
  { loaded, options, run, out, resume }: RunRequest,
  data: Data,
): Promise<RunFolder> {
  if (resume !== undefined) return await RunFolder.resume(out);
  return await RunFolder.create(out, await configOf(loaded, { options, run, data, out }));
}

/** Trains one network into its folder. Null where the signal came first. */
export async function trainOne(
  request: RunRequest,
  data: Data,
  signal: AbortSignal,
): Promise<Result | null> {
  const began = performance.now();
  const { loaded, options, run: { seed, checkpointEvery }, out, quiet, member, resume } = request;
  const { experiment } = loaded;
  const { epochs } = options;
  using training = await Training.begin(experiment, { options, seed, data });
  using folder = await openFolder(request, data);
  await checkData(folder.config, data);
  if (!quiet && member?.isFirst !== false) print(headline(request, data, training.model));
  const progress = createProgress({ samples: training.samples, epochs, quiet });
  const about = networkConfig(experiment, modernConfig(folder.config));
  const choices = { checkpointEvery, about, began, ...resume };
  const recording = recordingOf(training, folder, progress, choices);
  const { history } = recording;
  if (!await recording.fit(signal)) {
    const whole = member?.of ?? out;
    print(
      `interrupted after ${history.length} of ${
        countOf(epochs, "epoch")
      }: what was finished is in ` +
        `${whole}; ${resumeCommand(loaded, whole, options)} goes on`,
    );
    return null;
  }
  training.takeWeights();
  const weights = await recording.writeWeights();
  const name = titleOf(experiment, options, infoOf(data));
  const best = training.best?.best;
  return await finish(request, data, folder, {
    name,
    network: training,
    taken: training.takenName,
    note: best ? `best, epoch ${best.epoch}` : "",
    hashes: [{ name: "weights.safetensors", sha256: sha256(weights) }],
    seconds: recording.seconds,
    run: {
      name,
      history,
      isOtherLoss: training.built.evaluationLoss !== undefined,
      by: training.by,
    },
    files: ["config.json", "metrics.jsonl", "weights.safetensors", "curves.svg", "result.json"],
  });
}

/** A network that is trained, and all that is told of it. */
interface Finished extends Pick<ReportData, "run" | "members" | "hashes"> {
  /** What was trained. */
  readonly name: string;
  readonly network: { readonly model: nn.Module; figures(set: data.Dataset): Promise<Figures> };
  /** Which weights were taken. */
  readonly taken: string;
  /** What stands behind the dev figures: `best, epoch 12`. */
  readonly note: string;
  /** How long it took so far. */
  seconds(): number;
  /** What the folder has by now, that is worth a look. */
  readonly files: readonly string[];
}

/** Judges a network, writes what it is worth and at last the report, and prints it. */
export async function finish(
  { loaded: { experiment }, options, run, out, quiet, member }: RunRequest,
  sets: Data,
  folder: RunFolder,
  { name, network, taken, note, seconds, files, ...told }: Finished,
): Promise<Result> {
  const { test: set, imageShape } = sets;
  const dev = await network.figures(sets.dev);
  const look = { trial: taken, weightHash: told.hashes.map(({ sha256 }) => sha256).join() };
  const test = set === undefined
    ? null
    : (await evaluateOnce(folder, look, () => network.figures(set))).evaluation.figures;
  const result: Result = { dev, test, seconds: seconds() };
  const members = told.members?.map(({ name: _, ...rest }) => rest);
  folder.write("result.json", { ...result, members });
  // of one network, whose samples and weights can be read at once
  const isPlain = members === undefined && run.device === "cpu";
  const written: string[] = [];
  const extras = isPlain && await experiment.extras?.({
        model: network.model,
        options,
        sets,
        seed: run.seed,
        figures: dev,
        write(name, contents) {
          folder.write(name, contents);
          written.push(name);
        },
      }) || [];
  const reference = referenceFor(experiment, options, infoOf(sets), run.ensemble);
  if (member === undefined) print(resultTable(result, reference, note));
  const { environment, command, started, ...config } = folder.config;
  const isNamed = imageShape === undefined || sets.name !== "unverified";
  const hasKernels = members === undefined && imageShape !== undefined;
  const report = reportHtml({
    title: `${name} on ${isNamed ? sets.name : "data like MNIST"}`,
    command: String(command),
    started: String(started),
    seconds: result.seconds,
    config: { ...config, data: shortInfo(config.data) },
    notes: sets.notes,
    environment: environment as Config,
    reference,
    taken: { name: taken, dev },
    kernels: hasKernels ? await firstKernels(network.model) : [],
    answers: await devAnswers(network.model, sets, dev.confusion),
    extras,
    evaluations: testEvaluations(folder)
      .map(({ began, trial: what, figures }) => ({ began, what, figures })),
    ...told,
  });
  folder.write("report.html", report);
  const all = [...files, ...written, "report.html"].join(", ");
  if (member === undefined) print(`\n${out}${quiet ? "" : `: ${all}`}`);
  return result;
}

/** What is known of the data, in a few words: what the report tells elsewhere is left out. */
function shortInfo(info: unknown): object {
  const { notes: _, ...all } = Object(info) as Record<string, unknown>;
  const isShort = (value: unknown) => typeof value !== "object" || Array.isArray(value);
  return Object.fromEntries(Object.entries(all).filter(([_, value]) => isShort(value)));
}

/** What is about to be done: the data, the network, and the values of all options. */
function headline(
  { loaded: { experiment }, options, run }: RunRequest,
  data: Data,
  model: nn.Module,
): string {
  const { name, dir, train, dev, test } = data;
  const counts = [
    `${train.length} to train`,
    `${dev.length} dev`,
    ...test ? [`${test.length} test`] : [],
  ];
  const choices = flagsOf(experiment.schema).filter(({ path }) => path === undefined)
    .map(({ name }) => choiceText(wordsOf(name), options[name]));
  const known = (data.notes ?? []).map((line) => `  ${line}\n`).join("");
  return `${name}${dir === undefined ? "" : ` from ${dir}`}: ${counts.join(", ")}\n${known}` +
    `${titleOf(experiment, options, infoOf(data))}, ` +
    `${showCount(countParameters(model))} parameters\n` +
    `${[...choices, `seed ${run.seed}`].join(", ")}\n` +
    (experiment.weights === "best" ? "* marks the best epoch so far\n" : "");
}

/** `lr 0.01`, `momentum off`, `no augment`, `augment`. */
function choiceText(name: string, value: unknown): string {
  if (typeof value === "boolean") return value ? name : `no ${name}`;
  return `${name} ${value ?? "off"}`;
}
