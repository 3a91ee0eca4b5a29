/** The streams on the server that a grid has: one of its trials, one of their results. */
import { AckPolicy, DiscardPolicy, RetentionPolicy } from "@nats-io/jetstream";
import { GridError, messageOf } from "../errors.ts";
import { pause } from "../interrupt.ts";
import type { GridNotice, Message, Refusals } from "./queue_messages.ts";
import {
  ACK_WAIT,
  meaningOf,
  type Queue,
  queueNames,
  readResult,
  WORKERS,
} from "./queue_server.ts";
import type { Trial } from "./trial.ts";

/** Milliseconds between two looks for results. */
export const LOOK = 300;

/** Milliseconds that removing the streams may take. */
const PATIENCE = 30_000;

/** A grid's two streams, made at the first look, and again where the server has lost them. */
export class GridStreams {
  readonly #queue: Queue;
  readonly #notice: GridNotice;
  readonly #refusals: Refusals;
  readonly #names: ReturnType<typeof queueNames>;
  /** Number of the next message in the stream of results. */
  #next = 1;
  #isMade = false;
  #isPublished = false;
  /** Message ids of trials that were published without an answer: they may have been stored. */
  readonly #unanswered = new Map<string, string>();

  /** Nothing is made yet. Results that are refused are counted in `refusals`. */
  constructor(queue: Queue, notice: GridNotice, refusals: Refusals) {
    this.#queue = queue;
    this.#notice = notice;
    this.#refusals = refusals;
    this.#names = queueNames(notice.grid);
  }

  /** Results that have come since the last look, or are there from a run before. */
  async look(): Promise<Message<"result">[]> {
    const { streams } = this.#queue.manager;
    const { results } = this.#names;
    const found: Message<"result">[] = [];
    await this.#attempt(async () => {
      if (!this.#isMade) await this.#make();
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
    if (!this.#isMade) return false;
    const { seal, client, manager: { streams } } = this.#queue;
    const { work, workOf } = this.#names;
    const before = this.#isPublished;
    await this.#attempt(async () => {
      if (before && (await streams.info(work)).state.messages >= trials.size) return;
      for (const trial of trials.values()) {
        const message = await seal.close("trial", this.#notice.grid, trial);
        const msgID = this.#unanswered.getOrInsertComputed(trial.id, () => crypto.randomUUID());
        try {
          await client.publish(workOf(trial.id), message, { msgID });
        } catch (error) {
          if (meaningOf(error) !== "taken") throw error; // else it waits or runs already
        }
        this.#unanswered.delete(trial.id);
      }
      this.#isPublished = true;
    });
    return !before && this.#isPublished;
  }

  /** Takes back all trials that wait or run. */
  async empty(): Promise<void> {
    await this.#attempt(async () => void await this.#queue.manager.streams.purge(this.#names.work));
    this.#isPublished = false;
  }

  /** Removes both, for half a minute at most; gives whether it could. */
  async remove(signal: AbortSignal): Promise<boolean> {
    const names = new Set([this.#names.work, this.#names.results]);
    const end = performance.now() + PATIENCE;
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

  async #make(): Promise<void> {
    const { seal, manager: { streams, consumers } } = this.#queue;
    const { work, results, workOf, resultOf } = this.#names;
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
    this.#isMade = true;
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
        this.#isMade = this.#isPublished = false;
        this.#next = 1;
      } else if (meaning !== "down") {
        throw new GridError(`--queue: the server refuses: ${messageOf(error)}`, { cause: error });
      }
    }
  }
}
