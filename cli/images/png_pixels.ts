/**
 * The pixels of PNG files out of their samples, after the PNG specification (W3C), third edition.
 *
 * @module
 */
import { DataError } from "@glim/glim";
import type { PngParts } from "./png_chunks.ts";

/** The samples of a row, each as large as its depth allows. */
export function unpack(row: Uint8Array, depth: number, samples: Uint16Array): void {
  if (depth === 8) samples.set(row);
  else if (depth === 16) {
    for (let i = 0; i < samples.length; i++) samples[i] = row[2 * i]! << 8 | row[2 * i + 1]!;
  } else {
    const [perByte, mask] = [8 / depth, 2 ** depth - 1];
    for (let i = 0; i < samples.length; i++) {
      const byte = row[Math.floor(i / perByte)]!;
      samples[i] = byte >> (8 - depth - depth * (i % perByte)) & mask; // the first is uppermost
    }
  }
}

/** A pixel, both 0 to 255. */
export interface Pixel {
  /** How bright it is. */
  grey: number;
  /** How opaque it is. */
  opacity: number;
}

/** Makes a pixel of the samples from number i on. */
export type PixelReader = (samples: Uint16Array, i: number, pixel: Pixel) => void;

/** How the pixels of a PNG are made. What it returns throws DataError for an entry that there is not. */
export function pixelReader(
  { header: { depth, type }, palette, transparency }: PngParts,
): PixelReader {
  const scale = 255 / (2 ** depth - 1);
  const byte = depth === 16 ? (sample: number) => sample >> 8 : (sample: number) => sample * scale;
  if (type === 3) {
    return (samples, i, pixel) => {
      const entry = samples[i]!;
      if (3 * entry >= palette.length) {
        throw new DataError(
          `readPng: the palette has ${palette.length / 3} entries, a pixel is number ${entry}`,
        );
      }
      const [r, g, b] = palette.subarray(3 * entry, 3 * entry + 3);
      pixel.grey = luma(r!, g!, b!);
      pixel.opacity = transparency[entry] ?? 255;
    };
  }
  const isGrey = type === 0 || type === 4;
  const hasOpacity = type === 4 || type === 6;
  const clear = clearColour(transparency, isGrey ? 1 : 3);
  return (samples, i, pixel) => {
    if (isGrey) pixel.grey = byte(samples[i]!);
    else pixel.grey = luma(byte(samples[i]!), byte(samples[i + 1]!), byte(samples[i + 2]!));
    if (hasOpacity) pixel.opacity = byte(samples[i + (isGrey ? 1 : 3)]!);
    else pixel.opacity = clear?.every((sample, k) => samples[i + k] === sample) ? 0 : 255;
  };
}

/** The samples of the one colour that is transparent. */
function clearColour(transparency: Uint8Array, samples: number): number[] | null {
  if (transparency.length !== 2 * samples) return null;
  return Array.from(
    { length: samples },
    (_, i) => transparency[2 * i]! << 8 | transparency[2 * i + 1]!,
  );
}

/** How bright a colour is. */
function luma(r: number, g: number, b: number): number {
  return Math.round(0.299 * r + 0.587 * g + 0.114 * b);
}
