/**
 * What is wrong with the data, told late: a kernel that finds a bad label or index writes the row and
 * what stands there into an entry of its own, and whoever reads next looks at the entries.
 *
 * Many threads may find something, of whom the one with the first row is to be heard, whenever it comes;
 * and an atomic minimum is of one word. So an entry is eight of them, and each has the row in its upper
 * 28 bits and four bits of the value below: the least is that of the first row, in all eight.
 *
 * @module
 */
import { type GpuBuffer, type GpuDevice, USAGE } from "./api.ts";
import type { Blame } from "../device/kernels.ts";

/** Calls that can be waiting to be looked at; when there are more, the oldest entries serve twice. */
const ENTRIES = 1024;

/** Words of an entry. */
const WORDS = 8;

/** Nobody is to blame. */
const NOBODY = 0xffffffff;

/** In WGSL: writes an entry. Rows beyond 28 bits, for which no memory is long enough, are the last. */
export const BLAME: string = `fn blame(row: u32, value: u32) {
  for (var k = 0u; k < ${WORDS}u; k++) {
    let word = (min(row, 0xffffffeu) << 4u) | ((value >> (4u * k)) & 15u);
    atomicMin(&blamed[p.entry + k], word);
  }
}`;

/** The row and the value of an entry. */
function decoded(entry: Uint32Array): [row: number, value: number] {
  return [entry[0]! >>> 4, entry.reduce((value, word, k) => value | (word & 15) << 4 * k, 0)];
}

/** The entries of one GPU. */
export class Blames {
  /** The entries there. */
  readonly buffer: GpuBuffer;
  /** Bytes of them. */
  readonly bytes: number = ENTRIES * WORDS * 4;
  readonly #device: GpuDevice;
  readonly #waiting: (Blame | undefined)[] = [];
  #next = 0;

  constructor(device: GpuDevice) {
    this.#device = device;
    this.buffer = device.createBuffer({
      size: this.bytes,
      usage: USAGE.storage | USAGE.copySource | USAGE.copyTarget,
    });
    this.#clear();
  }

  /** Where the entry of a call begins. */
  entryFor(blame: Blame): number {
    const entry = this.#next;
    this.#next = (entry + 1) % ENTRIES;
    this.#waiting[entry] = blame;
    return entry * WORDS;
  }

  /** Whether anything was called since the last look. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** What was found wrong first, according to a copy of the entries; null: nothing. */
  look(entries: Uint32Array): Error | null {
    const found = this.#waiting.findIndex((blame, entry) =>
      blame !== undefined && entries[entry * WORDS] !== NOBODY
    );
    if (found < 0) return null;
    const at = found * WORDS;
    const error = this.#waiting[found]!(...decoded(entries.subarray(at, at + WORDS)));
    this.#clear();
    return error;
  }

  #clear(): void {
    this.#device.queue.writeBuffer(this.buffer, 0, new Uint32Array(ENTRIES * WORDS).fill(NOBODY));
    this.#waiting.length = 0;
  }
}
