/**
 * `deno task train`: the report's network on MNIST, from the data to the table beside the report.
 *
 * @module
 */
import { data, getKernelBuild, io, type nn, setNumThreads, type train } from "../../mod.ts";
import { VERSION } from "../version.ts";
import { comparison } from "./comparison.ts";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import { REPORT_GRID, REPORT_RETRAINED } from "./grid/reference.ts";
import { mnistPackageFolder } from "./mnist_package.ts";
import type { TrainOptions } from "./options.ts";
import { curvesSvg } from "./plot.ts";
import { createProgress, type Progress, showCount, showTime } from "./progress.ts";
import { reportHtml } from "./report/report.ts";
import { runReport } from "./report/run_report.ts";
import { RunFolder } from "./run_folder.ts";
import { evaluate, Training } from "./training.ts";

/** Trains as the options say, writes the run's folder, and prints how it went. */
export async function trainNetwork(options: TrainOptions): Promise<Outcome> {
  const began = performance.now();
  const set = data.mnist({ dir: options.dataDir ?? undefined, fallback: mnistPackageFolder() });
  setNumThreads(options.threads);
  const config = configOf(options, set);
  using run = await RunFolder.create(options.out, config);
  const { epochs, quiet } = options;
  const progress = createProgress({ samples: set.train.length, epochs, quiet });
  const history: train.EpochRecord[] = [];
  using training = new Training(
    options,
    set,
    (training) => reporter(progress, run, training, history),
  );
  const { model, trainer, best } = training;
  const say = quiet ? () => {} : console.log;
  say(headline(options, model, set));

  using interrupt = onInterrupt();
  interrupt.signal.addEventListener("abort", () => trainer.stop());
  try {
    await training.fit();
  } finally {
    progress.stop();
    if (history.length > 0) await run.writeCurves(await curvesSvg(history));
  }
  if (trainer.isStopped) {
    console.log(
      `interrupted after ${history.length} of ${epochs} epochs: ` +
        `what was finished is in ${run.path}`,
    );
    return "interrupted";
  }
  best.restore();
  const test = await evaluate(model, set.test);
  const seconds = (performance.now() - began) / 1000;
  console.log(besideReport(best.best!, test.accuracy, seconds));
  const weights = await Deno.readFile(`${run.path}/weights.safetensors`);
  const finished = { options, config, history, model, set, test, weights, seconds };
  await run.writeReport(await reportHtml(runReport(finished)));
  say(`\n${run.path}: config.json, metrics.jsonl, weights.safetensors, curves.svg, report.html`);
  return "done";
}

/** Prints and writes each epoch, and the weights whenever they are the best so far. */
function reporter(
  progress: Progress,
  run: RunFolder,
  { best, model }: Training,
  history: train.EpochRecord[],
): train.Callback {
  return {
    onEpochBegin: (epoch) => progress.epoch(epoch),
    onProgress: ({ samples, meanLoss }) => progress.update(samples, meanLoss),
    onEpochEnd: async (record) => {
      history.push(record);
      await run.appendEpoch(record);
      const isBest = best.best === record;
      if (isBest) await run.writeWeights(io.encodeSafetensors(model.stateDict()));
      progress.line(epochLine(record, isBest));
    },
  };
}

function epochLine(e: train.EpochRecord, isBest: boolean): string {
  return `epoch ${String(e.epoch).padStart(2)}  train loss ${e.trainLoss.toFixed(4)}  ` +
    `dev loss ${e.devLoss.toFixed(4)}  dev accuracy ${e.devAccuracy.toFixed(4)}` +
    `${isBest ? " *" : "  "}  lr ${e.learningRate}  ${e.seconds.toFixed(1)} s`;
}

function headline(options: TrainOptions, model: nn.Module, set: data.Mnist): string {
  let parameters = 0;
  for (const p of model.parameters()) parameters += p.numel;
  const rule = options.momentum === null ? "SGD" : `SGD with momentum ${options.momentum}`;
  const decay = options.lrDecay === null ? "" : `, x ${options.lrDecay} when the loss rises`;
  return `${set.name} from ${set.dir}: ${set.train.length} to train, ${set.dev.length} dev, ` +
    `${set.test.length} test\n` +
    `${options.layers} linear layers, hidden ${options.hidden}, ${options.activation}, ` +
    `${showCount(parameters)} parameters\n` +
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
    data: { name: set.name, dir: set.dir },
    environment: {
      glim: VERSION,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      target: Deno.build.target,
      kernels: getKernelBuild(),
    },
    started: new Date().toISOString(),
  };
}
