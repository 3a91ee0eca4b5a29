/**
 * Tensors as files have them: a type, a shape and an array.
 *
 * @module
 */
import type { DType, RawArray, RawTypes } from "../core/dtype.ts";
import { canLook, fill, look, readElements } from "../device/transfer.ts";
import { contiguous } from "../ops/mod.ts";
import { empty } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";

/** A tensor as bytes have it: `data` is row-major and has as many elements as the shape. */
export type RawTensor = {
  [T in keyof RawTypes]: { dtype: T; shape: readonly number[]; data: RawTypes[T] };
}[keyof RawTypes];

/** The most dimensions that are read or written; NumPy has no more either. */
export const MAX_DIMS = 64;

/** The most bytes of a file that is read or written: 2 GiB. */
export const MAX_FILE: number = 2 ** 31;

/** The most rows of a tensor without elements: to walk over more of them would take for ever. */
const MAX_EMPTY = 2 ** 24;

/** Whether a shape is one that no file has, though a length of 0 may leave it without elements. */
export function isTooLong(shape: readonly number[]): boolean {
  const most = shape.includes(0) ? MAX_EMPTY : MAX_FILE;
  return shape.reduce((n, length) => n * (length || 1), 1) > most;
}

/**
 * A new tensor that `write` puts the elements of. `madeBy` is what errors call its maker; where
 * `write` throws, the tensor belongs to the current scope.
 */
export function newTensor(
  madeBy: string,
  dtype: DType,
  shape: readonly number[],
  write: (to: RawArray) => void,
): Tensor {
  const made = empty(shape, { dtype });
  made.storage.madeBy = madeBy;
  fill(made, write);
  return made;
}

/** A tensor's own elements, copied. */
export function copyOf(x: Tensor): RawTensor {
  const data = noGrad(() => look("save", contiguous(x)).slice());
  return { dtype: x.dtype, shape: [...x.shape], data } as RawTensor;
}

/** Copies of tensors as they are when they are asked for, on any device, of which all is there later. */
export class LateCopies {
  readonly #reads: Promise<void>[] = [];

  /** A copy, whose elements come with `done`. */
  copyOf(x: Tensor): RawTensor {
    if (canLook(x)) return copyOf(x);
    const copy = { dtype: x.dtype, shape: [...x.shape], data: new Uint8Array() } as RawTensor;
    const elements = readElements(noGrad(() => contiguous(x)));
    this.#reads.push(elements.then((data) => void (copy.data = data as never)));
    return copy;
  }

  /** Waits for the elements of all. */
  async done(): Promise<void> {
    await Promise.all(this.#reads);
  }
}

/** A look at the memory of a contiguous tensor: valid until the next tensor is made. */
export function lookAt(x: Tensor): RawTensor {
  return { dtype: x.dtype, shape: x.shape, data: look("save", x) } as RawTensor;
}
