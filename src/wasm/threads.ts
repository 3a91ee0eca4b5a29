/**
 * The worker threads, and how a kernel's range is shared among them.
 *
 * ```
 * word   generation | end | begin      a job, and which of its parts nobody has claimed yet
 * main   writes the job, then the word │ claims parts: begin + 1 │ waits until all are done
 * worker spins, then sleeps on the word │ claims parts: end − 1 │ done + 1 for each
 * ```
 *
 * So main computes the first parts of a range and the workers the last ones: what one kernel wrote,
 * the next one finds mostly in the cache of the core that reads it.
 *
 * A worker that is late finds no part left, and nobody waits for it: main has done its share. Work is
 * split over outputs, never over a sum, so results are the same bits for any number of threads. The
 * workers start when there has been enough work to gain from them, are unref'ed so that a program
 * ends by itself, and need no permission: their code is the string below. Their loop is JavaScript
 * and not WebAssembly, because only JavaScript can catch a trap.
 *
 * @module
 */
import { shareFrom } from "../../build/abi.ts";
import { LIMIT, malloc, memory, u8 } from "./memory.ts";
import { atMost, describe } from "../core/options.ts";
import type { Platform, WasmModule } from "../core/platform.ts";
import { outOfMemory } from "../device/storage.ts";
import { startThread } from "./thread.ts";

declare const console: Platform["console"];
declare const performance: Platform["performance"];

/** Work, as nanoseconds on one thread, below which telling the others costs more than it gains. */
const MIN_WORK = 20_000;

/** Work that main does alone before it starts the others, which takes about as long. */
const START_WORK = 50_000_000;

/** How often a worker looks for a job before it goes to sleep: 0.3 ms, the gap between two jobs. */
const WORKER_SPIN = 20_000;

/** How often main looks for the others' end before it sleeps; never asleep in a page, which may not. */
const MAIN_SPIN = 200_000;

/** Milliseconds after which main says that it is still waiting. */
const PATIENCE = 60_000;

/**
 * The control block, as 32-bit words. What different threads write lies on cache lines of its own.
 *
 * ```
 * 0 word   16 done   32 workers asleep   48 main asleep   64 ready, error
 * 80 job: kernel, module, range at, vary at, arguments, threads
 * as float64, two words each:   96 begin, end, share, vary by   112 the arguments
 * 208 text of the error
 * 416 for each module that was loaded since they run: its address and length
 * ```
 *
 * Waking somebody costs a microsecond, so it is done only for those who say that they sleep: a
 * worker says so and then looks at the word once more (`wait` does), main writes the word and then
 * looks whether anybody sleeps; one of the two sees the other.
 */
const AT = {
  word: 0,
  done: 16,
  asleep: 32,
  mainAsleep: 48,
  ready: 64,
  error: 65,
  job: 80,
  range: 96,
  args: 112,
  text: 208,
  modules: 416,
};
const CONTROL_BYTES = 2048;

/**
 * What a worker runs; `d` holds the kernels, the memory and where the control block is. The job's words
 * are read before a part is claimed: a claim succeeds only while they hold.
 */
const WORKER = `(d) => {
  const i = new Int32Array(d.memory.buffer, d.control, ${CONTROL_BYTES / 4});
  const f = new Float64Array(d.memory.buffer, d.control, ${CONTROL_BYTES / 8});
  const exports = [], functions = [];
  const load = (m) => {
    if (exports[m]) return exports[m];
    const [at, length] = i.subarray(AT.modules + 2 * m);
    const module = d.modules[m] ??
      new WebAssembly.Module(new Uint8Array(d.memory.buffer, at >>> 0, length).slice());
    const core = m < d.builds ? {} : load(m % d.builds);
    return exports[m] = new WebAssembly.Instance(module, { env: { memory: d.memory }, core }).exports;
  };
  const AT = ${JSON.stringify(AT)}, args = [];
  Atomics.add(i, AT.ready, 1);
  for (let spins = 0;;) {
    const word = Atomics.load(i, AT.word), part = (word >> 8 & 255) - 1;
    if (part < (word & 255) || d.index >= i[AT.job + 5]) {
      if (++spins > ${WORKER_SPIN}) {
        spins = 0;
        Atomics.add(i, AT.asleep, 1);
        Atomics.wait(i, AT.word, word);
        Atomics.sub(i, AT.asleep, 1);
      }
      continue;
    }
    if (Atomics.compareExchange(i, AT.word, word, word - 256) !== word) continue;
    spins = 0;
    try {
      const [kernel, m, rangeAt, varyAt, length] = i.subarray(AT.job, AT.job + 5);
      const [begin, end, share, varyBy] = f.subarray(AT.range / 2, AT.range / 2 + 4);
      args.length = 0;
      for (let j = 0; j < length; j++) args.push(f[AT.args / 2 + j]);
      args[rangeAt] = begin + part * share;
      args[rangeAt + 1] = Math.min(end, begin + (part + 1) * share);
      if (varyAt >= 0) args[varyAt] += d.index * varyBy;
      (functions[m] ??= Object.values(load(m)))[kernel](...args);
    } catch (error) {
      if (Atomics.compareExchange(i, AT.error, 0, 1) === 0) {
        const text = String(error).slice(0, 200).padEnd(200);
        for (let j = 0; j < 200; j++) i[AT.text + j] = text.charCodeAt(j);
      }
    }
    Atomics.add(i, AT.done, 1);
    if (Atomics.load(i, AT.mainAsleep) !== 0) Atomics.notify(i, AT.done);
  }
}`;

/** What engines differ in: some lack it, and not every type library that a program asks for has it. */
const engine = globalThis as {
  crossOriginIsolated?: boolean;
  navigator?: { hardwareConcurrency?: number };
};

/** Whether workers can have the memory, for which a page must be cross-origin isolated, and can start. */
let isShared = engine.crossOriginIsolated !== false;

let wanted = Math.max(1, engine.navigator?.hardwareConcurrency ?? 1);
let control = 0; // its address
let words = new Int32Array(0); // and as numbers
let numbers = new Float64Array(0);
let started = 0;
let workAlone = 0;
let minWork = MIN_WORK;
shareFrom(minWork);
let watcher: ((kernel: string) => void) | null = null;
let atStart: readonly (WasmModule | undefined)[] = []; // the modules that the workers were given
const pool: unknown[] = []; // a worker that nobody holds may be collected
let modules: readonly (WasmModule | undefined)[] = [];
let builds = 1;

/**
 * Tells with which modules workers start: those that are in the list by then. A number of builds of the
 * core come first, then of each family as many, which import from the core of their build. `instance.ts`,
 * which stands above, calls this once.
 */
export function startThreadsWith(list: readonly (WasmModule | undefined)[], count: number): void {
  modules = list;
  builds = count;
}

/** How many threads an operation may use, the caller's included. */
export function getNumThreads(): number {
  atMost(0, arguments.length, "getNumThreads()");
  return isShared ? wanted : 1;
}

/**
 * Sets how many threads an operation may use, the caller's included. The default is the number of
 * processors; more threads than processors only slow each other down. Where it is lowered, workers
 * that run already take no part until they are wanted again. In a page without cross-origin isolation
 * it stays 1, and so where workers cannot start; a warning says so where more would have computed.
 * RangeError unless it is a whole number from 1 to 64.
 */
export function setNumThreads(n: number): void {
  atMost(1, arguments.length, "setNumThreads(n)");
  if (!Number.isInteger(n) || n < 1 || n > 64) {
    throw new RangeError(
      `setNumThreads: a whole number from 1 to 64 is needed: it is ${describe(n)}`,
    );
  }
  wanted = isShared || !isTold ? n : 1;
}

/** For tests: shares work of as few nanoseconds as this; without an argument as few as ever. */
export function setMinWork(nanoseconds: number = MIN_WORK): void {
  minWork = nanoseconds;
  shareFrom(nanoseconds);
}

/** For tests: who hears the name of each kernel that is shared; null: nobody. */
export function watchShared(hear: ((kernel: string) => void) | null): void {
  watcher = hear;
}

/**
 * Whether work of some nanoseconds gains from being split. The workers start once there has been so
 * much of it that they would have paid for their start, and join as soon as they run: until then,
 * and where memory cannot be shared, main works alone.
 */
export function gainsFromThreads(work: number): boolean {
  if (work < minWork || wanted === 1) return false;
  if (started < wanted - 1) {
    workAlone += work;
    if (workAlone < START_WORK) return false;
    start();
  }
  return started > 0 && Atomics.load(words, AT.ready) === started;
}

let isTold = false;

/** Says once that there is one thread, and why there are no others. */
function stayAlone(why: string): void {
  if (!isTold) console.warn(`glim: one thread computes: others ${why}`);
  isTold = true;
  isShared = false;
  wanted = 1;
}

/** What happens where a worker cannot start. */
function fail(): void {
  stayAlone("could not start, as under a content security policy without worker-src blob:");
}

function start(): void {
  if (!isShared) {
    return stayAlone(
      "need a page that is cross-origin isolated, by the headers " +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    );
  }
  if (control === 0) {
    control = malloc(CONTROL_BYTES);
    if (control === 0) throw outOfMemory(CONTROL_BYTES, LIMIT);
    words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4) as typeof words;
    numbers = new Float64Array(memory.buffer, control, CONTROL_BYTES / 8) as typeof numbers;
    words.fill(0);
  }
  if (started === 0) atStart = [...modules];
  try {
    while (started < wanted - 1) {
      const data = { memory, control, modules: atStart, builds, index: started + 1 };
      pool.push(startThread(WORKER, data, fail));
      started++;
    }
  } catch {
    fail();
  }
}

/**
 * Hands the workers that run a module that was not loaded yet when they started, by its place in the
 * list: they look into the shared memory, for they never come back to hear a message.
 */
export function handToThreads(slot: number, bytesOf: () => Uint8Array): void {
  const at = AT.modules + 2 * slot;
  if (started === 0 || atStart[slot] !== undefined || words[at] !== 0) return;
  const bytes = bytesOf();
  const address = malloc(bytes.length);
  if (address === 0) throw outOfMemory(bytes.length, LIMIT);
  u8.set(bytes, address);
  words[at] = address;
  words[at + 1] = bytes.length;
}

/** How a kernel's arguments differ from part to part. */
export interface Split {
  /** Where among the arguments the begin of the range stands; its end follows. */
  rangeAt: number;
  /** Parts begin at multiples of it. */
  align: number;
  /** Parts for each thread: more even out unlike threads, fewer repeat less work. Default: 4. */
  parts?: number;
  /** Which argument is each thread's own, such as its scratch space; -1: none. */
  varyAt?: number;
  /** What it grows by from thread to thread. */
  varyBy?: number;
}

/** A kernel as workers find it. */
export interface SharedKernel {
  /** Its name, for messages. */
  readonly name: string;
  /** The place of its module in the list. */
  readonly slot: number;
  /** Which of the module's functions it is. */
  readonly index: number;
}

let generation = 0;

/** Runs a kernel on all threads. Throws an Error with the cause where one of them fails. */
export function runOnThreads(
  call: (...args: number[]) => unknown,
  { name, slot, index }: SharedKernel,
  args: number[],
  { rangeAt, align, parts: perThread = 4, varyAt = -1, varyBy = 0 }: Split,
): void {
  if (watcher !== null) watcher(name);
  const begin = args[rangeAt]!;
  const end = args[rangeAt + 1]!;
  const most = Math.min(128, wanted * perThread);
  const share = Math.max(1, Math.ceil((end - begin) / most / align)) * align;
  const parts = Math.max(1, Math.ceil((end - begin) / share));
  words[AT.job] = index;
  words[AT.job + 1] = slot;
  words[AT.job + 2] = rangeAt;
  words[AT.job + 3] = varyAt;
  words[AT.job + 4] = args.length;
  words[AT.job + 5] = wanted;
  numbers[AT.range / 2] = begin;
  numbers[AT.range / 2 + 1] = end;
  numbers[AT.range / 2 + 2] = share;
  numbers[AT.range / 2 + 3] = varyBy;
  for (let j = 0; j < args.length; j++) numbers[AT.args / 2 + j] = args[j]!;
  Atomics.store(words, AT.done, 0);
  generation = (generation + 1) & 0x7fff;
  Atomics.store(words, AT.word, (generation << 16) | (parts << 8));
  if (Atomics.load(words, AT.asleep) > 0) {
    // where some of the workers may take no part, those who may are not to be passed over
    Atomics.notify(words, AT.word, started < wanted ? parts - 1 : started);
  }
  try {
    for (;;) {
      const word = Atomics.add(words, AT.word, 1);
      const part = word & 255;
      if (part >= (word >> 8 & 255)) break;
      args[rangeAt] = begin + part * share;
      args[rangeAt + 1] = Math.min(end, begin + (part + 1) * share);
      call(...args);
      Atomics.add(words, AT.done, 1);
    }
  } catch (error) {
    const word = Atomics.exchange(words, AT.word, 0); // the others start nothing more
    const left = Math.max(0, (word >> 8 & 255) - (word & 255));
    join(name, parts - left - 1); // and must not write after the error is out
    throw error;
  }
  join(name, parts);
}

/** Waits until so many parts are done, and throws what a worker reported. */
function join(name: string, parts: number): void {
  let spins = 0;
  let since = 0;
  let done: number;
  while ((done = Atomics.load(words, AT.done)) < parts) {
    if (++spins < MAIN_SPIN) continue;
    const now = performance.now();
    if (since === 0) since = now;
    if (now - since > PATIENCE) { // to go on would be worse: the worker may write later
      console.warn(`glim: ${name}: a worker thread has not answered for a minute: still waiting`);
      since = now;
    }
    Atomics.store(words, AT.mainAsleep, 1);
    try {
      Atomics.wait(words, AT.done, done, 100);
    } catch {
      spins = 0; // the main thread of a page must not wait, only spin
    }
    Atomics.store(words, AT.mainAsleep, 0);
  }
  if (Atomics.load(words, AT.error) === 0) return;
  Atomics.store(words, AT.error, 0);
  const text = String.fromCharCode(...words.subarray(AT.text, AT.text + 200)).trimEnd();
  throw new Error(`${name}: a worker thread failed: ${text}`);
}
