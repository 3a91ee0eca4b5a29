/**
 * Awaits in a scope where the engine has no async context, as browsers have none: a scope is then a
 * plain variable, which other code would find while the scope's own waits. So it is set aside for an
 * await that is marked by `outside`, and an await that is not marked is noticed.
 *
 * @module
 */
import {
  currentScope,
  followsAwaits,
  type Scope,
  setCurrentScope,
} from "../device/current_scope.ts";
import { atMost } from "../core/options.ts";
import type { Platform } from "../core/platform.ts";

declare const queueMicrotask: Platform["queueMicrotask"];
declare const console: Platform["console"];

/**
 * Awaits something else inside a turn or a scope. Deno, Node and Bun keep a scope across any `await`,
 * and `outside(promise)` is just the promise there. In browsers it is needed: meanwhile no scope is
 * current, so that whatever runs in between keeps its own tensors; when the promise settles the scope
 * is back.
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
  atMost(1, arguments.length, "outside(promise)");
  if (typeof promise === "function") {
    throw new TypeError("outside: a promise is needed: it is a function: call it");
  }
  if (followsAwaits) return Promise.resolve(promise);
  const set = setCurrentScope(null);
  // Called again before anything was awaited, as in `Promise.all([x.data(), outside(p)])`.
  const mine = set ?? aside;
  if (mine === null) return Promise.resolve(promise);
  setAside(mine);
  // The two jobs queued here run back to back: first the scope returns, then the awaiting code goes
  // on. Restoring at once would let other awaiting code run in between, in the wrong scope.
  const restore = () =>
    queueMicrotask(() => {
      waits.set(mine, waits.get(mine)! - 1);
      if (set === null && !isWaiting.delete(mine)) return;
      setCurrentScope(mine);
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

/** The scope that was set aside last, for as long as the code that did so runs. */
let aside: Scope | null = null;

/** The current scope, also where the code that runs has set it aside already. */
export function scopeOfCaller(): Scope | null {
  return currentScope() ?? aside;
}

/** How many promises each scope waits for. */
const waits = new WeakMap<Scope, number>();

/** Scopes that one promise has brought back while their code waits for another as well. */
const isWaiting = new WeakSet<Scope>();

function setAside(scope: Scope): void {
  waits.set(scope, (waits.get(scope) ?? 0) + 1);
  if (aside === null) queueMicrotask(() => aside = null);
  aside = scope;
}

let watching = false;
let warned = false;

/** How many async functions around an `outside` may return before the turn goes on. */
const HOPS = 10;

/**
 * Notices an `await` inside a scope that `outside` did not mark. Synchronous code finishes before any
 * microtask runs, and `outside` leaves no scope current, so a microtask that finds one is the trace
 * of an await. One microtask at a time watches for all scopes: one for each would fill the queue of
 * a long loop.
 *
 * @param hops How many microtasks to wait: `await pause()`, where pause awaits `outside`, takes one
 * for each function that returns.
 */
export function watch(scope: Scope, hops = 0): Scope {
  if (!followsAwaits && !watching) {
    watching = true;
    queueMicrotask(() => look(hops));
  }
  return scope;
}

function look(hops: number): void {
  const scope = currentScope();
  if (hops > 0 && scope !== null) return queueMicrotask(() => look(hops - 1));
  watching = false;
  if (scope === null) return;
  if (waits.get(scope)) { // another promise of a Promise.all will bring it back
    isWaiting.add(scope);
    setCurrentScope(null);
    return;
  }
  for (let s: Scope | null = scope; s !== null; s = s.parent) s.wasLeft = true;
  if (warned) return;
  warned = true;
  console.warn(
    `glim: something was awaited inside ${scope.name}, so its tensors are left to the ` +
      `garbage collector: write \`await outside(promise)\` there`,
  );
}
