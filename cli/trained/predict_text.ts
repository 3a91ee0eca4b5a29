/**
 * What a network reads, as text.
 *
 * @module
 */
import { pictureText } from "../images/picture_text.ts";
import type { Input } from "./inputs.ts";

/** A picture and what it was taken for. */
export interface Reading extends Input {
  /** The most probable class. */
  readonly digit: number;
  /** Whether the network is sure of it, and the picture has one shape. */
  readonly isSure: boolean;
  /** The probability of each class. */
  readonly probabilities: readonly number[];
}

/** How many classes are told. */
const TOLD = 3;

/** Characters of the bar of a probability of 1. */
const BAR = 20;

/** What the network saw, and beside it what it takes that for. */
export function readingText(
  { name, note, shapes, digit, isSure, probabilities, pixels }: Reading,
  imageShape: readonly [rows: number, columns: number],
  greys: boolean,
): string {
  const classes = probabilities.map((p, i) => ({ p, i })).sort((a, b) => b.p - a.p || a.i - b.i);
  const told = classes.slice(0, TOLD).map(({ p, i }) => {
    const bar = "█".repeat(Math.round(BAR * p));
    return `${String(i).padStart(2)}  ${(100 * p).toFixed(1).padStart(5)} %  ${bar}`.trimEnd();
  });
  const answer = isSure ? `reads ${digit}` : `unsure, perhaps ${digit}`;
  const why = shapes === undefined
    ? []
    : ["", `${shapes} shapes side by side:`, "one digit a picture is read"];
  const beside = ["", answer, "", ...told, ...why];
  const picture = pictureText(pixels, imageShape, greys);
  const empty = " ".repeat(imageShape[1]);
  const lines = Array.from(
    { length: Math.max(picture.length, beside.length) },
    (_, i) => `  ${picture[i] ?? empty}   ${beside[i] ?? ""}`.trimEnd(),
  );
  return `${name} (${note})\n${lines.join("\n")}\n`;
}

/** What a reading is as JSON. */
export function readingJson(
  { name, note, shapes = 1, digit, isSure, probabilities }: Reading,
): unknown {
  return { image: name, note, shapes, digit, sure: isSure, probabilities };
}
