/**
 * A device: memory, and kernels that compute in it. The library above this folder knows no more of
 * one than this, so that a device is a folder that implements it and a line in `src/devices.ts`.
 *
 * @module
 */
import type { Kernels } from "./kernels.ts";

/** Memory that a device has handed out. Only the device knows what it is: an address, an array … */
export interface Block {
  /** No value has it: it keeps other types from being taken for a block. */
  readonly isBlock: never;
}

/**
 * Kernels that not every program needs, on the devices that are always there. Whoever calls one says so
 * by importing its family, so that bundles have no others.
 */
export interface KernelFamily<Kernels extends object> {
  /** The CPU's. */
  readonly cpu: Kernels;
  /** The reference's. */
  readonly reference: Kernels;
}

/**
 * The first that a structured clone meets in a device, and so in a tensor and in all that has one: a getter
 * that says what to send instead. The engine would tell of a function it cannot clone.
 */
export class NotCloned {
  constructor() {
    Object.defineProperty(this, "clone", {
      enumerable: true,
      get() {
        throw new TypeError(
          "structuredClone, postMessage: a tensor stays where it is: send await t.data() and " +
            "t.shape, or io.encodeSafetensors(model.stateDict())",
        );
      },
    });
  }
}

/** What computes. Its blocks come straight from it, and all its kernels run in the order of the calls. */
export interface Device {
  /** What `t.device` and `t.to(…)` call it. */
  readonly name: string;
  /** The most bytes that all its blocks can have; 0 where the engine lacks what the device needs. */
  readonly limit: number;
  /** Bytes that it has taken from the system. */
  readonly heapBytes: number;
  /** Which of its builds is in use, where these differ in bits. */
  readonly build: string;
  /** What it can compute in every program. */
  readonly kernels: Kernels;

  /** What ops do where values decide that the host does not see: `src/ops/unseen.ts`. */
  readonly unseen?: object;

  /** Its kernels of a family. */
  family<K extends object>(family: KernelFamily<K>): K;

  /** A block of at least so many bytes, whose contents are undefined; null where there is none left. */
  alloc(bytes: number): Block | null;

  /** Takes a block back; `bytes` as it was asked for. */
  free(block: Block, bytes: number): void;

  /** Writes bytes into a block, from byte `at` on. */
  write(block: Block, at: number, bytes: Uint8Array): void;

  /** A copy of some bytes of a block, as they are after all kernels that were called before. */
  read(block: Block, at: number, bytes: number): Promise<Uint8Array<ArrayBuffer>>;

  /**
   * The same bytes where they lie, to read and to write: valid until the device is next asked for
   * something. Absent where the host cannot reach the device's memory.
   */
  bytesOf?(block: Block, at: number, bytes: number): Uint8Array;
}
