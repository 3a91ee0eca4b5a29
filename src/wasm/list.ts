/**
 * Tables by which one kernel walks a list of parameters: `assembly/optim/list.ts` says what stands in a
 * row.
 *
 * @module
 */
import { outOfMemory } from "../device/storage.ts";
import { free, LIMIT, malloc, memory } from "./memory.ts";

const ROW_BYTES = 48;

let table = 0;
let capacity = 0; // rows
let words: Int32Array<ArrayBufferLike> = new Int32Array(0);
let numbers: Float64Array<ArrayBufferLike> = new Float64Array(0);

/** Room for so many rows, until the next list. */
export function tableOf(rows: number): number {
  if (rows <= capacity) return table;
  if (table !== 0) free(table, capacity * ROW_BYTES);
  capacity = 0;
  table = malloc(rows * ROW_BYTES);
  if (table === 0) throw outOfMemory(rows * ROW_BYTES, LIMIT);
  capacity = rows;
  words = new Int32Array(memory.buffer, table, rows * ROW_BYTES / 4);
  numbers = new Float64Array(memory.buffer, table, rows * ROW_BYTES / 8);
  return table;
}

/** Writes row i: a parameter of n elements, its gradient, and the arrays that the rule keeps (0: none). */
export function setRow(
  i: number,
  n: number,
  w: number,
  g: number,
  kept0 = 0,
  kept1 = 0,
  kept2 = 0,
  flags = 0,
  columns = 0,
): void {
  const at = i * (ROW_BYTES / 4);
  words[at] = n;
  words[at + 1] = flags;
  words[at + 2] = w;
  words[at + 3] = g;
  words[at + 4] = kept0;
  words[at + 5] = kept1;
  words[at + 6] = kept2;
  words[at + 7] = columns;
}

/** Writes Adam's corrections to row i. */
export function setCorrections(i: number, first: number, second: number): void {
  const at = i * (ROW_BYTES / 8);
  numbers[at + 4] = first;
  numbers[at + 5] = second;
}
