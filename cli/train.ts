/**
 * `deno task train`: the paper's network on MNIST, from the data to the table beside the paper.
 *
 * @module
 */
import { data, type nn, setNumThreads } from "@glim/glim";
import { besideReport } from "./beside_report.ts";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import { mnistPackageFolder } from "./mnist_package.ts";
import type { TrainOptions } from "./options.ts";
import { print } from "./print.ts";
import { createProgress, showCount } from "./progress.ts";
import { Recording } from "./recording.ts";
import { reportHtml } from "./report/report.ts";
import { networkName, runReport, weightsHash } from "./report/run_report.ts";
import { RunFolder } from "./run_folder.ts";
import {
  checkData,
  countOf,
  countParameters,
  dataLine,
  interruptedLine,
  originOf,
} from "./setting.ts";
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
  const say = quiet ? () => {} : print;
  say(headline(options, model, set));

  using interrupt = onInterrupt();
  if (!await recording.fit(training, interrupt.signal)) {
    print(interruptedLine(history.length, epochs, run.path));
    return "interrupted";
  }
  best.restore();
  const weights = await recording.writeWeights(model);
  const test = await evaluate(model, set.test);
  const { seconds } = recording;
  const isMnist = set.name === "MNIST";
  print(besideReport(best.best!, test.accuracy, seconds, isMnist));
  const name = networkName(options);
  const hashes = [weightsHash(weights)];
  const finished = {
    name,
    run: { name, history },
    ...(isMnist ? {} : { beside: null }),
    config,
    model,
    set,
    test,
    hashes,
    seconds,
  };
  await run.writeReport(await reportHtml(runReport(finished)));
  const files = ": config.json, metrics.jsonl, weights.safetensors, curves.svg, report.html";
  print(`\n${run.path}${quiet ? "" : files}`);
  return "done";
}

function headline(options: TrainOptions, model: nn.Module, set: data.Mnist): string {
  const rule = options.momentum === null ? "SGD" : `SGD with momentum ${options.momentum}`;
  const decay = options.lrDecay === null ? "" : `, x ${options.lrDecay} when the loss rises`;
  return `${dataLine(set)}\n` +
    `${options.layers} linear layers, hidden ${options.hidden}, ${options.activation}, ` +
    `${showCount(countParameters(model))} parameters\n` +
    `${rule}, learning rate ${options.lr}${decay}, batch ${options.batchSize}, ` +
    `${countOf(options.epochs, "epoch")}, seed ${options.seed}\n` +
    "* marks the best epoch so far\n";
}

function configOf(options: TrainOptions, set: data.Mnist): Record<string, unknown> {
  return {
    ...options,
    imageShape: set.imageShape,
    classes: CLASSES,
    ...originOf(set),
  };
}
