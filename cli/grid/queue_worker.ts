/** `deno task train worker`: runs trials that come over a queue. */
import { resolve } from "node:path";
import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { DataError } from "@glim/glim";
import { GridError, messageOf, printable } from "../errors.ts";
import { onInterrupt, type Outcome, pause } from "../interrupt.ts";
import { ROOT } from "../load.ts";
import { print } from "../print.ts";
import { keepRowsIn } from "../rows.ts";
import { readWorkerOptions, type WorkerOptions } from "./options.ts";
import { codeOf, provenanceOf } from "./provenance.ts";
import { countRefusals, type GridNotice, type Message, type Refusals } from "./queue_messages.ts";
import {
  HEARTBEAT,
  listGrids,
  meaningOf,
  openQueue,
  type Queue,
  queueNames,
  readResult,
  WORKERS,
} from "./queue_server.ts";
import { type Provenance, type Trial, trialId } from "./trial.ts";
import { TrialThread } from "./trial_thread.ts";

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
  if (options.out !== null) keepRowsIn(options.out);
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  await using queue = await openQueue(options.queue, say);
  say(`waiting for trials from ${options.queue.url}`);
  const refusals = countRefusals(say);
  const serving: Serving = { options, queue, refusals, signal, say };
  while (!signal.aborted) {
    queue.check();
    const notice = await nextGrid(serving);
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
async function nextGrid({ queue, refusals }: Serving): Promise<GridNotice | undefined> {
  for (const { grid, description } of await listGrids(queue).catch(() => [])) {
    try {
      return await queue.seal.open("grid", grid, new TextEncoder().encode(description));
    } catch (error) {
      refusals.add(`grid ${grid}`, error);
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
  const compare = (here: Partial<Provenance>) => {
    for (const key of ["experiment", "library", "data"] as const) {
      if (here[key] === undefined || notice[key] === here[key]) continue;
      throw new GridError(
        `worker: grid ${notice.grid} needs the ${key} ${notice[key]}: this worker has ${here[key]}`,
      );
    }
  };
  compare(await codeOf(loaded, paths)); // before its options, which another experiment may not have
  compare(await provenanceOf(loaded, { ...notice.options, ...paths }));
}

/** Runs one trial after another until the grid is gone. */
async function serve(notice: GridNotice, serving: Serving): Promise<void> {
  const { options: { loaded, out, paths }, queue, signal } = serving;
  const { work } = queueNames(notice.grid);
  using thread = new TrialThread({
    file: resolve(ROOT, loaded.name),
    paths,
    device: "cpu",
    out,
  });
  let consumer: Consumer | undefined;
  while (!signal.aborted) {
    queue.check();
    let message: JsMsg | null;
    try {
      consumer ??= await queue.client.consumers.get(work, WORKERS);
      message = await consumer.next({ expires: 2000 });
      if (message === null && await isOver(queue, work)) return;
    } catch (error) {
      if (meaningOf(error) === "gone" || await isOver(queue, work)) return;
      consumer = undefined; // the grid is still making it, or the connection is down
      await pause(500, signal);
      continue;
    }
    if (message !== null) await handle(message, notice, thread, serving);
  }
}

function isOver({ manager }: Queue, work: string): Promise<boolean> {
  return manager.streams.info(work).then(() => false, (error) => meaningOf(error) === "gone");
}

/** The trial of a message. Throws DataError where it is none of the grid's. */
async function readTrial(
  { seal }: Queue,
  { grid, ...origin }: GridNotice,
  { subject, data }: JsMsg,
): Promise<Trial> {
  const trial = await seal.open("trial", grid, data);
  const id = trialId(trial.options, trial.seed, origin);
  if (id === trial.id && subject === queueNames(grid).workOf(id)) return trial;
  throw new DataError("its id is not that of its options");
}

/** Runs the trial of a message, sends its result, and only then takes it out of the queue. */
async function handle(
  message: JsMsg,
  notice: GridNotice,
  thread: TrialThread,
  { queue, refusals, signal, say }: Serving,
): Promise<void> {
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
      const answer = await compute(trial, notice, thread, queue);
      if (signal.aborted) return;
      await send(answer, trial, notice, queue, signal);
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
  const message = await queue.manager.streams.getMessage(results, { last_by_subj: resultOf(id) });
  if (message === null) return false;
  try {
    await readResult(queue, notice, message);
    return true;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return false;
  }
}

/** The result of a trial, or why it failed; meanwhile it tells how the trial gets on. */
async function compute(
  trial: Trial,
  { grid }: GridNotice,
  thread: TrialThread,
  { seal, connection }: Queue,
): Promise<Message<"result">> {
  const { id } = trial;
  let told = 0;
  try {
    const { result } = await thread.run(trial, (progress) => {
      if (performance.now() - told < TELL) return;
      told = performance.now();
      seal.close("progress", grid, { id, progress })
        .then((message) => connection.publish(queueNames(grid).progress, message))
        .catch(() => {}); // the connection may be down: it was only a sign
    });
    return { result };
  } catch (error) {
    return { id, error: messageOf(error) };
  }
}

/** Sends a result until it has arrived; throws where there is no stream for it any more. */
async function send(
  answer: Message<"result">,
  trial: Trial,
  notice: GridNotice,
  queue: Queue,
  signal: AbortSignal,
): Promise<void> {
  const { resultOf, work } = queueNames(notice.grid);
  const message = await queue.seal.close("result", notice.grid, answer);
  const msgID = crypto.randomUUID();
  for (;;) {
    try {
      await queue.client.publish(resultOf(trial.id), message, { msgID });
      return;
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === "taken") {
        // Another worker was faster, with the same bits, unless something else has its place, which
        // the grid takes away.
        if (await hasResult(trial, notice, queue)) return;
      } else if (meaning !== "down" || signal.aborted || await isOver(queue, work)) throw error;
      if (signal.aborted) throw error;
    }
    await pause(1000, signal);
  }
}
