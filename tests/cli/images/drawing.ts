/** Digits drawn as lines, of any size, in any grey. */
import type { GreyPicture } from "../../../cli/images/picture.ts";

/** A point, x to the right and y down, in [0, 1]. */
export type Point = readonly [x: number, y: number];

/** A 7. */
export const SEVEN: readonly Point[] = [[0.25, 0.1], [0.75, 0.1], [0.45, 0.9]];

/** A 1. */
export const ONE: readonly Point[] = [[0.5, 0.1], [0.5, 0.9]];

/** How a drawing is made. */
export interface Drawing {
  rows: number;
  columns: number;
  /** Width of the line, in pixels. */
  line: number;
  /** Level of the ink; 255 unless given. */
  ink?: number;
  /** Level of the background; 0 unless given. */
  paper?: number;
  /** The square that the points lie in; the whole picture unless given. */
  left?: number;
  top?: number;
  side?: number;
}

/** A line through points, its edges smooth. */
export function draw(points: readonly Point[], drawing: Drawing): GreyPicture {
  const { rows, columns, line, ink = 255, paper = 0 } = drawing;
  const { left = 0, top = 0, side = Math.min(rows, columns) } = drawing;
  const at = points.map(([x, y]) => [left + side * x, top + side * y] as const);
  const grey = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const [x, y] = [i % columns + 0.5, Math.floor(i / columns) + 0.5];
    const away = Math.min(...at.slice(1).map((end, k) => distance(x, y, at[k]!, end)));
    const cover = Math.min(1, Math.max(0, line / 2 + 0.5 - away));
    return Math.round(paper + (ink - paper) * cover);
  });
  return { rows, columns, grey, opacity: null };
}

/** From (x, y) to the line from a to b. */
function distance(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
