/** `deno task grid`: from the trials to the table, the retrained network and its test. */
import { resolve } from "node:path";
import { io } from "@glim/glim";
import { outputColumns, print, printError } from "../print.ts";
import { useDevice } from "../device.ts";
import { UsageError } from "../errors.ts";
import type { Data, Options as RunOptions } from "../experiment.ts";
import { sha256 } from "../files.ts";
import { dataOf, Training } from "../fit.ts";
import { flagOf } from "../flags.ts";
import { onInterrupt, type Outcome } from "../interrupt.ts";
import { ROOT } from "../load.ts";
import { curvesSvg } from "../report/charts.ts";
import { numbersOf } from "../results.ts";
import { keepRowsIn } from "../rows.ts";
import { evaluateOnce } from "../test_record.ts";
import { commandLine, comparison, countOf } from "../words.ts";
import { bestRow, type Findings } from "./findings.ts";
import { GridFolder } from "./grid_folder.ts";
import { writeGridReport } from "./grid_report.ts";
import { factorsOf, type GridSpec, trialOf } from "./grid_spec.ts";
import { devMetric } from "./metric.ts";
import { type GridOptions, readGridOptions } from "./options.ts";
import { PAPER, PAPER_FILE, PAPER_RETRAINED } from "./paper.ts";
import { createGridProgress, type GridProgress } from "./progress.ts";
import { provenanceOf } from "./provenance.ts";
import { bestThird, configurationsOf, roundsOf, seedsOf, trialsOf } from "./search.ts";
import { gridTable, gridTime } from "./table.ts";
import type { Trial, TrialResult } from "./trial.ts";
import { runInThreads, type TrialListener } from "./trial_thread.ts";

/** Everything that the steps of a grid need. */
interface GridRun {
  options: GridOptions;
  spec: GridSpec;
  folder: GridFolder;
  signal: AbortSignal;
  say: (text: string) => void;
}

/** The retrained network's weights in a grid's folder. */
const WEIGHTS = "weights.safetensors";

/** Runs a grid, or what is left of it, and all that follows from it. Null where help was asked for. */
export async function runGrid(args: readonly string[]): Promise<Outcome | null> {
  const options = await readGridOptions(args);
  if (typeof options === "string") {
    print(options);
    return null;
  }
  const { loaded, paths, metric } = options;
  await useDevice(options.device);
  keepRowsIn(options.out);
  const origin = await provenanceOf(loaded, { ...options.spec.options, ...paths });
  const spec: GridSpec = { ...options.spec, ...origin };
  using folder = GridFolder.open(options.out, spec);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const run: GridRun = { options, spec, folder, signal, say: options.quiet ? () => {} : print };
  for (const repair of folder.repairs) printError(repair);

  const { trials, findings: found } = await searched(run);
  if (!signal.aborted) {
    const isPaper = loaded.name === PAPER_FILE && origin.data === "MNIST" && metric === "accuracy";
    // of other data the paper tells nothing
    const findings: Findings = { ...found!, reference: isPaper ? PAPER : null };
    print(`\n${gridTable(findings, Math.min(100, outputColumns()))}\n`);
    print(`${gridTime(findings, folder.seconds)}\n`);
    if (findings.budget !== undefined) print(`${findings.budget}\n`);
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

/**
 * Runs what is searched through, and gives the trials that are compared: of a halving those of the last
 * round, whose epochs are all. Without findings where it was interrupted.
 */
async function searched(run: GridRun): Promise<{ trials: Trial[]; findings: Findings | null }> {
  const { options: { search, metric }, spec, folder, signal, say } = run;
  const { minutes } = search;
  let left = configurationsOf(spec, search);
  const { epochs } = spec.options;
  let first: Findings | undefined;
  const rounds = search.search === "halving" && typeof epochs === "number"
    ? roundsOf(epochs, left.length)
    : [undefined];
  let budget: string | undefined;
  for (const [i, epochs] of rounds.entries()) {
    const isLast = i === rounds.length - 1;
    // whole configurations one after the other where time may end it, and as much time for each round
    const seconds = minutes === null ? null : 60 * minutes * (i + 1) / rounds.length;
    const own = left.map((own) => seedsOf(spec, own, epochs));
    const isWhole = (trials: readonly Trial[]) =>
      trials.every(({ id }) => folder.get(id) !== undefined);
    const isOver = seconds === null
      ? () => false
      : (worked: number) => worked >= seconds && own.some(isWhole);
    let trials = seconds === null ? trialsOf(spec, left, epochs) : own.flat();
    await runMissing(trials, run, isLast, isOver);
    if (signal.aborted) return { trials, findings: null };
    if (!own.every(isWhole)) {
      const finished = left.filter((_, at) => isWhole(own[at]!));
      budget = `the ${minutes} minutes of --minutes were over: ${finished.length} of ` +
        `${countOf(left.length, "configuration")} are finished${
          rounds.length > 1 ? `, round ${i + 1} of ${rounds.length}` : ""
        }; the same command with more minutes goes on`;
      if (!isLast) say(`\n${budget}`);
      left = finished;
      trials = trialsOf(spec, left, epochs);
    }
    const results = trials.map(({ id }) => folder.get(id)!);
    const findings: Findings = {
      results,
      factors: factorsOf(spec, left),
      metric: devMetric(metric, results),
      reference: null,
      ...budget !== undefined && { budget },
    };
    if (isLast) return { trials, findings: { ...findings, ...first && { first } } };
    first ??= findings;
    say(`\nafter ${countOf(epochs!, "epoch")}:\n`);
    say(gridTable(findings, Math.min(100, outputColumns())));
    left = bestThird(left, results, findings.metric);
    say(`\nnext the best: ${countOf(left.length, "configuration")}\n`);
  }
  throw new RangeError("searched: a search has a round");
}

/**
 * Runs what has no result yet, here or over the queue, which other trials may follow in; begins none
 * where it is over after so many seconds of work.
 */
async function runMissing(
  trials: readonly Trial[],
  run: GridRun,
  isLast: boolean,
  isOver: (worked: number) => boolean,
): Promise<void> {
  const { options: { queue, clearQueue, jobs, loaded }, spec, folder, signal, say } = run;
  const missing = trials.filter(({ id }) => folder.get(id) === undefined);
  const finished = trials.length - missing.length;
  const { epochs } = trials[0]!.options;
  say(
    `${countOf(trials.length / spec.seeds, "configuration")} with ` +
      `${countOf(spec.seeds, "seed")} are ${countOf(trials.length, "trial")}` +
      (typeof epochs === "number" ? ` of ${countOf(epochs, "epoch")}` : "") +
      (finished > 0 ? `; ${finished} are finished` : ""),
  );
  const before = folder.seconds;
  if (missing.length === 0 || isOver(before)) return;
  const began = performance.now();
  const end = () => isOver(before + (performance.now() - began) / 1000);
  const threads = Math.min(jobs, missing.length);
  const note = folder.beginWork(queue?.url ?? countOf(threads, "thread"));
  await withProgress(run, missing, finished, async (progress) => {
    const listener: TrialListener = {
      update: progress.update,
      end(trial, result) {
        folder.add(result);
        note();
        progress.end(trial, result);
      },
    };
    if (queue === null) return await inThreads(missing, run, threads, listener, end);
    const { runOverQueue } = await import("./queue.ts"); // its packages are of no use to others
    const { line } = progress;
    const file = loaded.name === PAPER_FILE ? [] : [loaded.name];
    const workerCommand = commandLine("deno task train", ["worker", ...file]);
    const about = { address: queue, clear: clearQueue, spec, workerCommand, isLast, isOver: end };
    await runOverQueue(missing, { ...about, listener, line, signal });
  });
}

/** Shows the progress of some trials while a function runs them. */
async function withProgress(
  { options: { metric, quiet } }: GridRun,
  trials: readonly Trial[],
  finished: number,
  fn: (progress: GridProgress) => Promise<void>,
): Promise<void> {
  const progress = createGridProgress({ trials, finished, metric: devMetric(metric), quiet });
  try {
    await fn(progress);
  } finally {
    progress.stop();
  }
}

function inThreads(
  trials: readonly Trial[],
  { options: { loaded, paths, device, out }, signal }: GridRun,
  threads: number,
  listener: TrialListener,
  isOver: () => boolean = () => false,
): Promise<void> {
  const file = resolve(ROOT, loaded.name);
  return runInThreads(trials, { file, paths, device, out, threads, listener, signal, isOver });
}

/** Says how the best configuration is trained with all that a run has, its test among it. */
async function tellBest(findings: Findings, { options, spec, folder }: GridRun): Promise<void> {
  const { loaded: { experiment, name }, paths, quiet } = options;
  await writeGridReport({ spec, title: name, findings, folder });
  const { options: best } = bestRow(findings).cell;
  const defaults = experiment.schema.parse({}) as Record<string, unknown>;
  const changed = Object.entries({ ...spec.options, ...best, ...paths })
    .filter(([key, value]) => key in best || value !== defaults[key]);
  const args = changed.flatMap(([key, value]) => {
    const flag = flagOf(key);
    if (value === null || value === false) return [`--no-${flag.slice(2)}`];
    return value === true ? [flag] : [flag, String(value)];
  });
  if (options.device !== "cpu") args.push("--device", options.device);
  print(`The best is trained and tested by: ${commandLine("deno task train", [name, ...args])}`);
  print(`\n${folder.path}${quiet ? "" : ": grid.json, trials.jsonl, report.html"}`);
}

/** Trains the best configuration again, draws its curves and evaluates the test set, once. */
async function testBest(findings: Findings, run: GridRun): Promise<void> {
  const { options, spec, folder } = run;
  const { loaded: { experiment, name: title }, metric: judgedBy } = options;
  const { options: best } = bestRow(findings).cell;
  const trial = trialOf(spec, { ...best, epochs: options.retrain }, 0);
  const given = experiment.schema.parse({ ...trial.options, ...options.paths }) as RunOptions;
  const data = await dataOf(experiment, given);
  const { test } = data;
  if (test === undefined) {
    throw new UsageError(`--retrain: needs data with a test set: ${title} has none`);
  }
  const found = await trainedAgain(trial, run, given, data);
  if (found === undefined) return; // interrupted
  using network = found.network;
  const result = folder.get(trial.id)!;
  folder.write("curves.svg", curvesSvg(result.epochs));
  const { evaluation, refused } = await evaluateOnce(
    folder,
    { trial: trial.id, weightHash: found.hash, again: options.again },
    async () => numbersOf(await network.figures(test)),
  );
  const retrained = { result, model: network.model, sha256: found.hash, data, judgedBy };
  await writeGridReport({ spec, title, findings, folder, retrained });
  const tested = evaluation.figures?.[judgedBy] as number;
  print("\n" + comparedWithPaper(findings, result, judgedBy, tested));
  if (refused) {
    print(
      `\nthe test set was evaluated before, at ${evaluation.began}: the figure is that one's; ` +
        `--again evaluates it once more`,
    );
  }
  const files = `: grid.json, trials.jsonl, ${WEIGHTS}, curves.svg, test.json, report.html`;
  print(`\n${folder.path}${options.quiet ? "" : files}`);
}

/** A trial's network: the folder's if it is as good as its record says, else trained now. */
async function trainedAgain(
  trial: Trial,
  run: GridRun,
  options: RunOptions,
  data: Data,
): Promise<Retrained | undefined> {
  const { folder, signal, options: { metric } } = run;
  const found = await retrainedOf(trial, run, options, data);
  if (found !== undefined) {
    const { [metric]: value } = await found.network.figures(data.dev);
    if (value === folder.get(trial.id)?.dev[metric]) return found;
    found.network[Symbol.dispose]();
  }
  await retrain(trial, run);
  return signal.aborted ? undefined : (await retrainedOf(trial, run, options, data))!;
}

/** What it has come to on the development and the test set, beside the paper's figures where there are. */
function comparedWithPaper(
  { metric, reference }: Findings,
  result: TrialResult,
  judgedBy: string,
  tested: number,
): string {
  const figure = (x: number | undefined) => x?.toFixed(metric.digits) ?? "";
  const theirs = reference === null ? undefined : PAPER_RETRAINED;
  const best = `best, epoch ${result.bestEpoch}`;
  return comparison("this grid", [
    [metric.name, figure(metric.of(result)), figure(theirs?.dev), best],
    [`test ${judgedBy}`, figure(tested), figure(theirs?.test), "with that epoch's weights"],
  ], reference?.name ?? "");
}

/** A network that was trained, and the hash of its file. */
interface Retrained {
  readonly network: Training;
  readonly hash: string;
}

/** The network that the folder has of a trial, and the hash of its file; undefined where it is not whole. */
async function retrainedOf(
  { id, seed }: Trial,
  { folder, options: { loaded: { experiment } } }: GridRun,
  options: RunOptions,
  data: Data,
): Promise<Retrained | undefined> {
  let bytes: Uint8Array<ArrayBuffer>, file: io.SafetensorsFile;
  try {
    bytes = await Deno.readFile(`${folder.path}/${WEIGHTS}`);
    file = io.decodeSafetensorsFile(bytes);
  } catch {
    return undefined;
  }
  try {
    if (file.metadata.trial !== id) return undefined;
    const network = await Training.begin(experiment, { options, data, seed });
    network.model.loadStateDict(file.tensors);
    return { network, hash: sha256(bytes) };
  } finally {
    for (const tensor of file.tensors.values()) tensor[Symbol.dispose]();
  }
}

async function retrain(trial: Trial, run: GridRun): Promise<void> {
  const { folder, say } = run;
  say(`The best is trained again: ${trial.name}`);
  await withProgress(run, [trial], 0, (progress) =>
    inThreads([trial], run, 1, {
      update: progress.update,
      end(trial, result, weights) {
        folder.write(WEIGHTS, weights!); // before the result, which says that they are there
        folder.add(result);
        progress.end(trial, result);
      },
    }));
}
