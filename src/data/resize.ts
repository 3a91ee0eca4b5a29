/**
 * Pictures in another size.
 *
 * @module
 */

import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, isListOf, kind } from "../core/options.ts";
import { checkTensor } from "../ops/check.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Which pixels make a pixel, and with which weights. */
interface Taps {
  /** The first of them. */
  readonly from: number;
  readonly weights: readonly number[];
}

/** A triangle as wide as a pixel of the smaller picture: what is shrunk is averaged, not picked from. */
function tapsOf(begin: number, length: number, size: number, n: number): Taps[] {
  const scale = length / size;
  const reach = Math.max(1, scale);
  return Array.from({ length: size }, (_, i) => {
    const centre = begin + (i + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - reach));
    const to = Math.min(n, Math.ceil(centre + reach));
    const weights = Array.from(
      { length: to - from },
      (_, k) => Math.max(0, 1 - Math.abs(from + k + 0.5 - centre) / reach),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { from, weights: weights.map((weight) => weight / total) };
  });
}

/**
 * The middle of a picture [channels, h, w], as large as it can be in the shape of the other, scaled to
 * [channels, rows, columns].
 */
export function cover(
  pixels: Uint8Array,
  [channels, h, w]: readonly [channels: number, h: number, w: number],
  [rows, columns]: readonly [rows: number, columns: number],
): Uint8Array {
  if (h === rows && w === columns) return pixels;
  const part = Math.min(h / rows, w / columns);
  const across = tapsOf((w - part * columns) / 2, part * columns, columns, w);
  const down = tapsOf((h - part * rows) / 2, part * rows, rows, h);
  const out = new Uint8Array(channels * rows * columns);
  const narrow = new Float32Array(h * columns);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < h; y++) {
      const row = (c * h + y) * w;
      for (let x = 0; x < columns; x++) {
        const { from, weights } = across[x]!;
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * pixels[row + from + k]!;
        narrow[y * columns + x] = sum;
      }
    }
    for (let y = 0; y < rows; y++) {
      const { from, weights } = down[y]!;
      for (let x = 0; x < columns; x++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k]! * narrow[(from + k) * columns + x]!;
        }
        out[(c * rows + y) * columns + x] = Math.round(sum);
      }
    }
  }
  return out;
}

/**
 * A picture of 1 channel (grey), 2 (grey, opacity), 3 (colours) or 4 (colours, opacity) as one of 1 or
 * 3, on a white ground where it is transparent.
 */
export function withChannels(
  pixels: Uint8Array,
  channels: number,
  wanted: 1 | 3,
): Uint8Array {
  const n = pixels.length / channels;
  const opacity = channels % 2 === 0 ? pixels.subarray((channels - 1) * n) : null;
  const isGrey = channels <= 2;
  const out = new Uint8Array(wanted * n);
  for (let c = 0; c < wanted; c++) {
    for (let i = 0; i < n; i++) {
      // the luma of BT.601, as JPEG has it
      const value = isGrey
        ? pixels[i]!
        : wanted === 3
        ? pixels[c * n + i]!
        : 0.299 * pixels[i]! + 0.587 * pixels[n + i]! + 0.114 * pixels[2 * n + i]!;
      const a = opacity === null ? 1 : opacity[i]! / 255;
      out[c * n + i] = Math.round(a * value + (1 - a) * 255);
    }
  }
  return out;
}

/**
 * A picture as a network takes it: the middle of it, scaled to `shape`, as float32 in [0, 1].
 *
 * ShapeError or DTypeError where it is no picture.
 *
 * @param image The pixels of a file, uint8 [channels, h, w], as `io.decodePng` gives them.
 * @param shape Channels, 1 or 3, rows and columns: those of a data set of pictures.
 */
export function fitImage(image: Tensor, shape: readonly number[]): Tensor {
  atMost(2, arguments.length, "fitImage(image, shape)");
  checkTensor("fitImage", image, "the image");
  check("fitImage", "the shape", shape, SHAPE);
  const [channels, rows, columns] = shape as [1 | 3, number, number];
  const pixels = pixelsOf("fitImage", image);
  const scaled = cover(pixels, image.shape as [number, number, number], [rows, columns]);
  const bytes = withChannels(scaled, image.shape[0]!, channels);
  return fromTypedArray(Float32Array.from(bytes, (level) => level / 255), [
    channels,
    rows,
    columns,
  ]);
}

const SHAPE = kind(
  "channels (1 or 3), rows and columns",
  (value) => isListOf(value, (n) => Number.isInteger(n) && n as number > 0),
  (value: number[]) => value.length === 3 && (value[0] === 1 || value[0] === 3),
);

/** The bytes of a picture. */
export function pixelsOf(name: string, image: Tensor): Uint8Array {
  if (
    image.ndim === 3 && image.dtype === "uint8" && image.shape[0]! >= 1 && image.shape[0]! <= 4 &&
    image.numel > 0
  ) {
    return image.toTypedArray() as Uint8Array;
  }
  throw new ShapeError(
    `${name}: a picture is uint8 [channels, h, w] of 1 to 4 channels: it is ${image.dtype} ` +
      show(image.shape),
  );
}
