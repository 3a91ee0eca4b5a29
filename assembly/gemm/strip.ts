// Strips of tiles: one function for each height, so that each has its own tile in registers.

import { tile } from "./tile";

/** `count` tiles of 5 × 8 down, `panels` across; b + across: the next panel of B. */
export function strip5(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, across: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  strip(5, count, panels, a, b, bs, across, depth, c, cs, bias, flags);
}

/** `count` tiles of 4 × 8 down, `panels` across; b + across: the next panel of B. */
export function strip4(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, across: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  strip(4, count, panels, a, b, bs, across, depth, c, cs, bias, flags);
}

/** `count` tiles of 3 × 8 down, `panels` across; b + across: the next panel of B. */
export function strip3(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, across: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  strip(3, count, panels, a, b, bs, across, depth, c, cs, bias, flags);
}

/** `count` tiles of 2 × 8 down, `panels` across; b + across: the next panel of B. */
export function strip2(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, across: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  strip(2, count, panels, a, b, bs, across, depth, c, cs, bias, flags);
}

/** `count` tiles of 1 × 8 down, `panels` across; b + across: the next panel of B. */
export function strip1(
  count: i32, panels: i32, a: usize, b: usize, bs: usize, across: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  strip(1, count, panels, a, b, bs, across, depth, c, cs, bias, flags);
}

// @ts-ignore: decorator
@inline
function strip(
  rows: i32, count: i32, panels: i32, a: usize, b: usize, bs: usize, across: usize, depth: i32,
  c: usize, cs: usize, bias: usize, flags: i32,
): void {
  for (; count > 0; count--) {
    let bq = b, cq = c, biasq = bias;
    for (let q = 0; q < panels; q++) {
      tile(rows, a, 4 * rows, bq, bs, depth, cq, cs, biasq, flags);
      bq += across;
      cq += 32;
      if (bias) biasq += 32;
    }
    a += <usize>(4 * rows) * depth;
    c += cs * rows;
  }
}
