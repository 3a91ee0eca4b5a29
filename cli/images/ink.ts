/** Where the ink is in a picture, whatever it is drawn with and on, and in how many shapes. */
import { DataError } from "@glim/glim";
import { evenLight } from "./even_light.ts";
import type { GreyPicture } from "./picture.ts";

/** A drawing without its background. */
export interface Ink {
  readonly rows: number;
  readonly columns: number;
  /** 0 no ink to 255 full ink, row by row. */
  readonly ink: Uint8Array;
  /** Whether the ink was darker than what it is on. */
  readonly isDark: boolean;
}

/** The least difference between ink and background, of 255. */
const LEAST_CONTRAST = 16;

/** What is fainter than this share of full ink is background. */
const FAINT = 0.1;

/** Where the background is uneven, so is what is fainter than so many times its spread … */
const NOISE = 4;

/** … up to this share of full ink. */
const FAINT_AT_MOST = 0.4;

/**
 * Finds the ink of a drawing: grey levels fall into two groups, that of the border and of most
 * pixels is the background. Transparent pixels are background.
 *
 * Throws DataError where all pixels are alike.
 */
export function inkOf(picture: GreyPicture): Ink {
  const { rows, columns } = picture;
  const grey = evenLight(onBackdrop(picture), rows, columns);
  const counts = countLevels(grey);
  const [min, max] = [counts.findIndex((n) => n > 0), counts.findLastIndex((n) => n > 0)];
  if (max - min < LEAST_CONTRAST) {
    throw new DataError("there is nothing to see: all pixels are nearly alike");
  }
  const threshold = otsu(counts);
  const light = counts.slice(threshold + 1).reduce((sum, n) => sum + n, 0) / grey.length;
  // The border alone misleads where the drawing is cropped, the whole where its lines are thick.
  const isDark = (light + lightBorder(grey, rows, columns, threshold)) / 2 > 0.5;
  // From here on levels count away from the background's end of the scale.
  const away = isDark ? counts.toReversed() : counts;
  const split = isDark ? 255 - threshold : threshold + 1;
  const [background, ink] = [away.slice(0, split), away.slice(split)];
  const paper = quantile(background, 0.5);
  const full = split + quantile(ink, 0.75);
  const noise = NOISE * (quantile(background, 0.84) - paper) / (full - paper);
  const faint = 255 * Math.min(FAINT_AT_MOST, Math.max(FAINT, noise));
  const levels = Uint8Array.from({ length: 256 }, (_, level) => {
    const value = 255 * ((isDark ? 255 - level : level) - paper) / (full - paper);
    return value < faint ? 0 : Math.min(255, Math.round(value));
  });
  const inked = new Uint8Array(grey.length);
  for (let i = 0; i < grey.length; i++) inked[i] = levels[grey[i]!]!;
  return { rows, columns, ink: inked, isDark };
}

/** The picture on black if what is opaque in it is light, else on white. */
export function onBackdrop({ grey, opacity }: GreyPicture): Uint8Array {
  if (opacity === null) return grey;
  let [sum, total] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    sum += grey[i]! * opacity[i]!;
    total += opacity[i]!;
  }
  const backdrop = sum > 127.5 * total ? 0 : 255;
  return grey.map((level, i) => Math.round(backdrop + (level - backdrop) * opacity[i]! / 255));
}

/** How many pixels there are of each level. */
function countLevels(grey: Uint8Array): number[] {
  const counts = new Array<number>(256).fill(0);
  for (const level of grey) counts[level]!++;
  return counts;
}

/**
 * The highest level of the lower group, when the two groups differ most: the largest variance
 * between them (Otsu, "A threshold selection method from gray-level histograms", 1979). Where
 * levels in a row are as good, the one in their middle.
 */
function otsu(counts: readonly number[]): number {
  const n = counts.reduce((sum, count) => sum + count);
  const total = counts.reduce((sum, count, level) => sum + count * level, 0);
  let [below, sum, best] = [0, 0, -1];
  let [first, last] = [0, 0];
  for (let level = 0; level < 255; level++) {
    below += counts[level]!;
    sum += counts[level]! * level;
    if (below === 0 || below === n) continue;
    const distance = sum / below - (total - sum) / (n - below);
    const variance = below * (n - below) * distance * distance;
    if (variance > best) first = last = level;
    else if (variance === best) last = level;
    best = Math.max(best, variance);
  }
  return (first + last) >> 1;
}

/** Which share of the outermost pixels is lighter than a threshold. */
function lightBorder(grey: Uint8Array, rows: number, columns: number, threshold: number): number {
  let [light, n] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const step = row === 0 || row === rows - 1 ? 1 : Math.max(1, columns - 1);
    for (let column = 0; column < columns; column += step, n++) {
      if (grey[row * columns + column]! > threshold) light++;
    }
  }
  return light / n;
}

/** The level that such a share of the pixels is not above. */
function quantile(counts: readonly number[], share: number): number {
  let left = share * counts.reduce((sum, count) => sum + count);
  return counts.findIndex((count) => (left -= count) <= 0);
}

/** The part of all ink, and of the tallest shape's height, that a shape of its own has at least. */
const [OWN_INK, OWN_HEIGHT] = [0.1, 0.5];

/**
 * How many shapes stand side by side with nothing between them: digits of a number. What is much
 * smaller than the others, or above or below them, is a part of a digit, or a speck.
 */
export function shapesIn({ rows, columns, ink }: Ink): number {
  const shapes: { ink: number; top: number; bottom: number }[] = [];
  let isInside = false;
  let total = 0;
  for (let x = 0; x < columns; x++) {
    let [sum, top, bottom] = [0, rows, 0];
    for (let y = 0; y < rows; y++) {
      const value = ink[y * columns + x]!;
      if (value === 0) continue;
      sum += value;
      top = Math.min(top, y);
      bottom = y + 1;
    }
    if (sum > 0) {
      if (!isInside) shapes.push({ ink: 0, top: rows, bottom: 0 });
      const shape = shapes.at(-1)!;
      shape.ink += sum;
      shape.top = Math.min(shape.top, top);
      shape.bottom = Math.max(shape.bottom, bottom);
    }
    isInside = sum > 0;
    total += sum;
  }
  const large = shapes.filter((shape) => shape.ink >= OWN_INK * total);
  const tallest = Math.max(0, ...large.map(({ top, bottom }) => bottom - top));
  return large.filter(({ top, bottom }) => bottom - top >= OWN_HEIGHT * tallest).length;
}
