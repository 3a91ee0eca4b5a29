/**
 * The one way from a buffer to an address. Kernels check nothing: what they are told is where they
 * read and write. So each address is asked for with what the kernel is going to take for granted.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import { compute } from "../device/outer_product.ts";
import {
  checkAlike,
  checkBroadcasts,
  checkChannelsLast,
  checkStrided,
  refused,
} from "../device/check.ts";
import { BYTES, type DType } from "../core/dtype.ts";
import { addressOfBlock, cpu } from "./device.ts";
import type { Shape } from "../core/shape.ts";

/**
 * Where something begins in the kernels' memory. It is a number of bytes, but to the compiler none:
 * what is no address cannot be passed as one, nor an address as a count.
 */
export declare class Address {
  private readonly bytes: number;
}

/** No buffer, to kernels that can do without one. */
export const NONE: Address = blockAt(0);

/** An address so many bytes further on. */
export function offset(address: Address, bytes: number): Address {
  return blockAt(numberOf(address) + bytes);
}

/** An address as a number of bytes, for the host to read and write there. */
export function numberOf(address: Address): number {
  return address as unknown as number;
}

/** The address of a block that was asked of the allocator itself: scratch space, tables. */
export function blockAt(bytes: number): Address {
  return bytes as unknown as Address;
}

/**
 * The address of `numel` elements of a dtype that lie row-major without gaps. Throws, naming the op
 * and the argument, where the buffer is anything else: ReleasedError, DTypeError, ShapeError. Buffers
 * of another copy of the library, whose memory is another, come no further than `Buffer.is`. A released
 * storage has no bytes, so only where none are needed its block has to be asked.
 */
export function addressOf(
  x: Buffer,
  dtype: DType,
  numel: number,
  op: string,
  argument: string,
): Address {
  const storage = x.storage;
  if (storage.pending !== null) compute(storage);
  const bytes = BYTES[dtype];
  if (
    storage.device !== cpu || x.dtype !== dtype || !x.isContiguous ||
    x.numel !== numel ||
    (numel > 0 ? (x.offset + numel) * bytes > storage.bytes : storage.block === null)
  ) throw refused(cpu, x, dtype, numel, op, argument);
  return blockAt(addressOfBlock(storage.block!) + x.offset * bytes);
}

/**
 * The address of the first element of a buffer of any strides, for kernels that walk them. Throws
 * like {@link addressOf}, and where its elements reach beyond its storage.
 */
export function stridedAddressOf(x: Buffer, dtype: DType, op: string, argument: string): Address {
  if (x.isContiguous) return addressOf(x, dtype, x.numel, op, argument);
  const { storage } = x;
  if (storage.pending !== null) compute(storage);
  checkStrided(cpu, x, dtype, op, argument);
  return blockAt(addressOfBlock(storage.block!) + x.offset * BYTES[dtype]);
}

/**
 * The address of float32 elements that fill one span of memory in the order in which those of `like`
 * do, whatever order that is: for kernels to which one element is like the other.
 */
export function denseAt(x: Buffer, like: Buffer, op: string, argument: string): Address {
  if (x.isContiguous && like.isContiguous) return floatsAt(x, like.numel, op, argument);
  checkAlike(cpu, x, like, op, argument);
  return stridedAddressOf(x, "float32", op, argument);
}

/**
 * The address of float32 images [n, c, ...] of `numel` elements in all, row-major or with their
 * channels last in memory.
 */
export function imagesAt(
  x: Buffer,
  channelsLast: boolean,
  numel: number,
  op: string,
  argument: string,
): Address {
  if (!channelsLast) return floatsAt(x, numel, op, argument);
  checkChannelsLast(cpu, x, numel, op, argument);
  return stridedAddressOf(x, "float32", op, argument);
}

/**
 * The address of a buffer of any strides that is read as if it had another shape, to which it must
 * broadcast.
 */
export function broadcastAt(
  x: Buffer,
  dtype: DType,
  to: Shape,
  op: string,
  argument: string,
): Address {
  checkBroadcasts(x, to, op, argument);
  return stridedAddressOf(x, dtype, op, argument);
}

/** {@link addressOf} float32: written out, as a small training step asks for it some thirty times. */
export function floatsAt(x: Buffer, numel: number, op: string, argument: string): Address {
  const storage = x.storage;
  if (storage.pending !== null) compute(storage);
  if (
    storage.device !== cpu || x.dtype !== "float32" || !x.isContiguous ||
    x.numel !== numel ||
    (numel > 0 ? (x.offset + numel) * 4 > storage.bytes : storage.block === null)
  ) throw refused(cpu, x, "float32", numel, op, argument);
  return blockAt(addressOfBlock(storage.block!) + x.offset * 4);
}

/** {@link addressOf} int32. */
export function intsAt(x: Buffer, numel: number, op: string, argument: string): Address {
  return addressOf(x, "int32", numel, op, argument);
}

/** The address of the vectors of an outer product that was not computed yet, one after the other. */
export function vectorsAt(x: Buffer, op: string, argument: string): Address {
  const { storage } = x;
  if (storage.device !== cpu || storage.block === null) {
    throw refused(cpu, x, "float32", x.numel, op, argument);
  }
  return blockAt(addressOfBlock(storage.block));
}
