/**
 * The reference: a device in plain TypeScript that computes in float64. It is there to be right and to
 * be read: tests compare with it, and it runs where there is no WebAssembly.
 *
 * @module
 */
import { Buffer, releasedError, wrongDevice } from "../device/buffer.ts";
import { type Block, type Device, type KernelFamily, NotCloned } from "../device/device.ts";
import type { Kernels } from "../device/kernels.ts";
import { compute } from "../device/outer_product.ts";
import { elementwise, moves } from "./elementwise.ts";
import { bytesOfBlock } from "./memory.ts";
import { products } from "./products.ts";
import { random } from "./random.ts";
import { losses, reductions } from "./reductions.ts";
import { scans } from "./scans.ts";
import { selection } from "./selection.ts";
import { updates } from "./updates.ts";

/** What a browser gives an array at most. */
const LIMIT = 2 ** 32;

class Reference extends NotCloned implements Device {
  readonly name = "reference";
  readonly build = "reference";
  readonly limit: number = LIMIT;
  readonly kernels: Kernels = checked({
    ...moves,
    ...elementwise,
    ...products,
    ...reductions,
    ...scans,
    ...losses,
    ...selection,
    ...random,
    ...updates,
  });
  heapBytes = 0;
  readonly #families: Map<object, object> = new Map();

  family<K extends object>({ reference }: KernelFamily<K>): K {
    const known = this.#families.get(reference) as K | undefined;
    if (known !== undefined) return known;
    const kernels = checked(reference);
    this.#families.set(reference, kernels);
    return kernels;
  }

  alloc(bytes: number): Block | null {
    if (this.heapBytes + bytes > LIMIT) return null;
    this.heapBytes += bytes;
    return new ArrayBuffer(bytes) as unknown as Block;
  }

  free(_block: Block, bytes: number): void {
    this.heapBytes -= bytes;
  }

  write(block: Block, at: number, bytes: Uint8Array): void {
    this.bytesOf(block, at, bytes.length).set(bytes);
  }

  read(block: Block, at: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(this.bytesOf(block, at, bytes).slice());
  }

  bytesOf(block: Block, at: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(bytesOfBlock(block), at, bytes);
  }
}

/** The reference device. */
export const reference: Reference = new Reference();

/** Kernels that look first whether the buffers that they get are there, and here. */
function checked<K extends object>(kernels: K): K {
  const entries = Object.entries(kernels).map(([name, kernel]) => [name, (...args: unknown[]) => {
    const [first] = args as [string | { name: string } | undefined];
    const op = typeof first === "string" ? first : first?.name ?? name;
    for (const arg of args.flat()) if (Buffer.is(arg)) check(op, arg);
    kernel(...args);
  }]);
  return Object.fromEntries(entries) as K;
}

function check(op: string, x: Buffer): void {
  if (x.storage.block === null) throw releasedError(x);
  if (x.storage.device !== reference) throw wrongDevice(op, "an operand", x, reference);
  if (x.storage.pending !== null) compute(x.storage);
}
