/**
 * Matrix products: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { gainsFromThreads, getNumThreads } from "../threads.ts";
import { onThreads, scratchOf, wasm } from "../wasm.ts";

/** Matrix products, by name. */
export const product = {
  /**
   * c = a·b, plus bias [n], plus what c holds if `accumulate`. a: [m, k] and b: [k, n] with any
   * strides, c: [m, n] contiguous. c must be neither a nor b.
   */
  gemm(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, accumulate: boolean): void {
    const m = a.shape[0]!;
    const k = a.shape[1]!;
    const n = b.shape[1]!;
    const bytes = (wasm.gemmScratch!(m, n, k) + 63) & ~63;
    const isWide = n > m;
    const split = gainsFromThreads(m * n * k / 20) && Math.max(m, n) >= 16;
    const room = scratchOf(split ? bytes * getNumThreads() : bytes);
    const biasPtr = bias === null ? 0 : bias.ptr;
    const [ars, acs] = a.strides as [number, number];
    const [brs, bcs] = b.strides as [number, number];
    const flags = accumulate ? 1 : 0;
    if (!split) {
      // deno-fmt-ignore
      wasm.gemm!(a.ptr, ars, acs, b.ptr, brs, bcs, c.ptr, n, m, n, k, biasPtr, flags, room, 0, m, 0, n);
      return;
    }
    // deno-fmt-ignore
    const args = [a.ptr, ars, acs, b.ptr, brs, bcs, c.ptr, n, m, n, k, biasPtr, flags, room, 0, m, 0, n];
    onThreads("gemm", args, {
      rangeAt: isWide ? 16 : 14,
      align: 8,
      parts: 1, // each part packs what the others pack too
      varyAt: 13,
      varyBy: bytes,
    });
  },
};
