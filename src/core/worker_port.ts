/**
 * Both ends of a worker, in engines of the web's kind (browsers, Deno, Bun) and in Node.
 *
 * @module
 */
import { builtinModule } from "./builtin_module.ts";
import { dataOf } from "./error_data.ts";
import { DataError, messageOf } from "./errors.ts";
import { type Kind, kind } from "./options.ts";
import type { Platform } from "./platform.ts";

declare const console: Platform["console"];

/** An end that messages go out of. */
export interface Port<Out> {
  post(message: Out, transfer?: readonly object[]): void;
}

/** A worker that was started. */
export interface StartedWorker<Out> extends Port<Out> {
  terminate(): void;
}

/** Who hears what a worker does. */
export interface WorkerListener<In> {
  take(message: In): void;
  /** It is over: with an error's text, or without a word. */
  end(reason: string): void;
}

/** What is used of a worker: the web's has `addEventListener`, Node's has `on`. */
export interface WorkerLike {
  /** Sends a message. */
  postMessage(message: unknown, transfer?: never): void;
  /** Ends it. */
  terminate(): unknown;
}

/** A worker, or where its file is. */
export const WORKER: Kind = kind(
  "a URL or a Worker",
  (value) =>
    typeof value === "string" || value instanceof engine.URL! ||
    typeof (value as WorkerLike | null)?.postMessage === "function",
);

// deno-lint-ignore no-explicit-any
type Listen = (type: string, listener: (event: any) => void) => void;

/** A worker with the methods of either kind. */
type AnyWorker = WorkerLike & { addEventListener?: Listen; on?: Listen };

interface Locks {
  request(name: string, then: () => unknown): Promise<unknown>;
}

/** What engines differ in: some lack it, and not every type library that a program asks for has it. */
const engine = globalThis as {
  Worker?: new (url: unknown, options: { type: "module" }) => AnyWorker;
  URL?: new (url: string) => object;
  WorkerGlobalScope?: unknown;
  addEventListener?: Listen;
  location?: { readonly href: string };
  importScripts?(): void;
  setTimeout?(then: () => void, milliseconds: number): unknown;
  clearTimeout?(timer: unknown): void;
  Deno?: unknown;
  postMessage?(message: unknown, transfer: readonly object[]): void;
  navigator?: { locks?: Locks };
  crypto?: { randomUUID?(): string };
};

/** What of Node's worker threads is used. */
interface NodeWorkers {
  Worker: new (url: unknown) => AnyWorker;
  parentPort:
    | { on: Listen; postMessage(message: unknown, transfer: readonly object[]): void }
    | null;
}

/** What a worker is asked first: whether its file, at its end, has called the function that serves. */
interface Question {
  readonly glimServes: string;
}

function isQuestion(message: unknown): message is Question {
  return typeof (Object(message) as Partial<Question>).glimServes === "string";
}

/** The functions that have served in this worker. */
const serving = new Set<string>();

const isWebWorker = typeof engine.WorkerGlobalScope === "function" &&
  engine instanceof engine.WorkerGlobalScope;

// A worker of the web's kind whose file serves nothing would be waited for in vain; Node's ends then.
if (isWebWorker) {
  engine.addEventListener!("message", ({ data }) => {
    if (isQuestion(data)) void answer(data);
  });
}

async function answer({ glimServes: name }: Question): Promise<void> {
  const file = engine.location?.href;
  if (file === undefined || !await hasEnded(file) || serving.has(name)) return;
  const other = [...serving].map((own) => `${own}()`).join(", ") || "it calls none that serves";
  const error = new DataError(`${name}: the worker's file must call ${name}(): ${file}: ${other}`);
  engine.postMessage!({ fault: dataOf(error) }, []);
}

/** Waits for the end of this worker's own file; false where nobody knows it, or it has failed. */
async function hasEnded(file: string): Promise<boolean> {
  try {
    if (engine.importScripts !== undefined) {
      try {
        engine.importScripts();
        return false; // no module, and it would run again
      } catch {
        // a module has no scripts
      }
    }
    // Deno waits for the file's own `await` only where another module imports it
    const module = engine.Deno === undefined
      ? file
      : `data:text/javascript,import ${encodeURIComponent(JSON.stringify(file))}`;
    await import(/* @vite-ignore */ /* webpackIgnore: true */ module);
    return true;
  } catch {
    return false; // of what is thrown there the engine tells
  }
}

/** Seconds after which a worker that has said nothing is spoken of. */
const PATIENCE = 10;

/**
 * Starts a worker, or takes one that was, and listens to it; its file is to call the function `serves`.
 * Nobody answers the question where the file imports nothing of this library, so a worker that says
 * nothing for long is warned of.
 */
export function startWorker<In, Out>(
  name: string,
  serves: string,
  worker: object | string,
  { take, end }: WorkerListener<In>,
): StartedWorker<Out> {
  const own = "postMessage" in Object(worker) ? worker as AnyWorker : newWorker(name, worker);
  const timer = engine.setTimeout?.(() => {
    console.warn(
      `glim: ${name}: the worker has said nothing for ${PATIENCE} seconds: its file must call ` +
        `${serves}()`,
    );
  }, 1000 * PATIENCE);
  const heard = () => engine.clearTimeout?.(timer);
  const hear = (message: In) => {
    heard();
    take(message);
  };
  const over = (reason: string) => {
    heard();
    end(reason);
  };
  if (own.addEventListener !== undefined) {
    own.addEventListener("message", ({ data }) => hear(data));
    own.addEventListener("messageerror", () => over("a message cannot be read"));
    own.addEventListener("error", (event) => {
      event.preventDefault?.(); // or it would end the whole program
      over(event.message || "its file cannot be loaded");
    });
    own.postMessage({ glimServes: serves } satisfies Question);
  } else {
    own.on!("message", hear);
    own.on!("error", (error) => over(error?.stack ?? String(error)));
    own.on!("exit", (code) => over(`it has ended, with exit code ${code}`));
  }
  return {
    post: (message, transfer = []) => own.postMessage(message, transfer as never),
    terminate() {
      heard();
      void own.terminate();
    },
  };
}

function newWorker(name: string, url: unknown): AnyWorker {
  try {
    if (engine.Worker !== undefined) return new engine.Worker(url, { type: "module" });
    const { Worker } = builtinModule("node:worker_threads") as NodeWorkers;
    return new Worker(typeof url === "string" && url.includes(":") ? new engine.URL!(url) : url);
  } catch (cause) {
    throw new DataError(`${name}: start ${url}: ${messageOf(cause)}`, { cause });
  }
}

/** Calls back when whoever holds a lock has gone: a worker of the web's kind goes without a word. */
export function whenReleased(lock: string, then: () => void): void {
  engine.navigator?.locks?.request(lock, then);
}

/** The way out of the worker that this code runs in. Error where it runs in none. */
export function toParent<In, Out>(
  name: string,
  take: (message: In) => void,
  fault: (error: unknown) => void,
): Port<Out> {
  serving.add(name);
  const hear = (message: In) => {
    if (!isQuestion(message)) take(message);
  };
  const node = builtinModule("node:worker_threads") as NodeWorkers | undefined;
  const parent = node?.parentPort ?? null;
  if (parent !== null) { // of what is thrown here Node tells the other side
    parent.on("message", hear);
    return { post: (message, transfer = []) => parent.postMessage(message, transfer) };
  }
  if (!isWebWorker) {
    throw new Error(`${name}: it must be called in a worker: this is none`);
  }
  engine.addEventListener!("message", ({ data }) => hear(data));
  for (const type of ["error", "unhandledrejection"]) {
    engine.addEventListener!(type, (event) => {
      event.preventDefault();
      fault(event.error ?? event.reason ?? event.message);
    });
  }
  return { post: (message, transfer = []) => engine.postMessage!(message, transfer) };
}

/** The name of a lock that this worker has taken and holds as long as it lives; null: there are none. */
export async function ownLock(): Promise<string | null> {
  const { locks } = engine.navigator ?? {};
  const name = `glim-${engine.crypto?.randomUUID?.()}`;
  if (locks === undefined || engine.WorkerGlobalScope === undefined) return null;
  return await new Promise((resolve) => {
    locks.request(name, () => {
      resolve(name);
      return new Promise(() => {});
    }).catch(() => resolve(null)); // a page of no origin may have none
  });
}
