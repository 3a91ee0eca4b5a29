/** Images warped by given maps. */
import { fromTypedArray, scope } from "../../mod.ts";
import { padded, spreadOver, warp } from "../../src/data/warp.ts";
import type { ImagesShape } from "../../src/data/transform.ts";
import fixture from "../fixtures/warp.json" with { type: "json" };
import { compare, type Packed } from "../packed.ts";
import { uniformArray } from "../prng.ts";

const cases = fixture.cases as unknown as Record<string, Packed & { points: number }>;

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

for (const [name, expected] of Object.entries(cases)) {
  Deno.test(`warped images are PyTorch's: ${name}`, () => {
    const images = expected.shape as ImagesShape;
    const [n, channels, h, w] = images;
    const { points } = expected;
    const theta = uniformArray(2, 6 * n, 0.25).map((v, i) =>
      i % 6 === 0 || i % 6 === 4 ? v + 1 : v
    );
    const field = inRows(uniformArray(3, n * 2 * points ** 2, 0.125), points, h, w);
    scope(() => {
      const y = warp(
        fromTypedArray(uniformArray(1, n * channels * h * w), images),
        images,
        fromTypedArray(inPixels(theta, h, w), [n, 6]),
        fromTypedArray(field, [field.length]),
        spreadOver(h, w, points),
      );
      // a position of up to 33 pixels is rounded to 4e-6 of a pixel
      compare("the value", y, expected, { tolerance: 1e-5, leastScale: 1 });
    });
  });
}
