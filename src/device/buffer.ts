/**
 * A Buffer is a view of a storage, with a shape: what kernels take. To the type checker it is not yet
 * a Tensor: only `record` and the functions that make leaves turn one into the other, so no op can
 * return a tensor without stating its gradients. At run time it is the same object, made once.
 *
 * @module
 */
import { BYTES, type DType } from "../core/dtype.ts";
import { DeviceError, ReleasedError, show } from "../core/errors.ts";
import { describe } from "../core/options.ts";
import { isContiguous, numelOf, type Shape, stridesOf } from "../core/shape.ts";
import type { Device, KernelFamily } from "./device.ts";
import type { Kernels } from "./kernels.ts";
import { Storage } from "./storage.ts";
import { watcher } from "./watch.ts";

/** Shape, strides and offset over a storage. All three count elements. */
export class Buffer {
  /** The memory it is a view of. */
  readonly storage: Storage;
  /** Lengths of its dimensions. */
  readonly shape: Shape;
  /** Steps between neighbours along each dimension; 0 where a dimension is repeated. */
  readonly strides: readonly number[];
  /** Where its first element stands in the storage. */
  readonly offset: number;
  /** Element type. */
  readonly dtype: DType;
  /** Whether its elements lie row-major without gaps. */
  readonly isContiguous: boolean;
  readonly #numel: number;

  /** Whether a value is a buffer of this copy of the library, and no object that resembles one. */
  static is(value: unknown): value is Buffer {
    return typeof value === "object" && value !== null && #numel in value;
  }

  /** A view of a storage; `alloc` and `viewOf` are the ways to make one. */
  constructor(
    storage: Storage,
    shape: Shape,
    strides: readonly number[],
    offset: number,
    dtype: DType,
    contiguous: boolean,
    numel: number = numelOf(shape),
  ) {
    if (!(storage instanceof Storage)) throw noStorage(storage);
    this.storage = storage;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.dtype = dtype;
    this.isContiguous = contiguous;
    this.#numel = numel;
  }

  /** The number of elements. */
  get numel(): number {
    return this.#numel;
  }

  /** The number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Called when it moves out of a scope: a tensor's graph ends there. */
  leave(_scope: string): void {}
}

function noStorage(value: unknown): TypeError {
  return new TypeError(`Tensor: tensor(), zeros() … make tensors: it is ${describe(value)}`);
}

let Made = Buffer;

/** Sets the class that buffers are made of: `tensor.ts`, which stands above, calls this once. */
export function makeBuffersAs(Tensor: typeof Buffer): void {
  Made = Tensor;
}

/** The kernels of the device that a buffer is on: those of every program. */
export function kernelsOf(x: Buffer): Kernels;
/** Those of a family, which the op imports from `src/families/`. */
export function kernelsOf<K extends object>(x: Buffer, family: KernelFamily<K>): K;
export function kernelsOf(x: Buffer, family?: KernelFamily<object>): object {
  const { device } = x.storage;
  const kernels = family === undefined ? device.kernels : device.family(family);
  return watcher === null ? kernels : watcher.kernels(kernels);
}

/**
 * A buffer of a shape in new memory, on the device of another one: row-major, its contents undefined.
 * Throws OutOfMemoryError.
 */
export function alloc(like: Buffer, shape: Shape, dtype: DType = "float32"): Buffer {
  return allocOn(like.storage.device, shape, dtype);
}

/** The same on a device. */
export function allocOn(device: Device, shape: Shape, dtype: DType = "float32"): Buffer {
  const numel = numelOf(shape);
  const storage = new Storage(device, numel * (dtype === "float32" ? 4 : BYTES[dtype]));
  return new Made(storage, shape, stridesOf(shape), 0, dtype, true, numel);
}

/** Another view of the same storage. Strides and offset count elements. */
export function viewOf(
  base: Buffer,
  shape: Shape,
  strides: readonly number[],
  offset: number = base.offset,
): Buffer {
  return new Made(
    base.storage,
    shape,
    strides,
    offset,
    base.dtype,
    isContiguous(shape, strides),
  );
}

/** A view with the named dimensions, in that order; those that are left out must have length 1. */
export function pickDims(base: Buffer, dims: readonly number[]): Buffer {
  return viewOf(base, dims.map((d) => base.shape[d]!), dims.map((d) => base.strides[d]!));
}

/** What messages call a value that is no tensor of this library. */
export function notATensor(x: unknown): string {
  const found = describe(x);
  const isTensor = found === "a Tensor" || found === "a Parameter";
  return isTensor ? "a tensor of another copy of the library" : found;
}

/** What to throw when a buffer is on another device than what is at work. */
export function wrongDevice(op: string, argument: string, x: Buffer, device: Device): DeviceError {
  if (x.storage.device.name === device.name) {
    return new DeviceError(
      `${op}: the tensors must be on the GPU that is open: ${argument} ${
        show(x.shape)
      } was on one ` +
        `that was lost`,
    );
  }
  const { name, bytesOf } = x.storage.device; // what cannot be looked at does not come back at once
  const cure = bytesOf === undefined ? `the others by to("${name}")` : `it by to("${device.name}")`;
  return new DeviceError(
    `${op}: tensors must be on one device: ${argument} ${show(x.shape)} is on "${name}", others ` +
      `are on "${device.name}": move ${cure}`,
  );
}

/** What to throw when a buffer is used after its memory was given back. */
export function releasedError(buffer: Buffer): ReleasedError {
  const { madeBy, releasedBy } = buffer.storage;
  return new ReleasedError(
    `released tensor: ${madeBy || "tensor"} ${show(buffer.shape)} was released by ${releasedBy}: ` +
      `use it inside, return it from the scope, or keep() it`,
  );
}
