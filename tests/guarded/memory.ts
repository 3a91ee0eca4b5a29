/**
 * The allocator of `src/wasm/memory.ts`, with guards around every block, for `import_map.json` to put in
 * its place: scratch, slots, status words and control blocks are blocks like any other.
 *
 * ```
 * | canary 128 bytes | the block, poisoned when fresh | canary: to the next 64 bytes and 128 more |
 * ```
 *
 * A write outside is seen in a canary when the block is freed or all are checked. A block that is
 * freed is poisoned, and waits in a queue before it is handed out again: a write into it meanwhile is
 * seen in the poison. What reads fresh or freed memory reads NaN.
 *
 * @module
 */
import { free as freeReal, malloc as mallocReal, u8 } from "../../src/wasm/memory.ts";

export { extent, f32, i32, LIMIT, memory, u8 } from "../../src/wasm/memory.ts";

/** Bytes of a canary. */
const CANARY = 128;

/** Repeated, it is a float32 that is NaN, an int32 of −4 million, and bytes that are no bool. */
const POISON = 0xff;
const GUARD = 0xa5;

/** Bytes that freed blocks may take before the oldest is given back. */
const QUEUE_BYTES = 64 * 2 ** 20;

/** Bytes of a large block that are poisoned and looked at, at both ends: all of 4 GiB take too long. */
const MOST = 4 * 2 ** 20;

interface Freed {
  ptr: number;
  bytes: number;
}

const blocks = new Map<number, number>();
const queue: Freed[] = [];
let queued = 0;

/** What has been found, in the order in which it was. */
export const damages: string[] = [];

function damage(what: string): void {
  damages.push(what);
  throw new Error(`guarded memory: ${what}`);
}

function whole(bytes: number): number {
  return CANARY + Math.ceil(bytes / 64) * 64 + CANARY;
}

/** The two ends of a span: all of it where it is short. */
function ends(ptr: number, bytes: number): [from: number, to: number][] {
  if (bytes <= 2 * MOST) return [[ptr, ptr + bytes]];
  return [[ptr, ptr + MOST], [ptr + bytes - MOST, ptr + bytes]];
}

/** The first byte of a span that is not `value`, or −1. */
function firstOther(value: number, from: number, to: number): number {
  // in words where it can be: the queue holds many megabytes
  let i = from;
  for (; i < to && (i & 3) !== 0; i++) if (u8[i] !== value) return i;
  const words = new Int32Array(u8.buffer, i, (to - i) >>> 2);
  const word = value * 0x01010101 | 0;
  const at = words.findIndex((w) => w !== word);
  const rest = at < 0 ? i + words.length * 4 : i + at * 4;
  for (let j = rest; j < to; j++) if (u8[j] !== value) return j;
  return -1;
}

/** Takes a block of at least `bytes` bytes; 0 where there is not that much left. */
export function malloc(bytes: number): number {
  const at = mallocReal(whole(bytes));
  if (at === 0) return 0;
  const ptr = at + CANARY;
  u8.fill(GUARD, at, ptr);
  for (const [from, to] of ends(ptr, bytes)) u8.fill(POISON, from, to);
  u8.fill(GUARD, ptr + bytes, at + whole(bytes));
  blocks.set(ptr, bytes);
  return ptr;
}

/** Gives back a block; `bytes` as it was asked for. */
export function free(ptr: number, bytes: number): void {
  const taken = blocks.get(ptr);
  if (taken === undefined) return damage(`${bytes} bytes at ${ptr} are freed, but are no block`);
  if (taken !== bytes) damage(`a block of ${taken} bytes is freed as one of ${bytes}`);
  checkCanaries(ptr, bytes);
  blocks.delete(ptr);
  for (const [from, to] of ends(ptr, bytes)) u8.fill(POISON, from, to);
  queue.push({ ptr, bytes });
  queued += bytes;
  while (queued > QUEUE_BYTES) leaveQueue(queue.shift()!);
}

function leaveQueue({ ptr, bytes }: Freed): void {
  checkPoison({ ptr, bytes });
  queued -= bytes;
  freeReal(ptr - CANARY, whole(bytes));
}

function checkCanaries(ptr: number, bytes: number): void {
  const before = firstOther(GUARD, ptr - CANARY, ptr);
  if (before >= 0) damage(`written ${ptr - before} bytes before a block of ${bytes} bytes`);
  const after = firstOther(GUARD, ptr + bytes, ptr - CANARY + whole(bytes));
  if (after >= 0) damage(`written ${after - ptr - bytes} bytes behind a block of ${bytes} bytes`);
}

function checkPoison({ ptr, bytes }: Freed): void {
  for (const [from, to] of ends(ptr, bytes)) {
    const at = firstOther(POISON, from, to);
    if (at >= 0) damage(`written at byte ${at - ptr} of a block of ${bytes} that was free`);
    // canaries of freed blocks count like those of others
  }
  checkCanaries(ptr, bytes);
}

/** Throws if anything was written outside of the blocks that are in use. */
export function checkAll(): void {
  for (const [ptr, bytes] of blocks) checkCanaries(ptr, bytes);
  for (const freed of queue) checkPoison(freed);
}

/** How many blocks are in use, and how many are waiting: that the guard is there at all. */
export function guarded(): { blocks: number; waiting: number } {
  return { blocks: blocks.size, waiting: queue.length };
}

/** Takes memory so that all later blocks lie above an address. */
export function startAbove(address: number): void {
  if (mallocReal(address) === 0) {
    throw new Error(`guarded memory: ${address} bytes are not to be had`);
  }
}
