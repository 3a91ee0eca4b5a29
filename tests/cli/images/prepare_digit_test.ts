import assert from "node:assert/strict";
import fc from "fast-check";
import { DataError } from "../../../src/core/errors.ts";
import { inkOf } from "../../../cli/images/ink.ts";
import { prepareDigit } from "../../../cli/images/prepare_digit.ts";
import type { GreyPicture } from "../../../cli/images/picture.ts";
import { draw, type Drawing, ONE, SEVEN } from "./drawing.ts";

function prepare(picture: GreyPicture): Float32Array {
  return prepareDigit(inkOf(picture));
}

/** Rows and columns from the first to the last that have ink, and the centre of mass. */
function extent(pixels: Float32Array, columns = 28): Record<string, number> {
  const at = Array.from(pixels.entries()).filter(([_, value]) => value > 0);
  const ys = at.map(([i]) => Math.floor(i / columns));
  const xs = at.map(([i]) => i % columns);
  const mass = at.reduce((sum, [_, value]) => sum + value, 0);
  const mean = (places: number[]) =>
    places.reduce((sum, place, k) => sum + place * at[k]![1], 0) / mass;
  return {
    height: Math.max(...ys) - Math.min(...ys) + 1,
    width: Math.max(...xs) - Math.min(...xs) + 1,
    x: mean(xs),
    y: mean(ys),
  };
}

/** The mean difference of two pictures, of the ink of the first. */
function difference(a: Float32Array, b: Float32Array): number {
  const sum = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0);
  return sum / a.reduce((sum, value) => sum + value, 0);
}

const LARGE: Drawing = { rows: 200, columns: 200, line: 18 };

Deno.test("a digit fills 20 of 28 pixels, its centre of mass in the middle", () => {
  const pixels = prepare(draw(SEVEN, LARGE));
  const { height, width, x, y } = extent(pixels);
  assert.deepEqual([height, width], [20, 13]);
  // pixels have whole numbers: half a pixel is as near as they come
  assert.ok(Math.abs(x! - 14) <= 0.5 && Math.abs(y! - 14) <= 0.5, `${x}, ${y}`);
  assert.equal(Math.max(...pixels), 1);
});

Deno.test("one digit in any size, place and colours is the same picture", () => {
  const pixels = prepare(draw(SEVEN, LARGE));
  const others: [what: string, drawing: Drawing, most: number][] = [
    ["dark on light", { ...LARGE, ink: 0, paper: 255 }, 0],
    ["grey on grey", { ...LARGE, ink: 90, paper: 190 }, 0.03],
    ["faint", { ...LARGE, ink: 140, paper: 110 }, 0.1],
    ["in a corner", { rows: 333, columns: 444, line: 18, left: 230, top: 120, side: 200 }, 0.01],
    ["large", { rows: 900, columns: 1200, line: 72, left: 100, top: 50, side: 800 }, 0.06],
    ["small", { rows: 60, columns: 50, line: 3.6, left: 5, top: 10, side: 40 }, 0.2],
  ];
  for (const [what, drawing, most] of others) {
    const other = difference(pixels, prepare(draw(SEVEN, drawing)));
    assert.ok(other <= most, `${what}: ${other}`);
  }
  assert.ok(difference(pixels, prepare(draw(ONE, LARGE))) > 1);
});

Deno.test("proportions are kept: a line that stands is 20 high, one that lies 20 wide", () => {
  const standing = extent(prepare(draw(ONE, LARGE)));
  assert.deepEqual([standing.height, standing.width], [20, 2]);
  const lying = extent(prepare(draw(ONE.map(([x, y]) => [y, x]), LARGE)));
  assert.deepEqual([lying.height, lying.width], [2, 20]);
});

Deno.test("a line thinner than a pixel of the result is as bright as a thick one", () => {
  const thin = prepare(draw(SEVEN, { rows: 800, columns: 800, line: 2 }));
  assert.ok(thin.filter((value) => value === 1).length >= 8);
  assert.ok(thin.filter((value) => value > 0.4).length >= 25);
});

Deno.test("ink that fills most of a picture is still the ink", () => {
  const { isDark } = inkOf(
    draw(SEVEN, {
      rows: 80,
      columns: 80,
      line: 44,
      ink: 0,
      paper: 255,
      left: 20,
      top: 20,
      side: 40,
    }),
  );
  assert.equal(isDark, true);
});

Deno.test("what is transparent is background, for dark ink and for light", () => {
  const shape = draw(SEVEN, LARGE);
  const wanted = prepare(shape);
  for (const level of [0, 40, 200, 255]) {
    const grey = new Uint8Array(shape.grey.length).fill(level);
    const pixels = prepare({ ...shape, grey, opacity: shape.grey });
    assert.ok(difference(wanted, pixels) < 0.03, String(level));
  }
});

Deno.test("noise on paper and specks are no ink", () => {
  const drawing = draw(SEVEN, { ...LARGE, ink: 60, paper: 220 });
  const noise = (i: number) => Math.round(6 * Math.sin(i * i));
  const grey = drawing.grey.map((level, i) => level + noise(i));
  grey[205] = 60;
  const clean = prepare(draw(SEVEN, LARGE));
  assert.ok(difference(clean, prepare({ ...drawing, grey })) < 0.06);
});

Deno.test("a picture in which nothing is to be seen is refused", () => {
  for (const level of [0, 127, 255]) {
    const grey = new Uint8Array(100).fill(level);
    grey[50]! ^= 7;
    assert.throws(
      () => inkOf({ rows: 10, columns: 10, grey, opacity: null }),
      new DataError("there is nothing to see: all pixels are nearly alike"),
    );
    assert.throws(
      () => inkOf({ rows: 10, columns: 10, grey, opacity: new Uint8Array(100) }),
      DataError,
    );
  }
  assert.throws(
    () => prepareDigit({ rows: 2, columns: 2, ink: new Uint8Array(4), isDark: false }),
    new DataError("there is nothing to see: the picture has no ink"),
  );
});

Deno.test("any picture is refused or gives ink within the frame, of any frame", () => {
  const side = fc.integer({ min: 1, max: 40 });
  const pictures = fc.tuple(side, side).chain(([rows, columns]) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      grey: fc.uint8Array({ minLength: rows * columns, maxLength: rows * columns }),
      opacity: fc.constant(null),
    })
  );
  fc.assert(fc.property(pictures, side, side, (picture, rows, columns) => {
    let ink;
    try {
      ink = inkOf(picture);
    } catch (error) {
      assert.ok(error instanceof DataError);
      return;
    }
    const pixels = prepareDigit(ink, [rows, columns]);
    assert.equal(pixels.length, rows * columns);
    assert.ok(pixels.every((value) => value >= 0 && value <= 1));
    assert.ok(pixels.some((value) => value === 1));
  }));
});
