/**
 * `deno task train`: the report's network on MNIST, from the data to the table beside the report.
 *
 * @module
 */
import { getKernelBuild, io, lrScheduler, manualSeed, nn, optim, train } from "../../mod.ts";
import { data, setNumThreads } from "../../mod.ts";
import { VERSION } from "../version.ts";
import { mnistPackageFolder } from "./mnist_package.ts";
import { DeepNetwork } from "./network.ts";
import type { TrainOptions } from "./options.ts";
import { curvesSvg } from "./plot.ts";
import { createProgress, type Progress, showCount, showTime } from "./progress.ts";
import { reportHtml } from "./report/report.ts";
import { runReport } from "./report/run_report.ts";
import { RunFolder } from "./run_folder.ts";

/** What the report has: its best network, trained again for 20 epochs; the time is its grid's. */
const REPORT = { dev: "0.9818", test: "0.9816", seconds: 7 * 3600 + 5 * 60 };

const CLASSES = 10;

/** How a run ended. */
export type Outcome = "done" | "interrupted";

/** Trains as the options say, writes the run's folder, and prints how it went. */
export async function trainNetwork(options: TrainOptions): Promise<Outcome> {
  const began = performance.now();
  const set = data.mnist({ dir: options.dataDir ?? undefined, fallback: mnistPackageFolder() });
  setNumThreads(options.threads);
  manualSeed(options.seed);
  const model = new DeepNetwork(set.imageShape[0] * set.imageShape[1], CLASSES, options);
  const config = configOf(options, set);
  using run = await RunFolder.create(options.out, config);
  const say = options.quiet ? () => {} : console.log;
  say(headline(options, model, set));

  const optimizer = new optim.SGD(model.parameters(), {
    lr: options.lr,
    momentum: options.momentum ?? 0,
    momentumMode: "ema",
  });
  const progress = createProgress({
    samples: set.train.length,
    epochs: options.epochs,
    quiet: options.quiet,
  });
  const best = new train.BestWeights(model);
  const history: train.EpochRecord[] = [];
  const trainer = new train.Trainer({
    model,
    loss: new nn.CrossEntropyLoss(), // log-softmax and NLL in one
    optimizer,
    scheduler: options.lrDecay === null
      ? undefined
      : new lrScheduler.DecayOnRise(optimizer, { factor: options.lrDecay }),
    callbacks: [best, reporter(progress, run, best, history, model)],
  });
  using _interrupt = onInterrupt(() => trainer.stop());
  try {
    await trainer.fit(
      new data.DataLoader(set.train, { batchSize: options.batchSize, shuffle: true }),
      new data.DataLoader(set.dev, { batchSize: 500 }),
      { epochs: options.epochs },
    );
  } finally {
    progress.stop();
    if (history.length > 0) await run.writeCurves(await curvesSvg(history));
  }
  if (trainer.isStopped) {
    console.log(
      `interrupted after ${history.length} of ${options.epochs} epochs: ` +
        `what was finished is in ${run.path}`,
    );
    return "interrupted";
  }
  best.restore();
  const test = await trainer.evaluate(new data.DataLoader(set.test, { batchSize: 500 }));
  const seconds = (performance.now() - began) / 1000;
  console.log(comparison(best.best!, test.accuracy, seconds));
  const weights = await Deno.readFile(`${run.path}/weights.safetensors`);
  const finished = { options, config, history, model, set, test, weights, seconds };
  await run.writeReport(await reportHtml(await runReport(finished)));
  say(`\n${run.path}: config.json, metrics.jsonl, weights.safetensors, curves.svg, report.html`);
  return "done";
}

/** Prints and writes each epoch, and the weights whenever they are the best so far. */
function reporter(
  progress: Progress,
  run: RunFolder,
  best: train.BestWeights,
  history: train.EpochRecord[],
  model: nn.Module,
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
function comparison(best: train.EpochRecord, test: number, seconds: number): string {
  const rows = [
    ["", "this run", "the report"],
    ["dev accuracy", best.devAccuracy.toFixed(4), REPORT.dev, `best, epoch ${best.epoch}`],
    ["test accuracy", test.toFixed(4), REPORT.test, "with that epoch's weights"],
    ["time", showTime(seconds), showTime(REPORT.seconds), "the report's: for its grid of 24"],
  ];
  return "\n" +
    rows.map(([name, run, report, note = ""]) =>
      `${name!.padEnd(14)}${run!.padStart(10)}${report!.padStart(12)}   ${note}`.trimEnd()
    ).join("\n");
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

/** Calls back at the first Ctrl-C; the second ends the process. */
function onInterrupt(stop: () => void): Disposable {
  const listener = () => {
    Deno.removeSignalListener("SIGINT", listener);
    stop();
  };
  Deno.addSignalListener("SIGINT", listener);
  return {
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGINT", listener);
    },
  };
}
