/**
 * What steps are judged by, added up: their losses and how many samples they predicted right.
 *
 * What is on the CPU is known at once. A GPU would have to finish all its work first, so there the
 * values of up to 256 steps wait in a tensor, and are read while the next steps run.
 *
 * @module
 */
import { canLook } from "../device/transfer.ts";
import { copy_, eq, narrow, sum } from "../ops/mod.ts";
import { zeros } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { countCorrect, isClassification, type Sums } from "./metrics.ts";
import type { Platform } from "../core/platform.ts";

declare const performance: Platform["performance"];

/** Steps whose values wait at most. */
const WAITING = 256;

/** Milliseconds between two reads, each of which can cost the GPU some ten. */
const INTERVAL = 250;

/** A step that waits. */
interface Step {
  sums: Sums;
  samples: number;
  isCounted: boolean;
  /** What to throw should its loss be no number; null: nothing. */
  diverged: ((loss: number) => Error) | null;
}

/** The values of steps. */
export class StepValues {
  /** The newest loss that is known. */
  loss: number = NaN;
  /** What to throw: a step's loss was no number. */
  #fault: Error | null = null;
  #waiting: Step[] = [];
  /** [WAITING, 2]: losses, and counts of right answers. */
  #values: Tensor | null = null;
  #reading: Promise<void> = Promise.resolve();
  #lastRead = 0;

  /** Adds a batch to some sums. Throws what `diverged` gives, if anything, where its loss is no number. */
  add(
    sums: Sums,
    output: unknown,
    target: Tensor,
    loss: Tensor,
    diverged: ((loss: number) => Error) | null = null,
  ): void {
    const samples = target.shape[0] ?? 1;
    const isCounted = isClassification(output, target);
    const step = { sums, samples, isCounted, diverged };
    if (canLook(loss)) {
      const correct = isCounted ? countCorrect(output, target) : NaN;
      this.#know(step, loss.item(), correct);
    } else {
      noGrad(() => this.#keep(step, loss, isCounted ? right(output, target) : null));
    }
    if (this.#fault !== null) throw this.#fault;
  }

  /** Whether a read is due: the values wait in numbers, or for long. */
  isDue(now: number): boolean {
    const { length } = this.#waiting;
    return length >= WAITING || (length > 0 && now - this.#lastRead > INTERVAL);
  }

  /** Begins to read what waits; returns once what was being read before is known. */
  async read(): Promise<void> {
    const before = this.#reading;
    const steps = this.#waiting;
    if (steps.length > 0) {
      this.#waiting = [];
      this.#lastRead = performance.now();
      const values = this.#values!.data(); // as they are now: the next steps may write
      this.#reading = Promise.all([values, before]).then(([values]) => {
        steps.forEach((step, i) => this.#know(step, values[2 * i]!, values[2 * i + 1]!));
      });
      this.#reading.catch(() => {}); // whoever waits for it is told
    }
    await before;
  }

  /** Waits until all are known. Throws where a loss was no number. */
  async settle(): Promise<void> {
    await this.read();
    await this.#reading;
    if (this.#fault !== null) throw this.#fault;
  }

  /** Gives its memory back. */
  release(): void {
    this.#values?.[Symbol.dispose]();
    this.#values = null;
  }

  #keep(step: Step, loss: Tensor, correct: Tensor | null): void {
    if (this.#waiting.length >= WAITING) throw new Error("StepValues: too many steps wait: read()");
    this.#values ??= zeros([WAITING, 2], { device: loss.device }).keep();
    const row = narrow(this.#values, 0, this.#waiting.length, 1);
    copy_(narrow(row, 1, 0, 1), loss.detach());
    if (correct !== null) copy_(narrow(row, 1, 1, 1), correct);
    this.#waiting.push(step);
  }

  #know({ sums, samples, isCounted, diverged }: Step, loss: number, correct: number): void {
    this.loss = loss;
    if (diverged !== null && !Number.isFinite(loss)) return void (this.#fault ??= diverged(loss));
    sums.samples += samples;
    sums.loss += loss * samples;
    sums.correct += isCounted ? correct : NaN;
  }
}

/** How many rows of scores have their maximum at the label, as a tensor. */
function right(scores: Tensor, labels: Tensor): Tensor {
  return sum(eq(scores.argmax(1), labels).float());
}
