/**
 * Timing. What is compared is timed in turns, so that another process's load falls on all alike.
 *
 * @module
 */

/** Something to time. */
export interface Subject {
  /** Does the work k times; returns the seconds. */
  time(k: number): Promise<number>;
  /** The part of the time that it is given. Default: 1. */
  part?: number;
  /** Is told that it has failed, and is timed no further. Default: the failure ends everything. */
  drop?(error: Error): void;
}

/** How long to measure. */
export interface Pace {
  /** Seconds of each subject's warm-up, in which the compiler gets its chance. */
  warm: number;
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
}

/** Enough for figures that can be told others. */
export const FULL: Pace = { warm: 0.12, chunk: 0.05, repeats: 5, most: 2 };

/** Enough to see whether something has become twice as fast. */
export const QUICK: Pace = { warm: 0.05, chunk: 0.02, repeats: 3, most: 0.5 };

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

/** Best, median and worst of some times. */
function summarize(seconds: readonly number[], k: number): Timing {
  const sorted = seconds.toSorted((a, b) => a - b);
  return { best: sorted[0]!, median: sorted[sorted.length >> 1]!, worst: sorted.at(-1)!, k };
}

/** Runs it until the warm-up is over, and returns how often it fits into a repeat. */
async function warmUp(subject: Subject, pace: Pace): Promise<number> {
  const part = subject.part ?? 1;
  // compiling and growing memory must not set the count
  if (await subject.time(1) > pace.most) return 1;
  let k = 1;
  for (let spent = 0; spent < pace.warm * part;) {
    const seconds = await subject.time(k);
    spent += seconds;
    const fits = Math.round(pace.chunk * part / Math.max(seconds / k, 1e-9));
    k = Math.max(1, Math.min(2 * k, fits));
  }
  return k;
}
