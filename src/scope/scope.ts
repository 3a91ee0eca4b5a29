/**
 * Scopes as programs use them: `scope`, `steps` and `memory`.
 *
 * @module
 */
import { nearestOpen, Scope } from "../device/current_scope.ts";
import { devices } from "../devices.ts";
import { moveOut } from "./move_out.ts";
import { atMost, callable, check, numberThat } from "../core/options.ts";
import { watch } from "./outside.ts";
import { usage } from "../device/storage.ts";
import { scopeOf } from "./task.ts";
import { StepIterator } from "./step_iterator.ts";

/**
 * Opens a scope until the end of the block, to be used as `using _s = scope()`: tensors made from
 * here on are released there.
 */
export function scope(): Scope;
/**
 * Runs a function and releases the tensors made in it, except those it returns: a tensor, or
 * arrays, objects (instances of classes too, apart from their `#private` fields), Maps and Sets of
 * them, to any depth. What is returned has no graph.
 *
 * @param fn A synchronous function, or an `async` one: then the scope ends with its promise, and what
 * that promises belongs to whoever awaits it. TypeError for a function that returns a promise and is
 * not async itself, and for a generator.
 * @returns What the function returned.
 */
export function scope<T>(fn: () => T): T;
export function scope<T>(fn?: () => T): T | Scope {
  atMost(1, arguments.length, "scope(fn)");
  if (fn === undefined) return watch(new Scope("scope()").enter());
  check("scope", "the function", fn, callable);
  if (fn.constructor === AsyncFunction) return scopeOf("scope()", fn) as T;
  return runInScope("scope()", fn, "write `scope(async () => …)`");
}

const AsyncFunction = (async () => {}).constructor;

/**
 * Runs a synchronous function in a scope of its own.
 *
 * @param cure What to do where the function turns out to return a promise.
 */
export function runInScope<T>(name: string, fn: () => T, cure: string): T {
  const inner = new Scope(name).open();
  try {
    const result = fn();
    if (result !== null && typeof result === "object") {
      refuseAsync(name, result, cure);
      if (inner.isOpen) moveOut(result, inner, (s) => s.moveTo(nearestOpen(inner.parent)));
    }
    return result;
  } finally {
    inner.closeAll();
  }
}

function refuseAsync(name: string, result: object, cure: string): void {
  const { then, next } = result as { then?: unknown; next?: unknown };
  if (typeof then === "function") {
    (result as PromiseLike<unknown>).then(undefined, () => {}); // this error is the one to see
    throw new TypeError(
      `${name}: the function must be synchronous: it returned a promise: ${cure}`,
    );
  }
  if (typeof next === "function") {
    throw new TypeError(
      `${name}: the function must be synchronous: it returned a generator: use ` +
        "`using _s = scope()` in the generator",
    );
  }
}

const TURNS = numberThat(
  "a whole number of at least 0, or Infinity",
  (value) => value >= 0 && (Number.isInteger(value) || value === Infinity),
);

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
  atMost(1, arguments.length, "steps(n)");
  check("steps", "the number of turns", n, TURNS);
  let i = 0;
  return new StepIterator("a turn of steps()", () => i < n ? i++ : undefined);
}

/** What `memory()` tells. */
export interface MemoryReport {
  /** Bytes of all tensors that are not released. */
  liveBytes: number;
  /** The most that liveBytes has been. */
  peakBytes: number;
  /** How many storages these are; views share one. */
  tensors: number;
  /** Bytes that devices have taken from the system; the CPU never gives any back. */
  heapBytes: number;
}

/** How much memory tensors take now. */
export function memory(): MemoryReport {
  atMost(0, arguments.length, "memory()");
  return {
    liveBytes: usage.live,
    peakBytes: usage.peak,
    tensors: usage.storages,
    heapBytes: devices().reduce((sum, device) => sum + device.heapBytes, 0),
  };
}
