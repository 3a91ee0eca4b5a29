/**
 * What changes of images have in common.
 *
 * @module
 */
import { Buffer, notATensor } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { checkFloat } from "../ops/check.ts";
import { type Kind, listOf, whole } from "../core/options.ts";
import { type Generator, philox, type RandomKey } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A random change of a batch: what comes out has x's shape. Chance comes from the generator alone. */
export type Transform = (x: Tensor, generator: Generator) => Tensor;

/** A batch whose x has been changed. TypeError unless the change gives a tensor: not a promise of one. */
export function changed<B>(name: string, batch: B, transform: Transform, random: Generator): B {
  const [x, ...rest] = batch as unknown as [Tensor, ...unknown[]];
  const now = transform(x, random);
  if (Buffer.is(now)) return [now, ...rest] as unknown as B;
  throw new TypeError(`${name}: transform must give a tensor: it is ${notATensor(now)}`);
}

/** Rows and columns of an image. */
export type ImageShape = readonly [rows: number, columns: number];

/** A batch of images as [n, channels, h, w]. */
export type ImagesShape = [n: number, channels: number, h: number, w: number];

/** Rows and columns of an image. */
export const IMAGE_SHAPE: Kind = listOf(whole(1), 2, "two whole numbers of at least 1");

/**
 * What x is as [n, channels, h, w]. A batch of images may be that already, or [n, pixels], which
 * `imageShape` divides into channels. DTypeError or ShapeError for anything else.
 */
export function imagesShape(name: string, x: Tensor, imageShape?: ImageShape): ImagesShape {
  checkFloat(name, x);
  if (x.ndim === 4) {
    const [n, channels, h, w] = x.shape as ImagesShape;
    if (imageShape === undefined || h === imageShape[0] && w === imageShape[1]) {
      return [n, channels, h, w];
    }
  } else if (x.ndim === 2 && imageShape !== undefined) {
    const [n, pixels] = x.shape as [number, number];
    const [h, w] = imageShape;
    if (pixels % (h * w) === 0) return [n, pixels / (h * w), h, w];
  }
  throw new ShapeError(
    imageShape === undefined
      ? `${name}: images must be [n, channels, h, w], or [n, pixels] with the option imageShape: ` +
        `they are ${show(x.shape)}`
      : `${name}: images must be [n, channels, h, w] or [n, pixels] with [h, w] = ` +
        `${show(imageShape)}: they are ${show(x.shape)}`,
  );
}

const words = new Uint32Array(4);

/**
 * Fills `out` with uniform numbers in [0, 1) for one image of a batch, from the `block`-th four of its
 * numbers on. They are a function of the key, and others than those that kernels make of it.
 */
export function fillUniform(
  out: Float64Array,
  { seed, stream }: RandomKey,
  image: number,
  block = 0,
): void {
  for (let i = 0; i < out.length; i++) {
    // the second word is 0 in kernels
    if (i % 4 === 0) philox([image, 1 + block + i / 4, stream[0], stream[1]], seed, words);
    out[i] = (words[i % 4]! >>> 8) / 2 ** 24;
  }
}
