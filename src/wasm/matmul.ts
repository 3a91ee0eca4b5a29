/**
 * Matrix products: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Products } from "../device/kernels.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";
import { onThreads, scratchOf, toLines, wasm } from "./instance.ts";
import { floatsAt, stridedAddressOf } from "./address.ts";
import { u8 } from "./memory.ts";

/** Matrix products, by name. */
export const product: Products = {
  /**
   * c = a·b, plus bias [n], plus what c holds if `accumulate`. a: [m, k] and b: [k, n] with any
   * strides, c: [m, n] contiguous. c must be neither a nor b.
   */
  gemm(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, accumulate: boolean): void {
    const m = a.shape[0]!;
    const k = a.shape[1]!;
    const n = b.shape[1]!;
    const aAt = stridedAddressOf(a, "float32", "matmul", "a");
    const bAt = stridedAddressOf(b, "float32", "matmul", "b");
    const cAt = floatsAt(c, m * n, "matmul", "the result");
    const biasAt = bias === null ? 0 : floatsAt(bias, n, "linear", "the bias");
    const isWide = n > m;
    const split = gainsFromThreads(m * n * k / 20) && Math.max(m, n) >= 16;
    const [ars, acs] = a.strides as [number, number];
    const [brs, bcs] = b.strides as [number, number];
    const bytes = toLines(wasm.gemmScratchOf!(m, n, k, ars, acs, brs, bcs));
    const room = scratchOf(split ? bytes * getNumThreads() : bytes);
    const flags = accumulate ? 1 : 0;
    if (!split) {
      // deno-fmt-ignore
      wasm.gemm!(aAt, ars, acs, bAt, brs, bcs, cAt, n, m, n, k, biasAt, flags, room, 0, m, 0, n);
      return;
    }
    // deno-fmt-ignore
    const args = [aAt, ars, acs, bAt, brs, bcs, cAt, n, m, n, k, biasAt, flags, room, 0, m, 0, n];
    onThreads("gemm", args, {
      rangeAt: isWide ? 16 : 14,
      align: 8,
      parts: 1, // each part packs what the others pack too
      varyAt: 13,
      varyBy: bytes,
    });
  },

  /** to = the elements of u, then those of v. */
  join(u: Buffer, v: Buffer, to: Buffer): void {
    const [m, n] = [u.numel, v.numel];
    const uAt = floatsAt(u, m, "linear", "dy");
    const vAt = floatsAt(v, n, "linear", "x");
    const toAt = floatsAt(to, m + n, "linear", "the vectors");
    u8.copyWithin(toAt, uAt, uAt + m * 4);
    u8.copyWithin(toAt + m * 4, vAt, vAt + n * 4);
  },

  /** y = u·vᵀ. */
  outer(u: Buffer, v: Buffer, y: Buffer): void {
    const [m, n] = [u.numel, v.numel];
    const uAt = floatsAt(u, m, "linear", "dy");
    const vAt = floatsAt(v, n, "linear", "x");
    wasm.outerProduct!(uAt, vAt, floatsAt(y, m * n, "linear", "the product"), n, 0, m);
  },
};
