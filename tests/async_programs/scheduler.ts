/** Promises that settle in an order that a seed tells, and random numbers. */
import { setImmediate } from "node:timers";
import { mix } from "../prng.ts";

/** Random choices, a function of the seed and of how many were made before. */
export class Choices {
  readonly #seed: number;
  #made = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A whole number from 0 to n − 1. */
  below(n: number): number {
    return mix(this.#seed, this.#made++) % n;
  }

  /** True once in n times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of some keys, as often as its weight tells. */
  pick<K extends string>(weights: Record<K, number>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.below(entries.reduce((sum, [_, weight]) => sum + weight, 0));
    return entries.find(([_, weight]) => (left -= weight) < 0)![0];
  }

  /** Choices of their own for a part that runs beside others. */
  part(): Choices {
    return new Choices(mix(this.#seed, this.#made++));
  }
}

/** Settles promises in random order, some at once, some after microtasks or a macrotask. */
export class Scheduler {
  readonly #choices: Choices;
  readonly #waiting: (() => void)[] = [];

  constructor(seed: number) {
    this.#choices = new Choices(seed);
  }

  /** A promise that is settled at some time. */
  later(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Settles what is waiting until a promise has settled; rejects if nothing goes on any more. */
  async run(until: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = until.finally(() => isOver = true).catch(() => {});
    for (let idle = 0; !isOver; idle++) {
      const n = this.#waiting.length;
      if (n > 0) {
        idle = 0;
        this.#waiting.splice(this.#choices.below(n), 1)[0]!();
      }
      if (n === 0 || this.#choices.once(8)) await new Promise((resolve) => setImmediate(resolve));
      else for (let i = this.#choices.below(4); i > 0; i--) await Promise.resolve();
      if (idle > 1000) throw new Error("the program does not go on");
    }
    await over;
  }
}
