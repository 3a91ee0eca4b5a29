/**
 * One of the limits' threads: it sleeps until the generation changes, does its part and says so.
 *
 * @module
 */
import { QUIT, runPart, WORD } from "./limit_job.ts";
import { type LimitLoops, limitModule, type MultiplyAdd } from "./limit_wasm.ts";

/** What main sends. */
export interface Start {
  /** The memory that holds the words and the blocks. */
  memory: WebAssembly.Memory;
  /** Which multiply-adds. */
  adds: MultiplyAdd;
  /** Main is 0. */
  index: number;
}

function work({ memory, adds, index }: Start): void {
  const instance = new WebAssembly.Instance(limitModule(adds), { env: { memory } });
  const loops = instance.exports as unknown as LimitLoops;
  const words = new Int32Array(memory.buffer);
  let seen = Atomics.load(words, WORD.generation);
  Atomics.add(words, WORD.ready, 1);
  for (;;) {
    Atomics.wait(words, WORD.generation, seen);
    seen = Atomics.load(words, WORD.generation);
    const threads = words[WORD.threads]!;
    if (threads === QUIT) return;
    if (index >= threads) continue;
    runPart(loops, words, index);
    Atomics.sub(words, WORD.pending, 1);
  }
}

addEventListener("message", (event: MessageEvent<Start>) => {
  work(event.data);
  self.close();
}, { once: true });
