/**
 * The worker threads, and how a kernel's range is split among them.
 *
 * ```
 * main    writes the job │ generation + 1 │ its own part │ waits until pending = 0
 * worker  spins, then waits on generation │ its part     │ pending − 1
 * ```
 *
 * Work is split over outputs, never over a sum, so results are the same bits for any number of
 * threads. The workers start when an operation is first large enough to gain from them, are unref'ed
 * so that a program ends by itself, and need no permission: their code is the string below. Their
 * loop is JavaScript and not WebAssembly, because only JavaScript can catch a trap.
 *
 * @module
 */
import { i32, malloc, memory, u8 } from "./memory.ts";
import { outOfMemory } from "./storage.ts";

/** Work, as nanoseconds on one thread, below which telling the others costs more than it gains. */
const MIN_WORK = 20_000;

/** How often a worker looks for a job before it goes to sleep: about 100 µs. */
const WORKER_SPIN = 20_000;

/** How often main looks for the others' end before it sleeps; never asleep in a page, which may not. */
const MAIN_SPIN = 200_000;

/** Milliseconds after which main takes a worker that does not answer for dead. */
const PATIENCE = 60_000;

/**
 * The control block, as 32-bit words. What different threads write lies on cache lines of its own.
 *
 * ```
 * 0 generation   16 pending   32 ready   48 error   64 job: kernel, build, threads, begin, end,
 * align, range at, vary at, vary by, length   80 arguments, two words each   192 error text
 * ```
 */
const WORD = { generation: 0, pending: 16, ready: 32, error: 48, job: 64, args: 80, text: 192 };
const CONTROL_BYTES = 2048;

/** What a worker runs; `d` holds the kernels, the memory and where the control block is. */
const WORKER = `function run(d) {
  const i = new Int32Array(d.memory.buffer, d.control, ${CONTROL_BYTES / 4});
  const f = new Float64Array(d.memory.buffer, d.control, ${CONTROL_BYTES / 8});
  const exports = d.modules.map(() => null);
  const load = (b) => exports[b] ??= new WebAssembly.Instance(d.modules[b], { env: { memory: d.memory } }).exports;
  const W = ${JSON.stringify(WORD)}, args = [];
  let seen = Atomics.load(i, W.generation);
  Atomics.add(i, W.ready, 1);
  Atomics.notify(i, W.ready);
  for (;;) {
    let spins = 0;
    while (Atomics.load(i, W.generation) === seen) {
      if (++spins > ${WORKER_SPIN}) { Atomics.wait(i, W.generation, seen); spins = 0; }
    }
    seen = Atomics.load(i, W.generation);
    const [kernel, build, threads, begin, end, align, rangeAt, varyAt, varyBy, length] = i.subarray(W.job, W.job + 10);
    if (d.index < threads) try {
      args.length = 0;
      for (let j = 0; j < length; j++) args.push(f[W.args / 2 + j]);
      const share = Math.ceil((end - begin) / threads / align) * align;
      args[rangeAt] = Math.min(end, begin + d.index * share);
      args[rangeAt + 1] = Math.min(end, begin + (d.index + 1) * share);
      if (varyAt >= 0) args[varyAt] += d.index * varyBy;
      if (args[rangeAt] < args[rangeAt + 1]) load(build)[d.names[kernel]](...args);
    } catch (error) {
      if (Atomics.compareExchange(i, W.error, 0, 1) === 0) {
        const text = String(error).slice(0, 200);
        for (let j = 0; j < 200; j++) i[W.text + j] = j < text.length ? text.charCodeAt(j) : 0;
      }
    }
    if (Atomics.sub(i, W.pending, 1) === 1) Atomics.notify(i, W.pending);
  }
}`;

/** What of Node's worker threads is used. */
interface WorkerThreads {
  Worker: new (
    code: string,
    options: { eval: boolean; workerData: unknown },
  ) => { unref(): void; on(event: "error", listener: (error: unknown) => void): void };
}

let wanted = Math.max(1, navigator.hardwareConcurrency ?? 1);
let control = 0;
let started = 0;
const pool: unknown[] = []; // a worker that nobody holds may be collected
let kernelNames: readonly string[] = [];
let kernelModules: () => readonly (WebAssembly.Module | null)[] = () => [];
let kernelIndex = new Map<string, number>();

/**
 * Tells which kernels there are; `kernels.ts`, which stands above, calls this once. `modules` are the
 * builds, null where the engine cannot take one.
 */
export function defineKernels(
  names: readonly string[],
  modules: () => readonly (WebAssembly.Module | null)[],
): void {
  kernelNames = names;
  kernelModules = modules;
  kernelIndex = new Map(names.map((name, i) => [name, i]));
}

/** How many threads an operation may use, the caller's included. */
export function getNumThreads(): number {
  return wanted;
}

/**
 * Sets how many threads an operation may use, the caller's included. The default is the number of
 * processors. More threads than processors only slow each other down. RangeError unless it is a
 * whole number from 1 to 64.
 */
export function setNumThreads(n: number): void {
  if (!Number.isInteger(n) || n < 1 || n > 64) {
    throw new RangeError(`setNumThreads: a whole number from 1 to 64 is needed: it is ${n}`);
  }
  wanted = n;
}

/**
 * Whether work of some nanoseconds gains from being split. The first that would starts the workers,
 * which join as soon as they run: until then, and where memory cannot be shared, main works alone.
 */
export function gainsFromThreads(work: number): boolean {
  if (work < MIN_WORK || wanted === 1) return false;
  if (started < wanted - 1) start();
  return started > 0 && Atomics.load(i32, (control >>> 2) + WORD.ready) === started;
}

function start(): void {
  if (control === 0) {
    control = malloc(CONTROL_BYTES);
    if (control === 0) throw outOfMemory(CONTROL_BYTES);
    u8.fill(0, control, control + CONTROL_BYTES);
  }
  const threads = (globalThis as {
    process?: { getBuiltinModule?: (name: string) => WorkerThreads | undefined };
  }).process?.getBuiltinModule?.("node:worker_threads");
  try {
    const modules = kernelModules();
    while (started < wanted - 1) {
      const data = {
        memory,
        control,
        modules,
        names: kernelNames,
        index: started + 1,
      };
      if (threads !== undefined) {
        const code = `${WORKER}; run(require("node:worker_threads").workerData)`;
        const worker = new threads.Worker(code, { eval: true, workerData: data });
        worker.unref();
        worker.on("error", () => {}); // told in shared memory; here it would end the process
        pool.push(worker);
      } else {
        const code = `${WORKER}; onmessage = ({ data }) => run(data)`;
        const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
        const worker = new Worker(url, { type: "module" });
        worker.postMessage(data);
        pool.push(worker);
      }
      started++;
    }
  } catch {
    wanted = started + 1; // a page without cross-origin isolation cannot share memory
  }
}

/** How a kernel's arguments differ from thread to thread. */
export interface Split {
  /** Where among the arguments the begin of the range stands; its end follows. */
  rangeAt: number;
  /** Parts begin at multiples of it. */
  align: number;
  /** Which argument is each thread's own, such as its scratch space; -1: none. */
  varyAt?: number;
  /** What it grows by from thread to thread. */
  varyBy?: number;
}

/** Runs a kernel on all threads. Throws an Error with the cause where one of them fails. */
export function runOnThreads(
  call: (...args: number[]) => unknown,
  name: string,
  build: number,
  args: number[],
  { rangeAt, align, varyAt = -1, varyBy = 0 }: Split,
): void {
  const words = control >>> 2;
  const threads = Math.min(wanted, started + 1);
  const begin = args[rangeAt]!;
  const end = args[rangeAt + 1]!;
  i32.set(
    [
      kernelIndex.get(name)!,
      build,
      threads,
      begin,
      end,
      align,
      rangeAt,
      varyAt,
      varyBy,
      args.length,
    ],
    words + WORD.job,
  );
  new Float64Array(memory.buffer, control + WORD.args * 4, args.length).set(args);
  Atomics.store(i32, words + WORD.pending, started); // all answer, also those without a part
  Atomics.add(i32, words + WORD.generation, 1);
  Atomics.notify(i32, words + WORD.generation);
  const share = Math.ceil((end - begin) / threads / align) * align;
  args[rangeAt + 1] = Math.min(end, begin + share);
  try {
    call(...args);
  } finally {
    join(name, words); // before anything is thrown: the others may still be writing
  }
}

/** Waits until all parts are done, and throws what a worker reported. */
function join(name: string, words: number): void {
  const at = words + WORD.pending;
  let spins = 0;
  let left: number;
  let since = 0;
  while ((left = Atomics.load(i32, at)) > 0) {
    if (++spins < MAIN_SPIN) continue;
    const now = performance.now();
    if (since === 0) since = now;
    if (now - since > PATIENCE) throw new Error(`${name}: a worker thread does not answer`);
    try {
      Atomics.wait(i32, at, left, 100);
    } catch {
      spins = 0; // the main thread of a page must not wait, only spin
    }
  }
  if (Atomics.load(i32, words + WORD.error) === 0) return;
  Atomics.store(i32, words + WORD.error, 0);
  const text = Array.from(i32.subarray(words + WORD.text, words + WORD.text + 200));
  const cause = String.fromCharCode(...text.filter((c) => c !== 0));
  throw new Error(`${name}: a worker thread failed: ${cause}`);
}
