/**
 * `deno task train`: the report's network on MNIST, from the data to the table beside the report.
 *
 * @module
 */
import { data, type nn, setNumThreads, type train } from "../../mod.ts";
import { comparison } from "./comparison.ts";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import { REPORT_GRID, REPORT_RETRAINED } from "./grid/reference.ts";
import { mnistPackageFolder } from "./mnist_package.ts";
import type { TrainOptions } from "./options.ts";
import { createProgress, showCount, showTime } from "./progress.ts";
import { Recording } from "./recording.ts";
import { reportHtml } from "./report/report.ts";
import { networkName, runReport, weightsHash } from "./report/run_report.ts";
import { RunFolder } from "./run_folder.ts";
import { checkData, countParameters, dataLine, interruptedLine, originOf } from "./setting.ts";
import { CLASSES, evaluate, Training } from "./training.ts";

/**
 * Trains as the options say, writes the run's folder, and prints how it went. With `resume` it goes
 * on with the run that the folder holds.
 */
export async function trainNetwork(
  options: TrainOptions,
  resume?: { allowOtherBuild: boolean },
): Promise<Outcome> {
  const began = performance.now();
  const set = data.mnist({ dir: options.dataDir ?? undefined, fallback: mnistPackageFolder() });
  setNumThreads(options.threads);
  using run = resume
    ? await RunFolder.resume(options.out)
    : await RunFolder.create(options.out, configOf(options, set));
  const { config } = run;
  checkData(config, set);
  const { epochs, quiet, checkpointEvery } = options;
  const progress = createProgress({ samples: set.train.length, epochs, quiet });
  const recording = new Recording(run, progress, { checkpointEvery, began, ...resume });
  const { history } = recording;
  using training = new Training(
    options,
    set,
    ({ model, best }) => recording.callback(model, best),
  );
  const { model, best } = training;
  const say = quiet ? () => {} : console.log;
  say(headline(options, model, set));

  using interrupt = onInterrupt();
  if (!await recording.fit(training, interrupt.signal)) {
    console.log(interruptedLine(history.length, epochs, run.path));
    return "interrupted";
  }
  best.restore();
  const weights = await recording.writeWeights(model);
  const test = await evaluate(model, set.test);
  const { seconds } = recording;
  console.log(besideReport(best.best!, test.accuracy, seconds));
  const name = networkName(options);
  const hashes = [weightsHash(weights)];
  const finished = { name, run: { name, history }, config, model, set, test, hashes, seconds };
  await run.writeReport(await reportHtml(runReport(finished)));
  say(`\n${run.path}: config.json, metrics.jsonl, weights.safetensors, curves.svg, report.html`);
  return "done";
}

function headline(options: TrainOptions, model: nn.Module, set: data.Mnist): string {
  const rule = options.momentum === null ? "SGD" : `SGD with momentum ${options.momentum}`;
  const decay = options.lrDecay === null ? "" : `, x ${options.lrDecay} when the loss rises`;
  return `${dataLine(set)}\n` +
    `${options.layers} linear layers, hidden ${options.hidden}, ${options.activation}, ` +
    `${showCount(countParameters(model))} parameters\n` +
    `${rule}, learning rate ${options.lr}${decay}, batch ${options.batchSize}, ` +
    `${options.epochs} epochs, seed ${options.seed}\n`;
}

/** The run beside the report. */
function besideReport(best: train.EpochRecord, test: number, seconds: number): string {
  const { dev, test: reportTest } = REPORT_RETRAINED;
  const show = (accuracy: number) => accuracy.toFixed(4);
  return "\n" + comparison("this run", [
    ["dev accuracy", show(best.devAccuracy), show(dev), `best, epoch ${best.epoch}`],
    ["test accuracy", show(test), show(reportTest), "with that epoch's weights"],
    ["time", showTime(seconds), showTime(REPORT_GRID.seconds), "the report's: for its grid of 24"],
  ]);
}

function configOf(options: TrainOptions, set: data.Mnist): Record<string, unknown> {
  return {
    ...options,
    imageShape: set.imageShape,
    classes: CLASSES,
    ...originOf(set),
  };
}
