/**
 * Timing. What is compared is timed in turns, so that another process's load falls on all alike.
 *
 * @module
 */

/** Something to time. */
export interface Subject {
  /** Does the work k times. */
  run(k: number): void;
  /** Sets the stage, outside the time: called before every `run`. */
  prepare?(): void;
  /** Whether it is a yardstick, which is given a shorter time. */
  isYardstick?: boolean;
}

/** How long to measure. */
export interface Pace {
  /** Seconds of each subject's warm-up, in which the compiler gets its chance. */
  warm: number;
  /** Seconds of one repeat. */
  chunk: number;
  /** How many repeats. */
  repeats: number;
}

/** Seconds that the work took once. */
export interface Timing {
  /** The shortest: what it takes when nothing disturbs. */
  best: number;
  /** Half of the repeats took longer. */
  median: number;
  /** The longest. */
  worst: number;
  /** How often the work was done in one repeat. */
  k: number;
}

/** Enough for figures that can be told others. */
export const FULL: Pace = { warm: 0.5, chunk: 0.15, repeats: 7 };

/** Enough to see whether something has become twice as fast. */
export const QUICK: Pace = { warm: 0.15, chunk: 0.04, repeats: 5 };

/** What part of the time a yardstick gets. */
const YARDSTICK = 0.3;

/** Warms all subjects up, then times each once a repeat, one after another. */
export async function measure(subjects: readonly Subject[], pace: Pace): Promise<Timing[]> {
  const counts: number[] = [];
  for (const subject of subjects) counts.push(await warmUp(subject, pace));
  const times: number[][] = subjects.map(() => []);
  for (let r = 0; r < pace.repeats; r++) {
    for (const [i, subject] of subjects.entries()) {
      await breathe();
      times[i]!.push(time(subject, counts[i]!) / counts[i]!);
    }
  }
  return times.map((list, i) => summarize(list, counts[i]!));
}

/** Best, median and worst of some times. */
export function summarize(seconds: readonly number[], k: number): Timing {
  const sorted = seconds.toSorted((a, b) => a - b);
  return { best: sorted[0]!, median: sorted[sorted.length >> 1]!, worst: sorted.at(-1)!, k };
}

/** Runs it until the warm-up is over, and returns how often it fits into a repeat. */
async function warmUp(subject: Subject, pace: Pace): Promise<number> {
  const part = subject.isYardstick ? YARDSTICK : 1;
  time(subject, 1); // compiling and growing memory must not set the count
  let k = 1;
  for (let spent = 0; spent < pace.warm * part;) {
    await breathe();
    const seconds = time(subject, k);
    spent += seconds;
    const fits = Math.round(pace.chunk * part / Math.max(seconds / k, 1e-9));
    k = Math.max(1, Math.min(2 * k, fits));
  }
  return k;
}

function time(subject: Subject, k: number): number {
  subject.prepare?.();
  const began = performance.now();
  subject.run(k);
  return (performance.now() - began) / 1000;
}

/** Lets the event loop turn, so that what was collected is given back. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
