/**
 * Timing. What is compared is timed in turns, so that another process's load falls on all alike.
 *
 * @module
 */

/** Something to time. */
export interface Subject {
  /** Does the work k times; returns the seconds. */
  time(k: number): Promise<number>;
  /** The part of the time that it is given, of what no engine compiles as it runs. Default: 1. */
  part?: number;
  /** Is told that it has failed, and is timed no further. Default: the failure ends everything. */
  drop?(error: Error): void;
}

/** How long to measure. */
export interface Pace {
  /** Seconds of each subject's warm-up. */
  warm: number;
  /** Seconds after which what is quick counts as compiled, though it was not done `OFTEN`. */
  compiled: number;
  /** Seconds of one repeat. */
  chunk: number;
  /** How many repeats. */
  repeats: number;
  /** Seconds after which a subject has no further repeat. */
  most: number;
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
  /** Of each repeat, in their order. */
  all: readonly number[];
}

/**
 * How often quick work is done before it is timed: V8 compiles a function for good once it has been
 * called 3,000 times, and a training step calls most of its functions once. Its first steps take twice
 * as long.
 */
const OFTEN = 5000;

/** Seconds of work that spends its time in kernels, not in functions that are not compiled yet. */
const LONG = 1e-3;

/** Enough for figures that can be told others. */
export const FULL: Pace = { warm: 0.12, compiled: 1.5, chunk: 0.025, repeats: 11, most: 2 };

/** Enough to see whether something has become twice as fast. */
export const QUICK: Pace = { warm: 0.05, compiled: 1, chunk: 0.01, repeats: 7, most: 0.5 };

/** Warms all subjects up, then times each once a repeat, one after another; null: it failed. */
export async function measure(
  subjects: readonly Subject[],
  pace: Pace,
): Promise<(Timing | null)[]> {
  const runs = subjects.map((subject) => ({ subject, k: 1, times: [] as number[], spent: 0 }));
  const failed = new Set<Subject>();
  const attempt = async (subject: Subject, work: () => Promise<void>): Promise<void> => {
    if (failed.has(subject)) return;
    try {
      await work();
    } catch (error) {
      if (!subject.drop) throw error;
      failed.add(subject);
      subject.drop(error as Error);
    }
  };
  for (const run of runs) {
    await attempt(run.subject, async () => void (run.k = await warmUp(run.subject, pace)));
  }
  for (let repeat = 0; repeat < pace.repeats; repeat++) {
    for (const run of runs) {
      if (run.spent > pace.most) continue;
      await attempt(run.subject, async () => {
        const seconds = await run.subject.time(run.k);
        run.spent += seconds;
        run.times.push(seconds / run.k);
      });
    }
  }
  return runs.map(({ subject, times, k }) => failed.has(subject) ? null : summarize(times, k));
}

/** Half of the values are above it. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** Best, median and worst of some times. */
function summarize(seconds: readonly number[], k: number): Timing {
  const sorted = seconds.toSorted((a, b) => a - b);
  const [best, worst] = [sorted[0]!, sorted.at(-1)!];
  return { best, median: medianOf(seconds), worst, k, all: seconds };
}

/** Runs it until the warm-up is over, and returns how often it fits into a repeat. */
async function warmUp({ time, part = 1 }: Subject, pace: Pace): Promise<number> {
  // compiling and growing memory must not set the count
  let each = await time(1);
  if (each > pace.most) return 1;
  let [k, runs, spent] = [1, 1, 0];
  const isCompiled = () => part < 1 || runs >= OFTEN || spent >= pace.compiled || each > LONG;
  while (spent < pace.warm * part || !isCompiled()) {
    const seconds = await time(k);
    spent += seconds;
    runs += k;
    each = seconds / k;
    const fits = Math.round(pace.chunk * part / Math.max(each, 1e-9));
    k = Math.max(1, Math.min(2 * k, fits));
  }
  return k;
}
