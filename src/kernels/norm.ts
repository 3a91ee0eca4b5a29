/**
 * Normalisation: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { gainsFromThreads } from "../threads.ts";
import { onThreads, wasm } from "../wasm.ts";
import { STREAM } from "./cost.ts";

/** [outer, c, inner]: what a normalisation of c channels walks; see `src/ops/norm.ts`. */
export type Channels = readonly [outer: number, c: number, inner: number];

/** Normalisation, by name. */
export const norm = {
  /** mean and variance (of n, not n − 1) of each channel of x. */
  channelMoments(x: Buffer, mean: Buffer, variance: Buffer, [outer, c, inner]: Channels): void {
    const args = [x.ptr, mean.ptr, variance.ptr, outer, c, inner, 0, c];
    const align = inner === 1 ? 16 : 1;
    if (gainsFromThreads(x.numel * 2 * STREAM)) onThreads("channelMoments", args, { align });
    else wasm.channelMoments!(...args);
  },

  /** sum = Σ dy and product = Σ dy (x − mean) of each channel. */
  channelSums(
    x: Buffer,
    dy: Buffer,
    mean: Buffer,
    sum: Buffer,
    product: Buffer,
    [outer, c, inner]: Channels,
  ): void {
    const args = [x.ptr, dy.ptr, mean.ptr, sum.ptr, product.ptr, outer, c, inner, 0, c];
    const align = inner === 1 ? 16 : 1;
    if (gainsFromThreads(x.numel * 2 * STREAM)) onThreads("channelSums", args, { align });
    else wasm.channelSums!(...args);
  },

  /** inverse = 1 / √(variance + eps) and scale = w · inverse. */
  channelScale(variance: Buffer, w: Buffer, inverse: Buffer, scale: Buffer, eps: number): void {
    wasm.channelScale!(variance.ptr, w.ptr, inverse.ptr, scale.ptr, eps, 0, scale.numel);
  },

  /** dw, and the k and d of `channelAffineGrad`, from `channelSums`; part is 1 / n, or 0. */
  channelGradScale(
    sum: Buffer,
    product: Buffer,
    inverse: Buffer,
    scale: Buffer,
    dw: Buffer,
    k: Buffer,
    d: Buffer,
    part: number,
  ): void {
    // deno-fmt-ignore
    wasm.channelGradScale!(
      sum.ptr, product.ptr, inverse.ptr, scale.ptr, dw.ptr, k.ptr, d.ptr, part, 0, k.numel,
    );
  },

  /** y = scale (x − mean) + shift, channel by channel. */
  channelAffine(
    x: Buffer,
    y: Buffer,
    mean: Buffer,
    scale: Buffer,
    shift: Buffer,
    [outer, c, inner]: Channels,
  ): void {
    const args = [x.ptr, y.ptr, mean.ptr, scale.ptr, shift.ptr, c, inner, 0, outer];
    if (gainsFromThreads(x.numel * STREAM)) onThreads("channelAffine", args, { align: 1 });
    else wasm.channelAffine!(...args);
  },

  /** dx = scale · dy + k (x − mean) + d, channel by channel. */
  channelAffineGrad(
    x: Buffer,
    dy: Buffer,
    dx: Buffer,
    mean: Buffer,
    scale: Buffer,
    k: Buffer,
    d: Buffer,
    [outer, c, inner]: Channels,
  ): void {
    // deno-fmt-ignore
    const args = [x.ptr, dy.ptr, dx.ptr, mean.ptr, scale.ptr, k.ptr, d.ptr, c, inner, 0, outer];
    if (gainsFromThreads(x.numel * STREAM)) onThreads("channelAffineGrad", args, { align: 1 });
    else wasm.channelAffineGrad!(...args);
  },

  /**
   * y = w (x − mean) / √(variance + eps) + b along rows of n; stats [rows, 2] is for the gradients.
   */
  layerNorm(
    x: Buffer,
    w: Buffer,
    b: Buffer,
    y: Buffer,
    stats: Buffer,
    rows: number,
    n: number,
    eps: number,
  ): void {
    const args = [x.ptr, w.ptr, b.ptr, y.ptr, stats.ptr, n, eps, 0, rows];
    if (gainsFromThreads(rows * n)) onThreads("layerNormRows", args, { align: 1 });
    else wasm.layerNormRows!(...args);
  },

  /** dx of the same; it must not be x or dy. */
  layerNormGrad(
    x: Buffer,
    w: Buffer,
    dy: Buffer,
    stats: Buffer,
    dx: Buffer,
    rows: number,
    n: number,
  ): void {
    const args = [x.ptr, w.ptr, dy.ptr, stats.ptr, dx.ptr, n, 0, rows];
    if (gainsFromThreads(rows * n)) onThreads("layerNormGradRows", args, { align: 1 });
    else wasm.layerNormGradRows!(...args);
  },

  /** dw and db of the same. */
  layerNormGradWeight(
    x: Buffer,
    dy: Buffer,
    stats: Buffer,
    dw: Buffer,
    db: Buffer,
    rows: number,
    n: number,
  ): void {
    const args = [x.ptr, dy.ptr, stats.ptr, dw.ptr, db.ptr, rows, n, 0, n];
    if (gainsFromThreads(rows * n)) onThreads("layerNormGradWeight", args);
    else wasm.layerNormGradWeight!(...args);
  },
};
