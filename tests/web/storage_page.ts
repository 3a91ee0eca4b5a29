/** A page that trains in a worker, whose checkpoints go to the browser's storage. */
import { TrainerWorker, type WorkerFitOptions } from "../../src/train/trainer_worker.ts";
import type { Options } from "../train/worker/training.ts";
import type { fit } from "./storage_worker.ts";

/** What a fit came to. */
export interface Outcome {
  /** The weights, in hexadecimal. */
  weights: string;
  epochs: number;
  /** The first step that was told. */
  first: number;
  problems: string[];
}

/** Steps that were told so far. */
let told = 0;

async function run(
  options: Options & { noStorage?: boolean },
  fitOptions: WorkerFitOptions,
): Promise<Outcome> {
  const problems: string[] = [];
  let first = 0;
  const worker = new TrainerWorker<typeof fit>(
    new Worker(new URL("worker.js", import.meta.url), { type: "module" }),
    options,
    {
      progressPerSecond: Infinity,
      onProgress: ({ totalSteps }) => {
        told = totalSteps;
        first ||= totalSteps;
      },
      onProblem: ({ message }) => problems.push(message),
    },
  );
  const { length: epochs } = await worker.fit(fitOptions);
  const weights = Array.from(await worker.weights(), (byte) => byte.toString(16)).join();
  worker.terminate();
  return { weights, epochs, first, problems };
}

Object.assign(globalThis, { run, told: () => told });
