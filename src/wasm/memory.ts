/**
 * The one WebAssembly memory that all tensors live in.
 *
 * @module
 */
import type { Platform, WasmMemory } from "../core/platform.ts";
import { Allocator } from "../device/allocator.ts";

declare const WebAssembly: Platform["WebAssembly"];

const PAGE = 65536;

/** The pages that 32-bit addresses reach, 4 GiB, and the fewest that are any use, 128 MiB. */
const MOST_PAGES = 65536;
const FEWEST_PAGES = 2048;

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

const allocator = new Allocator(memory.buffer.byteLength, grow);

/** Takes a block of at least `bytes` bytes; 0 where there is not that much left. */
export function malloc(bytes: number): number {
  return allocator.malloc(bytes);
}

/** Gives back a block; `bytes` as it was asked for. */
export function free(ptr: number, bytes: number): void {
  allocator.free(ptr, bytes);
}

/** Grows the memory by half or to `bytes`, whichever is more. Only ever called between kernels. */
function grow(bytes: number): number {
  const now = memory.buffer.byteLength / PAGE;
  const needed = Math.ceil(bytes / PAGE);
  const wished = Math.min(reserved.maximum, Math.max(needed, now + (now >>> 1)));
  for (const pages of needed > reserved.maximum ? [] : [wished, needed]) {
    try {
      memory.grow(pages - now);
    } catch {
      continue; // the system has not that much: try for the least that serves
    }
    f32 = new Float32Array(memory.buffer);
    i32 = new Int32Array(memory.buffer);
    u8 = new Uint8Array(memory.buffer);
    break;
  }
  return memory.buffer.byteLength;
}

/** The last address that a block reaches, and the memory's size: for tests and `memory()`. */
export function extent(): { top: number; size: number } {
  return { top: allocator.top, size: memory.buffer.byteLength };
}
