/**
 * How fast a training gets on.
 *
 * @module
 */
import type { StepInfo } from "./callback.ts";
import type { Position } from "./position.ts";

/** Seconds over which the rate is averaged. */
const MEMORY = 1.5;

/** Loss and speed since the last look. */
export interface Pace {
  /** Mean loss of the samples since the last look. */
  recentLoss: number;
  /** Samples a second, over the last seconds. */
  samplesPerSecond: number;
}

/** Turns what a trainer tells of an epoch so far into what has happened since the last look. */
export class Meter {
  #epoch = 0;
  #samples = 0;
  #loss = 0;
  #since = NaN;
  #rate = NaN;

  /** Begins where a training stands, or at its start. */
  begin({ epoch, sums }: Pick<Position, "epoch" | "sums">): void {
    this.#epoch = epoch;
    this.#samples = sums.samples;
    this.#loss = sums.loss;
    this.#rate = NaN;
  }

  /** Forgets the time that has passed: training begins, or goes on after something else. */
  start(now: number): void {
    this.#since = now;
  }

  /** What has happened since the last call; null where nothing is known to have. */
  read({ epoch, samples: all, meanLoss }: StepInfo, now: number): Pace | null {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#samples = this.#loss = 0;
    }
    const samples = all - this.#samples;
    if (samples <= 0) return null;
    const recentLoss = (all * meanLoss - this.#loss) / samples;
    this.#samples = all;
    this.#loss = all * meanLoss;
    const seconds = (now - this.#since) / 1000;
    this.#since = now;
    const decay = Number.isNaN(this.#rate) ? 0 : Math.exp(-seconds / MEMORY);
    if (seconds > 0) {
      this.#rate = (decay === 0 ? 0 : decay * this.#rate) + (1 - decay) * samples / seconds;
    }
    return { recentLoss, samplesPerSecond: this.#rate };
  }
}
