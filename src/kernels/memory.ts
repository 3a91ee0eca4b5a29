/**
 * Copies, conversions and fillings: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer, DType } from "../buffer.ts";
import { overDims } from "../dims.ts";
import { i32 } from "../memory.ts";
import { expandStrides } from "../shape.ts";
import { number, wasm } from "../wasm.ts";

const DTYPE: Record<DType, number> = { float32: 0, int32: 1, uint8: 2, bool: 3 };

/** Copies, conversions and fillings, by name. */
export const memory = {
  /** Copies between buffers of any strides and the same dtype; `from` broadcasts to `to`'s shape. */
  copy(from: Buffer, to: Buffer): void {
    const size = from.dtype === "float32" || from.dtype === "int32" ? 4 : 1;
    const steps = expandStrides(from.shape, from.strides, to.shape);
    overDims(to.shape, [steps, to.strides], ([n0, n1, n2], [s, d], [os, od]) => {
      wasm.copy!(
        size,
        from.ptr + os! * size,
        s![0]!,
        s![1]!,
        s![2]!,
        to.ptr + od! * size,
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
    wasm.cast!(DTYPE[x.dtype], DTYPE[y.dtype], x.ptr, y.ptr, 0, y.numel);
  },

  /** y = value everywhere, of any dtype. */
  fill(y: Buffer, value: number): void {
    if (y.dtype === "uint8" || y.dtype === "bool") {
      wasm.fill8!(y.ptr, value, 0, y.numel);
    } else {
      let bits = value;
      if (y.dtype === "float32") {
        bits = i32[number(value) >>> 2]!;
      }
      wasm.fill32!(y.ptr, bits, 0, y.numel);
    }
  },
};
