/**
 * Measures rows: each in all builds and libraries, in turns.
 *
 * @module
 */
import type { Contender as Process } from "./contenders.ts";
import { type Figure, rounded } from "./figures.ts";
import { measure, medianOf, type Pace, type Subject, type Timing } from "./measure.ts";
import type { Answer } from "./protocol.ts";
import { figureOf, type Row } from "./rows.ts";

/** What is measured. */
type Contender = Pick<Process, "name" | "threads" | "ask">;

/** Who takes part, and how. */
export interface Field {
  /** This library's builds. The first tells which rows there are. */
  builds: readonly Contender[];
  /** Other libraries. One that fails takes no further part. */
  peers: readonly Contender[];
  /** Thread counts. */
  threads: readonly number[];
  /** How long. */
  pace: Pace;
  /** Is told what else must be said. */
  remark: (text: string) => void;
  /** Is told which row is measured. */
  progress: (row: Row) => void;
}

/** The part of the time that a limit is given. */
const LIMIT_PART = 0.3;

/** One way of a contender on some threads. */
interface Entry {
  contender: Contender;
  variant: string;
  threads: number;
  subject: Subject;
  /** The same contender's limit. */
  limit: (Subject & { work: number }) | null;
}

/** A result was wrong, or what was measured has failed. */
export class RowError extends Error {
  /** What it is called in messages. */
  override name = "RowError";
}

/** The figures of all rows. Throws RowError where a result of this library is wrong. */
export async function* runRows(field: Field): AsyncGenerator<Figure[]> {
  const out = new Set<Contender>();
  for (;;) {
    const [answer] = await Promise.all(field.builds.map((build) => build.ask({ do: "next" })));
    if (answer!.done) return;
    if (answer!.leftOut !== undefined) field.remark(answer!.leftOut);
    else yield await runRow(field, answer!.row!, out);
  }
}

async function runRow(field: Field, row: Row, out: Set<Contender>): Promise<Figure[]> {
  field.progress(row);
  const entries: Entry[] = [];
  const figures: Figure[] = [];
  const begin = async (contender: Contender): Promise<void> => {
    const isBuild = field.builds.includes(contender);
    for (const threads of contender.threads) {
      if (row.on !== undefined && (row.on === "one") !== (threads === 1)) continue;
      const what = `${contender.name} ×${threads}, ${row.workload} ${row.title}`;
      let answer: Answer;
      const leave = (error: Error): void => {
        if (isBuild) throw error;
        if (!out.has(contender)) {
          field.remark(`${what}: it takes no further part: ${error.message}`);
        }
        out.add(contender);
      };
      try {
        answer = await contender.ask({ do: "begin", row, threads });
      } catch (error) {
        return leave(error as Error);
      }
      const { variants = [], value, wrong } = answer;
      if (wrong !== undefined) {
        if (isBuild) throw new RowError(`${what}: a result is wrong: ${wrong}`);
        field.remark(`${what}: a result is wrong: ${wrong}`);
      }
      if (value !== undefined) figures.push(figure(contender, "", threads, row, value));
      for (const variant of variants) {
        entries.push(entryOf(contender, variant, threads, isBuild ? row : null, leave));
      }
    }
  };
  // getting ready is not timed; but libraries compile with all processors
  await Promise.all(field.builds.map(begin));
  for (const peer of field.peers) if (!out.has(peer)) await begin(peer);
  return [...figures, ...await timed(entries, row, field.pace)];
}

/**
 * `limited`: the row where the contender has a limit, which is this library's. `leave` is told of a
 * failure while it is timed.
 */
function entryOf(
  contender: Contender,
  variant: string,
  threads: number,
  limited: Row | null,
  leave: (error: Error) => void,
): Entry {
  const subject: Subject = {
    time: async (k) => (await contender.ask({ do: "time", variant, k, threads })).seconds!,
    drop: leave,
  };
  const kind = limited?.limit?.[0];
  if (kind === undefined) return { contender, variant, threads, subject, limit: null };
  const limit = {
    part: LIMIT_PART,
    work: 0,
    time: async (k: number) => {
      const { seconds, work } = await contender.ask({ do: "limit", kind, k, threads });
      limit.work = work!;
      return seconds!;
    },
  };
  return { contender, variant, threads, subject, limit };
}

/** Times them in turns, each limit right behind what it limits. */
async function timed(entries: readonly Entry[], row: Row, pace: Pace): Promise<Figure[]> {
  const subjects = entries.flatMap(({ subject, limit }) => limit ? [subject, limit] : [subject]);
  const timings = (await measure(subjects, pace)).values();
  return entries.flatMap(({ contender, variant, threads, limit }) => {
    const timing = timings.next().value!;
    if (timing === null) return [];
    const told = figure(contender, variant, threads, row, figureOf(row, timing.best), timing);
    if (limit !== null) {
      const { best, all } = timings.next().value!;
      const [kind, work] = row.limit!;
      // of each moment by itself: the best of many short limits is of a faster one than the row's best
      const shares = all.map((seconds, i) => (work / timing.all[i]!) / (limit.work / seconds));
      told.limit = {
        kind,
        most: limit.work / best,
        share: medianOf(shares.filter(Number.isFinite)),
      };
    }
    return [rounded(told)];
  });
}

function figure(
  { name }: Contender,
  variant: string,
  threads: number,
  row: Row,
  value: number,
  timing?: Timing,
): Figure {
  const { workload, params, title, unit } = row;
  const spread = timing === undefined ? null : {
    median: figureOf(row, timing.median),
    worst: figureOf(row, timing.worst),
    k: timing.k,
  };
  const limit = null;
  return { contender: name, variant, threads, workload, params, title, unit, value, spread, limit };
}
