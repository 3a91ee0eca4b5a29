/**
 * Values that follow code across `await`, where the engine can: Deno, Node and Bun have
 * `AsyncLocalStorage`, browsers have nothing of the kind yet.
 *
 * What is entered stays for the rest of the running function and for all that it starts or awaits
 * later. It also stays for the code that called the function: an async function that is started and
 * not awaited leaves what it entered behind. `run` leaves nothing behind.
 *
 * @module
 */
import { builtinModule } from "./builtin_module.ts";

/** One value for each line of async execution. */
export interface AsyncContext<T> {
  /** The value here; undefined where none was entered. 11 ns. */
  getStore(): T | undefined;
  /** Sets it from here on. 0.6 µs. */
  enterWith(value: T): void;
  /** Sets it for a function and all that this starts. 0.6 µs. */
  run<R>(value: T, fn: () => R): R;
}

const hooks = builtinModule("node:async_hooks") as
  | { AsyncLocalStorage?: new () => AsyncContext<unknown> }
  | undefined;

/** A new context; null where the engine has none. */
export function asyncContext<T>(): AsyncContext<T> | null {
  if (hooks?.AsyncLocalStorage === undefined) return null;
  return new hooks.AsyncLocalStorage() as AsyncContext<T>;
}
