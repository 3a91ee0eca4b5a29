/**
 * What notebooks show of a tensor: its values, and images where it may be images.
 *
 * @module
 */
import type { MediaBundle } from "../core/inspect.ts";
import type { Platform } from "../core/platform.ts";
import { encodeGrey } from "../core/png.ts";
import { canLook } from "../device/transfer.ts";
import type { Tensor } from "./tensor.ts";

declare const btoa: Platform["btoa"];

/** Smaller ones are tables, whose numbers one reads. */
const MIN_SIDE = 8;
/** Larger ones are no pictures to look at. */
const MAX_SIDE = 2048;
/** Of [n, h, w] the first ones are shown. */
const MAX_IMAGES = 64;
/** Pixels that the longer side of a picture has at least, by repeating those of the image. */
const GOOD_SIDE = 160;

/** `text/plain`, and `image/png` of [h, w] and [n, h, w] with sides of 8 to 2,048. */
export function display(x: Tensor): MediaBundle {
  const values = { "text/plain": String(x) };
  const [h, w] = x.shape.slice(-2) as [number, number];
  const isImage = (x.ndim === 2 || x.ndim === 3) && x.numel > 0 &&
    Math.min(h, w) >= MIN_SIDE && Math.max(h, w) <= MAX_SIDE;
  if (!isImage || x.storage.block === null || !canLook(x)) return values;
  return { ...values, "image/png": base64(contactSheet(levelsOf(x, MAX_IMAGES * h * w), h, w)) };
}

/** All images as one PNG, in rows, with a grey line between them. */
function contactSheet(levels: Uint8ClampedArray, h: number, w: number): Uint8Array {
  const n = levels.length / (h * w);
  const across = Math.ceil(Math.sqrt(n));
  const down = Math.ceil(n / across);
  const [height, width] = [down * (h + 1) - 1, across * (w + 1) - 1];
  const zoom = Math.ceil(GOOD_SIDE / Math.max(height, width));
  const pixels = new Uint8Array(height * zoom * width * zoom).fill(128);
  for (let row = 0; row < height * zoom; row++) {
    for (let column = 0; column < width * zoom; column++) {
      const [i, j] = [Math.floor(row / zoom), Math.floor(column / zoom)];
      const image = Math.floor(i / (h + 1)) * across + Math.floor(j / (w + 1));
      const [y, x] = [i % (h + 1), j % (w + 1)];
      if (image < n && y < h && x < w) {
        pixels[row * width * zoom + column] = levels[(image * h + y) * w + x]!;
      }
    }
  }
  return encodeGrey(pixels, height * zoom, width * zoom);
}

/** Bytes as they are; floats from 0, or their least, to 1, or their largest; integers likewise. */
function levelsOf(x: Tensor, most: number): Uint8ClampedArray {
  const values = Float64Array.from(x.toTypedArray().slice(0, most) as ArrayLike<number>, Number);
  let [low, high] = x.dtype === "uint8" ? [0, 255] : [0, 1];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // what is no number becomes black
  return Uint8ClampedArray.from(values, (value) => 255 * (value - low) / (high - low));
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
