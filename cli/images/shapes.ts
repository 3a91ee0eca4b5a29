import type { Ink } from "./ink.ts";

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
