import assert from "node:assert/strict";
import { evenLight } from "../../../cli/images/even_light.ts";
import { inkOf } from "../../../cli/images/ink.ts";
import { prepareDigit } from "../../../cli/images/prepare_digit.ts";
import { draw, SEVEN } from "./drawing.ts";

const PHOTO = {
  rows: 240,
  columns: 320,
  line: 16,
  ink: 60,
  paper: 180,
  left: 60,
  top: 20,
  side: 200,
};

/** Levels under light that comes from the right and below. */
function lit(grey: Uint8Array, columns: number): Uint8Array {
  return grey.map((level, i) => level + 60 * (i % columns) / columns + i / grey.length * 10 - 35);
}

Deno.test("light that falls from a side is evened: the paper has one level", () => {
  const { grey, rows, columns } = draw(SEVEN, PHOTO);
  const even = evenLight(lit(grey, columns), rows, columns);
  const paper = even.filter((_, i) => grey[i] === 180);
  const [least, most] = [Math.min(...paper), Math.max(...paper)];
  assert.ok(most - least <= 4, `${least} to ${most}`);
  const ink = even.filter((_, i) => grey[i] === 60);
  assert.ok(Math.max(...ink) < least - 100);
});

Deno.test("a digit in light from a side is the digit in even light", () => {
  const drawing = draw(SEVEN, PHOTO);
  const grey = lit(drawing.grey, drawing.columns);
  const [even, slanted] = [drawing, { ...drawing, grey }].map((p) => prepareDigit(inkOf(p)));
  const ink = even!.reduce((sum, value) => sum + value);
  const difference = even!.reduce((sum, value, i) => sum + Math.abs(value - slanted![i]!), 0);
  assert.ok(difference / ink < 0.05, String(difference / ink));
});

Deno.test("where the background is even, nothing changes", () => {
  const grey = draw(SEVEN, PHOTO).grey;
  assert.equal(evenLight(grey, 240, 320), grey);
  const noisy = grey.map((level, i) => level + Math.round(5 * Math.sin(i * i)));
  assert.equal(evenLight(noisy, 240, 320), noisy);
  for (const [rows, columns] of [[1, 1], [1, 30], [30, 1]] as const) {
    const line = new Uint8Array(rows * columns).fill(9);
    assert.equal(evenLight(line, rows, columns), line);
  }
});
