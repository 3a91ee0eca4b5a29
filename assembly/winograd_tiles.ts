// The maps of winograd_lines.ts in two dimensions, for one tile: along the lines of one direction
// into `temp`, then along those of the other. Tiles overlap by two pixels on their inputs.
//
//   pixels [6, 6, c] or [4, 4, c]  ⇄  36 planes, each with a row of c numbers for each tile
//
// Four channels at a time; pixels lie `pixel` bytes apart, lines `line` bytes.

import { hoisted } from "./simd";
import {
  inputGradLine, inputLine, outputGradLine, outputLine, pointA, pointB,
} from "./winograd_lines";

/** Bytes of `temp`. */
export const enum Temp {
  Bytes = 640,
}

/** The planes' rows of one tile: V = Bᵀ d B. */
export function inputTile(
  x: usize, line: usize, pixel: usize, c: i32, v: usize, plane: usize, temp: usize,
): void {
  const zero = c >> 31;
  const a = pointA(zero), b = pointB(zero);
  const h = hoisted(0.5, zero), two = hoisted(2, zero), k = hoisted(2.5, zero);
  for (const end = v + (<usize>c << 2); v < end; v += 16, x += 16) {
    for (let p = x, t = temp, stop = temp + 96; t < stop; t += 16, p += pixel) {
      const p2 = p + line + line, p4 = p2 + line + line;
      inputLine(
        v128.load(p), v128.load(p + line), v128.load(p2), v128.load(p2 + line), v128.load(p4),
        v128.load(p4 + line), a, b, h, two, k, t, 96,
      );
    }
    for (let t = temp, stop = temp + 576, to = v; t < stop; t += 96, to += 6 * plane) {
      inputLine(
        v128.load(t), v128.load(t, 16), v128.load(t, 32), v128.load(t, 48), v128.load(t, 64),
        v128.load(t, 80), a, b, h, two, k, to, plane,
      );
    }
  }
}

/** dM = A dy Aᵀ. */
export function outputGradTile(
  dy: usize, line: usize, pixel: usize, o: i32, m: usize, plane: usize, temp: usize,
): void {
  const zero = o >> 31;
  const a = pointA(zero), b = pointB(zero), h = hoisted(0.5, zero), two = hoisted(2, zero);
  for (const end = m + (<usize>o << 2); m < end; m += 16, dy += 16) {
    for (let p = dy, t = temp, stop = temp + 64; t < stop; t += 16, p += pixel) {
      const p2 = p + line + line;
      outputGradLine(
        v128.load(p), v128.load(p + line), v128.load(p2), v128.load(p2 + line), a, b, h, two, t, 64,
      );
    }
    for (let t = temp, stop = temp + 384, to = m; t < stop; t += 64, to += 6 * plane) {
      outputGradLine(
        v128.load(t), v128.load(t, 16), v128.load(t, 32), v128.load(t, 48), a, b, h, two, to, plane,
      );
    }
  }
}

/** y = Aᵀ M A + bias; bias: o numbers, or 0. */
export function outputTile(
  m: usize, plane: usize, o: i32, bias: usize, y: usize, line: usize, pixel: usize, temp: usize,
): void {
  const zero = o >> 31, none = hoisted(0, zero);
  const a = pointA(zero), h = hoisted(0.5, zero), two = hoisted(2, zero), four = hoisted(4, zero);
  for (const end = m + (<usize>o << 2); m < end; m += 16, y += 16) {
    for (let p = m, t = temp, stop = temp + 96; t < stop; t += 16, p += plane) {
      const p2 = p + 12 * plane, p4 = p2 + 12 * plane;
      outputLine(
        v128.load(p), v128.load(p + 6 * plane), v128.load(p2), v128.load(p2 + 6 * plane),
        v128.load(p4), v128.load(p4 + 6 * plane), a, h, two, four, t, 96, none,
      );
    }
    const start = bias ? v128.load(bias) : none;
    if (bias) bias += 16;
    for (let t = temp, stop = temp + 384, to = y; t < stop; t += 96, to += line) {
      outputLine(
        v128.load(t), v128.load(t, 16), v128.load(t, 32), v128.load(t, 48), v128.load(t, 64),
        v128.load(t, 80), a, h, two, four, to, pixel, start,
      );
    }
  }
}

/** dx += B dV Bᵀ. */
export function inputGradTile(
  v: usize, plane: usize, c: i32, dx: usize, line: usize, pixel: usize, temp: usize,
): void {
  const zero = c >> 31;
  const a = pointA(zero), b = pointB(zero);
  const h = hoisted(0.5, zero), two = hoisted(2, zero), k = hoisted(2.5, zero);
  for (const end = v + (<usize>c << 2); v < end; v += 16, dx += 16) {
    for (let p = v, t = temp, stop = temp + 96; t < stop; t += 16, p += plane) {
      const p2 = p + 12 * plane, p4 = p2 + 12 * plane;
      inputGradLine(
        v128.load(p), v128.load(p + 6 * plane), v128.load(p2), v128.load(p2 + 6 * plane),
        v128.load(p4), v128.load(p4 + 6 * plane), a, b, h, two, k, t, 96, false,
      );
    }
    for (let t = temp, stop = temp + 576, to = dx; t < stop; t += 96, to += line) {
      inputGradLine(
        v128.load(t), v128.load(t, 16), v128.load(t, 32), v128.load(t, 48), v128.load(t, 64),
        v128.load(t, 80), a, b, h, two, k, to, pixel, true,
      );
    }
  }
}
