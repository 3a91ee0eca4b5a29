/**
 * Copies, conversions and fillings: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Moves } from "../device/kernels.ts";
import { BYTES, type DType, fromTable } from "../core/dtype.ts";
import { overDims } from "./dims.ts";
import { i32 } from "./memory.ts";
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
