/** Whether tensors are left behind. */
import assert from "node:assert/strict";
import { memory } from "../mod.ts";
import { collected } from "../src/device/storage.ts";

/**
 * Live bytes and storages: what a leak would raise. Those that the collector has taken count as if they
 * were there, so that the difference of two readings is that of what ran between them: in an `await`
 * the collector may take strays of any test before, or of this one.
 */
export function live(): { liveBytes: number; tensors: number } {
  const { liveBytes, tensors } = memory();
  return { liveBytes: liveBytes + collected.bytes, tensors: tensors + collected.storages };
}

/** Checks that nothing is left of what a function makes. */
export function leavesNothing(fn: () => void): void {
  const before = live();
  fn();
  assert.deepEqual(live(), before);
}

/** Checks that nothing is left of what an async function makes. */
export async function leavesNothingAsync(fn: () => Promise<void>): Promise<void> {
  const before = live();
  await fn();
  assert.deepEqual(live(), before);
}
