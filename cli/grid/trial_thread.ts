/** Trials in threads of their own. */
import { GridError } from "../errors.ts";
import type { Trial, TrialProgress, TrialResult } from "./trial.ts";
import type { FromThread, ToThread, TrialOutcome } from "./trial_worker.ts";

/** A thread that runs one trial after another, with a memory of its own. */
export class TrialThread implements Disposable {
  readonly #about: Omit<ToThread, "trial">;
  /** Undefined before the first trial, and after a failure that the thread did not survive. */
  #worker: Worker | undefined;
  /** Ends the wait for the trial that is under way. */
  #settle: (message: FromThread) => void = () => {};
  #onProgress: (progress: TrialProgress) => void = () => {};

  /** For an experiment's file, and its options that are paths. */
  constructor(about: Omit<ToThread, "trial">) {
    this.#about = about;
  }

  /** Runs a trial; one at a time. Throws GridError, which names the trial, where it fails. */
  async run(trial: Trial, onProgress: (progress: TrialProgress) => void): Promise<TrialOutcome> {
    const { promise, resolve } = Promise.withResolvers<FromThread>();
    this.#settle = resolve;
    this.#onProgress = onProgress;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...this.#about, trial } satisfies ToThread);
    const message = await promise;
    if ("outcome" in message) return message.outcome;
    const error = "error" in message ? message.error : "";
    throw new GridError(`trial (${trial.name}): ${error}`);
  }

  /** Ends the thread, in the middle of a trial too. */
  [Symbol.dispose](): void {
    this.#end("stopped");
  }

  #start(): Worker {
    const worker = new Worker(new URL("./trial_worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
      if ("progress" in data) this.#onProgress(data.progress);
      else this.#settle(data);
    };
    worker.onerror = (event) => {
      event.preventDefault(); // or it would end the whole program
      this.#end(event.message);
    };
    return worker;
  }

  #end(error: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#settle({ error });
  }
}

/** What is told of trials that run. */
export interface TrialListener {
  update(trial: Trial, progress: TrialProgress): void;
  /** It is over; what throws here ends the grid. */
  end(trial: Trial, result: TrialResult, weights?: Uint8Array): void;
}

/**
 * Runs trials in some threads at once, in their order. Ends early where `signal` says so, and begins
 * no more where `isOver`. Throws the first error of a trial or of the listener; the other threads are then stopped.
 */
export async function runInThreads(
  trials: readonly Trial[],
  { threads, listener, signal, isOver, ...about }: Omit<ToThread, "trial"> & {
    threads: number;
    listener: TrialListener;
    signal: AbortSignal;
    isOver: () => boolean;
  },
): Promise<void> {
  const waiting = [...trials];
  using stack = new DisposableStack();
  const stopped = Promise.withResolvers<void>();
  const stop = () => stopped.resolve();
  signal.addEventListener("abort", stop);
  stack.defer(() => signal.removeEventListener("abort", stop));
  const lane = async (): Promise<void> => {
    const thread = stack.use(new TrialThread(about));
    while (waiting.length > 0 && !signal.aborted && !isOver()) {
      const trial = waiting.shift()!;
      const onProgress = (progress: TrialProgress) => listener.update(trial, progress);
      const { result, weights } = await thread.run(trial, onProgress);
      listener.end(trial, result, weights);
    }
  };
  const lanes = Array.from({ length: Math.min(threads, trials.length) }, lane);
  const all = Promise.all(lanes);
  all.catch(() => {}); // when stopped, what the lanes throw is of no interest
  await Promise.race([all.then(() => {}), stopped.promise]);
}
