/**
 * Threads that have started: the library starts them by itself, once there is enough to do.
 *
 * @module
 */
import { setNumThreads } from "@glim/glim";
import { gainsFromThreads } from "../../src/wasm/threads.ts";

/** Lets operations use so many threads, and waits until all of them run. */
export async function useThreads(threads: number): Promise<void> {
  setNumThreads(threads);
  if (threads === 1) return;
  for (let i = 0; !gainsFromThreads(Infinity); i++) {
    if (i === 10_000) throw new Error(`threads: ${threads} are needed: they do not start`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
