// What bench/lab/conv.ts measures: the steps of a convolution by themselves, beside what the core
// can do between registers.

import { at, fma } from "../../assembly/simd";
import {
  inputGradTile, inputTile, outputGradTile, outputTile,
} from "../../assembly/conv/winograd_tiles";
import { columnsByRows, rowsByPanels } from "../../assembly/conv/winograd_product";
import { addRows } from "../../assembly/conv/patch";

export { convForward, convGrad } from "../../assembly/conv/conv";
export { winogradForward, winogradGrad } from "../../assembly/conv/winograd";
export { winogradWeight } from "../../assembly/conv/winograd_weight";

/** Twenty multiply-adds a turn, none waiting for another. */
export function limit(to: usize, turns: i32): void {
  const x = v128.load(to);
  let a = x, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a;
  for (; turns > 0; turns--) {
    a = fma(x, x, a), b = fma(x, x, b), c = fma(x, x, c), d = fma(x, x, d), e = fma(x, x, e);
    f = fma(x, x, f), g = fma(x, x, g), h = fma(x, x, h), i = fma(x, x, i), j = fma(x, x, j);
    a = fma(x, x, a), b = fma(x, x, b), c = fma(x, x, c), d = fma(x, x, d), e = fma(x, x, e);
    f = fma(x, x, f), g = fma(x, x, g), h = fma(x, x, h), i = fma(x, x, i), j = fma(x, x, j);
  }
  const s = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(e, f));
  v128.store(to, f32x4.add(s, f32x4.add(f32x4.add(g, h), f32x4.add(i, j))));
}

/** The 4 × 4 tiles of an image of 6 × 6 tiles and n channels, by one of the four transforms. */
export function transform(which: i32, image: usize, planes: usize, n: i32, side: i32): void {
  const pixel = <usize>n << 2, line = pixel * side, plane = <usize>(36 * n + 16) << 2;
  const row = 6 * plane;
  for (let y = 0; y < 6; y++) {
    for (let x = 0; x < 6; x++) {
      const corner = image + line * (4 * y) + pixel * (4 * x);
      if (which == 0) inputTile(4, corner, line, pixel, planes, row, plane, n);
      else if (which == 1) outputTile(4, planes, row, plane, corner, line, pixel, n, 0);
      else if (which == 2) outputGradTile(4, corner, line, pixel, planes, row, plane, n);
      else inputGradTile(4, planes, row, plane, corner, line, pixel, n);
      planes += pixel;
    }
  }
}

/** All 36 products of 36 tiles: [36, depth] · [depth, n]. */
export function products(a: usize, b: usize, c: usize, depth: i32, n: i32): void {
  const ap = <usize>(36 * depth + 16) << 2, bp = <usize>(depth * n + 16) << 2;
  const cp = <usize>(36 * n + 16) << 2;
  for (let k = 0; k < 36; k++) {
    rowsByPanels(a + ap * k, 36, depth, b + bp * k, n >> 3, c + cp * k);
  }
}

/** All 36 products over 36 tiles: [36, m]ᵀ · [36, n]. */
export function weightProducts(a: usize, b: usize, c: usize, m: i32, n: i32): void {
  const ap = <usize>(36 * m + 16) << 2, bp = <usize>(36 * n + 16) << 2;
  const cp = <usize>(m * n + 16) << 2;
  for (let k = 0; k < 36; k++) {
    columnsByRows(a + ap * k, m, b + bp * k, n, 36, c + cp * k, true);
  }
}

/** The sums of an image's channels. */
export function sums(y: usize, rows: i32, n: i32, to: usize): void {
  addRows(y, rows, n, at(to, 0));
}
