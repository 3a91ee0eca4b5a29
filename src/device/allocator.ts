/**
 * An allocator of addresses: where in a device's one memory its blocks lie.
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

/** Address 0 stays unused, so that 0 can mean "no buffer". */
const FIRST = 64;

const SLAB = 65536;
const LARGE = 4096;
const SMALL_MAX = 16384;

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

function roundLarge(bytes: number): number {
  return Math.ceil(bytes / LARGE) * LARGE;
}

/** Hands out addresses of a memory that may grow. */
export class Allocator {
  #top = FIRST;
  #size: number;
  readonly #extend: (bytes: number) => number;

  /** Free small blocks, a stack for each class. */
  readonly #stacks: number[][] = [];

  /** Free large blocks in the order of their addresses. */
  readonly #holes: { address: number; bytes: number }[] = [];

  /**
   * @param size Bytes that the memory has.
   * @param extend Makes it at least so many bytes long, where that can be; returns how many it has.
   */
  constructor(size: number, extend: (bytes: number) => number) {
    this.#size = size;
    this.#extend = extend;
  }

  /** Behind the last address that a block reaches. */
  get top(): number {
    return this.#top;
  }

  /** Takes a block of at least `bytes` bytes; 0 where there is not that much left. */
  malloc(bytes: number): number {
    return bytes <= SMALL_MAX ? this.#small(classOf(bytes)) : this.#large(roundLarge(bytes));
  }

  /** Gives back a block; `bytes` as it was asked for. */
  free(address: number, bytes: number): void {
    if (bytes <= SMALL_MAX) this.#stacks[classOf(bytes)]!.push(address);
    else this.#freeLarge(address, roundLarge(bytes));
  }

  #small(index: number): number {
    const stack = this.#stacks[index] ??= [];
    if (stack.length > 0) return stack.pop()!;
    const slab = this.#large(SLAB);
    if (slab === 0) return 0;
    const bytes = classBytes(index);
    // the first block is handed out; the others wait, lowest address on top
    for (let at = slab + Math.floor(SLAB / bytes) * bytes - bytes; at > slab; at -= bytes) {
      stack.push(at);
    }
    return slab;
  }

  #large(bytes: number): number {
    let best = -1;
    let bestBytes = Infinity;
    for (let i = 0; i < this.#holes.length; i++) {
      const size = this.#holes[i]!.bytes;
      if (size >= bytes && size < bestBytes) {
        best = i;
        bestBytes = size;
        if (size === bytes) break;
      }
    }
    if (best < 0) {
      if (this.#top + bytes > this.#size && !this.#grow(this.#top + bytes)) return 0;
      const address = this.#top;
      this.#top += bytes;
      return address;
    }
    const block = this.#holes[best]!;
    const address = block.address;
    if (block.bytes === bytes) {
      this.#holes.splice(best, 1);
    } else {
      block.address += bytes;
      block.bytes -= bytes;
    }
    return address;
  }

  #freeLarge(address: number, bytes: number): void {
    let lo = 0;
    let hi = this.#holes.length; // first free block behind address
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (this.#holes[mid]!.address < address) lo = mid + 1;
      else hi = mid;
    }
    const before = this.#holes[lo - 1];
    const after = this.#holes[lo];
    if (address + bytes === this.#top) { // untouched again, so that what is taken next may be longer
      this.#top = address;
      if (before && before.address + before.bytes === address) {
        this.#top = before.address;
        this.#holes.pop();
      }
      return;
    }
    if (before && before.address + before.bytes === address) {
      before.bytes += bytes;
      if (after && before.address + before.bytes === after.address) {
        before.bytes += after.bytes;
        this.#holes.splice(lo, 1);
      }
    } else if (after && address + bytes === after.address) {
      after.address = address;
      after.bytes += bytes;
    } else {
      this.#holes.splice(lo, 0, { address, bytes });
    }
  }

  #grow(bytes: number): boolean {
    this.#size = this.#extend(bytes);
    return this.#size >= bytes;
  }
}
