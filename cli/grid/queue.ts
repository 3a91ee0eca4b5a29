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
import { countRefusals, type GridNotice, type Message, type Refusals } from "./queue_messages.ts";
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
  /** Whether no other trials of the grid follow: then it is removed from the server. */
  isLast: boolean;
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
  { address, clear, spec, workerCommand, isLast, listener, line, signal }: QueueOptions,
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
  const inbox = inboxOf(queue, notice, refusals);
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
  if (isLast && missing.size === 0 && !await inbox.remove(signal)) {
    line(`${url} still has this grid's streams`);
  }
}

/** A grid's two streams, made at the first look, and again where the server has lost them. */
function inboxOf(queue: Queue, notice: GridNotice, refusals: Refusals) {
  const { seal, client, manager: { streams, consumers } } = queue;
  const { work, results, workOf, resultOf } = queueNames(notice.grid);
  /** Number of the next message in the stream of results. */
  let next = 1;
  let isMade = false;
  let isPublished = false;
  /** Message ids of trials that were published without an answer: they may have been stored. */
  const unanswered = new Map<string, string>();

  /** Results that have come since the last look, or are there from a run before. */
  async function look(): Promise<Message<"result">[]> {
    const found: Message<"result">[] = [];
    await attempt(async () => {
      if (!isMade) await make();
      const { state } = await streams.info(results);
      for (; next <= state.last_seq; next++) {
        const message = await streams.getMessage(results, { seq: next });
        if (message === null) continue;
        let answer: Message<"result"> | undefined;
        try {
          answer = await readResult(queue, notice, message);
          found.push(answer);
        } catch (error) {
          refusals.add("a result", error);
        }
        // A failure is told once, and the same command tries again; what is refused gives way.
        if (answer === undefined || "error" in answer) {
          await streams.deleteMessage(results, next);
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
  async function publish(trials: ReadonlyMap<string, Trial>): Promise<boolean> {
    if (!isMade) return false;
    const before = isPublished;
    await attempt(async () => {
      if (before && (await streams.info(work)).state.messages >= trials.size) return;
      for (const trial of trials.values()) {
        const message = await seal.close("trial", notice.grid, trial);
        const msgID = unanswered.getOrInsertComputed(trial.id, () => crypto.randomUUID());
        try {
          await client.publish(workOf(trial.id), message, { msgID });
        } catch (error) {
          if (meaningOf(error) !== "taken") throw error; // else it waits or runs already
        }
        unanswered.delete(trial.id);
      }
      isPublished = true;
    });
    return !before && isPublished;
  }

  /** Removes the streams, for half a minute at most; gives whether it could. */
  async function remove(signal: AbortSignal): Promise<boolean> {
    const names = new Set([work, results]);
    const end = performance.now() + 30_000;
    while (performance.now() < end && !signal.aborted) {
      for (const name of names) {
        try {
          await streams.delete(name);
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
  async function attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === "gone") {
        isMade = isPublished = false;
        next = 1;
      } else if (meaning !== "down") {
        throw new GridError(`--queue: the server refuses: ${messageOf(error)}`, { cause: error });
      }
    }
  }

  async function make(): Promise<void> {
    const common = {
      description: await seal.close("grid", notice.grid, notice),
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
    isMade = true;
  }

  return { look, publish, remove };
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
