/**
 * Numbers between the host and a device.
 *
 * @module
 */
import { compute } from "./outer_product.ts";
import { convert, numbersOf, store } from "../core/convert.ts";
import {
  BYTES,
  type DataArray,
  type DType,
  DTYPES,
  type RawArray,
  type TypedArray,
} from "../core/dtype.ts";
import { Buffer, releasedError } from "./buffer.ts";
import type { Block, Device } from "./device.ts";
import { Storage } from "./storage.ts";
import { DeviceError, ShapeError, show } from "../core/errors.ts";

/** Whether the host can look at what is on a buffer's device; else there is only `read`. */
export function canLook(x: Buffer): boolean {
  return x.storage.device.bytesOf !== undefined;
}

/**
 * The elements of x, which is row-major, where they lie: valid until its device is next asked for
 * something. DeviceError where the host cannot reach them, which says what to write instead.
 */
export function look(
  op: string,
  x: Buffer,
  instead = `it is ${show(x.shape)}: await its data(), or its cpu()`,
): RawArray {
  const block = blockOf(x);
  checkSeen(op, x, instead);
  const size = BYTES[x.dtype];
  return elementsOf(x.dtype, x.storage.device.bytesOf!(block, startOf(x), x.numel * size));
}

/** Refuses what is where the host cannot look: DeviceError, which says what to write instead. */
export function checkSeen(op: string, x: Buffer, instead: string): void {
  if (canLook(x)) return;
  throw new DeviceError(
    `${op}: what is on "${x.storage.device.name}" cannot be read at once: ${instead}`,
  );
}

/** A copy of the elements of x, which is row-major, in the array that JavaScript has for them. */
export function readNow(op: string, x: Buffer): TypedArray | BigInt64Array {
  return numbersOf(x.dtype, look(op, x).slice());
}

/** The first element of x. */
export function readFirst(op: string, x: Buffer, instead?: string): number | bigint {
  const elements = look(op, x, instead);
  if (DTYPES[x.dtype].numbers === undefined) return elements[0]!;
  return numbersOf(x.dtype, elements.slice(0, 1))[0]!;
}

/** A copy of the elements as they are now, in the array that JavaScript has for them: on any device. */
export function read(x: Buffer): Promise<TypedArray | BigInt64Array> {
  if (canLook(x)) return Promise.resolve(readNow("data", x));
  return readElements(x).then((elements) => numbersOf(x.dtype, elements));
}

/** The same as they lie in memory. */
export function readElements(x: Buffer): Promise<RawArray> {
  const bytes = x.storage.device.read(blockOf(x), startOf(x), x.numel * BYTES[x.dtype]);
  return bytes.then((bytes) => elementsOf(x.dtype, bytes));
}

/** Has a function write the elements of x, which is row-major. */
export function fill(x: Buffer, write: (to: RawArray) => void): void {
  if (canLook(x)) return write(look("tensor", x));
  const bytes = new Uint8Array(x.numel * BYTES[x.dtype]);
  write(elementsOf(x.dtype, bytes));
  x.storage.device.write(blockOf(x), startOf(x), bytes);
}

/** x = values in x's dtype; x is row-major and has as many elements. */
export function write(x: Buffer, values: DataArray | ArrayLike<number | boolean>): void {
  fill(x, (to) => store(values, x.dtype, to));
}

/** y = x in y's dtype, both row-major: for dtypes in which no kernel computes. */
export function castOnHost(x: Buffer, y: Buffer): void {
  convert(x.dtype, look("to", x), y.dtype, look("to", y));
}

/** y = value everywhere; y is row-major. */
export function fillOnHost(y: Buffer, value: number): void {
  const element = new DTYPES[y.dtype].array(1);
  store([value], y.dtype, element);
  fill(y, (to) => to.fill(element[0] as never));
}

/** to = from, which have the same shape and dtype and are row-major, on two devices. */
export function transfer(op: string, from: Buffer, to: Buffer, instead?: string): void {
  const elements = look(op, from, instead);
  fill(to, (array) => convert(from.dtype, elements, to.dtype, array));
}

/** Moves a storage to another device, with all its views. */
export function moveStorage(
  op: string,
  storage: Storage,
  device: Device,
  instead: string,
): void {
  if (storage.device === device || storage.block === null) return;
  if (storage.pending !== null) compute(storage);
  const copy = new Storage(device, storage.bytes);
  const all = (s: Storage) => new Buffer(s, [s.bytes], [1], 0, "uint8", true);
  transfer(op, all(storage), all(copy), instead);
  storage.replaceBy(copy);
  storage.version++;
}

/** Moves storages to a device that the host reaches, from one that it does not. */
export async function bringStorages(storages: Iterable<Storage>, device: Device): Promise<void> {
  const moves = Array.from(new Set(storages), async (storage) => {
    if (storage.device === device || storage.block === null) return;
    if (storage.pending !== null) compute(storage);
    const { bytes, version } = storage;
    const elements = await storage.device.read(storage.block!, 0, bytes);
    if (storage.block === null || storage.version !== version) {
      throw new DeviceError(
        "cpu: what is moved must stay as it is until it has been: it has changed",
      );
    }
    const copy = new Storage(device, bytes);
    device.write(copy.block!, 0, elements);
    storage.replaceBy(copy);
    storage.version++;
  });
  await Promise.all(moves);
}

/** The memory that a buffer lies in, row-major. Throws where it does not. */
function blockOf(x: Buffer): Block {
  const { storage } = x;
  if (storage.pending !== null) compute(storage);
  if (storage.block === null) throw releasedError(x);
  if (!x.isContiguous || startOf(x) + x.numel * BYTES[x.dtype] > storage.bytes) {
    throw new ShapeError(
      `read: a row-major tensor inside its memory of ${storage.bytes} bytes is needed: it is ` +
        `${show(x.shape)} with strides ${show(x.strides)} at ${x.offset}`,
    );
  }
  return storage.block;
}

/** The byte of its block that a buffer begins at: what is empty may begin anywhere. */
function startOf(x: Buffer): number {
  return x.numel === 0 ? 0 : x.offset * BYTES[x.dtype];
}

/** Bytes as the numbers that they are. */
function elementsOf(dtype: DType, bytes: Uint8Array): RawArray {
  const row = DTYPES[dtype];
  return new row.array(bytes.buffer, bytes.byteOffset, bytes.length / row.bytes);
}
