/**
 * `deno task train grid`: from the trials to the table, the retrained network and its test.
 *
 * @module
 */
import { data } from "@glim/glim";
import { besideReport } from "../beside_report.ts";
import { type Interrupt, onInterrupt, type Outcome } from "../interrupt.ts";
import { curvesSvg } from "../plot.ts";
import { outputColumns, print, printError } from "../print.ts";
import { countOf } from "../setting.ts";
import { bestRow, type Findings } from "./findings.ts";
import { GridFolder } from "./grid_folder.ts";
import { writeGridReport } from "./grid_report.ts";
import { factorsOf, type GridSpec, gridTrials } from "./grid_spec.ts";
import { devMetric } from "./metric.ts";
import type { GridOptions } from "./options.ts";
import { PAPER, PAPER_FILE } from "./paper.ts";
import { createGridProgress } from "./progress.ts";
import { identifyData, libraryId } from "./provenance.ts";
import { retrainTrial, TrainedNetwork, WEIGHTS } from "./retrain.ts";
import { gridTable, gridTime } from "./table.ts";
import { evaluateOnce } from "./test_record.ts";
import { beginWork, readTimes, secondsOf } from "./times.ts";
import type { Trial } from "./trial.ts";
import { runInThreads, type TrialListener } from "./trial_thread.ts";

/** Everything that the steps of a grid need. */
interface GridRun {
  options: GridOptions;
  spec: GridSpec;
  dir: string;
  folder: GridFolder;
  signal: AbortSignal;
  say: (text: string) => void;
}

const METRIC = devMetric("accuracy");

/** Runs a grid, or what is left of it, and all that follows from it. */
export async function runGrid(options: GridOptions): Promise<Outcome> {
  const { id, dir } = identifyData(options.dataDir);
  const origin = { experiment: PAPER_FILE, library: libraryId(), data: id };
  const spec: GridSpec = { ...options.spec, ...origin };
  using folder = GridFolder.open(options.out, spec);
  using interrupt: Interrupt = onInterrupt();
  const { signal } = interrupt;
  const say = options.quiet ? () => {} : print;
  const run: GridRun = { options, spec, dir, folder, signal, say };
  for (const repair of folder.repairs) printError(repair);

  const trials = gridTrials(spec);
  await runMissing(trials, run);
  if (!signal.aborted) {
    const findings: Findings = {
      results: trials.map((trial) => folder.get(trial.id)!),
      factors: factorsOf(spec),
      metric: METRIC,
      reference: id === "MNIST" ? PAPER : null, // of other data the paper tells nothing
    };
    print(`\n${gridTable(findings, Math.min(100, outputColumns()))}\n`);
    print(`${gridTime(findings, secondsOf(readTimes(folder)))}\n`);
    await testBest(findings, run);
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
  const { options, spec, dir, folder, signal, say } = run;
  const missing = trials.filter(({ id }) => folder.get(id) === undefined);
  const finished = trials.length - missing.length;
  const cells = trials.length / spec.seeds;
  say(
    `${cells} configurations with ${spec.seeds} seeds are ${trials.length} trials of ` +
      countOf(Number(spec.options.epochs), "epoch") +
      (finished > 0 ? `; ${finished} are finished` : ""),
  );
  if (missing.length === 0) return;
  const { quiet, jobs, queue, clearQueue } = options;
  const threads = Math.min(jobs, missing.length);
  const note = beginWork(folder, queue?.url ?? countOf(threads, "thread"));
  const progress = createGridProgress({ trials: missing, finished, metric: METRIC, quiet });
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
      await runInThreads(missing, { threads, dir, listener, signal });
    } else {
      const { runOverQueue } = await import("./queue.ts"); // its packages are of no use to others
      const line = (text: string) => progress.line(text);
      await runOverQueue(missing, {
        address: queue,
        clear: clearQueue,
        spec,
        listener,
        line,
        signal,
      });
    }
  } finally {
    progress.stop();
  }
}

/** Trains the best configuration again, draws its curves and evaluates the test set, once. */
async function testBest(findings: Findings, run: GridRun): Promise<void> {
  const { options, spec, dir, folder, signal } = run;
  const trial = retrainTrial(bestRow(findings).cell.options, spec);
  const set = data.mnist({ dir });
  let network = await loadVerified(trial, set, folder);
  if (network === undefined) {
    await retrain(trial, run);
    if (signal.aborted) return;
    network = TrainedNetwork.load(trial, folder, set)!;
  }
  using trained = network;
  const result = folder.get(trial.id)!;
  folder.write("curves.svg", curvesSvg(result.epochs));
  const { evaluation, refused } = await evaluateOnce(
    folder,
    { trial: trial.id, weightHash: trained.weightHash, again: options.again },
    () => trained.evaluate(set.test),
  );
  await writeGridReport({ spec, findings, retrained: result, network: trained, set, folder });
  const best = { epoch: result.bestEpoch, devAccuracy: METRIC.of(result) };
  const isCompared = findings.reference !== null;
  print(besideReport(best, evaluation.accuracy!, null, isCompared, "this grid"));
  if (refused) {
    print(
      `\nthe test set was evaluated before, at ${evaluation.began}: the accuracy is that one's; ` +
        `--again evaluates it once more`,
    );
  }
  const files =
    ": grid.json, trials.jsonl, weights.safetensors, curves.svg, test.json, report.html";
  print(`\n${folder.path}${options.quiet ? "" : files}`);
}

async function retrain(trial: Trial, { options, dir, folder, signal, say }: GridRun) {
  say(`The best is trained again: ${trial.name}`);
  const { quiet } = options;
  const progress = createGridProgress({ trials: [trial], finished: 0, metric: METRIC, quiet });
  const listener: TrialListener = {
    update: (trial, now) => progress.update(trial, now),
    end(trial, result, weights) {
      folder.write(WEIGHTS, weights!); // before the result, which says that they are there
      folder.add(result);
      progress.end(trial, result);
    },
  };
  try {
    await runInThreads([trial], { threads: 1, dir, listener, signal });
  } finally {
    progress.stop();
  }
}

/** The folder's network of a trial, if it is as good on the dev set as the trial's record says. */
async function loadVerified(
  trial: Trial,
  set: data.Mnist,
  folder: GridFolder,
): Promise<TrainedNetwork | undefined> {
  const result = folder.get(trial.id);
  if (result === undefined) return undefined;
  const network = TrainedNetwork.load(trial, folder, set);
  if (network === undefined) return undefined;
  if ((await network.evaluate(set.dev)).accuracy === METRIC.of(result)) return network;
  network[Symbol.dispose]();
  return undefined;
}
