/**
 * The one WebAssembly memory that all tensors live in, and its allocator.
 *
 * ```
 * 0      64                                                          top        size
 * | null | slab 64 KiB | large block | slab | free | large block ... | untouched |
 *          small blocks of one class each      best fit, neighbours merge
 * ```
 *
 * Small blocks (up to 16 KiB) come from size classes and go back to their class. Large ones are
 * multiples of 4 KiB, taken from the free block that fits best; freed neighbours merge, also with the
 * untouched memory. All are aligned to 64 bytes, a cache line. A loop that asks for the same sizes
 * every turn therefore gets the same blocks every turn, and the memory stops growing after the second.
 *
 * @module
 */
import type { Platform, WasmMemory } from "../core/platform.ts";

declare const WebAssembly: Platform["WebAssembly"];

const PAGE = 65536;

/** The pages that 32-bit addresses reach, 4 GiB, and the fewest that are any use, 128 MiB. */
const MOST_PAGES = 65536;
const FEWEST_PAGES = 2048;

const SLAB = 65536;
const LARGE = 4096;
const SMALL_MAX = 16384;

/** A memory that may grow as far as the machine lets it: phones do not set 4 GiB aside. */
function reserve(): { memory: WasmMemory; maximum: number } {
  if (typeof WebAssembly === "undefined") { // as in browsers that are told to compile nothing
    return { memory: { buffer: new ArrayBuffer(0), grow: () => 0 }, maximum: 0 };
  }
  for (let maximum = MOST_PAGES;; maximum /= 2) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 64, maximum, shared: true }), maximum };
    } catch (error) {
      if (maximum <= FEWEST_PAGES) throw error;
    }
  }
}

const reserved = reserve();

/** The memory that the kernels import. Shared, so that worker threads can have it too. */
export const memory: WasmMemory = reserved.memory;

/** The most bytes that there can be: 4 GiB, or what the machine sets aside. */
export const LIMIT: number = reserved.maximum * PAGE;

/** The memory as 32-bit floats. A view ends where the memory ended when it was made: `grow` renews. */
export let f32: Float32Array<ArrayBufferLike> = new Float32Array(memory.buffer);
/** The memory as 32-bit integers. */
export let i32: Int32Array<ArrayBufferLike> = new Int32Array(memory.buffer);
/** The memory as bytes. */
export let u8: Uint8Array<ArrayBufferLike> = new Uint8Array(memory.buffer);

let top = 64; // address 0 stays unused, so that 0 can mean "no buffer"

/** Free small blocks, a stack for each class. */
const small: number[][] = [];

/** Free large blocks in the order of their addresses. */
const holes: { ptr: number; bytes: number }[] = [];

/** The class of a small block: multiples of 64 bytes to 1 KiB, then four steps an octave. */
function classOf(bytes: number): number {
  if (bytes <= 1024) return (bytes + 63) >>> 6; // 0 … 16
  const octave = 31 - Math.clz32(bytes - 1); // 1025 … 2048 → 10
  return 17 + ((octave - 10) << 2) + ((bytes - 1 - (1 << octave)) >>> (octave - 2));
}

/** Bytes of a block of a class. */
function classBytes(index: number): number {
  if (index <= 16) return Math.max(index, 1) << 6;
  const octave = 10 + ((index - 17) >>> 2);
  return (1 << octave) + ((((index - 17) & 3) + 1) << (octave - 2));
}

/** Takes a block of at least `bytes` bytes; 0 where there is not that much left. */
export function malloc(bytes: number): number {
  return bytes <= SMALL_MAX ? mallocSmall(classOf(bytes)) : mallocLarge(roundLarge(bytes));
}

/** Gives back a block; `bytes` as it was asked for. */
export function free(ptr: number, bytes: number): void {
  if (bytes <= SMALL_MAX) small[classOf(bytes)]!.push(ptr);
  else freeLarge(ptr, roundLarge(bytes));
}

function mallocSmall(index: number): number {
  const stack = small[index] ??= [];
  if (stack.length > 0) return stack.pop()!;
  const slab = mallocLarge(SLAB);
  if (slab === 0) return 0;
  const bytes = classBytes(index);
  // the first block is handed out; the others wait, lowest address on top
  for (let at = slab + Math.floor(SLAB / bytes) * bytes - bytes; at > slab; at -= bytes) {
    stack.push(at);
  }
  return slab;
}

function roundLarge(bytes: number): number {
  return Math.ceil(bytes / LARGE) * LARGE;
}

function mallocLarge(bytes: number): number {
  let best = -1;
  let bestBytes = Infinity;
  for (let i = 0; i < holes.length; i++) {
    const size = holes[i]!.bytes;
    if (size >= bytes && size < bestBytes) {
      best = i;
      bestBytes = size;
      if (size === bytes) break;
    }
  }
  if (best < 0) {
    if (top + bytes > memory.buffer.byteLength && !grow(top + bytes)) return 0;
    const ptr = top;
    top += bytes;
    return ptr;
  }
  const block = holes[best]!;
  const ptr = block.ptr;
  if (block.bytes === bytes) {
    holes.splice(best, 1);
  } else {
    block.ptr += bytes;
    block.bytes -= bytes;
  }
  return ptr;
}

function freeLarge(ptr: number, bytes: number): void {
  let lo = 0;
  let hi = holes.length; // first free block behind ptr
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (holes[mid]!.ptr < ptr) lo = mid + 1;
    else hi = mid;
  }
  const before = holes[lo - 1];
  const after = holes[lo];
  if (ptr + bytes === top) { // untouched again, so that what is taken next may be longer
    top = ptr;
    if (before && before.ptr + before.bytes === ptr) {
      top = before.ptr;
      holes.pop();
    }
    return;
  }
  if (before && before.ptr + before.bytes === ptr) {
    before.bytes += bytes;
    if (after && before.ptr + before.bytes === after.ptr) {
      before.bytes += after.bytes;
      holes.splice(lo, 1);
    }
  } else if (after && ptr + bytes === after.ptr) {
    after.ptr = ptr;
    after.bytes += bytes;
  } else {
    holes.splice(lo, 0, { ptr, bytes });
  }
}

/** Grows the memory by half or to `bytes`, whichever is more. Only ever called between kernels. */
function grow(bytes: number): boolean {
  const now = memory.buffer.byteLength / PAGE;
  const needed = Math.ceil(bytes / PAGE);
  if (needed > reserved.maximum) return false;
  for (const pages of [Math.min(reserved.maximum, Math.max(needed, now + (now >>> 1))), needed]) {
    try {
      memory.grow(pages - now);
    } catch {
      continue; // the system has not that much: try for the least that serves
    }
    f32 = new Float32Array(memory.buffer);
    i32 = new Int32Array(memory.buffer);
    u8 = new Uint8Array(memory.buffer);
    return true;
  }
  return false;
}

/** The last address that a block reaches, and the memory's size: for tests and `memory()`. */
export function extent(): { top: number; size: number } {
  return { top, size: memory.buffer.byteLength };
}
