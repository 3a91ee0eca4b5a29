/**
 * A search for the length of a step that satisfies the strong Wolfe conditions: Nocedal and Wright,
 * "Numerical optimization", 2006, algorithms 3.5 and 3.6, with the choices of PyTorch's.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";

/** What is known of a function at a distance t along a direction. */
export interface Point {
  readonly t: number;
  /** Its value. */
  readonly f: number;
  /** Its gradient. */
  readonly g: Tensor;
  /** The gradient along the direction. */
  readonly slope: number;
}

/** How much of the first slope a step must go down by, and how little slope it may leave. */
const ENOUGH = 1e-4, FLAT = 0.9;

/** A bracket narrower than this, times the direction's largest element, is not divided. */
const NARROW = 1e-9;

/**
 * The point at which to stop.
 *
 * @param at Looks at a distance.
 * @param t The distance to try first.
 * @param size The largest element of the direction.
 * @param most How often it may go on after the first try.
 */
export function strongWolfe(
  at: (t: number) => Point,
  start: Point,
  t: number,
  size: number,
  most: number,
): { point: Point; calls: number } {
  let calls = 0, tries = 0;
  const look = (t: number): Point => (calls++, at(t));
  const isTooHigh = ({ t, f }: Point) => f > start.f + ENOUGH * t * start.slope;
  const isFlat = ({ slope }: Point) => Math.abs(slope) <= -FLAT * start.slope;

  // farther and farther, until the minimum is behind
  let before = start, here = look(t);
  let bracket: [Point, Point] | null = null;
  for (; tries < most; tries++) {
    if (isTooHigh(here) || (tries > 1 && here.f >= before.f)) bracket = [before, here];
    else if (isFlat(here)) return { point: here, calls };
    else if (here.slope >= 0) bracket = [before, here];
    if (bracket !== null) break;
    const farther = minimum(before, here, [here.t + 0.01 * (here.t - before.t), here.t * 10]);
    before = here;
    here = look(farther);
  }
  bracket ??= [start, here];

  // between two points, the lower of which becomes the answer
  let [low, high] = bracket[0].f <= bracket[1].f ? bracket : [bracket[1], bracket[0]];
  let wasNearEnd = false;
  for (; tries < most; tries++) {
    if (Math.abs(high.t - low.t) * size < NARROW) break;
    const [first, last] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    let next = minimum(low, high, [first, last]);
    const margin = 0.1 * (last - first);
    const isNearEnd = Math.min(last - next, next - first) < margin;
    const isOut = next >= last || next <= first;
    if (isNearEnd && (wasNearEnd || isOut)) {
      next = Math.abs(next - last) < Math.abs(next - first) ? last - margin : first + margin;
      wasNearEnd = false;
    } else wasNearEnd = isNearEnd;
    const point = look(next);
    if (isTooHigh(point) || point.f >= low.f) {
      high = point;
      if (low.f > high.f) [low, high] = [high, low];
      continue;
    }
    if (isFlat(point)) return { point, calls };
    if (point.slope * (high.t - low.t) >= 0) high = low;
    low = point;
  }
  return { point: low, calls };
}

/** Where the cubic through two points, of their values and slopes, is least within bounds. */
function minimum(a: Point, b: Point, [least, most]: readonly [number, number]): number {
  if (a.t > b.t) [a, b] = [b, a];
  const chord = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t);
  const square = chord * chord - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const root = Math.sqrt(square);
  const at = b.t - (b.t - a.t) * ((b.slope + root - chord) / (b.slope - a.slope + 2 * root));
  return Math.min(Math.max(at, least), most);
}
