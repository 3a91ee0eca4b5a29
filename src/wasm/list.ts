/**
 * Tables by which one kernel walks a list of parameters: `assembly/optim/list.ts` says what stands in a
 * row.
 *
 * @module
 */
import { type Address, NONE, numberOf } from "./address.ts";
import { memory } from "./memory.ts";
import { GrowingBlock } from "./scratch.ts";

const ROW_BYTES = 48;

const tables = new GrowingBlock();
let words: Int32Array<ArrayBufferLike> = new Int32Array(0);
let numbers: Float64Array<ArrayBufferLike> = new Float64Array(0);

/** A table of so many rows, until the next list. */
export function tableOf(rows: number): Address {
  const bytes = rows * ROW_BYTES;
  const table = tables.ofBytes(bytes);
  if (bytes > words.byteLength) {
    words = new Int32Array(memory.buffer, numberOf(table), bytes / 4);
    numbers = new Float64Array(memory.buffer, numberOf(table), bytes / 8);
  }
  return table;
}

/** Writes row i: a parameter of n elements, its gradient, and the arrays that the rule keeps (0: none). */
export function setRow(
  i: number,
  n: number,
  w: Address,
  g: Address,
  kept0: Address = NONE,
  kept1: Address = NONE,
  kept2: Address = NONE,
  flags = 0,
  columns = 0,
): void {
  const at = i * (ROW_BYTES / 4);
  words[at] = n;
  words[at + 1] = flags;
  words[at + 2] = numberOf(w);
  words[at + 3] = numberOf(g);
  words[at + 4] = numberOf(kept0);
  words[at + 5] = numberOf(kept1);
  words[at + 6] = numberOf(kept2);
  words[at + 7] = columns;
}

/** The first correction of row i, for kernels that give a number for each row. */
export function correctionOf(i: number): number {
  return numbers[i * (ROW_BYTES / 8) + 4]!;
}

/** Writes Adam's corrections to row i. */
export function setCorrections(i: number, first: number, second: number): void {
  const at = i * (ROW_BYTES / 8);
  numbers[at + 4] = first;
  numbers[at + 5] = second;
}
