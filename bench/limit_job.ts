/**
 * How main tells the limits' threads what to do, in words of the memory they share.
 *
 * ```
 * 0 generation   16 pending   32 ready   48 job: kind, times, threads   64 … blocks of each
 * ```
 *
 * @module
 */
import { CHAINS, FMA_BYTES, type LimitLoops, type MultiplyAdd, UNROLL } from "./limit_wasm.ts";
import type { LimitKind } from "./rows.ts";

/** Where the words stand, each that is waited for on a cache line of its own. */
export const WORD = { generation: 0, pending: 16, ready: 32, kind: 48, times: 49, threads: 50 };

/** Number of threads that tells the workers to end. */
export const QUIT = 0;

const HEAD_BYTES = 256;

/** Turns of the multiply-add loop that count as once: some 20 µs. */
const TURNS = 4096;

/** Bytes that a copy reads, all threads together: as the streaming workloads do. */
const COPY_BYTES = 4_000_000;

/** Blocks begin at multiples of a cache line. */
const LINE = 64;

/** More threads than there are. */
const THREADS = 64;

/** Bytes between two threads' operands and sums. */
const FMA_STRIDE = Math.ceil(FMA_BYTES / LINE) * LINE;

/** Where the blocks to copy begin. */
const COPY_AT = HEAD_BYTES + THREADS * FMA_STRIDE;

/** Bytes of memory that everything fits into. */
export const MEMORY_BYTES: number = COPY_AT + 2 * COPY_BYTES + THREADS * 2 * LINE;

/** Where a thread's operands and sums stand. */
export function operandsAt(index: number): number {
  return HEAD_BYTES + index * FMA_STRIDE;
}

function shareOf(threads: number): number {
  return Math.ceil(COPY_BYTES / threads / LINE) * LINE;
}

/** GFLOP, or GB read and written, of doing it once on some threads. */
export function workOf(kind: LimitKind, { vectors }: MultiplyAdd, threads: number): number {
  const flop = TURNS * CHAINS * vectors * UNROLL * 4 * 2; // multiply and add on four lanes
  return (kind === "fma" ? flop : 2 * shareOf(threads)) * threads / 1e9;
}

/** Does one thread's part of the job that the words tell. */
export function runPart(loops: LimitLoops, words: Int32Array, index: number): void {
  const times = words[WORD.times]!;
  const share = shareOf(words[WORD.threads]!);
  const from = COPY_AT + 2 * index * share;
  if (words[WORD.kind] === 0) loops.fma(times * TURNS, operandsAt(index));
  else loops.copy(from, from + share, share, times);
}

/** The number that stands for a kind. */
export function codeOf(kind: LimitKind): number {
  return kind === "fma" ? 0 : 1;
}
