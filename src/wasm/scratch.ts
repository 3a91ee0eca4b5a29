/**
 * Memory that kernels need besides their operands: scratch space, small tables, single numbers and a
 * status word. Each holds for one kernel, and the next one overwrites it.
 *
 * @module
 */
import { f32, free, i32, LIMIT, malloc } from "./memory.ts";
import type { Blame } from "../device/kernels.ts";
import { outOfMemory } from "../device/storage.ts";
import { type Address, blockAt, numberOf } from "./address.ts";

/** A block that grows to the largest size asked for and stays. */
export class GrowingBlock {
  #block = 0;
  #bytes = 0;

  /** At least so many bytes. Throws OutOfMemoryError before anything is computed. */
  ofBytes(bytes: number): Address {
    if (!(bytes <= this.#bytes)) {
      if (this.#block !== 0) free(this.#block, this.#bytes);
      this.#bytes = 0; // none, should there be no memory for the new one
      this.#block = malloc(bytes);
      if (this.#block === 0) throw outOfMemory(bytes, LIMIT);
      this.#bytes = bytes;
    }
    return blockAt(this.#block);
  }
}

const scratch = new GrowingBlock();
const tables = new GrowingBlock();
const words = malloc(128); // numbers on one cache line, the status word on another
const STATUS = words + 64;

/** Bytes up to whole cache lines. Not by bit operations: sizes may be beyond int32. */
export function toLines(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Space for what a kernel keeps while it runs. Throws OutOfMemoryError. */
export function scratchOf(bytes: number): Address {
  return scratch.ofBytes(toLines(bytes));
}

/** Two rows of whole numbers, one behind the other, for a kernel to read. */
export function intTable(first: readonly number[], second: readonly number[] = []): Address {
  const table = tables.ofBytes((first.length + second.length) * 4); // before the view: may renew it
  const at = numberOf(table) / 4;
  i32.set(first, at);
  i32.set(second, at + first.length);
  return table;
}

/** Two rows of numbers, likewise. */
export function floatTable(first: Float32Array, second: Float32Array): Address {
  const table = tables.ofBytes(first.byteLength + second.byteLength);
  const at = numberOf(table) / 4;
  f32.set(first, at);
  f32.set(second, at + first.length);
  return table;
}

/** One of two numbers, for a kernel that reads its operands from memory. */
export function numberAt(slot: 0 | 1, value: number): Address {
  f32[(words >>> 2) + slot] = value;
  return blockAt(words + 4 * slot);
}

/** The word that a kernel writes to when a label or an index is bad; all is well so far. */
export function clearStatus(): Address {
  i32[STATUS >>> 2] = 0;
  return blockAt(STATUS);
}

/** Throws what is wrong with the row of a list of int32 that a kernel has found bad, if it has. */
export function checkStatus(blame: Blame, list: Address): void {
  const row = i32[STATUS >>> 2]! - 1;
  if (row >= 0) throw blame(row, i32[numberOf(list) / 4 + row]!);
}
