/**
 * `deno task train worker`: runs trials that come over a queue.
 *
 * @module
 */
import { resolve } from "node:path";
import { type Consumer, jetstream, type JsMsg } from "@nats-io/jetstream";
import { DataError } from "@glim/glim";
import { checkTrial } from "./schemas.ts";
import { codeOf, type Provenance, provenanceOf } from "./provenance.ts";
import { GridError } from "./grid_error.ts";
import { onInterrupt, type Outcome, pause } from "../interrupt.ts";
import { ROOT } from "../load.ts";
import { print } from "../print.ts";
import { readWorkerOptions, type WorkerOptions } from "./options.ts";
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
  readNotice,
  WORKERS,
} from "./queue_server.ts";
import { readResult } from "./queue.ts";
import { Refusals } from "./queue_seal.ts";
import { type Trial, trialId } from "./trial.ts";
import { TrialThread } from "./trial_thread.ts";
import { messageOf, printable } from "../messages.ts";

/** Milliseconds between two signs of a trial's progress. */
const TELL = 250;

/** What the parts of a worker have in common. */
interface Serving {
  options: WorkerOptions;
  queue: Queue;
  refusals: Refusals;
  signal: AbortSignal;
  say: (text: string) => void;
}

/**
 * Runs trials until Ctrl-C. Throws GridError where the server does not answer, and where its grid
 * asks for another experiment, another version of the library or other data. Null where help was
 * asked for.
 */
export async function runWorker(args: readonly string[]): Promise<Outcome | null> {
  const options = await readWorkerOptions(args);
  if (typeof options === "string") {
    print(options);
    return null;
  }
  const say = options.quiet ? () => {} : print;
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  await using queue = await openQueue(options.queue, say);
  say(`waiting for trials from ${options.queue.url}`);
  const refusals = new Refusals(say);
  const serving: Serving = { options, queue, refusals, signal, say };
  while (!signal.aborted) {
    queue.check();
    const notice = await nextGrid(queue, refusals);
    if (notice === undefined) {
      await pause(500, signal);
      continue;
    }
    await checkOrigin(notice, serving);
    say(`grid ${notice.grid}`);
    await Promise.all(Array.from({ length: options.jobs }, () => serve(notice, serving)));
    if (signal.aborted) break;
    say(`grid ${notice.grid} is over`);
    if (options.once) return "done";
  }
  refusals.sum();
  say("stopped: trials that were not finished go to other workers");
  return "interrupted";
}

/** The grid that is on the server; undefined where there is none, or the connection is down. */
async function nextGrid(queue: Queue, refusals: Refusals): Promise<GridNotice | undefined> {
  let grids: Awaited<ReturnType<typeof listGrids>>;
  try {
    grids = await listGrids(queue);
  } catch {
    return undefined;
  }
  for (const grid of grids) {
    try {
      return await readNotice(queue, grid);
    } catch (error) {
      refusals.add(`grid ${grid.grid}`, error);
    }
  }
  return undefined;
}

/** The code of an experiment is nothing that is taken from a queue: a worker brings its own. */
async function checkOrigin(notice: GridNotice, { options, queue }: Serving): Promise<void> {
  const { loaded, paths } = options;
  if (notice.signed !== queue.seal.isSigned) {
    throw new GridError(
      `worker: grid ${notice.grid} signs its trials: add --queue-secret with a file of its secret`,
    );
  }
  const refuse = (key: keyof Provenance, here: Provenance) => {
    if (notice[key] === here[key]) return;
    throw new GridError(
      `worker: grid ${notice.grid} needs the ${key} ${notice[key]}: this worker has ${here[key]}`,
    );
  };
  const code = codeOf(loaded);
  refuse("experiment", { ...code, data: "" });
  refuse("library", { ...code, data: "" });
  refuse("data", await provenanceOf(loaded, { ...notice.options, ...paths }));
}

/** Runs one trial after another until the grid is gone. */
async function serve(notice: GridNotice, serving: Serving): Promise<void> {
  const { options: { loaded, paths }, queue, signal } = serving;
  const names = queueNames(notice.grid);
  using thread = new TrialThread({ file: resolve(ROOT, loaded.name), paths });
  let consumer: Consumer | undefined;
  while (!signal.aborted) {
    queue.check();
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
    if (message !== null) await handle(message, { ...serving, notice, thread });
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

/** The trial of a message. Throws DataError where it is none of the grid's. */
async function readTrial(
  { seal }: Queue,
  { grid, ...origin }: GridNotice,
  { subject, data }: JsMsg,
): Promise<Trial> {
  const trial = checkTrial(await seal.open("trial", grid, data), "it");
  const id = trialId(trial.options, trial.seed, origin);
  if (id !== trial.id || subject !== queueNames(grid).workOf(id)) {
    throw new DataError("its id is not that of its options");
  }
  return trial;
}

/** Runs the trial of a message, sends its result, and only then takes it out of the queue. */
async function handle(
  message: JsMsg,
  { notice, thread, queue, refusals, signal, say }: Serving & {
    notice: GridNotice;
    thread: TrialThread;
  },
): Promise<void> {
  const { grid } = notice;
  const names = queueNames(grid);
  let trial: Trial;
  try {
    trial = await readTrial(queue, notice, message);
  } catch (error) {
    refusals.add("a trial", error);
    return message.term(); // for no other worker either
  }
  const alive = setInterval(() => message.working(), HEARTBEAT);
  const giveBack = () => {
    message.nak();
    thread[Symbol.dispose]();
  };
  signal.addEventListener("abort", giveBack);
  try {
    if (!await hasResult(trial, notice, queue)) {
      const attempt = message.info.deliveryCount;
      say(printable(trial.name) + (attempt > 1 ? `, attempt ${attempt}` : ""));
      const answer = await compute(trial, thread, async (progress) => {
        const told: QueueProgress = { id: trial.id, progress };
        queue.connection.publish(names.progress, await queue.seal.close("progress", grid, told));
      });
      if (signal.aborted) return;
      await send(answer, trial, { notice, queue, signal });
    }
    await message.ackAck();
  } catch (error) {
    if (!signal.aborted) say(`${printable(trial.name)}: not delivered: ${messageOf(error)}`);
  } finally {
    clearInterval(alive);
    signal.removeEventListener("abort", giveBack);
  }
}

/** Whether the server has a result of a trial. What is there and is none does not count. */
async function hasResult({ id }: Trial, notice: GridNotice, queue: Queue): Promise<boolean> {
  const { results, resultOf } = queueNames(notice.grid);
  const message = await queue.streams.getMessage(results, { last_by_subj: resultOf(id) });
  if (message === null) return false;
  try {
    await readResult(queue, notice, message);
    return true;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return false;
  }
}

async function compute(
  trial: Trial,
  thread: TrialThread,
  tell: (progress: QueueProgress["progress"]) => Promise<void>,
): Promise<QueueResult> {
  let told = 0;
  try {
    const { result } = await thread.run(trial, (progress) => {
      if (performance.now() - told < TELL) return;
      told = performance.now();
      tell(progress).catch(() => {}); // the connection may be down: it was only a sign
    });
    return { result };
  } catch (error) {
    return { id: trial.id, error: messageOf(error) };
  }
}

/** Sends a result until it has arrived; throws where there is no stream for it any more. */
async function send(
  answer: QueueResult,
  trial: Trial,
  { notice, queue, signal }: Pick<Serving, "queue" | "signal"> & { notice: GridNotice },
): Promise<void> {
  const { grid } = notice;
  const { resultOf, work } = queueNames(grid);
  const js = jetstream(queue.connection, { timeout: PATIENCE });
  const message = await queue.seal.close("result", grid, answer);
  const msgID = crypto.randomUUID();
  for (;;) {
    try {
      await js.publish(resultOf(trial.id), message, { msgID });
      return;
    } catch (error) {
      if (isTaken(error)) {
        // Another worker was faster, with the same bits, unless something else has its place, which
        // the grid takes away.
        if (await hasResult(trial, notice, queue)) return;
      } else if (!isDown(error) || signal.aborted || await isOver(queue, work)) throw error;
      if (signal.aborted) throw error;
    }
    await pause(1000, signal);
  }
}
