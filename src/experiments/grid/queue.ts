/**
 * Trials over a queue, as the process sees it that has the grid: it publishes them, and keeps the
 * results that workers publish. Whatever dies may be started again: trials and results stay on the
 * server until the grid has them all.
 *
 * @module
 */
import { AckPolicy, DiscardPolicy, jetstream, RetentionPolicy } from "@nats-io/jetstream";
import { gridId, type GridSpec } from "./configurations.ts";
import { GridError } from "./grid_error.ts";
import { pause } from "./interrupt.ts";
import {
  ACK_WAIT,
  type GridNotice,
  isGone,
  isTaken,
  listGrids,
  openQueue,
  type Queue,
  queueNames,
  type QueueProgress,
  type QueueResult,
  WORKERS,
} from "./queue_server.ts";
import type { Trial } from "./trial.ts";
import type { TrialListener } from "./trial_thread.ts";

/** Milliseconds between two looks for results. */
const LOOK = 300;

/** What `runOverQueue` needs to know. */
export interface QueueOptions {
  /** The server. */
  url: string;
  /** Remove other grids from it first. */
  clear: boolean;
  /** The grid that the trials are of. */
  spec: GridSpec;
  /** Told of the trials. */
  listener: TrialListener;
  /** Prints a line. */
  line: (text: string) => void;
  /** Ends it early; the trials stay on the server. */
  signal: AbortSignal;
}

/**
 * Has trials run by workers. Throws GridError where the server does not answer, where it has another
 * grid, and where a trial fails.
 */
export async function runOverQueue(
  trials: readonly Trial[],
  { url, clear, spec, listener, line, signal }: QueueOptions,
): Promise<void> {
  const grid = gridId(spec);
  const notice: GridNotice = { grid, library: spec.library, data: spec.data };
  await using queue = await openQueue(url, line);
  await refuseOthers(queue, grid, { url, clear });
  const missing = new Map(trials.map((trial) => [trial.id, trial]));
  queue.connection.subscribe(queueNames(grid).progress, {
    callback(_, message) {
      const { trial, progress } = message.json<QueueProgress>();
      if (missing.has(trial.id)) listener.update(trial, progress);
    },
  });
  line(`for each machine that is to work: deno task train worker --queue ${url}`);
  const inbox = new Inbox(queue, notice);
  while (missing.size > 0 && !signal.aborted) {
    try {
      for (const message of await inbox.look()) {
        const id = "result" in message ? message.result.id : message.id;
        const trial = missing.get(id);
        if (trial === undefined) continue;
        if ("error" in message) throw new GridError(message.error);
        listener.end(trial, message.result);
        missing.delete(id);
      }
      await inbox.publish(missing.values());
    } catch (error) {
      if (error instanceof GridError) throw error;
      if (isGone(error)) inbox.reset(); // the server lost them: again
      // else the connection is down, which `openQueue` tells of
    }
    await pause(LOOK, signal);
  }
  if (missing.size === 0) await inbox.delete();
}

/** A grid's two streams, made at the first look. */
class Inbox {
  readonly #queue: Queue;
  readonly #notice: GridNotice;
  readonly #names: ReturnType<typeof queueNames>;
  /** Number of the next message in the stream of results. */
  #next = 1;
  #made = false;
  #published = false;

  constructor(queue: Queue, notice: GridNotice) {
    this.#queue = queue;
    this.#notice = notice;
    this.#names = queueNames(notice.grid);
  }

  /** Results that have come since the last look, or are there from a run before. */
  async look(): Promise<QueueResult[]> {
    if (!this.#made) await this.#make();
    const { streams } = this.#queue;
    const { state } = await streams.info(this.#names.results);
    const found: QueueResult[] = [];
    for (; this.#next <= state.last_seq; this.#next++) {
      const message = await streams.getMessage(this.#names.results, { seq: this.#next });
      if (message === null) continue;
      const result = message.json<QueueResult>();
      found.push(result);
      // A failure is told once; the same command tries the trial again.
      if ("error" in result) await streams.deleteMessage(this.#names.results, this.#next);
    }
    return found;
  }

  /** Publishes trials, unless that was done; after a look, so that nothing runs that has a result. */
  async publish(trials: Iterable<Trial>): Promise<void> {
    if (this.#published) return;
    const js = jetstream(this.#queue.connection);
    for (const trial of trials) {
      try {
        await js.publish(this.#names.workOf(trial.id), JSON.stringify(trial));
      } catch (error) {
        if (!isTaken(error)) throw error; // else it waits or runs already
      }
    }
    this.#published = true;
  }

  /** Begins anew at the next look. */
  reset(): void {
    this.#made = this.#published = false;
    this.#next = 1;
  }

  /** Removes the streams. */
  async delete(): Promise<void> {
    await this.#queue.streams.delete(this.#names.work);
    await this.#queue.streams.delete(this.#names.results);
  }

  async #make(): Promise<void> {
    const { work, results, workOf, resultOf } = this.#names;
    const { streams, manager } = this.#queue;
    const common = {
      description: JSON.stringify(this.#notice),
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
      max_msgs_per_subject: 1,
    };
    await streams.add({ ...common, name: results, subjects: [resultOf("*")] });
    await streams.add({
      ...common,
      name: work,
      subjects: [workOf("*")],
      retention: RetentionPolicy.Workqueue,
    });
    await manager.consumers.add(work, {
      durable_name: WORKERS,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ACK_WAIT * 1e6,
    });
    this.#made = true;
  }
}

/** One grid at a time: workers would not know which of two to serve. */
async function refuseOthers(
  { streams }: Queue,
  grid: string,
  { url, clear }: { url: string; clear: boolean },
): Promise<void> {
  for (const other of await listGrids(streams)) {
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
