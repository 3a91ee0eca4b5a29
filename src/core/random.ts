/**
 * Random streams. Numbers come from Philox4x32-10 (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", 2011), a function of (seed, stream, counter) without any hidden state: the same
 * numbers for any number of threads, and a checkpoint needs three numbers only.
 *
 * @module
 */

import { asyncContext } from "./async_context.ts";
import { atMost, check, kind, numberThat } from "./options.ts";

/** Where in a seed's sequence a consumer stands. `stream` counts the draws made so far. */
export interface RandomState {
  /** The seed, a whole number from 0 to 2⁵³ − 1. */
  seed: number;
  /** The next stream to hand out. */
  stream: number;
}

/** The key of one draw: everything that a kernel needs to fill an array with random numbers. */
export interface RandomKey {
  /** Lower and upper 32 bits of the seed. */
  readonly seed: readonly [number, number];
  /** Lower and upper 32 bits of the stream. */
  readonly stream: readonly [number, number];
}

/** Lower and upper 32 bits of a whole number below 2⁵³, as signed integers for WebAssembly. */
function words(n: number): [number, number] {
  return [n | 0, Math.floor(n / 2 ** 32) | 0];
}

/** A source of independent streams from one seed. */
export class Generator {
  #state: RandomState;
  #forks = 0;

  /** Starts at the beginning of a seed's sequence. Throws RangeError for anything but a seed. */
  constructor(seed: number) {
    atMost(1, arguments.length, "Generator(seed)");
    this.#state = { seed: checkSeed("Generator", seed), stream: 0 };
  }

  /** The key of the next draw; every call hands out another stream. */
  next(): RandomKey {
    return { seed: words(this.#state.seed), stream: words(this.#state.stream++) };
  }

  /** Goes back to the beginning of a seed's sequence. Throws RangeError for anything but a seed. */
  restart(seed: number): void {
    this.#state = { seed: checkSeed("Generator", seed), stream: 0 };
    this.#forks = 0;
  }

  /** Another generator, a function of the seed and of how many were forked before. */
  fork(): Generator {
    const { seed } = this.#state;
    return generatorOf({ seed: words(seed), stream: [0, 0] }, 0, this.#forks++);
  }

  /** Where the generator stands: enough to go on from here later. */
  get state(): RandomState {
    return { ...this.#state };
  }

  /** Goes on from a state that was read before. */
  set state(state: RandomState) {
    check("Generator", "the state", state, STATE);
    this.#state = { seed: state.seed, stream: state.stream };
  }
}

function checkSeed(name: string, seed: number): number {
  check(name, "the seed", seed, SEED);
  return seed;
}

const STATE = kind("a seed and a stream", (value) => {
  const { seed, stream } = Object(value) as Partial<RandomState>;
  return SEED.fits(seed) && SEED.fits(stream);
});

/** Seeds, and numbers of streams. */
const SEED = numberThat(
  "a whole number from 0 to 2^53 - 1",
  (value) => Number.isSafeInteger(value) && value >= 0,
);

/** The highest word of a counter that no draw has: streams are below 2⁵³. */
const FORK = 0x80000000;

/** Where code that runs together draws from. */
interface Source {
  generator: Generator;
  /** Whether a `fit` has taken the generator, and left another one in its place. */
  isLent: boolean;
}

/** Behind initialisation, dropout and every loader without a seed of its own, except in tasks. */
const process: Source = {
  generator: new Generator(Math.floor(Math.random() * 2 ** 32)),
  isLent: false,
};

const context = asyncContext<Source>();

function source(): Source {
  return context?.getStore() ?? process;
}

/** The generator of the code that runs: the process's, or that of its task. */
export function generator(): Generator {
  return source().generator;
}

/**
 * Restarts all randomness from a seed: initialisation, `rand`, `randn`, shuffling, dropout. In a task
 * it is that of the task. Without it every process draws a seed of its own.
 *
 * @param seed A whole number from 0 to 2⁵³ − 1; anything else throws RangeError.
 */
export function manualSeed(seed: number): void {
  atMost(1, arguments.length, "manualSeed(seed)");
  checkSeed("manualSeed", seed);
  const here = source();
  if (here === process) here.generator = new Generator(seed);
  else here.generator.restart(seed); // in place: after a `fit` the numbers go on from there
}

/**
 * A generator for a part of a loop: a function of the loop's one draw and the part's number alone, so
 * that neither what came before nor what others draw meanwhile changes its numbers.
 */
export function generatorOf({ seed, stream }: RandomKey, kind: number, part = 0): Generator {
  const out = new Uint32Array(4);
  philox([part, ...stream, FORK | kind], seed, out);
  return new Generator(out[0]! + (out[1]! & 0x1fffff) * 2 ** 32);
}

/**
 * Runs a function, and where the engine can all that it starts, with another generator as the one that
 * is drawn from.
 */
export function withGenerator<T>(own: Generator, fn: () => T): T {
  if (context !== null) return context.run({ generator: own, isLent: false }, fn);
  const before = process.generator;
  process.generator = own;
  try {
    return fn();
  } finally {
    if (process.generator === own) process.generator = before;
  }
}

/** Runs a function that draws from a generator of its own: a task. */
export function withForkedGenerator<T>(fn: () => T): T {
  if (context === null) return fn();
  return context.run({ generator: source().generator.fork(), isLent: false }, fn);
}

/**
 * Runs a training. It draws from the generator that is there, restarted if there is a seed, and gives
 * it back when it is over: one training after the other is one sequence. What is drawn elsewhere
 * meanwhile, by another training too, comes from other generators.
 */
export async function withOwnGenerator<T>(
  seed: number | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  const here = source();
  if (here.isLent) {
    const own = seed === undefined ? here.generator.fork() : new Generator(seed);
    return await context!.run({ generator: own, isLent: false }, fn);
  }
  if (seed !== undefined) manualSeed(seed);
  if (context === null) return await fn();
  const own = here.generator;
  const standIn = here.generator = own.fork();
  here.isLent = true;
  try {
    return await context.run({ generator: own, isLent: false }, fn);
  } finally {
    here.isLent = false;
    if (here.generator === standIn) here.generator = own; // unless manualSeed was called meanwhile
  }
}

/** Ten rounds of Philox on four counter words; `out` receives four random 32-bit words. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const h0 = mulHigh(0xd2511f53, c0);
    const l0 = Math.imul(0xd2511f53, c0);
    const h1 = mulHigh(0xcd9e8d57, c2);
    const l1 = Math.imul(0xcd9e8d57, c2);
    c0 = h1 ^ c1 ^ k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Upper 32 bits of an unsigned 32 × 32-bit product, from 16-bit halves. */
function mulHigh(a: number, b: number): number {
  const ah = a >>> 16, al = a & 0xffff, bh = b >>> 16, bl = b & 0xffff;
  const mid = ah * bl + ((al * bl) >>> 16);
  return (ah * bh + Math.floor((mid + al * bh) / 0x10000)) | 0;
}

/** The numbers 0 … n − 1 in random order (Fisher–Yates), a function of the key alone. */
export function permutation(n: number, key: RandomKey): Int32Array {
  const order = new Int32Array(n);
  const block = new Uint32Array(4);
  for (let i = 0; i < n; i++) order[i] = i;
  let counter = 0;
  for (let i = n - 1; i > 0; i--) {
    const lane = counter & 3;
    if (lane === 0) philox([counter >>> 2, 0, key.stream[0], key.stream[1]], key.seed, block);
    counter++;
    // 32 random bits scaled to [0, i]: the bias is below i / 2³²
    const j = Math.floor(block[lane]! * (i + 1) / 2 ** 32);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
