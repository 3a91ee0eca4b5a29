/** The thread that a trial runs in: a web worker, which `TrialThread` starts and talks to. */
import { type DeviceName, setNumThreads } from "@glim/glim";
import { useDevice } from "../device.ts";
import { messageOf } from "../errors.ts";
import type { Data, Options as RunOptions } from "../experiment.ts";
import { hashOfWeights, Training } from "../fit.ts";
import { check } from "../flags.ts";
import { type Loaded, loadExperiment } from "../load.ts";
import { numbersOf } from "../results.ts";
import { keepRowsIn } from "../rows.ts";
import { configOf, encodeWeights, networkConfig, runOptionsOf } from "../run_config.ts";
import { dataSource } from "./provenance.ts";
import type { Options, Trial, TrialProgress, TrialResult } from "./trial.ts";

/** What the thread is told: the experiment's file and paths, the same each time, and a trial. */
export interface ToThread {
  file: string;
  /** The options that are paths, which are this machine's own. */
  paths: Options;
  /** Where it computes. */
  device: DeviceName;
  /** The folder of the grid or worker, for what does not fit in memory; null where nothing may be written. */
  out: string | null;
  trial: Trial;
}

/** What a trial leaves behind. */
export interface TrialOutcome {
  result: TrialResult;
  /** The weights that were taken, as a safetensors file that names the trial. */
  weights: Uint8Array<ArrayBuffer>;
}

/** What it tells. */
export type FromThread =
  | { progress: TrialProgress }
  | { outcome: TrialOutcome }
  | { error: string };

/** The half of a worker's global object that is used; the types know windows only. */
const port = self as unknown as {
  onmessage: (event: MessageEvent<ToThread>) => void;
  postMessage(message: FromThread): void;
};

let loaded: Loaded | undefined;
let source: ReturnType<typeof dataSource> | undefined;
port.onmessage = async ({ data: { file, paths, device, out, trial } }) => {
  try {
    if (loaded === undefined) await useDevice(device);
    if (out !== null) keepRowsIn(out);
    loaded ??= await loadExperiment(file);
    source ??= dataSource(loaded);
    const given = { ...trial.options, ...paths };
    const options = check(loaded.experiment.schema, given, "its options") as RunOptions;
    port.postMessage({ outcome: await runTrial(trial, loaded, options, await source(options)) });
  } catch (error) {
    port.postMessage({ error: messageOf(error) });
  }
};

/**
 * Trains and evaluates. Everything random starts from the trial's seed, and one thread does it all:
 * the same trial gives the same bits in any process. Throws DivergedError as `Trainer.fit` does.
 */
async function runTrial(
  { id, options: own, seed }: Trial,
  loaded: Loaded,
  options: RunOptions,
  data: Data,
): Promise<TrialOutcome> {
  const began = performance.now();
  setNumThreads(1);
  const { experiment } = loaded;
  using training = await Training.begin(experiment, { options, seed, data });
  const { model, best, samples: each } = training;
  training.listeners.push({
    onProgress({ epoch, samples, meanLoss: loss }) {
      const done = (epoch + samples / each) / options.epochs;
      port.postMessage({ progress: { epoch, loss, done } });
    },
  });
  const epochs = await training.fit();
  const weightHash = await hashOfWeights(model);
  training.takeWeights();
  const bestEpoch = (best?.best ?? epochs.at(-1)!).epoch;
  const dev = numbersOf(await training.figures(data.dev));
  const run = runOptionsOf(experiment, { seed });
  const config = await configOf(loaded, { options, run, data, out: "" });
  const weights = await encodeWeights(model, networkConfig(experiment, config), { trial: id });
  const seconds = (performance.now() - began) / 1000;
  return {
    result: { id, options: own, seed, dev, bestEpoch, epochs, weightHash, seconds },
    weights,
  };
}
