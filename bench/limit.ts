/**
 * The machine's limits, measured on as many threads as the library uses: how fast multiply-adds in
 * such a process can be, and how fast memory of the size that workloads stream is copied.
 *
 * @module
 */
import { CheckError, checkNear } from "./check.ts";
import { codeOf, MEMORY_BYTES, operandsAt, QUIT, runPart, WORD, workOf } from "./limit_job.ts";
import { CHAINS, type LimitLoops, limitModule, type MultiplyAdd } from "./limit_wasm.ts";
import { SUMS_AT, UNROLL } from "./limit_wasm.ts";
import type { LimitKind } from "./rows.ts";

const PAGE = 65536;

/** The loops, and the threads that they need. Disposing ends these. */
export class Limits {
  readonly #loops: LimitLoops;
  readonly #words: Int32Array;
  readonly #adds: MultiplyAdd;

  /** With some multiply-adds. */
  constructor(memory: WebAssembly.Memory, adds: MultiplyAdd) {
    const instance = new WebAssembly.Instance(limitModule(adds), { env: { memory } });
    this.#adds = adds;
    this.#loops = instance.exports as unknown as LimitLoops;
    this.#words = new Int32Array(memory.buffer);
  }

  /** Starts the threads, main being one of them, and checks that the loops do what they should. */
  static async start(threads: number, adds: MultiplyAdd): Promise<Limits> {
    const memory = new WebAssembly.Memory({
      initial: Math.ceil(MEMORY_BYTES / PAGE),
      maximum: PAGE,
      shared: true,
    });
    const limits = new Limits(memory, adds);
    limits.#check();
    for (let index = 1; index < threads; index++) {
      const worker = new Worker(new URL("./limit_worker.ts", import.meta.url), { type: "module" });
      worker.postMessage({ memory, adds, index });
    }
    while (Atomics.load(limits.#words, WORD.ready) < threads - 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return limits;
  }

  /** GFLOP, or GB read and written, of doing a loop once on some threads. */
  workOf(kind: LimitKind, threads: number): number {
    return workOf(kind, this.#adds, threads);
  }

  /** Does a loop `times` times on some of the threads. */
  run(kind: LimitKind, threads: number, times: number): void {
    const words = this.#words;
    words[WORD.kind] = codeOf(kind);
    words[WORD.times] = times;
    Atomics.store(words, WORD.pending, threads - 1);
    this.#begin(threads);
    runPart(this.#loops, words, 0);
    while (Atomics.load(words, WORD.pending) > 0);
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
    const from = operandsAt(0);
    const floats = new Float32Array(this.#words.buffer);
    floats.fill(x, from / 4, from / 4 + 8).fill(y, from / 4 + 8, from / 4 + 16);
    this.#loops.fma(turns, from);
    for (let i = 0; i < CHAINS * this.#adds.vectors * 4; i++) {
      const chain = Math.floor(i / 4 / this.#adds.vectors);
      const sum = (chain + 1) * x + UNROLL * turns * x * y;
      checkNear("multiply-add loop", floats[(from + SUMS_AT) / 4 + i]!, sum, 0);
    }
    floats.fill(0, from / 4, from / 4 + 16); // sums that stay finite
    const at = 1 << 16; // in words; nothing else has been written there yet
    const n = 40;
    this.#words.set(Int32Array.from({ length: n }, (_, i) => i + 1), at);
    this.#loops.copy(4 * at, 4 * (at + n), 4 * n, 1);
    const copied = this.#words.subarray(at + n, at + 2 * n + 1);
    if (!copied.every((word, i) => word === (i < n ? i + 1 : 0))) {
      throw new CheckError(`copy loop: 1 … ${n} was expected: it gave ${copied.join(", ")}`);
    }
  }
}
