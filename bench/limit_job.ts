/**
 * How main tells the limits' threads what to do, in words of the memory they share.
 *
 * ```
 * 0 generation   16 pending   32 ready   48 job: kind, times, threads   64 … one block for each
 * ```
 *
 * @module
 */
import { ACCUMULATORS, type LimitLoops, UNROLL } from "./limit_wasm.ts";

/** What is done: multiply-adds on registers, or a copy. */
export type LimitKind = "fma" | "copy";

/** Where the words stand, each that is waited for on a cache line of its own. */
export const WORD = { generation: 0, pending: 16, ready: 32, kind: 48, times: 49, threads: 50 };

/** Number of threads that tells the workers to end. */
export const QUIT = 0;

const HEAD_BYTES = 256;

/** StepIterator of the multiply-add loop that count as once: some 20 µs. */
const TURNS = 4096;

/** Bytes that a copy reads, all threads together: as the streaming workloads do. */
const COPY_BYTES = 4_000_000;

/** Blocks begin at multiples of a cache line. */
const LINE = 64;

/** Bytes of memory that everything fits into. */
export const MEMORY_BYTES: number = HEAD_BYTES + 2 * COPY_BYTES + 64 * 2 * LINE;

function shareOf(threads: number): number {
  return Math.ceil(COPY_BYTES / threads / LINE) * LINE;
}

/** GFLOP, or GB read and written, of doing it once on some threads. */
export function workOf(kind: LimitKind, threads: number): number {
  const flop = TURNS * ACCUMULATORS * UNROLL * 4 * 2; // multiply and add on four lanes
  return (kind === "fma" ? flop : 2 * shareOf(threads)) * threads / 1e9;
}

/** Does one thread's part of the job that the words tell. */
export function runPart(loops: LimitLoops, words: Int32Array, index: number): void {
  const times = words[WORD.times]!;
  const share = shareOf(words[WORD.threads]!);
  const from = HEAD_BYTES + 2 * index * share;
  if (words[WORD.kind] === 0) loops.fma(times * TURNS, 1, 0);
  else loops.copy(from, from + share, share, times);
}

/** The number that stands for a kind. */
export function codeOf(kind: LimitKind): number {
  return kind === "fma" ? 0 : 1;
}
