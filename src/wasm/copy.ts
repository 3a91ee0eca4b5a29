/**
 * Copies, conversions and fillings: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Moves } from "../device/kernels.ts";
import { BYTES, type DType } from "../core/dtype.ts";
import { DTYPE } from "../../build/abi.ts";
import { castOnHost, fillOnHost } from "../device/transfer.ts";
import { cutOf, overDims } from "./dims.ts";
import { expandStrides } from "../core/shape.ts";
import { addressOf, broadcastAt, offset, stridedAddressOf } from "./address.ts";
import { launch, STREAM } from "./launch.ts";

/** What kernels call the dtypes that they compute in. */
const CODES: Partial<Record<DType, number>> = DTYPE;

/** Copies, conversions and fillings, by name. */
export const moves: Moves = {
  /** Copies between buffers of any strides and the same dtype; `from` broadcasts to `to`'s shape. */
  copy(from: Buffer, to: Buffer): void {
    const size = BYTES[from.dtype];
    const fromAt = broadcastAt(from, from.dtype, to.shape, "copy", "the source");
    const toAt = stridedAddressOf(to, from.dtype, "copy", "the destination");
    const steps = expandStrides(from.shape, from.strides, to.shape);
    overDims(to.shape, [steps, to.strides], (dims, [s, d], [os, od]) => {
      const [n0, n1, n2] = dims as [number, number, number];
      launch.copy(
        n0 * n1 * n2 * STREAM,
        size,
        offset(fromAt, os! * size),
        s![0]!,
        s![1]!,
        s![2]!,
        offset(toAt, od! * size),
        d![0]!,
        d![1]!,
        d![2]!,
        n1,
        n2,
        n0,
        cutOf(n0),
      );
    });
  },

  /** y = x in y's dtype. Towards int32, fractions are cut off; towards bool, all but 0 is true. */
  cast(x: Buffer, y: Buffer): void {
    const n = y.numel;
    const from = CODES[x.dtype], to = CODES[y.dtype];
    if (from === undefined || to === undefined) return castOnHost(x, y);
    const xAt = addressOf(x, x.dtype, n, "to", "x");
    launch.cast(n * STREAM, from, to, xAt, addressOf(y, y.dtype, n, "to", "the result"), n);
  },

  /** y = value everywhere, of any dtype. */
  fill(y: Buffer, value: number): void {
    const n = y.numel;
    const at = addressOf(y, y.dtype, n, "fill", "the tensor");
    if (CODES[y.dtype] === undefined) fillOnHost(y, value);
    else if (BYTES[y.dtype] === 1) launch.fill8(n * STREAM, at, value, n);
    else launch.fill32(n * STREAM, at, y.dtype === "float32" ? bitsOf(value) : value, n);
  },
};

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The bits of a float32, as an int32. */
function bitsOf(value: number): number {
  float[0] = value;
  return bits[0]!;
}
