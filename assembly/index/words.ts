// Runs of words of 4 bytes picked by int32 indices, or added where these say: four at a time, since
// engines check the bounds of each access.

import { at } from "../simd";
import { WIDE } from "../target";

/** Whether four indices are in [0, n). */
// @ts-ignore: decorator
@inline
function areIn(picks: v128, n: v128): bool {
  return i32x4.all_true(i32x4.lt_u(picks, n));
}

/** to[j] = from[index[j]], 32 of them, which are all in range: one by one, where no bounds are checked. */
// @ts-ignore: decorator
@inline
function pick32(from: usize, index: usize, to: usize): void {
  for (const end = index + 128; index != end; index += 32, to += 32) {
    const a = load<u32>(at(from, load<i32>(index))), b = load<u32>(at(from, load<i32>(index, 4)));
    const c = load<u32>(at(from, load<i32>(index, 8))), d = load<u32>(at(from, load<i32>(index, 12)));
    const e = load<u32>(at(from, load<i32>(index, 16))), f = load<u32>(at(from, load<i32>(index, 20)));
    const g = load<u32>(at(from, load<i32>(index, 24))), h = load<u32>(at(from, load<i32>(index, 28)));
    store<u32>(to, a);
    store<u32>(to, b, 4);
    store<u32>(to, c, 8);
    store<u32>(to, d, 12);
    store<u32>(to, e, 16);
    store<u32>(to, f, 20);
    store<u32>(to, g, 24);
    store<u32>(to, h, 28);
  }
}

/** The largest of 32, without signs, in four. */
// @ts-ignore: decorator
@inline
function highest(p: usize): v128 {
  let most = i32x4.max_u(v128.load(p), v128.load(p, 16));
  most = i32x4.max_u(most, i32x4.max_u(v128.load(p, 32), v128.load(p, 48)));
  most = i32x4.max_u(most, i32x4.max_u(v128.load(p, 64), v128.load(p, 80)));
  return i32x4.max_u(most, i32x4.max_u(v128.load(p, 96), v128.load(p, 112)));
}

/**
 * to[j] = from[index[j]], count of them; 0 where an index is outside [0, n). Returns the place of the
 * first such, or -1.
 */
export function pickWords(from: usize, index: usize, to: usize, count: i32, n: i32): i32 {
  const most = i32x4.splat(n);
  let bad = -1;
  for (let j = 0; j < count;) {
    if (WIDE) {
      if (j + 32 <= count && areIn(highest(at(index, j)), most)) {
        pick32(from, at(index, j), at(to, j));
        j += 32;
        continue;
      }
    } else if (j + 4 <= count) {
      const picks = v128.load(at(index, j));
      if (areIn(picks, most)) {
        let v = v128.load32_zero(at(from, i32x4.extract_lane(picks, 0)));
        v = v128.load32_lane(at(from, i32x4.extract_lane(picks, 1)), v, 1);
        v = v128.load32_lane(at(from, i32x4.extract_lane(picks, 2)), v, 2);
        v128.store(at(to, j), v128.load32_lane(at(from, i32x4.extract_lane(picks, 3)), v, 3));
        j += 4;
        continue;
      }
    }
    const pick = load<i32>(at(index, j));
    let v: u32 = 0;
    if (<u32>pick < <u32>n) v = load<u32>(at(from, pick));
    else if (bad < 0) bad = j;
    store<u32>(at(to, j), v);
    j++;
  }
  return bad;
}

// @ts-ignore: decorator
@inline
function add(p: usize, x: f32): void {
  store<f32>(p, load<f32>(p) + x);
}

/**
 * to[index[j]] += from[j] in order, count of them; an index outside [0, n) is passed over. Returns the
 * place of the first such, or -1.
 */
export function addWords(from: usize, index: usize, to: usize, count: i32, n: i32): i32 {
  const most = i32x4.splat(n);
  let bad = -1;
  for (let j = 0; j < count;) {
    if (j + 4 <= count) {
      const picks = v128.load(at(index, j));
      if (areIn(picks, most)) {
        const v = v128.load(at(from, j));
        add(at(to, i32x4.extract_lane(picks, 0)), f32x4.extract_lane(v, 0));
        add(at(to, i32x4.extract_lane(picks, 1)), f32x4.extract_lane(v, 1));
        add(at(to, i32x4.extract_lane(picks, 2)), f32x4.extract_lane(v, 2));
        add(at(to, i32x4.extract_lane(picks, 3)), f32x4.extract_lane(v, 3));
        j += 4;
        continue;
      }
    }
    const pick = load<i32>(at(index, j));
    if (<u32>pick < <u32>n) add(at(to, pick), load<f32>(at(from, j)));
    else if (bad < 0) bad = j;
    j++;
  }
  return bad;
}
