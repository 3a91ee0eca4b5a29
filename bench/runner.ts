/**
 * Runs a row of the table on each number of threads: first checks its result, then times it in
 * turns with the limit that it is held against.
 *
 * @module
 */
import { setNumThreads } from "@glim/glim";
import type { Case, RepeatedCase, SelfTimedCase } from "./case.ts";
import type { LimitKind, Limits, Yardstick } from "./limit.ts";
import { useThreads } from "./lab/threads.ts";
import { measure, type Pace, type Subject, type Timing } from "./measure.ts";

/** A figure. */
export interface Result {
  /** The row that it stands in. */
  of: Case;
  /** On how many threads. */
  threads: number;
  /** The best; see the row's unit. */
  value: number;
  /** All repeats; null where the figure is no time. */
  spread: { median: number; worst: number; k: number } | null;
  /** What it is held against; null where there is nothing. */
  limit: Reached | null;
}

/** How near to a limit a figure came. */
export interface Reached {
  /** Which. */
  kind: LimitKind;
  /** The limit itself, on as many threads: GFLOP/s or GB/s. */
  most: number;
  /** Part of it that was reached, from 0 to 1. */
  share: number;
}

/** What it runs with. */
export interface Setting {
  /** Thread counts, all of which are measured in turns. */
  threads: readonly number[];
  /** The limits. */
  limits: Limits;
  /** How long. */
  pace: Pace;
}

/** The figures of a row. Throws CheckError where a result is wrong. */
export async function runCase(row: Case, setting: Setting): Promise<Result[]> {
  const counts = setting.threads.filter((t) =>
    row.on === undefined || (row.on === "one") === (t === 1)
  );
  for (const t of counts) {
    await useThreads(t);
    if (!("result" in row)) row.check();
  }
  if ("run" in row) return runRepeated(row, counts, setting);
  const results: Result[] = [];
  for (const threads of counts) {
    await useThreads(threads);
    if ("result" in row) {
      results.push({ of: row, threads, value: row.result(), spread: null, limit: null });
    } else {
      results.push(resultOf(row, threads, await row.time(setting.pace, threads), null));
    }
  }
  return results;
}

async function runRepeated(
  row: RepeatedCase,
  counts: readonly number[],
  { limits, pace }: Setting,
): Promise<Result[]> {
  const subjects: Subject[] = counts.map((threads) => ({
    prepare: () => setNumThreads(threads),
    run: row.run,
  }));
  const { limit } = row;
  const yardsticks: Yardstick[] = limit === undefined
    ? []
    : counts.map((threads) => limits.yardstick(limit[0], threads));
  // a count's yardstick stands right behind it
  const order = counts.flatMap((_, i) => limit ? [subjects[i]!, yardsticks[i]!] : [subjects[i]!]);
  const timings = await measure(order, pace);
  return counts.map((threads, i) => {
    if (limit === undefined) return resultOf(row, threads, timings[i]!, null);
    const reached = limit[1] / timings[2 * i]!.best;
    const most = yardsticks[i]!.work / timings[2 * i + 1]!.best;
    const share = reached / most;
    return resultOf(row, threads, timings[2 * i]!, { kind: limit[0], most, share });
  });
}

function resultOf(
  row: RepeatedCase | SelfTimedCase,
  threads: number,
  { best, median, worst, k }: Timing,
  limit: Reached | null,
): Result {
  const scale = { us: 1e6, ms: 1e3 }[row.unit as string];
  const figure = (s: number) => scale === undefined ? row.work! / s : s * scale;
  const spread = { median: figure(median), worst: figure(worst), k };
  return { of: row, threads, value: figure(best), spread, limit };
}
