/** Files that are read and made samples of, by workers where they are many. */
import { data, DataError } from "@glim/glim";
import type { Bars } from "./bars.ts";

/** Files from which on workers read: to start them takes as long as to read some hundred files. */
const MANY = 400;

/** Workers at most: each takes some 100 MB. */
const MOST_WORKERS = 8;

/** Samples that a worker is asked for ahead. */
const AHEAD = 4;

let bars: Bars | null = null;

/** Shows from here on how reading gets on. */
export function showReading(on: Bars | null): void {
  bars = on;
}

/** What is read, and who is told. */
export interface Reading<S extends data.Sample> {
  /** What the files are, in the plural. */
  readonly what: string;
  /** Their samples, which are promises. */
  readonly set: data.AsyncDataset<S>;
  /** The file of a worker that serves the same samples, and what it needs to know. */
  readonly worker: { readonly url: URL; readonly about: unknown };
  /** Takes a sample, in the order of the numbers. */
  take(index: number, sample: S): void;
  /** Told what is wrong with one that cannot be read. */
  passOver(index: number, error: DataError): void;
}

/** Reads all samples, each once. */
export async function readAll<S extends data.Sample>(reading: Reading<S>): Promise<void> {
  const { set, what, worker: { url, about } } = reading;
  if (set.length < MANY) return await inOrder(reading, set, 1);
  const count = Math.min(MOST_WORKERS, navigator.hardwareConcurrency);
  using workers = await data.WorkerDataset.start<S>(
    () => new Worker(url, { type: "module", name: JSON.stringify(about) }),
    { workers: count },
  );
  if (workers.length !== set.length) {
    throw new DataError(
      `${what} come or go while they are read: there were ${set.length}, ` +
        `a moment later ${workers.length}`,
    );
  }
  await inOrder(reading, workers, AHEAD * count);
}

/** What a worker was told. */
export function toldAbout<T>(): T {
  return JSON.parse((globalThis as unknown as { name: string }).name);
}

async function inOrder<S extends data.Sample>(
  { what, take, passOver }: Reading<S>,
  set: data.AsyncDataset<S>,
  ahead: number,
): Promise<void> {
  const asked: Promise<S>[] = [];
  let next = 0;
  try {
    for (let i = 0; i < set.length; i++) {
      while (next < set.length && asked.length < ahead) {
        const sample = set.get(next++);
        sample.catch(() => {}); // it is told when its turn comes
        asked.push(sample);
      }
      const sample = await asked.shift()!.catch((error) => {
        if (!(error instanceof DataError)) throw error;
        passOver(i, error);
        return null;
      });
      if (sample !== null) {
        take(i, sample);
        for (const tensor of sample) tensor[Symbol.dispose]();
      }
      bars?.draw([{ head: `reading ${what}`, share: i / set.length, notes: [] }]);
    }
  } finally {
    bars?.stop();
  }
}
