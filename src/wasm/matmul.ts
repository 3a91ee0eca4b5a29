/**
 * Matrix products: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import { type Buffer, viewOf } from "../device/buffer.ts";
import { numelOf } from "../core/shape.ts";
import type { Products } from "../device/kernels.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";
import { onThreads, scratchOf, toLines, wasm } from "./instance.ts";
import { overDims } from "./dims.ts";
import { floatsAt, stridedAddressOf } from "./address.ts";
import { u8 } from "./memory.ts";

/** Nanoseconds of a product, roughly: 40 flops each. */
function workOf(m: number, n: number, k: number): number {
  return m * n * k / 20;
}

/** Matrix products, by name. */
export const product: Products = {
  gemm(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, accumulate: boolean): void {
    if (a.shape.length > 2) return gemmBatch(a, b, c, bias, accumulate);
    const m = a.shape[0]!;
    const k = a.shape[1]!;
    const n = b.shape[1]!;
    const aAt = stridedAddressOf(a, "float32", "matmul", "a");
    const bAt = stridedAddressOf(b, "float32", "matmul", "b");
    const cAt = floatsAt(c, m * n, "matmul", "the result");
    const biasAt = bias === null ? 0 : floatsAt(bias, n, "linear", "the bias");
    const isWide = n > m;
    const split = gainsFromThreads(workOf(m, n, k)) && Math.max(m, n) >= 16;
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

/** The products of a batch: shared among threads by matrices if there are many, else by their rows. */
function gemmBatch(
  a: Buffer,
  b: Buffer,
  c: Buffer,
  bias: Buffer | null,
  accumulate: boolean,
): void {
  const lead = a.shape.slice(0, -2);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const [ars, acs] = a.strides.slice(-2) as [number, number];
  const [brs, bcs] = b.strides.slice(-2) as [number, number];
  const count = numelOf(lead);
  if (count === 1) {
    return product.gemm(
      viewOf(a, [m, k], [ars, acs]),
      viewOf(b, [k, n], [brs, bcs]),
      viewOf(c, [m, n], [n, 1]),
      bias,
      accumulate,
    );
  }
  const aAt = stridedAddressOf(a, "float32", "matmul", "a");
  const bAt = stridedAddressOf(b, "float32", "matmul", "b");
  const cAt = floatsAt(c, count * m * n, "matmul", "the result");
  const biasAt = bias === null ? 0 : floatsAt(bias, n, "linear", "the bias");
  const split = gainsFromThreads(count * workOf(m, n, k));
  const bytes = toLines(wasm.gemmScratchOf!(m, n, k, ars, acs, brs, bcs));
  const room = scratchOf(split ? bytes * getNumThreads() : bytes);
  const [align, parts] = count < 4 * getNumThreads() ? [8, 1] : [Math.max(m, 1), 4];
  let done = 0; // matrices
  overDims(lead, [a.strides, b.strides], ([n0, n1, n2], [as, bs], [aOffset, bOffset]) => {
    const matrices = n0! * n1! * n2!;
    // deno-fmt-ignore
    const args = [
      n1!, n2!, aAt + aOffset! * 4, ...as!, ars, acs, bAt + bOffset! * 4, ...bs!, brs, bcs,
      cAt + done * m * n * 4, m, n, k, biasAt, accumulate ? 1 : 0, room, 0, matrices * m,
    ];
    if (split) onThreads("gemmBatch", args, { align, parts, varyAt: 20, varyBy: bytes });
    else wasm.gemmBatch!(...args);
    done += matrices;
  });
}
