/**
 * Numbers between the host and a device.
 *
 * @module
 */
import { compute } from "./outer_product.ts";
import { BYTES, type DType, DTYPES, type TypedArray } from "../core/dtype.ts";
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
 * something. DeviceError where the host cannot reach them.
 */
export function look(op: string, x: Buffer): TypedArray<ArrayBufferLike> {
  const block = blockOf(x);
  const { device } = x.storage;
  if (device.bytesOf === undefined) {
    throw new DeviceError(
      `${op}: what is on "${device.name}" cannot be read at once: it is ${show(x.shape)}: ` +
        `await its data()`,
    );
  }
  const size = BYTES[x.dtype];
  return elementsOf(x.dtype, device.bytesOf(block, x.offset * size, x.numel * size));
}

/** A copy of the elements of x, which is row-major, as they are now. */
export function read(x: Buffer): Promise<TypedArray> {
  if (canLook(x)) return Promise.resolve(look("data", x).slice() as TypedArray);
  const block = blockOf(x);
  const size = BYTES[x.dtype];
  const bytes = x.storage.device.read(block, x.offset * size, x.numel * size);
  return bytes.then((bytes) => elementsOf(x.dtype, bytes) as TypedArray);
}

/** Has a function fill an array, whose numbers become the elements of x, which is row-major. */
export function fill(x: Buffer, write: (to: TypedArray<ArrayBufferLike>) => void): void {
  if (canLook(x)) return write(look("tensor", x));
  const bytes = new Uint8Array(x.numel * BYTES[x.dtype]);
  write(elementsOf(x.dtype, bytes));
  x.storage.device.write(blockOf(x), x.offset * BYTES[x.dtype], bytes);
}

/** x = values, converted as JavaScript does; x is row-major and has as many elements. */
export function write(x: Buffer, values: ArrayLike<number>): void {
  fill(x, (to) => {
    if (x.dtype !== "bool") return to.set(values);
    for (let i = 0; i < values.length; i++) to[i] = Number(values[i]) === 0 ? 0 : 1; // NaN is true
  });
}

/** to = from, which have the same shape and dtype and are row-major, on two devices. */
export function transfer(op: string, from: Buffer, to: Buffer): void {
  const elements = look(op, from);
  fill(to, (array) => array.set(elements));
}

/** Moves a storage to another device, for all that look into it. */
export function moveStorage(op: string, storage: Storage, device: Device): void {
  if (storage.device === device || storage.block === null) return;
  if (storage.pending !== null) compute(storage);
  const copy = new Storage(device, storage.bytes);
  const all = (s: Storage) => new Buffer(s, [s.bytes], [1], 0, "uint8", true);
  transfer(op, all(storage), all(copy));
  storage.replaceBy(copy);
  storage.version++;
}

/** The memory that a buffer lies in, row-major. Throws where it does not. */
function blockOf(x: Buffer): Block {
  const { storage } = x;
  if (storage.pending !== null) compute(storage);
  if (storage.block === null) throw releasedError(x);
  const end = x.numel === 0 ? 0 : (x.offset + x.numel) * BYTES[x.dtype];
  if (!x.isContiguous || end > storage.bytes) {
    throw new ShapeError(
      `read: a row-major tensor inside its memory of ${storage.bytes} bytes is needed: it is ` +
        `${show(x.shape)} with strides ${show(x.strides)} at ${x.offset}`,
    );
  }
  return storage.block;
}

/** Bytes as the numbers that they are. */
function elementsOf(dtype: DType, bytes: Uint8Array): TypedArray<ArrayBufferLike> {
  const row = DTYPES[dtype];
  return new row.array(bytes.buffer, bytes.byteOffset, bytes.length / row.bytes);
}
