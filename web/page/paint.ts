/**
 * Numbers as pictures on a canvas.
 *
 * @module
 */
import type { Pictures } from "../shared/protocol.ts";
import type { Colour, Theme } from "./theme.ts";

/** A colour between two. */
function mix(a: Colour, b: Colour, part: number, into: Uint8ClampedArray, at: number): void {
  for (let c = 0; c < 3; c++) into[at + c] = a[c]! + (b[c]! - a[c]!) * part;
  into[at + 3] = 255;
}

/**
 * Paints pictures side by side, one pixel apart, `across` in a row. Zero has the background's
 * colour; the largest number of a picture is warm, a negative one of that size cool. Each picture
 * has a scale of its own, unless `together`.
 */
export function paintPictures(
  canvas: HTMLCanvasElement,
  { count, rows, columns, data }: Pictures,
  { zero, warm, cool }: Theme,
  { across, most = count, together = false }: {
    across: number;
    most?: number;
    together?: boolean;
  },
): void {
  const shown = Math.min(count, most);
  across = Math.min(across, shown);
  const down = Math.ceil(shown / across);
  const width = across * (columns + 1) - 1;
  const height = down * (rows + 1) - 1;
  const image = new ImageData(width, height);
  const size = rows * columns;
  const all = together ? largest(data) : 0;
  for (let k = 0; k < shown; k++) {
    const picture = data.subarray(k * size, (k + 1) * size);
    const scale = together ? all : largest(picture);
    const left = (k % across) * (columns + 1);
    const top = Math.floor(k / across) * (rows + 1);
    for (const [i, value] of picture.entries()) {
      const x = left + i % columns;
      const y = top + Math.floor(i / columns);
      const part = scale === 0 ? 0 : Math.abs(value) / scale;
      mix(zero, value < 0 ? cool : warm, part, image.data, 4 * (y * width + x));
    }
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

/** Paints 28 × 28 pixels in [0, 1], light on dark in either theme, as MNIST is. */
export function paintDigit(canvas: HTMLCanvasElement, pixels: ArrayLike<number>, white = 1): void {
  const side = Math.sqrt(pixels.length);
  const image = new ImageData(side, side);
  for (let i = 0; i < pixels.length; i++) {
    mix([21, 19, 26], [255, 246, 224], pixels[i]! / white, image.data, 4 * i);
  }
  canvas.width = canvas.height = side;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

function largest(data: Float32Array): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}
