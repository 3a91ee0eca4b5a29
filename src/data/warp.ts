/**
 * Warping images by given maps; `random_warp.ts` draws the maps.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { images as family } from "../families/images.ts";
import type { Spread } from "../device/kernels.ts";
import { contiguous } from "../ops/mod.ts";
import { stridesOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ImagesShape } from "./transform.ts";

/** Keys' cubic convolution with the parameter that PyTorch has: the weights of the four neighbours. */
function cubic(t: number): [number, number, number, number] {
  const a = -0.75;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1; // |x| ≤ 1
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; // 1 ≤ |x| ≤ 2
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/**
 * The weight of each of some control points in each of `size` pixels, [size][points]: bicubic, the
 * first and the last point over the first and the last pixel (PyTorch's `align_corners=True`).
 */
function weights(size: number, points: number): number[][] {
  return Array.from({ length: size }, (_, i) => {
    const place = size > 1 ? i * (points - 1) / (size - 1) : 0;
    const first = Math.floor(place);
    const row = new Array<number>(points).fill(0);
    cubic(place - first).forEach((weight, k) => {
      // points beyond an end are the end's
      row[Math.min(points - 1, Math.max(0, first - 1 + k))]! += weight;
    });
    return row;
  });
}

/** How a field at points × points control points spreads over images [h, w]; 0 points: no field. */
export function spreadOver(h: number, w: number, points: number): Spread {
  if (points === 0) return { points, cols: new Float32Array(), rows: new Float32Array() };
  const width = (w + 3) & ~3;
  const cols = new Float32Array(padded(points) * width);
  weights(w, points).forEach((row, j) => row.forEach((weight, l) => cols[l * width + j] = weight));
  return { points, cols, rows: Float32Array.from(weights(h, points).flat()) };
}

/** Control points as a row of them lies in memory. */
export function padded(points: number): number {
  return (points + 3) & ~3;
}

/**
 * Each image sampled bilinearly at other places, zeros outside:
 *
 * ```
 * column = centre + a00 dx + a01 dy + shiftX + fieldX       dx, dy: a pixel from the centre
 * row    = centre + a10 dx + a11 dy + shiftY + fieldY
 * ```
 *
 * @param x The images, contiguous or not, of whatever shape; `images` is what they are.
 * @param affine [n, 6]: a00, a01, shiftX, a10, a11, shiftY of each image, in pixels.
 * @param field [n, 2, points, padded(points)]: displacements in pixels, x before y; null for none.
 * @param spread What `spreadOver` says of the images' size and the field's points.
 */
export function warp(
  x: Tensor,
  images: ImagesShape,
  affine: Buffer,
  field: Buffer | null,
  spread: Spread,
): Tensor {
  const input = contiguous(x);
  const y = alloc(x, x.shape);
  const strides = stridesOf(images);
  const as = (buffer: Buffer) => viewOf(buffer, images, strides);
  if (y.numel > 0) kernelsOf(y, family).warp(as(input), as(y), affine, field, spread);
  return record("RandomWarp", y, []);
}
