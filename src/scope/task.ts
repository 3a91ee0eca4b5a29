/**
 * Async functions that run side by side, each with scopes of its own.
 *
 * @module
 */
import { currentScope, followsAwaits, nearestOpen, runIn, Scope } from "../device/current_scope.ts";
import { moveOut } from "./move_out.ts";
import { atMost, callable, check } from "../core/options.ts";
import { outside, scopeOfCaller } from "./outside.ts";
import { withForkedGenerator } from "../core/random.ts";
import type { Storage } from "../device/storage.ts";

/**
 * Runs an async function with scopes of its own, so that any number of them may run side by side.
 *
 * What it makes is released when it ends, except what it returns: a tensor, or arrays, objects,
 * Maps and Sets of them, to any depth. That belongs to the scope of whoever awaits it, and has no
 * graph. Random numbers are its own too: those of a task depend on the seed and on how many tasks were
 * started before, not on how they take turns, and `manualSeed` in a task is for that task.
 *
 * An async function that is called without `await` needs it: the loops of such a function would
 * otherwise be mixed up with the scopes of its caller. Where scopes cannot follow an `await`, as in
 * browsers, tasks run one after the other, and those started by a task run at once.
 *
 * @param fn Async, or a function that returns a promise.
 * @returns What the function returned.
 *
 * @example
 * ```ts
 * import { randn, steps, task } from "@glim/glim";
 * async function walk(n: number): Promise<number> {
 *   let last = 0;
 *   for (const _i of steps(n)) last = (await randn([100]).sum().data())[0]!;
 *   return last;
 * }
 * await Promise.all([task(() => walk(10)), task(() => walk(20))]);
 * ```
 */
export function task<T>(fn: () => T | PromiseLike<T>): Promise<T> {
  atMost(1, arguments.length, "task(fn)");
  check("task", "the function", fn, callable);
  const around = scopeOfCaller();
  const run = () => withForkedGenerator(() => scopeOf("task()", fn, around));
  return followsAwaits ? run() : oneAfterTheOther(run);
}

/** Runs an async function in a scope that ends with its promise. */
export function scopeOf<T>(
  name: string,
  fn: () => T | PromiseLike<T>,
  around: Scope | null = scopeOfCaller(),
): Promise<T> {
  const scope = new Scope(name);
  const returned: Storage[] = [];
  const inside = scope.runIn(async () => {
    try {
      const result = await fn();
      moveOut(result, scope, (storage) => {
        storage.moveTo(null);
        returned.push(storage);
      });
      return result;
    } finally {
      scope.closeAll();
    }
  });
  if (followsAwaits) return new ResultPromise((resolve) => resolve(inside), returned);
  return outside(inside.then((result) => {
    for (const storage of returned) storage.moveTo(nearestOpen(around));
    return result;
  }));
}

/**
 * Runs an async function so that what it opens before its first `await` stays its own. Its tensors are
 * its caller's.
 */
export function apart<T>(fn: () => Promise<T>): Promise<T> {
  return followsAwaits ? runIn(currentScope(), fn) : fn();
}

let queue: Promise<unknown> = Promise.resolve();

function oneAfterTheOther<T>(run: () => Promise<T>): Promise<T> {
  for (let s = scopeOfCaller(); s !== null; s = s.parent) if (s.name === "task()") return run();
  const promise = queue.then(run);
  queue = promise.catch(() => {});
  return outside(promise);
}

/** The promise of tensors that belong to nobody until someone awaits it. */
class ResultPromise<T> extends Promise<T> {
  readonly #returned: Storage[];

  constructor(run: (resolve: (value: T | PromiseLike<T>) => void) => void, returned: Storage[]) {
    super(run);
    this.#returned = returned;
  }

  /** What `then` makes of it is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** `await` calls it where it stands, so the function below runs in the scope that awaits. */
  override then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return super.then((value) => {
      const scope = currentScope();
      for (const storage of this.#returned.splice(0)) storage.moveTo(scope);
      return onValue ? onValue(value) : value as unknown as A;
    }, onError);
  }
}
