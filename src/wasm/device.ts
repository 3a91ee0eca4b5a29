/**
 * The CPU as a device: its blocks are addresses in the one WebAssembly memory.
 *
 * @module
 */
import { type Block, type Device, type KernelFamily, NotCloned } from "../device/device.ts";
import type { Kernels } from "../device/kernels.ts";
import { build, isAvailable } from "./instance.ts";
import { extent, free, LIMIT, malloc, u8 } from "./memory.ts";

class Cpu extends NotCloned implements Device {
  readonly name = "cpu";
  readonly limit: number = isAvailable ? LIMIT : 0;
  /** Handed down by `kernels.ts`, which stands above. */
  kernels!: Kernels;

  family<K extends object>({ cpu }: KernelFamily<K>): K {
    return cpu;
  }

  get build(): string {
    return build === "wide" ? "fast" : build;
  }

  get heapBytes(): number {
    return extent().size;
  }

  alloc(bytes: number): Block | null {
    const at = malloc(bytes);
    return at === 0 ? null : at as unknown as Block;
  }

  free(block: Block, bytes: number): void {
    free(addressOfBlock(block), bytes);
  }

  write(block: Block, at: number, bytes: Uint8Array): void {
    u8.set(bytes, addressOfBlock(block) + at);
  }

  read(block: Block, at: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(new Uint8Array(this.bytesOf(block, at, bytes)));
  }

  bytesOf(block: Block, at: number, bytes: number): Uint8Array {
    const from = addressOfBlock(block) + at;
    return u8.subarray(from, from + bytes);
  }
}

/** The CPU. */
export const cpu: Cpu = new Cpu();

/** Where a block of the CPU's begins. */
export function addressOfBlock(block: Block): number {
  return block as unknown as number;
}
