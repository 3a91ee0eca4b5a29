/**
 * What is wrong with the data, told late: a kernel that finds a bad label or index writes the row into
 * an entry of its own, and whoever reads next looks at the entries.
 *
 * @module
 */
import { type GpuBuffer, type GpuDevice, USAGE } from "./api.ts";
import type { Blame } from "../device/kernels.ts";

/** Calls that can be waiting to be looked at; when there are more, the oldest entries serve twice. */
const ENTRIES = 4096;

/** Nobody is to blame. */
const NOBODY = 0xffffffff;

/** The entries of one GPU. */
export class Blames {
  /** The entries there. */
  readonly buffer: GpuBuffer;
  /** Bytes of them. */
  readonly bytes: number = ENTRIES * 4;
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

  /** An entry for a call. */
  entryFor(blame: Blame): number {
    const entry = this.#next;
    this.#next = (entry + 1) % ENTRIES;
    this.#waiting[entry] = blame;
    return entry;
  }

  /** Whether anything was called since the last look. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** What was found wrong first, according to a copy of the entries; null: nothing. */
  look(entries: Uint32Array): Error | null {
    const found = this.#waiting.findIndex((blame, entry) =>
      blame !== undefined && entries[entry] !== NOBODY
    );
    const error = found < 0 ? null : this.#waiting[found]!(entries[found]!);
    if (error !== null) this.#clear();
    return error;
  }

  #clear(): void {
    this.#device.queue.writeBuffer(this.buffer, 0, new Uint32Array(ENTRIES).fill(NOBODY));
    this.#waiting.length = 0;
  }
}
