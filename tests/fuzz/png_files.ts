/** Small PNG files of all kinds. */
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { crc32 } from "../../src/core/crc32.ts";

const WIDTH = 5, HEIGHT = 4;

/** Columns and rows of the whole picture, and of the seven passes of an interlaced one. */
const WHOLE = [[WIDTH, HEIGHT]] as const;
const PASSES = [[1, 1], [1, 1], [0, 0], [1, 1], [3, 1], [2, 2], [5, 2]] as const;

/** Colour type, samples a pixel, depth and interlacing of each file. */
const KINDS = [
  [0, 1, 1, 0],
  [0, 1, 16, 0],
  [0, 1, 8, 1],
  [2, 3, 8, 0],
  [3, 1, 4, 0],
  [3, 1, 2, 1],
  [4, 2, 8, 0],
  [6, 4, 16, 1],
] as const;

/** The data of the header, and behind it the filtered rows, of each file. */
export function pngInners(): Uint8Array[] {
  return KINDS.map(([type, samples, depth, interlaced]) => {
    const bytes = [0, 0, 0, WIDTH, 0, 0, 0, HEIGHT, depth, type, 0, 0, interlaced];
    for (const [columns, rows] of interlaced ? PASSES : WHOLE) {
      for (let row = 0; row < rows; row++) {
        bytes.push(row % 5); // the filter
        const length = Math.ceil(columns * samples * depth / 8);
        for (let i = 0; i < length; i++) bytes.push((row * 53 + i * 29) & 255);
      }
    }
    return Uint8Array.from(bytes);
  });
}

/** A PNG file of a header's data and filtered rows, with a palette where that is needed. */
export function packPng(inner: Uint8Array): Uint8Array {
  const isIndexed = inner[9] === 3;
  const palette = Uint8Array.from({ length: 48 }, (_, i) => i * 5);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", inner.subarray(0, 13)),
    ...isIndexed ? [chunk("PLTE", palette), chunk("tRNS", Uint8Array.of(0, 128))] : [],
    chunk("IDAT", deflateSync(inner.subarray(13), { level: 1 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** A chunk with its length and checksum. */
export function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
