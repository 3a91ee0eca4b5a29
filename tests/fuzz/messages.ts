/** What `main.ts` and its worker tell one another. */
import type { Finding } from "./fuzz.ts";

/** What the worker says once it can be told: real files are made first, which takes a while. */
export const READY = "ready";

/** What the worker is told. */
export interface Order {
  runs: number;
  seed: number;
  /** Where it puts each file before it is read: `HEAD` bytes, then the file's. */
  shared: SharedArrayBuffer;
}

/** Bytes of three int32: how many files were begun, the last one's reader and its length. */
export const HEAD = 12;

/** What the worker reports of each reader. */
export interface Report {
  name: string;
  runs: number;
  read: number;
  finding: Finding | undefined;
}
