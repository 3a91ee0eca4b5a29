/** Images warped by given maps, as the fixture's. */
import { fromTypedArray, type Tensor } from "../../mod.ts";
import type { ImagesShape } from "../../src/data/transform.ts";
import { padded, spreadOver, warp } from "../../src/data/warp.ts";
import fixture from "../fixtures/warp.json" with { type: "json" };
import type { Packed } from "../packed.ts";
import { uniformArray } from "../prng.ts";

/** What PyTorch makes of images of a shape, by displacements at so many points along each axis. */
export type WarpCase = Packed & { points: number };

/** The fixture. */
export const warpCases = fixture.cases as unknown as Record<string, WarpCase>;

/** From PyTorch's coordinates, in which an image reaches from -1 to 1, to pixels. */
function inPixels(theta: Float32Array, h: number, w: number): Float32Array {
  const [x, y] = [w / 2, h / 2];
  const factors = [1, x / y, x, y / x, 1, y];
  return theta.map((v, i) => v * factors[i % 6]!);
}

/** Displacements [n, 2, points, points], scaled to pixels, in rows up to a multiple of 4. */
function inRows(field: Float32Array, points: number, h: number, w: number): Float32Array {
  const row = padded(points);
  const out = new Float32Array(field.length / points * row);
  field.forEach((v, i) => {
    const axis = Math.floor(i / points ** 2) % 2;
    out[Math.floor(i / points) * row + i % points] = v * (axis === 0 ? w : h) / 2;
  });
  return out;
}

/** What the kernel makes of the same. */
export function warped({ shape, points }: WarpCase): Tensor {
  const images = shape as unknown as ImagesShape;
  const [n, channels, h, w] = images;
  const theta = uniformArray(2, 6 * n, 0.25).map((v, i) => i % 6 === 0 || i % 6 === 4 ? v + 1 : v);
  const field = inRows(uniformArray(3, n * 2 * points ** 2, 0.125), points, h, w);
  return warp(
    fromTypedArray(uniformArray(1, n * channels * h * w), images),
    images,
    fromTypedArray(inPixels(theta, h, w), [n, 6]),
    fromTypedArray(field, [field.length]),
    spreadOver(h, w, points),
  );
}

/** How near the two come: a position of up to 33 pixels is rounded to 4e-6 of a pixel. */
export const warpTolerance = { tolerance: 1e-5, leastScale: 1 };
