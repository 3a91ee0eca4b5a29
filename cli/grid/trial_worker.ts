/**
 * The thread that a trial runs in: a web worker, which `TrialThread` starts and talks to.
 *
 * @module
 */
import { messageOf } from "../messages.ts";
import { check } from "../flags.ts";
import type { Options as RunOptions } from "../fit.ts";
import { type Loaded, loadExperiment } from "../load.ts";
import { DataSource } from "./provenance.ts";
import { runTrial, type TrialOutcome, type TrialProgress } from "./run_trial.ts";
import type { Options, Trial } from "./trial.ts";

/** What the thread is told: the experiment's file and paths, the same each time, and a trial. */
export interface ToThread {
  /** The file. */
  file: string;
  /** The options that are paths. */
  paths: Options;
  /** The trial. */
  trial: Trial;
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
let source: DataSource | undefined;
port.onmessage = async ({ data: { file, paths, trial } }) => {
  try {
    loaded ??= await loadExperiment(file);
    source ??= new DataSource(loaded);
    const { schema } = loaded.experiment;
    const options = check(schema, { ...trial.options, ...paths }, "its options") as RunOptions;
    const data = await source.get(options);
    const onProgress = (progress: TrialProgress) => port.postMessage({ progress });
    port.postMessage({ outcome: await runTrial(trial, loaded, { options, data, onProgress }) });
  } catch (error) {
    port.postMessage({ error: messageOf(error) });
  }
};
