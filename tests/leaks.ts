/** Whether tensors are left behind. */
import assert from "node:assert/strict";
import { memory } from "../mod.ts";

/** Live bytes and storages: what a leak would raise. */
export function live(): [bytes: number, tensors: number] {
  const { liveBytes, tensors } = memory();
  return [liveBytes, tensors];
}

/** Checks that nothing is left of what a function makes. */
export function leavesNothing(fn: () => void): void {
  const before = live();
  fn();
  assert.deepEqual(live(), before);
}
