/**
 * Pictures of pages.
 *
 * @module
 */
import { DataError, messageOf } from "../core/errors.ts";
import { atMost, check, kind } from "../core/options.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What of an `ImageData` is used. */
interface ImageDataLike {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** What of a page's canvas is used. */
interface Canvas {
  getContext(kind: "2d"): {
    drawImage(image: object, x: number, y: number): void;
    getImageData(x: number, y: number, width: number, height: number): ImageDataLike;
  } | null;
}

declare const OffscreenCanvas: (new (width: number, height: number) => Canvas) | undefined;

const SOURCE = kind(
  "an ImageData, or an ImageBitmap, image, canvas or video",
  (value) => typeof value === "object" && value !== null && !sizeOf(value).some(Number.isNaN),
);

/**
 * The pixels of a picture of a page, as `io.decodePng` gives those of a file: uint8 [4, rows, columns],
 * red, green, blue and opacity. `fitImage` makes of it what a network takes.
 *
 * DataError where there are none yet, as of a video that has not begun, or the engine has no canvas, or
 * the page may not read them, as of another server's image.
 *
 * @param picture An `ImageData`, or what a canvas can draw: an `ImageBitmap`, an image, a canvas, a
 * video or one of its frames.
 *
 * @example
 * ```ts
 * import { data } from "@glim/glim";
 * // in a page: fromPixels(await createImageBitmap(file)), fromPixels(video)
 * const red = { data: Uint8ClampedArray.of(255, 0, 0, 255), width: 1, height: 1 };
 * const x = data.fitImage(data.fromPixels(red), [3, 8, 8]);
 * console.log(x.shape, x.mean([1, 2]).toArray()); // [3, 8, 8] [1, 0, 0]
 * ```
 */
export function fromPixels(picture: object): Tensor {
  atMost(1, arguments.length, "fromPixels(picture)");
  check("fromPixels", "the picture", picture, SOURCE);
  const { data, width, height } = imageDataOf(picture);
  const n = width * height;
  const pixels = new Uint8Array(4 * n);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 4; c++) pixels[c * n + i] = data[4 * i + c]!;
  }
  return fromTypedArray(pixels, [4, height, width]);
}

function imageDataOf(picture: object): ImageDataLike {
  const [width, height] = sizeOf(picture);
  if (!(width > 0 && height > 0)) {
    throw new DataError(`fromPixels: the picture has no pixels yet: it is ${width} × ${height}`);
  }
  if ("data" in picture) return picture as ImageDataLike;
  try {
    if (typeof OffscreenCanvas === "undefined") throw new Error("this engine has no canvas");
    const context = new OffscreenCanvas(width, height).getContext("2d")!;
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    throw new DataError(`fromPixels: the pixels cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Its own columns and rows, not those at which a page shows it; NaN where it is no picture. */
function sizeOf(picture: object): [width: number, height: number] {
  const of = picture as Record<string, unknown>;
  const first = (...names: string[]) => {
    const name = names.find((name) => typeof of[name] === "number");
    return name === undefined ? NaN : Number(of[name]);
  };
  return [
    first("videoWidth", "naturalWidth", "displayWidth", "width"),
    first("videoHeight", "naturalHeight", "displayHeight", "height"),
  ];
}
