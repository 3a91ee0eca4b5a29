/**
 * Tensors as PNG files.
 *
 * @module
 */
import { DTypeError, ShapeError, show } from "../../core/errors.ts";
import { atMost } from "../../core/options.ts";
import { checkTensor } from "../../ops/check.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { encodeChunk, joined, SIGNATURE } from "./chunks.ts";
import { zlib } from "./zlib.ts";

/** Channels → colour type. */
const TYPES: readonly (number | undefined)[] = [undefined, 0, 4, 2, 6];

/**
 * A PNG file of pixels, uint8 [channels, rows, columns] or of grey ones [rows, columns], as
 * {@link decodePng} gives them. ShapeError where there are none, or more than four channels; DTypeError
 * for other dtypes, and DataError where the engine has no `node:zlib`.
 *
 * @example
 * ```ts
 * import { io, rand } from "@glim/glim";
 * const file = io.encodePng(rand([3, 32, 48]).mul(255).to("uint8"));
 * console.log(file.subarray(1, 4)); // "PNG", 32 rows of 48 pixels
 * ```
 */
export function encodePng(pixels: Tensor): Uint8Array<ArrayBuffer> {
  atMost(1, arguments.length, "encodePng(pixels)");
  checkTensor("encodePng", pixels, "pixels");
  const { shape, dtype, ndim } = pixels;
  const [channels, rows, columns] = ndim === 2 ? [1, ...shape] : shape;
  const type = TYPES[channels!];
  if ((ndim !== 2 && ndim !== 3) || type === undefined || pixels.numel === 0) {
    throw new ShapeError(
      `encodePng: pixels must be [1 to 4 channels, rows, columns]: they are ${show(shape)}`,
    );
  }
  if (dtype !== "uint8") throw new DTypeError(`encodePng: pixels must be uint8: they are ${dtype}`);
  const bytes = pixels.toTypedArray<Uint8Array>();
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, columns!);
  view.setUint32(4, rows!);
  header[8] = 8; // bits a sample
  header[9] = type; // the zeros after it: deflate, usual filters, not interlaced
  const size = rows! * columns!;
  const stride = 1 + columns! * channels!;
  // The byte before each row names its filter: 0, none.
  const scanlines = new Uint8Array(rows! * stride);
  for (let i = 0; i < size; i++) {
    const at = Math.floor(i / columns!) * stride + 1 + (i % columns!) * channels!;
    for (let c = 0; c < channels!; c++) scanlines[at + c] = bytes[c * size + i]!;
  }
  return joined([
    SIGNATURE,
    encodeChunk("IHDR", header),
    encodeChunk("IDAT", zlib("encodePng").deflateSync(scanlines)),
    encodeChunk("IEND"),
  ]);
}
