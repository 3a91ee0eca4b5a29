import assert from "node:assert/strict";
import fc from "fast-check";
import { centre, centreOfMass, type Stroke } from "../../web/page/centre.ts";

const SIDE = 28;

/** Rows and columns that have ink, from the first to the last. */
function extent(pixels: Float32Array): { width: number; height: number } {
  const inked = [...pixels.keys()].filter((i) => pixels[i]! > 0);
  const columns = inked.map((i) => i % SIDE);
  const rows = inked.map((i) => Math.floor(i / SIDE));
  const span = (at: number[]) => Math.max(...at) - Math.min(...at) + 1;
  return { width: span(columns), height: span(rows) };
}

const point = fc.record({
  x: fc.double({ min: 0, max: 1, noNaN: true }),
  y: fc.double({ min: 0, max: 1, noNaN: true }),
});

const drawing = fc.array(fc.array(point, { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 4,
});

Deno.test("the longer side of a drawing fills 20 pixels, wherever and however large it is", () => {
  const line: Stroke = [{ x: 0.1, y: 0.2 }, { x: 0.1, y: 0.3 }];
  for (const scale of [0.1, 1, 500]) {
    const pixels = centre([line.map(({ x, y }) => ({ x: x * scale + 7, y: y * scale - 3 }))]);
    const { width, height } = extent(pixels);
    assert(height >= 20 && height <= 21, `height ${height}`);
    assert(width >= 3 && width <= 4, `width ${width}`);
  }
});

Deno.test("the centre of mass is in the middle of pixel 14, as MNIST's are", () => {
  const seven: Stroke = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 0.4, y: 1.4 }];
  const { x, y } = centreOfMass(centre([seven]));
  assert(Math.abs(x - 14.5) < 0.05 && Math.abs(y - 14.5) < 0.05, `${x}, ${y}`);
});

Deno.test("pixels are from 0 to 1, and none is left out of a drawing that is not empty", () => {
  fc.assert(fc.property(drawing, (strokes) => {
    const pixels = centre(strokes);
    assert.equal(pixels.length, SIDE * SIDE);
    assert(pixels.every((value) => value >= 0 && value <= 1));
    assert(Math.max(...pixels) > 0.7);
  }));
});

Deno.test("a drawing that is moved or scaled gives the same pixels", () => {
  const offset = fc.double({ min: -5, max: 5, noNaN: true });
  const zoom = fc.double({ min: 0.2, max: 30, noNaN: true });
  fc.assert(fc.property(drawing, offset, offset, zoom, (strokes, dx, dy, scale) => {
    const xs = strokes.flat().map(({ x }) => x);
    const ys = strokes.flat().map(({ y }) => y);
    const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    fc.pre(size > 0.01);
    const there = strokes.map((stroke) =>
      stroke.map(({ x, y }) => ({ x: x * scale + dx, y: y * scale + dy }))
    );
    const [a, b] = [centre(strokes), centre(there)];
    assert(a.every((value, i) => Math.abs(value - b[i]!) < 1e-3));
  }));
});

Deno.test("a dot is a dot in the middle, and nothing is nothing", () => {
  const dot = centre([[{ x: 0.9, y: 0.1 }]]);
  assert(dot[14 * SIDE + 14]! === 1 && extent(dot).width <= 5);
  assert.deepEqual(centre([]), new Float32Array(SIDE * SIDE));
});
