import type { train } from "@glim/glim";
import type { Progress } from "../shared/protocol.ts";

/** Seconds over which the rate is averaged. */
const MEMORY = 1.5;

/** Turns what a trainer tells into what the page shows: loss and speed since the last time. */
export class Meter {
  #epoch = -1;
  #samples = 0;
  #loss = 0;
  #since = 0;
  #rate = 0;
  #goesOn = false;

  /** Forgets the time that passed: training begins, or goes on after something else. */
  start(): void {
    this.#since = performance.now();
  }

  /** Forgets everything: another run, which may go on in the middle of an epoch. */
  clear(goesOn: boolean): void {
    this.#epoch = -1;
    this.#rate = 0;
    this.#goesOn = goesOn;
  }

  /** What has happened since the last call; null where nothing has. */
  read(info: train.StepInfo, steps: number, epochSamples: number): Progress | null {
    const loss = info.samples * info.meanLoss;
    if (this.#goesOn) { // what came before this page's first look is not its speed
      this.#goesOn = false;
      this.#epoch = info.epoch;
      this.#samples = info.samples;
      this.#loss = loss;
      this.start();
      return null;
    }
    if (info.epoch !== this.#epoch) {
      this.#epoch = info.epoch;
      this.#samples = 0;
      this.#loss = 0;
    }
    const samples = info.samples - this.#samples;
    if (samples <= 0) return null;
    const mean = (loss - this.#loss) / samples;
    this.#samples = info.samples;
    this.#loss = loss;
    const now = performance.now();
    const seconds = (now - this.#since) / 1000;
    this.#since = now;
    const fade = this.#rate === 0 ? 0 : Math.exp(-seconds / MEMORY);
    if (seconds > 0) this.#rate = fade * this.#rate + (1 - fade) * samples / seconds;
    return {
      epoch: info.epoch + info.samples / epochSamples,
      steps,
      loss: mean,
      samplesPerSecond: this.#rate,
    };
  }
}
