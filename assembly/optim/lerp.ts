// Towards another array: running averages of weights.

import { rowOf } from "./list";
import { at, exponentBits, flushDenormal, fma, loadPart, storePart, zeros } from "../simd";

/** `lerp` on the elements begin to end of one pair. */
function lerpOne(x: usize, y: usize, weight: f64, begin: i32, end: i32): void {
  const isFar = weight >= 0.5;
  const share = f32x4.splat(<f32>(isFar ? 1 - weight : weight));
  const bits = exponentBits(end - begin);
  let n = end - begin, out = at(x, begin);
  let from = at(isFar ? y : x, begin), to = at(isFar ? x : y, begin);
  while (n >= 4) {
    const a = v128.load(from);
    v128.store(out, flushDenormal(fma(share, f32x4.sub(v128.load(to), a), a), bits));
    out += 16;
    from += 16;
    to += 16;
    n -= 4;
  }
  if (n) {
    const a = loadPart(from, n, zeros());
    const b = fma(share, f32x4.sub(loadPart(to, n, zeros()), a), a);
    storePart(out, flushDenormal(b, bits), n);
  }
}

/**
 * x ← x + weight (y - x) for `count` pairs of arrays, x at w and y at g of the rows of a table. From a
 * weight of 1/2 on it is computed from y's end, so that 0 leaves x and 1 gives y; and where x = y it
 * stays so, which a sum of two products would miss by a little more at every step.
 */
export function lerp(table: usize, count: i32, weight: f64, begin: i32, end: i32): void {
  for (let i = 0; i < count && end > 0; i++) {
    const row = rowOf(table, i), n = row.n;
    const from = max(begin, 0), to = min(end, n);
    if (from < to) lerpOne(row.w, row.g, weight, from, to);
    begin -= n;
    end -= n;
  }
}
