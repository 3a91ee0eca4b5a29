/**
 * `deno task grid`: from the trials to the table, the retrained network and its test.
 *
 * @module
 */
import { resolve } from "node:path";
import { comparison } from "../comparison.ts";
import { dataOf, type Options as RunOptions } from "../fit.ts";
import { type Interrupt, onInterrupt, type Outcome } from "../interrupt.ts";
import { curvesSvg } from "../plot.ts";
import { outputColumns, print, printError } from "../print.ts";
import { ROOT } from "../load.ts";
import { commandLine, countOf } from "../setting.ts";
import { flagOf } from "../flags.ts";
import { UsageError } from "../usage_error.ts";
import { bestRow, type Findings } from "./findings.ts";
import { GridFolder } from "./grid_folder.ts";
import { writeGridReport } from "./grid_report.ts";
import { factorsOf, type GridSpec, gridTrials, trialOf } from "./grid_spec.ts";
import { devMetric } from "./metric.ts";
import { type GridOptions, readGridOptions } from "./options.ts";
import { PAPER, PAPER_FILE, PAPER_RETRAINED } from "./paper.ts";
import { createGridProgress } from "./progress.ts";
import { provenanceOf } from "./provenance.ts";
import { RetrainedNetwork, WEIGHTS } from "./retrained.ts";
import { gridTable, gridTime } from "./table.ts";
import { evaluateOnce } from "./test_record.ts";
import { beginWork, readTimes, secondsOf } from "./times.ts";
import type { Trial } from "./trial.ts";
import { runInThreads, type TrialListener } from "./trial_thread.ts";

/** Everything that the steps of a grid need. */
interface GridRun {
  options: GridOptions;
  spec: GridSpec;
  folder: GridFolder;
  signal: AbortSignal;
  say: (text: string) => void;
}

/** Runs a grid, or what is left of it, and all that follows from it. Null where help was asked for. */
export async function runGrid(args: readonly string[]): Promise<Outcome | null> {
  const options = await readGridOptions(args);
  if (typeof options === "string") {
    print(options);
    return null;
  }
  const { loaded, paths, metric } = options;
  const origin = await provenanceOf(loaded, { ...options.spec.options, ...paths });
  const spec: GridSpec = { ...options.spec, ...origin };
  using folder = GridFolder.open(options.out, spec);
  using interrupt: Interrupt = onInterrupt();
  const { signal } = interrupt;
  const run: GridRun = { options, spec, folder, signal, say: options.quiet ? () => {} : print };
  for (const repair of folder.repairs) printError(repair);

  const trials = gridTrials(spec);
  await runMissing(trials, run);
  if (!signal.aborted) {
    const isPaper = loaded.name === PAPER_FILE && origin.data === "MNIST" && metric === "accuracy";
    const results = trials.map((trial) => folder.get(trial.id)!);
    const findings: Findings = {
      results,
      factors: factorsOf(spec),
      metric: devMetric(metric, results),
      reference: isPaper ? PAPER : null, // of other data the paper tells nothing
    };
    print(`\n${gridTable(findings, Math.min(100, outputColumns()))}\n`);
    print(`${gridTime(findings, secondsOf(readTimes(folder)))}\n`);
    await (options.retrain === null ? tellBest(findings, run) : testBest(findings, run));
  }
  if (!signal.aborted) return "done";
  const finished = trials.filter((trial) => folder.get(trial.id) !== undefined).length;
  print(
    `interrupted with ${finished} of ${trials.length} trials finished: they are in ` +
      `${folder.path}, and the same command goes on from there`,
  );
  return "interrupted";
}

/** Runs what has no result yet, here or over the queue. */
async function runMissing(trials: readonly Trial[], run: GridRun): Promise<void> {
  const { options, spec, folder, signal, say } = run;
  const missing = trials.filter(({ id }) => folder.get(id) === undefined);
  const finished = trials.length - missing.length;
  say(
    `${countOf(trials.length / spec.seeds, "configuration")} with ` +
      `${countOf(spec.seeds, "seed")} are ${countOf(trials.length, "trial")}` +
      (typeof spec.options.epochs === "number"
        ? ` of ${countOf(spec.options.epochs, "epoch")}`
        : "") +
      (finished > 0 ? `; ${finished} are finished` : ""),
  );
  if (missing.length === 0) return;
  const { queue, clearQueue } = options;
  const threads = Math.min(options.jobs, missing.length);
  const note = beginWork(folder, queue?.url ?? countOf(threads, "thread"));
  const progress = progressOf(run, missing, finished);
  const listener: TrialListener = {
    update: (trial, now) => progress.update(trial, now),
    end(trial, result) {
      folder.add(result);
      note();
      progress.end(trial, result);
    },
  };
  try {
    if (queue === null) {
      await runInThreads(missing, { ...threadsOf(options), threads, listener, signal });
    } else {
      const { runOverQueue } = await import("./queue.ts"); // its packages are of no use to others
      const line = (text: string) => progress.line(text);
      const { name } = options.loaded;
      const file = name === PAPER_FILE ? [] : [name];
      const workerCommand = commandLine("deno task train", ["worker", ...file]);
      const about = { address: queue, clear: clearQueue, spec, workerCommand, listener };
      await runOverQueue(missing, { ...about, line, signal });
    }
  } finally {
    progress.stop();
  }
}

function progressOf({ options }: GridRun, trials: readonly Trial[], finished: number) {
  const { metric, quiet } = options;
  return createGridProgress({ trials, finished, metric: devMetric(metric), quiet });
}

function threadsOf({ loaded, paths }: GridOptions) {
  return { file: resolve(ROOT, loaded.name), paths };
}

/** Says how the best configuration is trained with all that a run has, its test among it. */
async function tellBest(findings: Findings, { options, spec, folder }: GridRun): Promise<void> {
  await writeGridReport({ spec, title: options.loaded.name, findings, folder });
  const { options: best } = bestRow(findings).cell;
  const changed = Object.entries({ ...spec.options, ...best, ...options.paths })
    .filter(([key, value]) => key in best || value !== defaultOf(options, key));
  const args = changed.flatMap(([key, value]) => {
    const flag = flagOf(key);
    if (value === null || value === false) return [`--no-${flag.slice(2)}`];
    return value === true ? [flag] : [flag, String(value)];
  });
  print(
    `The best is trained and tested by: ` +
      commandLine("deno task train", [options.loaded.name, ...args]),
  );
  print(`\n${folder.path}${options.quiet ? "" : ": grid.json, trials.jsonl, report.html"}`);
}

function defaultOf({ loaded }: GridOptions, key: string): unknown {
  return (loaded.experiment.schema.parse({}) as Record<string, unknown>)[key];
}

/** Trains the best configuration again, draws its curves and evaluates the test set, once. */
async function testBest(findings: Findings, run: GridRun): Promise<void> {
  const { options, spec, folder, signal } = run;
  const { loaded: { experiment, name: title } } = options;
  const { options: best } = bestRow(findings).cell;
  const trial = trialOf(spec, { ...best, epochs: options.retrain }, 0);
  const given = experiment.schema.parse({ ...trial.options, ...options.paths }) as RunOptions;
  const data = await dataOf(experiment, given);
  if (data.test === undefined) {
    throw new UsageError(`--retrain: needs data with a test set: ${title} has none`);
  }
  const load = () => RetrainedNetwork.load(trial, folder, { ...options, options: given, data });
  let network = await load();
  if (network !== undefined) {
    // Is it as good as its record says?
    const { [options.metric]: value } = await network.evaluate(data.dev);
    if (value !== folder.get(trial.id)?.dev[options.metric]) {
      network[Symbol.dispose]();
      network = undefined;
    }
  }
  if (network === undefined) {
    await retrain(trial, run);
    if (signal.aborted) return;
    network = (await load())!;
  }
  using trained = network;
  const result = folder.get(trial.id)!;
  folder.write("curves.svg", curvesSvg(result.epochs));
  const { test } = data;
  const { evaluation, refused } = await evaluateOnce(
    folder,
    { trial: trial.id, weightHash: trained.fileHash, again: options.again },
    () => trained.evaluate(test),
  );
  await writeGridReport({
    spec,
    title,
    findings,
    folder,
    retrained: { result, network: trained, data, judgedBy: options.metric },
  });
  const { metric, reference } = findings;
  const figure = (x: number | undefined) => x === undefined ? "" : x.toFixed(metric.digits);
  const note = `best, epoch ${result.bestEpoch}`;
  const { dev, test: tested } = PAPER_RETRAINED;
  const beside = reference === null ? ["", ""] as const : [figure(dev), figure(tested)] as const;
  const testFigure = figure(evaluation.figures?.[options.metric]);
  print(
    "\n" + comparison("this grid", [
      [metric.name, figure(metric.of(result)), beside[0], note],
      [`test ${options.metric}`, testFigure, beside[1], "with that epoch's weights"],
    ], reference?.name ?? ""),
  );
  if (refused) {
    print(
      `\nthe test set was evaluated before, at ${evaluation.began}: the figure is that one's; ` +
        `--again evaluates it once more`,
    );
  }
  const files =
    ": grid.json, trials.jsonl, weights.safetensors, curves.svg, test.json, report.html";
  print(`\n${folder.path}${options.quiet ? "" : files}`);
}

async function retrain(trial: Trial, run: GridRun): Promise<void> {
  const { options, folder, signal, say } = run;
  say(`The best is trained again: ${trial.name}`);
  const progress = progressOf(run, [trial], 0);
  const listener: TrialListener = {
    update: (trial, now) => progress.update(trial, now),
    end(trial, result, weights) {
      folder.write(WEIGHTS, weights!); // before the result, which says that they are there
      folder.add(result);
      progress.end(trial, result);
    },
  };
  try {
    await runInThreads([trial], { ...threadsOf(options), threads: 1, listener, signal });
  } finally {
    progress.stop();
  }
}
