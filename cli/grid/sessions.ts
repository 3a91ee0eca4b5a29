/**
 * How long a grid took by the clock, though several processes one after the other worked on it.
 *
 * @module
 */
import { checkSessions } from "../schemas.ts";
import type { Shelf } from "./grid_folder.ts";

/** A process's work on the trials of a grid. */
export interface Session {
  /** When it began. */
  began: string;
  /** Where the trials ran: `2 threads`, or the queue's address. */
  where: string;
  /** Trials that were finished. */
  trials: number;
  /** Seconds from its beginning to the last of them. */
  seconds: number;
}

const FILE = "sessions.json";

/** All sessions of a folder, from the first. */
export function readSessions(folder: Shelf): Session[] {
  const bytes = folder.read(FILE);
  return bytes === undefined ? [] : checkSessions(bytes, FILE);
}

/** Begins a session. What it gives is called after each trial, and writes the session down. */
export function beginSession(folder: Shelf, where: string): () => void {
  const sessions = readSessions(folder);
  const began = performance.now();
  const session: Session = { began: new Date().toISOString(), where, trials: 0, seconds: 0 };
  sessions.push(session);
  return () => {
    session.trials++;
    session.seconds = (performance.now() - began) / 1000;
    folder.write(FILE, JSON.stringify({ sessions }, null, 2) + "\n");
  };
}

/** Seconds of all sessions together. */
export function secondsOf(sessions: readonly Session[]): number {
  return sessions.reduce((sum, { seconds }) => sum + seconds, 0);
}
