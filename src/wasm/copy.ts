/**
 * Copies, conversions and fillings: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Moves } from "../device/kernels.ts";
import { BYTES, type DType, fromTable, type TypedArray } from "../core/dtype.ts";
import { overDims } from "./dims.ts";
import { f32, i32, u8 } from "./memory.ts";
import { expandStrides } from "../core/shape.ts";
import { number, wasm } from "./instance.ts";
import { addressOf, broadcastAt, stridedAddressOf } from "./address.ts";

/** What kernels call a dtype: its place in the table. */
const CODE: Readonly<Record<DType, number>> = fromTable((_row, place) => place);

/** Copies, conversions and fillings, by name. */
export const moves: Moves = {
  /** Copies between buffers of any strides and the same dtype; `from` broadcasts to `to`'s shape. */
  copy(from: Buffer, to: Buffer): void {
    const size = BYTES[from.dtype];
    const fromAt = broadcastAt(from, from.dtype, to.shape, "copy", "the source");
    const toAt = stridedAddressOf(to, from.dtype, "copy", "the destination");
    const steps = expandStrides(from.shape, from.strides, to.shape);
    overDims(to.shape, [steps, to.strides], ([n0, n1, n2], [s, d], [os, od]) => {
      wasm.copy!(
        size,
        fromAt + os! * size,
        s![0]!,
        s![1]!,
        s![2]!,
        toAt + od! * size,
        d![0]!,
        d![1]!,
        d![2]!,
        n1!,
        n2!,
        0,
        n0!,
      );
    });
  },

  /** y = x in y's dtype. Towards int32, fractions are cut off; towards bool, all but 0 is true. */
  cast(x: Buffer, y: Buffer): void {
    const n = y.numel;
    const from = addressOf(x, x.dtype, n, "to", "x");
    const to = addressOf(y, y.dtype, n, "to", "the result");
    wasm.cast!(CODE[x.dtype], CODE[y.dtype], from, to, 0, n);
  },

  /** y = value everywhere, of any dtype. */
  fill(y: Buffer, value: number): void {
    const n = y.numel;
    const at = addressOf(y, y.dtype, n, "fill", "the tensor");
    if (BYTES[y.dtype] === 1) {
      wasm.fill8!(at, value, 0, n);
    } else {
      wasm.fill32!(at, y.dtype === "float32" ? i32[number(value) >>> 2]! : value, 0, n);
    }
  },
};

/** What the host reads and writes, by name. */
export const host = {
  /** The elements of x, which is contiguous, where they lie: valid until the next kernel runs. */
  live(x: Buffer): TypedArray<ArrayBufferLike> {
    const n = x.numel;
    const at = addressOf(x, x.dtype, n, "data", "the tensor");
    const from = at / BYTES[x.dtype];
    return viewsOf(x.dtype).subarray(from, from + n);
  },

  /** A copy of the elements of x, which is contiguous. */
  read(x: Buffer): TypedArray {
    return host.live(x).slice() as TypedArray;
  },

  /** The first element of x. */
  readOne(x: Buffer): number {
    const at = stridedAddressOf(x, x.dtype, "item", "the tensor");
    return viewsOf(x.dtype)[at / BYTES[x.dtype]]!;
  },

  /** x = values, converted as JavaScript does; x is contiguous and has as many elements. */
  write(x: Buffer, values: ArrayLike<number>): void {
    const at = addressOf(x, x.dtype, values.length, "tensor", "the tensor");
    if (x.dtype !== "bool") return viewsOf(x.dtype).set(values, at / BYTES[x.dtype]);
    for (let i = 0; i < values.length; i++) u8[at + i] = Number(values[i]) === 0 ? 0 : 1; // NaN is true
  },
};

/** The memory as a dtype's numbers. To be asked for after the address: that may renew the views. */
function viewsOf(dtype: DType): TypedArray<ArrayBufferLike> {
  if (seen !== f32) { // the memory has grown
    seen = f32;
    views = fromTable(({ array }) => new array(f32.buffer) as TypedArray<ArrayBufferLike>);
  }
  return views[dtype];
}

let seen: Float32Array | null = null;
let views = {} as Readonly<Record<DType, TypedArray<ArrayBufferLike>>>;
