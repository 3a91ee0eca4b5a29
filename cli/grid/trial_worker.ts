/**
 * The thread that a trial runs in: a web worker, which `TrialThread` starts and talks to.
 *
 * @module
 */
import { data } from "@glim/glim";
import { runTrial, type TrialOutcome, type TrialProgress } from "./run_trial.ts";
import type { Trial } from "./trial.ts";
import { messageOf } from "../messages.ts";

/** What the thread is told: a trial at a time, and the folder of the data. */
export interface ToThread {
  /** The folder, the same each time. */
  dir: string;
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

let set: data.Mnist | undefined;
port.onmessage = async ({ data: { dir, trial } }) => {
  try {
    set ??= data.mnist({ dir });
    const outcome = await runTrial(trial, set, (progress) => port.postMessage({ progress }));
    port.postMessage({ outcome });
  } catch (error) {
    port.postMessage({ error: messageOf(error) });
  }
};
