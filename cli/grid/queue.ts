/**
 * Trials over a queue, as the process sees it that has the grid: it publishes them, and keeps the
 * results that workers publish. Whatever dies may be started again: trials and results stay on the
 * server until the grid has them all.
 */
import { GridError, messageOf, printable } from "../errors.ts";
import { pause } from "../interrupt.ts";
import { gridId, type GridSpec } from "./grid_spec.ts";
import type { QueueAddress } from "./queue_address.ts";
import { countRefusals } from "./queue_messages.ts";
import { listGrids, meaningOf, openQueue, type Queue, queueNames } from "./queue_server.ts";
import { GridStreams, LOOK } from "./queue_streams.ts";
import type { Trial } from "./trial.ts";
import type { TrialListener } from "./trial_thread.ts";

/** What `runOverQueue` needs to know. */
export interface QueueOptions {
  address: QueueAddress;
  /** Remove other grids from it first. */
  clear: boolean;
  spec: GridSpec;
  /** What starts a worker for it, but for the queue. */
  workerCommand: string;
  /** Whether no other trials of the grid follow: then it is removed from the server. */
  isLast: boolean;
  listener: TrialListener;
  line: (text: string) => void;
  /** Whether its time is over: then the trials are taken from the server, those that run included. */
  isOver: () => boolean;
  /** Ends it early; the trials stay on the server. */
  signal: AbortSignal;
}

/**
 * Has trials run by workers. Throws GridError where the server does not answer, where it has another
 * grid, and where a trial fails.
 */
export async function runOverQueue(
  trials: readonly Trial[],
  { address, clear, spec, workerCommand, isLast, isOver, listener, line, signal }: QueueOptions,
): Promise<void> {
  const { url, secretFile } = address;
  await using queue = await openQueue(address, line);
  const { seal } = queue;
  const { experiment, library, data, options } = spec;
  const grid = gridId(spec);
  const notice = { grid, experiment, library, data, options, signed: seal.isSigned };
  if (!seal.isSigned) {
    line(
      `results are not signed: whoever reaches ${url} can forge them; --queue-secret signs them`,
    );
  }
  try {
    await refuseOthers(queue, grid, { url, clear });
  } catch (cause) {
    if (meaningOf(cause) !== "down") throw cause;
    throw new GridError(`--queue: ${url} does not answer: ${messageOf(cause)}`, { cause });
  }
  const missing = new Map(trials.map((trial) => [trial.id, trial]));
  const refusals = countRefusals(line);
  const update = async (data: Uint8Array) => {
    try {
      const { id, progress } = await seal.open("progress", grid, data);
      const trial = missing.get(id);
      if (trial !== undefined) listener.update(trial, progress);
    } catch (error) {
      refusals.add("a sign of progress", error);
    }
  };
  const callback = (_: unknown, { data }: { data: Uint8Array }) => void update(data);
  queue.connection.subscribe(queueNames(grid).progress, { callback });
  const streams = new GridStreams(queue, notice, refusals);
  while (missing.size > 0 && !signal.aborted && !isOver()) {
    queue.check();
    for (const answer of await streams.look()) {
      const id = "result" in answer ? answer.result.id : answer.id;
      const trial = missing.get(id);
      if (trial === undefined) continue;
      if ("error" in answer) throw new GridError(printable(answer.error));
      listener.end(trial, answer.result);
      missing.delete(id);
    }
    if (await streams.publish(missing)) {
      const secret = secretFile === null ? "" : " --queue-secret FILE";
      line(`for each machine that is to work: ${workerCommand} --queue ${url}${secret}`);
    }
    await pause(LOOK, signal);
  }
  refusals.sum();
  const isDone = missing.size === 0 || isOver();
  if (!isLast && missing.size > 0 && isDone) await streams.empty();
  // All is kept by now: what cannot be removed is only in the way of another grid.
  if (isLast && isDone && !signal.aborted && !await streams.remove(signal)) {
    line(`${url} still has this grid's streams`);
  }
}

/** One grid at a time: workers would not know which of two to serve. */
async function refuseOthers(
  queue: Queue,
  grid: string,
  { url, clear }: { url: string; clear: boolean },
): Promise<void> {
  const { streams } = queue.manager;
  for (const other of await listGrids(queue)) {
    if (other.grid === grid) continue;
    const { work, results } = queueNames(other.grid);
    if (clear) {
      await streams.delete(work);
      await streams.delete(results).catch(() => {});
      continue;
    }
    const waiting = (await streams.info(work)).state.messages;
    throw new GridError(
      `--queue: ${url} has another grid, ${other.grid}, with ${waiting} trials to finish: ` +
        `let its own command finish it, or remove it by --clear-queue`,
    );
  }
}
