/**
 * `deno task train worker`: runs trials that come over a queue.
 *
 * @module
 */
import { type Consumer, jetstream, type JsMsg } from "@nats-io/jetstream";
import { identifyData, libraryId } from "./ground.ts";
import { GridError } from "./grid_error.ts";
import { onInterrupt, type Outcome, pause } from "../interrupt.ts";
import type { WorkerOptions } from "./options.ts";
import {
  type GridNotice,
  HEARTBEAT,
  isDown,
  isGone,
  isTaken,
  listGrids,
  openQueue,
  PATIENCE,
  type Queue,
  queueNames,
  type QueueProgress,
  type QueueResult,
  textOf,
  WORKERS,
} from "./queue_server.ts";
import { describeTrial, type Ground, type Trial } from "./trial.ts";
import { TrialThread } from "./trial_thread.ts";

/** Milliseconds between two signs of a trial's progress. */
const TELL = 250;

/** What the parts of a worker share. */
interface Shop {
  queue: Queue;
  dir: string;
  signal: AbortSignal;
  say: (text: string) => void;
}

/**
 * Runs trials until Ctrl-C. Throws GridError where the server does not answer, and where its grid
 * asks for another version of the library or for other data.
 */
export async function runWorker(options: WorkerOptions): Promise<Outcome> {
  const say = options.quiet ? () => {} : console.log;
  const { dir, id: data } = identifyData(options.dataDir);
  const ground: Ground = { library: libraryId(), data };
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  await using queue = await openQueue(options.queue, say);
  say(`waiting for trials from ${options.queue}`);
  while (!signal.aborted) {
    const notice = await nextGrid(queue);
    if (notice === undefined) {
      await pause(500, signal);
      continue;
    }
    checkGround(notice, ground);
    say(`grid ${notice.grid}`);
    const shop: Shop = { queue, dir, signal, say };
    await Promise.all(Array.from({ length: options.jobs }, () => serve(notice, shop)));
    if (signal.aborted) break;
    say(`grid ${notice.grid} is over`);
    if (options.once) return "done";
  }
  say("stopped: trials that were not finished go to other workers");
  return "interrupted";
}

/** The grid that is on the server; undefined where there is none, or the connection is down. */
async function nextGrid({ streams }: Queue): Promise<GridNotice | undefined> {
  try {
    return (await listGrids(streams))[0];
  } catch {
    return undefined;
  }
}

function checkGround(notice: GridNotice, here: Ground): void {
  if (notice.library !== here.library) {
    throw new GridError(
      `worker: grid ${notice.grid} needs the library ${notice.library}: this one is ${here.library}`,
    );
  }
  if (notice.data !== here.data) {
    throw new GridError(
      `worker: grid ${notice.grid} needs the data ${notice.data}: these are ${here.data}`,
    );
  }
}

/** Runs one trial after another until the grid is gone. */
async function serve({ grid }: GridNotice, { queue, dir, signal, say }: Shop): Promise<void> {
  const names = queueNames(grid);
  using thread = new TrialThread(dir);
  let consumer: Consumer | undefined;
  while (!signal.aborted) {
    let message: JsMsg | null;
    try {
      consumer ??= await jetstream(queue.connection, { timeout: PATIENCE }).consumers.get(
        names.work,
        WORKERS,
      );
      message = await consumer.next({ expires: 2000 });
      if (message === null && await isOver(queue, names.work)) return;
    } catch (error) {
      if (isGone(error) || await isOver(queue, names.work)) return;
      consumer = undefined; // the grid is still making it, or the connection is down
      await pause(500, signal);
      continue;
    }
    if (message !== null) await handle(message, { grid, thread, queue, signal, say });
  }
}

async function isOver({ streams }: Queue, work: string): Promise<boolean> {
  try {
    await streams.info(work);
    return false;
  } catch (error) {
    return isGone(error);
  }
}

/** Runs the trial of a message, sends its result, and only then takes it out of the queue. */
async function handle(
  message: JsMsg,
  { grid, thread, queue, signal, say }: Omit<Shop, "dir"> & { grid: string; thread: TrialThread },
): Promise<void> {
  const names = queueNames(grid);
  const trial = message.json<Trial>();
  const alive = setInterval(() => message.working(), HEARTBEAT);
  const giveBack = () => {
    message.nak();
    thread[Symbol.dispose]();
  };
  signal.addEventListener("abort", giveBack);
  try {
    const known = await queue.streams.getMessage(names.results, {
      last_by_subj: names.resultOf(trial.id),
    });
    if (known === null) {
      const attempt = message.info.deliveryCount;
      say(describeTrial(trial.config) + (attempt > 1 ? `, attempt ${attempt}` : ""));
      const answer = await compute(trial, thread, (progress) => {
        const text: QueueProgress = { trial, progress };
        queue.connection.publish(names.progress, JSON.stringify(text));
      });
      if (signal.aborted) return;
      await send(answer, names.resultOf(trial.id), { work: names.work, queue, signal });
    }
    await message.ackAck();
  } catch (error) {
    if (!signal.aborted) say(`${describeTrial(trial.config)}: not delivered: ${textOf(error)}`);
  } finally {
    clearInterval(alive);
    signal.removeEventListener("abort", giveBack);
  }
}

async function compute(
  trial: Trial,
  thread: TrialThread,
  tell: (progress: QueueProgress["progress"]) => void,
): Promise<QueueResult> {
  let told = 0;
  try {
    const { result } = await thread.run(trial, (progress) => {
      if (performance.now() - told < TELL) return;
      told = performance.now();
      tell(progress);
    });
    return { result };
  } catch (error) {
    return { id: trial.id, error: textOf(error) };
  }
}

/** Sends a result until it has arrived; throws where there is no stream for it any more. */
async function send(
  answer: QueueResult,
  subject: string,
  { work, queue, signal }: Pick<Shop, "queue" | "signal"> & { work: string },
): Promise<void> {
  const js = jetstream(queue.connection, { timeout: PATIENCE });
  for (;;) {
    try {
      await js.publish(subject, JSON.stringify(answer));
      return;
    } catch (error) {
      if (isTaken(error)) return; // another worker was faster, with the same bits
      if (!isDown(error) || signal.aborted || await isOver(queue, work)) throw error;
    }
    await pause(1000, signal);
  }
}
