/** Threads that have all started. */
import assert from "node:assert/strict";
import { outside, setNumThreads } from "../mod.ts";
import { gainsFromThreads } from "../src/wasm/threads.ts";
import { sleep } from "./waiting.ts";

/** Sets the number of threads and waits until all of them run, for so many seconds at most. */
export async function useThreads(n: number, seconds = 10): Promise<void> {
  setNumThreads(n);
  for (let i = 0; n > 1 && !gainsFromThreads(1e9); i++) {
    assert(i < 100 * seconds, `the workers have not started within ${seconds} seconds`);
    await outside(sleep(10));
  }
}
