// What the pooling kernels share: their windows, and four neighbouring windows at once.
//
// Images are [outer, h, w, inner]: row-major images [n, c, h, w] are [n c, h, w, 1], channels-last
// ones [n, h, w, c]. Windows come as two int32 tables, `rows` [oh, 3] and `cols` [ow, 3], each line
// being where a window begins and ends within the image, and its share of the divisor of a mean or, of
// a maximum, the distance of its pixels. So padding, strides, dilation and adaptive pooling are the
// caller's business.

import { at } from "../simd";

// @ts-ignore: decorator
@inline
export function beginOf(table: usize, i: i32): i32 {
  return load<i32>(at(table, 3 * i));
}

// @ts-ignore: decorator
@inline
export function endOf(table: usize, i: i32): i32 {
  return load<i32>(at(table, 3 * i), 4);
}

// @ts-ignore: decorator
@inline
export function divisorOf(table: usize, i: i32): i32 {
  return load<i32>(at(table, 3 * i), 8);
}

// @ts-ignore: decorator
@inline
export function stepOf(table: usize, i: i32): i32 {
  return load<i32>(at(table, 3 * i), 8);
}

/** The step between windows i to i + 3 where all are as wide and as far apart, else 0. */
export function regularStep(table: usize, i: i32): i32 {
  const begin = beginOf(table, i), width = endOf(table, i) - begin;
  const step = beginOf(table, i + 1) - begin;
  for (let k = 1; k < 4; k++) {
    const b = beginOf(table, i + k);
    if (b != begin + k * step || endOf(table, i + k) - b != width) return 0;
  }
  return step;
}

/** Elements 0, step, 2 step and 3 step of p; reads nothing beyond the last of them. */
// @ts-ignore: decorator
@inline
export function loadSteps(p: usize, step: i32): v128 {
  if (step == 1) return v128.load(p);
  if (step == 2) return v128.shuffle<i32>(v128.load(p), v128.load(p, 12), 0, 2, 5, 7);
  let v = v128.load32_zero(p);
  v = v128.load_lane<f32>(at(p, step), v, 1);
  v = v128.load_lane<f32>(at(p, 2 * step), v, 2);
  return v128.load_lane<f32>(at(p, 3 * step), v, 3);
}

/** b's lanes where the mask is 0, a's where it is all ones: one instruction where relaxed SIMD is. */
// @ts-ignore: decorator
@inline
export function select(a: v128, b: v128, mask: v128): v128 {
  // @ts-ignore: a constant of the compiler, so only one branch is compiled
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}
