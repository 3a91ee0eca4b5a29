/** A run of an experiment: from the data to the report, in a folder of its own. */
import { setNumThreads } from "@glim/glim";
import { barsOn } from "./bars.ts";
import { useDevice } from "./device.ts";
import { runEnsemble } from "./ensemble.ts";
import { UsageError } from "./errors.ts";
import { dataOf } from "./fit.ts";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import { trainOne } from "./one_network.ts";
import { showReading } from "./read_files.ts";
import { keepRowsIn } from "./rows.ts";
import type { RunRequest } from "./run_request.ts";

/**
 * Trains, evaluates and writes the run's folder, and prints how it went. The test set is looked at
 * once, at the end. Throws UsageError and DataError before there is a folder where they can be told
 * then.
 */
export async function runExperiment(request: RunRequest): Promise<Outcome> {
  const { loaded: { experiment }, options, run } = request;
  await useDevice(run.device);
  keepRowsIn(request.out, run.memory);
  if (!request.quiet) showReading(barsOn());
  const data = await dataOf(experiment, options);
  if (experiment.dropLast && options.batchSize > data.train.length) {
    throw new UsageError(
      `--batch-size: needs at most the ${data.train.length} training samples: ` +
        `it is ${options.batchSize}`,
    );
  }
  setNumThreads(run.threads);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const result = run.ensemble === 1
    ? await trainOne(request, data, signal)
    : await runEnsemble(request, data, signal);
  return result === null ? "interrupted" : "done";
}
