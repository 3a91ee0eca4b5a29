/**
 * How long a grid took by the clock, though several processes one after the other worked on it.
 *
 * @module
 */
import { checkTimes } from "./schemas.ts";
import type { GridFolder } from "./grid_folder.ts";

/** A process's work on the trials of a grid. */
export interface Work {
  /** When it began. */
  began: string;
  /** Where the trials ran: `2 threads`, or the queue's address. */
  where: string;
  /** Trials that were finished. */
  trials: number;
  /** Seconds from its beginning to the last of them. */
  seconds: number;
}

const FILE = "times.json";

/** What all processes have done in a folder, from the first. */
export function readTimes(folder: Pick<GridFolder, "read">): Work[] {
  const bytes = folder.read(FILE);
  return bytes === undefined ? [] : checkTimes(bytes, FILE);
}

/** Begins to measure. What it gives is called after each trial, and writes the time down. */
export function beginWork(folder: Pick<GridFolder, "read" | "write">, where: string): () => void {
  const processes = readTimes(folder);
  const began = performance.now();
  const work: Work = { began: new Date().toISOString(), where, trials: 0, seconds: 0 };
  processes.push(work);
  return () => {
    work.trials++;
    work.seconds = (performance.now() - began) / 1000;
    folder.write(FILE, JSON.stringify({ processes }, null, 2) + "\n");
  };
}

/** Seconds of all processes together. */
export function secondsOf(times: readonly Work[]): number {
  return times.reduce((sum, { seconds }) => sum + seconds, 0);
}
