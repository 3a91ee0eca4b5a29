/**
 * Trials over a queue, as the process sees it that has the grid: it publishes them, and keeps the
 * results that workers publish. Whatever dies may be started again: trials and results stay on the
 * server until the grid has them all.
 */
import { AckPolicy, DiscardPolicy, RetentionPolicy } from "@nats-io/jetstream";
import { GridError, messageOf, printable } from "../errors.ts";
import { pause } from "../interrupt.ts";
import { gridId, type GridSpec } from "./grid_spec.ts";
import type { QueueAddress } from "./queue_address.ts";
import { type GridNotice, type Message, Refusals } from "./queue_messages.ts";
import {
  ACK_WAIT,
  listGrids,
  meaningOf,
  openQueue,
  type Queue,
  queueNames,
  readResult,
  WORKERS,
} from "./queue_server.ts";
import type { Trial } from "./trial.ts";
import type { TrialListener } from "./trial_thread.ts";

/** Milliseconds between two looks for results. */
const LOOK = 300;

/** What `runOverQueue` needs to know. */
export interface QueueOptions {
  address: QueueAddress;
  /** Remove other grids from it first. */
  clear: boolean;
  spec: GridSpec;
  /** What starts a worker for it, but for the queue. */
  workerCommand: string;
  listener: TrialListener;
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
  { address, clear, spec, workerCommand, listener, line, signal }: QueueOptions,
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
  const refusals = new Refusals(line);
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
  const inbox = new Inbox(queue, notice, refusals);
  while (missing.size > 0 && !signal.aborted) {
    queue.check();
    for (const answer of await inbox.look()) {
      const id = "result" in answer ? answer.result.id : answer.id;
      const trial = missing.get(id);
      if (trial === undefined) continue;
      if ("error" in answer) throw new GridError(printable(answer.error));
      listener.end(trial, answer.result);
      missing.delete(id);
    }
    if (await inbox.publish(missing)) {
      const secret = secretFile === null ? "" : " --queue-secret FILE";
      line(`for each machine that is to work: ${workerCommand} --queue ${url}${secret}`);
    }
    await pause(LOOK, signal);
  }
  refusals.sum();
  // All is kept by now: what cannot be removed is only in the way of another grid.
  if (missing.size === 0 && !await inbox.delete(signal)) {
    line(`${url} still has this grid's streams`);
  }
}

/** A grid's two streams, made at the first look, and again where the server has lost them. */
class Inbox {
  readonly #queue: Queue;
  readonly #notice: GridNotice;
  readonly #names: ReturnType<typeof queueNames>;
  readonly #refusals: Refusals;
  /** Number of the next message in the stream of results. */
  #next = 1;
  #made = false;
  #published = false;
  /** Message ids of trials that were published without an answer: they may have been stored. */
  readonly #unanswered: Map<string, string> = new Map();

  constructor(queue: Queue, notice: GridNotice, refusals: Refusals) {
    this.#queue = queue;
    this.#notice = notice;
    this.#refusals = refusals;
    this.#names = queueNames(notice.grid);
  }

  /** Results that have come since the last look, or are there from a run before. */
  async look(): Promise<Message<"result">[]> {
    const found: Message<"result">[] = [];
    const { results } = this.#names;
    const { streams } = this.#queue.manager;
    await this.#attempt(async () => {
      if (!this.#made) await this.#make();
      const { state } = await streams.info(results);
      for (; this.#next <= state.last_seq; this.#next++) {
        const message = await streams.getMessage(results, { seq: this.#next });
        if (message === null) continue;
        let answer: Message<"result"> | undefined;
        try {
          answer = await readResult(this.#queue, this.#notice, message);
          found.push(answer);
        } catch (error) {
          this.#refusals.add("a result", error);
        }
        // A failure is told once, and the same command tries again; what is refused gives way.
        if (answer === undefined || "error" in answer) {
          await streams.deleteMessage(results, this.#next);
        }
      }
    });
    return found;
  }

  /**
   * Publishes trials, unless that was done and they are all there still: a worker takes away what
   * is no trial, and a result that is refused leaves its trial without one. After a look, so that
   * nothing runs that has a result. Gives whether it was done for the first time.
   */
  async publish(trials: ReadonlyMap<string, Trial>): Promise<boolean> {
    if (!this.#made) return false;
    const { seal, client, manager: { streams } } = this.#queue;
    const before = this.#published;
    await this.#attempt(async () => {
      if (before && (await streams.info(this.#names.work)).state.messages >= trials.size) return;
      for (const trial of trials.values()) {
        const message = await seal.close("trial", this.#notice.grid, trial);
        const msgID = this.#unanswered.getOrInsertComputed(trial.id, () => crypto.randomUUID());
        try {
          await client.publish(this.#names.workOf(trial.id), message, { msgID });
        } catch (error) {
          if (meaningOf(error) !== "taken") throw error; // else it waits or runs already
        }
        this.#unanswered.delete(trial.id);
      }
      this.#published = true;
    });
    return !before && this.#published;
  }

  /** Removes the streams, for half a minute at most; gives whether it could. */
  async delete(signal: AbortSignal): Promise<boolean> {
    const names = new Set([this.#names.work, this.#names.results]);
    const end = performance.now() + 30_000;
    while (performance.now() < end && !signal.aborted) {
      for (const name of names) {
        try {
          await this.#queue.manager.streams.delete(name);
          names.delete(name);
        } catch (error) {
          if (meaningOf(error) === "gone") names.delete(name); // or it was deleted, and the answer was lost
        }
      }
      if (names.size === 0) return true;
      await pause(LOOK, signal);
    }
    return false;
  }

  /**
   * Does something with the server. Where the connection is down it is left for the next turn;
   * `openQueue` tells of that. Throws GridError where the server refuses.
   */
  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === "gone") {
        this.#made = this.#published = false;
        this.#next = 1;
      } else if (meaning !== "down") {
        throw new GridError(`--queue: the server refuses: ${messageOf(error)}`, { cause: error });
      }
    }
  }

  async #make(): Promise<void> {
    const { work, results, workOf, resultOf } = this.#names;
    const { seal, manager: { streams, consumers } } = this.#queue;
    const common = {
      description: await seal.close("grid", this.#notice.grid, this.#notice),
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
      max_msgs_per_subject: 1,
    };
    const retention = RetentionPolicy.Workqueue;
    await streams.add({ ...common, name: results, subjects: [resultOf("*")] });
    await streams.add({ ...common, name: work, subjects: [workOf("*")], retention });
    await consumers.add(work, {
      durable_name: WORKERS,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ACK_WAIT * 1e6,
    });
    this.#made = true;
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
