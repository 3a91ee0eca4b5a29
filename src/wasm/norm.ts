/**
 * Normalisation: from buffers to kernels.
 *
 * @module
 */
import { launch } from "../../build/normalization.ts";
import type { Buffer } from "../device/buffer.ts";
import type { Channels, Normalization } from "../device/kernels.ts";
import { type Address, floatsAt, imagesAt, NONE } from "./address.ts";
import { ELEMENTS, ROWS, STREAM } from "./launch.ts";
import { STRIP } from "./reduce.ts";

/** The address of a vector for each channel, or none. */
function vectorAt(v: Buffer | null | undefined, c: number, argument: string): Address {
  return v ? floatsAt(v, c, "batchNorm", argument) : NONE;
}

/** y = scale (x − mean) + shift, channel by channel, but at least `low`. */
function affine(
  x: Buffer,
  y: Buffer,
  mean: Buffer,
  scale: Buffer,
  shift: Buffer,
  [outer, c, inner]: Channels,
  low: number,
): void {
  const op = "batchNorm";
  const n = outer * c * inner;
  launch.channelAffine(
    x.numel * STREAM,
    imagesAt(x, inner === 1, n, op, "x"),
    imagesAt(y, inner === 1, n, op, "the result"),
    floatsAt(mean, c, op, "the mean"),
    floatsAt(scale, c, op, "the scale"),
    floatsAt(shift, c, op, "the bias"),
    low,
    c,
    inner,
    outer,
    ROWS,
  );
}

/** Normalisation, by name. */
export const normalization: Required<Normalization> = {
  /** sum = Σ dy and product = Σ dy (x − mean) of each channel; of dy behind relu, with its scale and shift. */
  channelSums(
    x: Buffer,
    dy: Buffer,
    mean: Buffer,
    sum: Buffer,
    product: Buffer,
    [outer, c, inner]: Channels,
    relu: readonly [scale: Buffer, shift: Buffer] | null = null,
  ): void {
    const op = "batchNorm";
    const n = outer * c * inner;
    launch.channelSums(
      x.numel * 2 * STREAM,
      imagesAt(x, inner === 1, n, op, "x"),
      imagesAt(dy, inner === 1, n, op, "dy"),
      floatsAt(mean, c, op, "the mean"),
      vectorAt(relu?.[0], c, "the scale"),
      vectorAt(relu?.[1], c, "the bias"),
      floatsAt(sum, c, op, "the sums"),
      floatsAt(product, c, op, "the products"),
      outer,
      c,
      inner,
      inner === 1 ? 2 * STRIP : 0,
      c,
      inner === 1 ? ELEMENTS : ROWS,
    );
  },

  /** inverse = 1 / √(variance + eps) and scale = w · inverse. */
  channelScale(variance: Buffer, w: Buffer, inverse: Buffer, scale: Buffer, eps: number): void {
    const op = "batchNorm";
    const c = scale.numel;
    const varianceAt = floatsAt(variance, c, op, "the variance");
    const wAt = floatsAt(w, c, op, "the weight");
    const inverseAt = floatsAt(inverse, c, op, "the inverse");
    const scaleAt = floatsAt(scale, c, op, "the scale");
    launch.channelScale(c * STREAM, varianceAt, wAt, inverseAt, scaleAt, eps, c);
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
    const op = "batchNorm";
    const c = k.numel;
    launch.channelGradScale(
      c * STREAM,
      floatsAt(sum, c, op, "the sums"),
      floatsAt(product, c, op, "the products"),
      floatsAt(inverse, c, op, "the inverse"),
      floatsAt(scale, c, op, "the scale"),
      floatsAt(dw, c, op, "dw"),
      floatsAt(k, c, op, "k"),
      floatsAt(d, c, op, "d"),
      part,
      c,
    );
  },

  /** y = scale (x − mean) + shift, channel by channel. */
  channelAffine(
    x: Buffer,
    y: Buffer,
    mean: Buffer,
    scale: Buffer,
    shift: Buffer,
    channels: Channels,
  ): void {
    affine(x, y, mean, scale, shift, channels, -Infinity);
  },

  /** y = relu of the same, of channels that lie last. */
  channelAffineRelu(
    x: Buffer,
    y: Buffer,
    mean: Buffer,
    scale: Buffer,
    shift: Buffer,
    channels: Channels,
  ): void {
    affine(x, y, mean, scale, shift, channels, 0);
  },

  /** dx = scale · dy + k (x − mean) + d, channel by channel; of dy behind relu, with its shift. */
  channelAffineGrad(
    x: Buffer,
    dy: Buffer,
    dx: Buffer,
    mean: Buffer,
    scale: Buffer,
    k: Buffer,
    d: Buffer,
    [outer, c, inner]: Channels,
    relu: Buffer | null = null,
  ): void {
    const op = "batchNorm";
    const n = outer * c * inner;
    launch.channelAffineGrad(
      x.numel * STREAM,
      imagesAt(x, inner === 1, n, op, "x"),
      imagesAt(dy, inner === 1, n, op, "dy"),
      imagesAt(dx, inner === 1, n, op, "dx"),
      floatsAt(mean, c, op, "the mean"),
      floatsAt(scale, c, op, "the scale"),
      vectorAt(relu, c, "the bias"),
      floatsAt(k, c, op, "k"),
      floatsAt(d, c, op, "d"),
      c,
      inner,
      outer,
      ROWS,
    );
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
    const op = "layerNorm";
    launch.layerNormRows(
      rows * n,
      floatsAt(x, rows * n, op, "x"),
      floatsAt(w, n, op, "the weight"),
      floatsAt(b, n, op, "the bias"),
      floatsAt(y, rows * n, op, "the result"),
      floatsAt(stats, rows * 2, op, "what was saved"),
      n,
      eps,
      rows,
      ROWS,
    );
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
    const op = "layerNorm";
    launch.layerNormGradRows(
      rows * n,
      floatsAt(x, rows * n, op, "x"),
      floatsAt(w, n, op, "the weight"),
      floatsAt(dy, rows * n, op, "dy"),
      floatsAt(stats, rows * 2, op, "what was saved"),
      floatsAt(dx, rows * n, op, "dx"),
      n,
      rows,
      ROWS,
    );
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
    const op = "layerNorm";
    launch.layerNormGradWeight(
      rows * n,
      floatsAt(x, rows * n, op, "x"),
      floatsAt(dy, rows * n, op, "dy"),
      floatsAt(stats, rows * 2, op, "what was saved"),
      floatsAt(dw, n, op, "dw"),
      floatsAt(db, n, op, "db"),
      rows,
      n,
      2 * STRIP,
      n,
    );
  },
};
