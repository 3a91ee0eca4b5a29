/**
 * Scopes as programs use them: `scope`, `steps`, `outside` and the turns of a loop.
 *
 * @module
 */
import { Buffer } from "./buffer.ts";
import { extent } from "./memory.ts";
import { current, Scope, setCurrent, usage } from "./storage.ts";

/**
 * Opens a scope until the end of the block, to be used as `using _s = scope()`: tensors made from
 * here on are released there.
 */
export function scope(): Scope;
/**
 * Runs a function and releases the tensors made in it, except those it returns: a tensor, or
 * arrays, plain objects, Maps and Sets of them, to any depth. What is returned has no graph.
 *
 * @param fn A synchronous function; TypeError if it returns a promise or a generator.
 * @returns What the function returned.
 */
export function scope<T>(fn: () => T): T;
export function scope<T>(fn?: () => T): T | Scope {
  if (fn === undefined) return watch(new Scope("scope()").open());
  return runInScope("scope()", fn);
}

/** Runs a function in a scope of its own. */
export function runInScope<T>(name: string, fn: () => T): T {
  const inner = new Scope(name).open();
  try {
    const result = fn();
    refuseAsync(name, result);
    if (inner.isOpen) moveOut(result, inner, inner.parent);
    return result;
  } finally {
    inner.closeAll();
  }
}

function refuseAsync(name: string, result: unknown): void {
  if (result === null || typeof result !== "object") return;
  const { then, next } = result as { then?: unknown; next?: unknown };
  if (typeof then === "function" || typeof next === "function") {
    throw new TypeError(
      `${name}: the function must be synchronous: it returned a ` +
        (typeof then === "function" ? "promise" : "generator") +
        `: use \`using _s = scope()\`, and \`await outside(promise)\` inside it`,
    );
  }
}

/** Moves the tensors in a value to another scope and ends their graphs. */
function moveOut(value: unknown, from: Scope, to: Scope | null, seen?: Set<unknown>): void {
  if (value === null || typeof value !== "object") return;
  seen ??= new Set();
  if (value instanceof Buffer) {
    if (value.storage.scope === from) {
      value.storage.moveTo(to);
      seen.add(value.storage);
    }
    if (seen.has(value.storage)) value.leave(from.name); // each view has a graph of its own
    return;
  }
  if (seen.has(value)) return;
  seen.add(value);
  if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) moveOut(item, from, to, seen);
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      moveOut(key, from, to, seen);
      moveOut(item, from, to, seen);
    }
  } else {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      for (const item of Object.values(value)) moveOut(item, from, to, seen);
    }
  }
}

/** A loop each of whose turns is a scope: closed by the next turn, `break`, `return` or `throw`. */
export class Turns<T> implements IterableIterator<T> {
  readonly #scope: Scope;
  readonly #produce: () => T | undefined;
  #ended = false;

  /**
   * @param name What messages call a turn.
   * @param produce Makes the next value, inside the turn's scope; undefined ends the loop.
   */
  constructor(name: string, produce: () => T | undefined) {
    this.#scope = new Scope(name);
    this.#produce = produce;
  }

  /** Ends the turn, if there is one, and begins the next. */
  next(): IteratorResult<T, undefined> {
    this.#scope.close();
    if (this.#ended) return { value: undefined, done: true };
    watch(this.#scope.open());
    try {
      const value = this.#produce();
      if (value !== undefined) return { value, done: false };
    } catch (error) {
      this.#scope.closeAll();
      this.#ended = true;
      throw error;
    }
    return this.return();
  }

  /** Ends the loop early; `for … of` calls it on `break` and on errors. */
  return(): IteratorResult<T, undefined> {
    this.#ended = true;
    this.#scope.close();
    return { value: undefined, done: true };
  }

  /** The loop itself. */
  [Symbol.iterator](): this {
    return this;
  }
}

/**
 * Counts 0 … n − 1; each turn is a scope, so what a turn makes is released at its end.
 *
 * @example
 * ```ts
 * import { memory, ones, steps } from "@glim/glim";
 * for (const _i of steps(1000)) ones([100, 100]).mul(2);
 * console.log(memory().liveBytes); // 0
 * ```
 */
export function steps(n: number): IterableIterator<number> {
  let i = 0;
  return new Turns("a turn of steps()", () => i < n ? i++ : undefined);
}

/**
 * Awaits something else inside a turn or a scope. Meanwhile no scope is current, so that whatever
 * runs in between keeps its own tensors; when the promise settles the scope is back.
 *
 * @example
 * ```ts
 * import { outside, steps } from "@glim/glim";
 * for (const _i of steps(3)) {
 *   await outside(new Promise((resolve) => setTimeout(resolve, 1)));
 * }
 * ```
 */
export function outside<T>(promise: PromiseLike<T>): Promise<T> {
  const mine = setCurrent(null);
  // Called once more before anything was awaited, as in Promise.all([x.data(), y.data()]), or around
  // an async function that has called it: the first call restores the scope.
  if (mine === null) return Promise.resolve(promise);
  // The two jobs queued here run back to back: first the scope returns, then the awaiting code goes
  // on. Restoring at once would let other awaiting code run in between, in the wrong scope.
  const restore = () =>
    queueMicrotask(() => {
      setCurrent(mine);
      watch(mine, HOPS);
    });
  return Promise.resolve(promise).then(
    (value) => {
      restore();
      return value;
    },
    (error) => {
      restore();
      throw error;
    },
  );
}

let watching = false;
let warned = false;

/** How many async functions around an `outside` may return before the turn goes on. */
const HOPS = 10;

/**
 * Notices a foreign `await` inside a scope. Synchronous code finishes before any microtask runs, and
 * `outside` leaves no scope current, so a microtask that finds one is the trace of an await. One
 * microtask at a time watches for all scopes: one for each would fill the queue of a long loop.
 *
 * @param hops How many microtasks to wait: `await pause()`, where pause awaits `outside`, takes one
 * for each function that returns.
 */
function watch(scope: Scope, hops = 0): Scope {
  if (!watching) {
    watching = true;
    queueMicrotask(() => look(hops));
  }
  return scope;
}

function look(hops: number): void {
  if (hops > 0 && current !== null) return queueMicrotask(() => look(hops - 1));
  watching = false;
  if (current === null || isInterlude()) return;
  for (let s: Scope | null = current; s !== null; s = s.parent) s.wasLeft = true;
  if (warned) return;
  warned = true;
  console.warn(
    `glim: something was awaited inside ${current.name}, so its tensors are left to the ` +
      `garbage collector: write \`await outside(promise)\` there`,
  );
}

/**
 * Whether this microtask runs in the middle of synchronous code: Deno loads some globals (`process`,
 * `Buffer`) when they are first read, and that empties the queue of microtasks at once. A foreign
 * await later in the same turn goes unnoticed then.
 */
function isInterlude(): boolean {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 20;
  const frames = String(new Error().stack).split("\n");
  Error.stackTraceLimit = limit;
  const core = frames.findIndex((frame) => frame.includes("ext:core/"));
  return core >= 0 && frames.slice(core).some((frame) => !frame.includes("ext:"));
}

/** What `memory()` tells. */
export interface MemoryReport {
  /** Bytes of all tensors that are not released. */
  liveBytes: number;
  /** The most that liveBytes has been. */
  peakBytes: number;
  /** How many storages these are; views share one. */
  tensors: number;
  /** Bytes of the WebAssembly memory, which grows and never shrinks. */
  heapBytes: number;
}

/** How much memory tensors take now. */
export function memory(): MemoryReport {
  return {
    liveBytes: usage.live,
    peakBytes: usage.peak,
    tensors: usage.storages,
    heapBytes: extent().size,
  };
}
