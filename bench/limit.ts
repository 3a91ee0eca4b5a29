/**
 * The machine's limits, measured on as many threads as the library uses: how fast 128-bit
 * multiply-adds can be, and how fast memory of the size that workloads stream is copied.
 *
 * @module
 */
import { CheckError, checkNear } from "./check.ts";
import { codeOf, type LimitKind, MEMORY_BYTES, QUIT, runPart, WORD, workOf } from "./limit_job.ts";
import { ACCUMULATORS, type LimitLoops, limitModule, UNROLL } from "./limit_wasm.ts";
import type { Subject } from "./measure.ts";

export type { LimitKind } from "./limit_job.ts";

/** A limit as something to time. */
export interface Yardstick extends Subject {
  /** GFLOP, or GB read and written, of doing it once on all its threads. */
  work: number;
}

const PAGE = 65536;

/** The yardsticks, and the threads that they need. Disposing ends these. */
export class Limits {
  readonly #loops: LimitLoops;
  readonly #words: Int32Array;

  /** `relaxed`: multiply-adds as one relaxed instruction, as in the fast build, else as two. */
  constructor(memory: WebAssembly.Memory, relaxed: boolean) {
    const instance = new WebAssembly.Instance(limitModule(relaxed), { env: { memory } });
    this.#loops = instance.exports as unknown as LimitLoops;
    this.#words = new Int32Array(memory.buffer);
  }

  /** Starts the threads, main being one of them, and checks that the loops do what they should. */
  static async start(threads: number, relaxed: boolean): Promise<Limits> {
    const memory = new WebAssembly.Memory({
      initial: Math.ceil(MEMORY_BYTES / PAGE),
      maximum: PAGE,
      shared: true,
    });
    const limits = new Limits(memory, relaxed);
    limits.#check();
    for (let index = 1; index < threads; index++) {
      const worker = new Worker(new URL("./limit_worker.ts", import.meta.url), { type: "module" });
      worker.postMessage({ memory, relaxed, index });
    }
    while (Atomics.load(limits.#words, WORD.ready) < threads - 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return limits;
  }

  /** One of the limits on some of the threads. */
  yardstick(kind: LimitKind, threads: number): Yardstick {
    return {
      isYardstick: true,
      work: workOf(kind, threads),
      run: (times) => {
        const words = this.#words;
        words[WORD.kind] = codeOf(kind);
        words[WORD.times] = times;
        Atomics.store(words, WORD.pending, threads - 1);
        this.#begin(threads);
        runPart(this.#loops, words, 0);
        while (Atomics.load(words, WORD.pending) > 0);
      },
    };
  }

  /** Ends the threads. */
  [Symbol.dispose](): void {
    this.#begin(QUIT);
  }

  #begin(threads: number): void {
    this.#words[WORD.threads] = threads;
    Atomics.add(this.#words, WORD.generation, 1);
    Atomics.notify(this.#words, WORD.generation);
  }

  #check(): void {
    const [turns, x, y] = [3, 1, 0.5];
    const starts = ACCUMULATORS * (ACCUMULATORS + 1) / 2 * x;
    const sum = starts + ACCUMULATORS * UNROLL * turns * x * y;
    checkNear("multiply-add loop", this.#loops.fma(turns, x, y), sum, 0);
    const at = 1024; // in words; nothing else has been written there yet
    const n = 40;
    this.#words.set(Int32Array.from({ length: n }, (_, i) => i + 1), at);
    this.#loops.copy(4 * at, 4 * (at + n), 4 * n, 1);
    const copied = this.#words.subarray(at + n, at + 2 * n + 1);
    if (!copied.every((word, i) => word === (i < n ? i + 1 : 0))) {
      throw new CheckError(`copy loop: 1 … ${n} was expected: it gave ${copied.join(", ")}`);
    }
  }
}
