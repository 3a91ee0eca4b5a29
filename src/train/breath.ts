/**
 * Letting others run while a long loop computes.
 *
 * @module
 */
import { outside } from "../scope.ts";

/** Milliseconds after which timers, signals, progress bars and a page's events get a turn. */
const INTERVAL = 50;

/** When a loop last let others run. */
export class Breath {
  #last = 0;

  /** Whether it is time to let them run; `now` as `performance.now()` tells it. */
  isDue(now: number): boolean {
    return now - this.#last > INTERVAL;
  }

  /** Lets them run. */
  take(): Promise<void> {
    return outside(
      new Promise((resolve) =>
        setTimeout(() => {
          this.#last = performance.now();
          resolve();
        }, 0)
      ),
    );
  }
}
