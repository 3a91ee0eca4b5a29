/**
 * Drawings as MNIST has them: the digit scaled into a box of 20 × 20 pixels with its proportions
 * kept, and placed in 28 × 28 so that its centre of mass is in the middle (LeCun et al., 1998).
 *
 * @module
 */

/** A point of a stroke, in any unit. */
export interface Point {
  x: number;
  y: number;
}

/** Lines drawn without lifting the pen. */
export type Stroke = readonly Point[];

/** Pixels of a side of the picture, and of the box that the digit fills. */
const SIDE = 28;
const BOX = 20;

/** Where MNIST's centres of mass are: in the middle of pixel 14, not on its edge. */
const MIDDLE = 14.5;

/** Half the width of a stroke, in pixels: MNIST's are about 2.5 wide, however large the writing. */
const RADIUS = 1.25;

/** How much a dot is scaled up at most: a box one unit wide. */
const SMALLEST = 1e-6;

/** Strokes as pixels [784] in [0, 1], the pen's trace being 1; zeros where there are none. */
export function centre(strokes: readonly Stroke[]): Float32Array<ArrayBuffer> {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(SIDE * SIDE);
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const size = Math.max(right - left, bottom - top);
  // the trace reaches RADIUS beyond its points
  const scale = size < SMALLEST ? 1 : (BOX - 2 * RADIUS) / size;
  const place = (dx: number, dy: number) =>
    strokes.map((stroke) =>
      stroke.map(({ x, y }) => ({
        x: (x - (left + right) / 2) * scale + MIDDLE + dx,
        y: (y - (top + bottom) / 2) * scale + MIDDLE + dy,
      }))
    );
  const mass = centreOfMass(trace(place(0, 0)));
  return trace(place(MIDDLE - mass.x, MIDDLE - mass.y));
}

/** Pixels that strokes of RADIUS pass over: how much of a pixel is covered, about. */
function trace(strokes: readonly Stroke[]): Float32Array<ArrayBuffer> {
  const pixels = new Float32Array(SIDE * SIDE);
  const reach = RADIUS + 0.5;
  for (const stroke of strokes) {
    for (const [i, b] of stroke.entries()) {
      const a = stroke[Math.max(0, i - 1)]!;
      const [x0, x1] = within(Math.min(a.x, b.x) - reach, Math.max(a.x, b.x) + reach);
      const [y0, y1] = within(Math.min(a.y, b.y) - reach, Math.max(a.y, b.y) + reach);
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const cover = reach - distance({ x: x + 0.5, y: y + 0.5 }, a, b);
          const at = y * SIDE + x;
          pixels[at] = Math.max(pixels[at]!, Math.min(1, cover));
        }
      }
    }
  }
  return pixels;
}

/** The whole numbers of a range that are pixels: from the first to before the second. */
function within(from: number, to: number): [number, number] {
  return [Math.max(0, Math.floor(from)), Math.min(SIDE, Math.ceil(to))];
}

/** From a point to the line between two others. */
function distance(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((p.x - a.x) * dx + (p.y - a.y) * dy) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/** Where pixels weigh as much on one side as on the other. */
export function centreOfMass(pixels: Float32Array): Point {
  let [mass, x, y] = [0, 0, 0];
  for (const [i, value] of pixels.entries()) {
    mass += value;
    x += value * (i % SIDE + 0.5);
    y += value * (Math.floor(i / SIDE) + 0.5);
  }
  return { x: x / mass, y: y / mass };
}
