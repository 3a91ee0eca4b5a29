/**
 * The one place at which all that is computed can be watched: kernels as they are called, and tensors
 * as they are made of others.
 *
 * @module
 */
import type { Buffer } from "./buffer.ts";

/** Who watches. */
export interface Watcher {
  /** Whether ops that are one kernel are to be made of others, which more formats have than the whole. */
  readonly wantsParts: boolean;
  /** What is called in place of a device's kernels. */
  kernels<Kernels extends object>(of: Kernels): Kernels;
  /** Told of each tensor that an op makes; the pairs begin with the tensors that it was made of. */
  made(op: string, tensor: Buffer, pairs: readonly (readonly [Buffer, ...unknown[]])[]): void;
  /** Told of a tensor whose values are another's from here on: a change in place is its function and this. */
  replaced?(tensor: Buffer, by: Buffer): void;
}

/** Who watches now; null: nobody. */
export let watcher: Watcher | null = null;

/** Whether who watches wants ops in their parts. */
export let wantsParts: boolean = false;

/** Has all watched from here on, or (null) no more; returns who watched before. */
export function watch(by: Watcher | null): Watcher | null {
  const before = watcher;
  watcher = by;
  wantsParts = by?.wantsParts ?? false;
  return before;
}

/** Runs a function that is watched or, by null, is not. */
export function watched<T>(by: Watcher | null, fn: () => T): T {
  const before = watch(by);
  try {
    return fn();
  } finally {
    watch(before);
  }
}
