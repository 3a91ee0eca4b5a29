import assert from "node:assert/strict";
import { pictureText } from "../../../cli/images/picture_text.ts";

const PIXELS = Float32Array.of(1, 0, 1, 0, 1, 1, 0, 0, 0.5, 0.1, 0, 0.39);

Deno.test("a picture is drawn in half blocks, two rows a line", () => {
  assert.deepEqual(pictureText(PIXELS, [3, 4], false), ["█▄▀ ", "▀   "]);
});

Deno.test("a terminal's greys show every level", () => {
  const cell = (upper: number, lower: number) => `\x1b[38;5;${upper};48;5;${lower}m▀`;
  assert.deepEqual(pictureText(PIXELS, [3, 4], true), [
    cell(255, 255) + cell(232, 255) + cell(255, 232) + cell(232, 232) + "\x1b[0m",
    cell(244, 232) + cell(234, 232) + cell(232, 232) + cell(241, 232) + "\x1b[0m",
  ]);
});
