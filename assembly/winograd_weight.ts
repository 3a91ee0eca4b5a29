// Weights into Winograd's planes, and their gradients back.

import { ConvShape, weightPlane } from "./conv_shape";
import { at } from "./simd";

// @ts-ignore: decorator
@inline
const A: f32 = 0.70710678118654752;
// @ts-ignore: decorator
@inline
const B: f32 = 1.4142135623730951;

/** ½ of points ±a: (g0 + g2 / 2) · −2/3. */
// @ts-ignore: decorator
@inline
function evenA(g0: v128, g2: v128): v128 {
  return mix(g0, <f32>(-2.0 / 3.0), g2, <f32>(-1.0 / 3.0));
}

/** ½ of points ±b: (g0 + 2 g2) / 6. */
// @ts-ignore: decorator
@inline
function evenB(g0: v128, g2: v128): v128 {
  return mix(g0, <f32>(1.0 / 6.0), g2, <f32>(1.0 / 3.0));
}

/** The other half of points ±a. */
// @ts-ignore: decorator
@inline
function oddA(g1: v128): v128 {
  return f32x4.mul(g1, f32x4.splat(<f32>(-2.0 / 3.0) * A));
}

/** The other half of points ±b. */
// @ts-ignore: decorator
@inline
function oddB(g1: v128): v128 {
  return f32x4.mul(g1, f32x4.splat(<f32>(1.0 / 6.0) * B));
}

/** Tap i of Gᵀ u, 6 to 3. */
// @ts-ignore: decorator
@inline
function tap(i: i32, u0: v128, u1: v128, u2: v128, u3: v128, u4: v128, u5: v128): v128 {
  const s = i == 1 ? f32x4.sub(u1, u2) : f32x4.add(u1, u2);
  const t = i == 1 ? f32x4.sub(u3, u4) : f32x4.add(u3, u4);
  if (i == 0) {
    return f32x4.add(u0, mix(s, <f32>(-2.0 / 3.0), t, <f32>(1.0 / 6.0)));
  }
  if (i == 1) return mix(s, <f32>(-2.0 / 3.0) * A, t, <f32>(1.0 / 6.0) * B);
  return f32x4.add(u5, mix(s, <f32>(-1.0 / 3.0), t, <f32>(1.0 / 3.0)));
}

// @ts-ignore: decorator
@inline
function mix(s: v128, p: f32, t: v128, q: f32): v128 {
  return f32x4.add(f32x4.mul(s, f32x4.splat(p)), f32x4.mul(t, f32x4.splat(q)));
}

/**
 * U = G g Gᵀ of the outputs begin to end, in panels. weight: [o, 3, 3, c].
 *
 *   forward   36 planes × [o / 8, c, 8 of o]        across   36 planes × [c / 8, o, 8 of c]
 *
 * `across` is what the data gradient multiplies by.
 */
export function winogradWeight(
  shape: usize, weight: usize, u: usize, across: i32, begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape);
  if (across) evaluate(true, s, weight, u, begin, end);
  else evaluate(false, s, weight, u, begin, end);
}

// @ts-ignore: decorator
@inline
function evaluate(
  across: bool, s: ConvShape, weight: usize, u: usize, begin: i32, end: i32,
): void {
  const c = s.c, o = s.o, next = <usize>c << 2, plane = weightPlane(s);
  for (let j = begin; j < end; j++) {
    let w = at(weight, 9 * c * j);
    for (let i = 0; i < c; i += 4, w += 16) {
      let to = across
        ? at(u, ((i >> 3) * o + j) * 8 + (i & 7))
        : at(u, ((j >> 3) * c + i) * 8 + (j & 7));
      const w1 = w + 3 * next, w2 = w1 + 3 * next;
      const g00 = v128.load(w), g01 = v128.load(w + next), g02 = v128.load(w + 2 * next);
      const g10 = v128.load(w1), g11 = v128.load(w1 + next), g12 = v128.load(w1 + 2 * next);
      const g20 = v128.load(w2), g21 = v128.load(w2 + next), g22 = v128.load(w2 + 2 * next);
      to = line(across, g00, g01, g02, to, plane);
      let e0 = evenA(g00, g20), e1 = evenA(g01, g21), e2 = evenA(g02, g22);
      let d0 = oddA(g10), d1 = oddA(g11), d2 = oddA(g12);
      to = line(across, f32x4.add(e0, d0), f32x4.add(e1, d1), f32x4.add(e2, d2), to, plane);
      to = line(across, f32x4.sub(e0, d0), f32x4.sub(e1, d1), f32x4.sub(e2, d2), to, plane);
      e0 = evenB(g00, g20), e1 = evenB(g01, g21), e2 = evenB(g02, g22);
      d0 = oddB(g10), d1 = oddB(g11), d2 = oddB(g12);
      to = line(across, f32x4.add(e0, d0), f32x4.add(e1, d1), f32x4.add(e2, d2), to, plane);
      to = line(across, f32x4.sub(e0, d0), f32x4.sub(e1, d1), f32x4.sub(e2, d2), to, plane);
      line(across, g20, g21, g22, to, plane);
    }
  }
}

/** G g along one line, 3 to 6, into as many planes. Returns the plane behind them. */
// @ts-ignore: decorator
@inline
function line(across: bool, g0: v128, g1: v128, g2: v128, to: usize, plane: usize): usize {
  put(across, to, g0);
  to += plane;
  const e = evenA(g0, g2), d = oddA(g1);
  put(across, to, f32x4.add(e, d));
  to += plane;
  put(across, to, f32x4.sub(e, d));
  to += plane;
  const f = evenB(g0, g2), h = oddB(g1);
  put(across, to, f32x4.add(f, h));
  to += plane;
  put(across, to, f32x4.sub(f, h));
  to += plane;
  put(across, to, g2);
  return to + plane;
}

/** Four channels of one output: neighbours in panels across, else a row of a panel apart. */
// @ts-ignore: decorator
@inline
function put(across: bool, to: usize, v: v128): void {
  if (across) v128.store(to, v);
  else spread(to, v, 32);
}

/** dg = Gᵀ dU G. du: 36 planes × [c, o]; dw: [o, 3, 3, c]. temp: 288 bytes, 64-byte aligned. */
export function weightGradFrom(s: ConvShape, du: usize, dw: usize, temp: usize): void {
  const c = s.c, o = s.o;
  const plane = weightPlane(s), next = <usize>(9 * c) << 2;
  for (let i = 0; i < c; i++) {
    for (let j = 0; j < o; j += 4) {
      const from = at(du, i * o + j);
      for (let col = 0; col < 6; col++) {
        const p = from + plane * col, q = p + 18 * plane;
        const u0 = v128.load(p), u1 = v128.load(p + 6 * plane), u2 = v128.load(p + 12 * plane);
        const u3 = v128.load(q), u4 = v128.load(q + 6 * plane), u5 = v128.load(q + 12 * plane);
        const t = temp + (<usize>col << 4);
        v128.store(t, tap(0, u0, u1, u2, u3, u4, u5));
        v128.store(t, tap(1, u0, u1, u2, u3, u4, u5), 96);
        v128.store(t, tap(2, u0, u1, u2, u3, u4, u5), 192);
      }
      let to = at(dw, 9 * c * j + i);
      for (let row = 0; row < 3; row++) {
        const t = temp + <usize>(96 * row);
        const u0 = v128.load(t), u1 = v128.load(t, 16), u2 = v128.load(t, 32);
        const u3 = v128.load(t, 48), u4 = v128.load(t, 64), u5 = v128.load(t, 80);
        spread(to, tap(0, u0, u1, u2, u3, u4, u5), next);
        to = at(to, c);
        spread(to, tap(1, u0, u1, u2, u3, u4, u5), next);
        to = at(to, c);
        spread(to, tap(2, u0, u1, u2, u3, u4, u5), next);
        to = at(to, c);
      }
    }
  }
}

/** The four lanes, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function spread(to: usize, v: v128, step: usize): void {
  v128.store_lane<f32>(to, v, 0);
  v128.store_lane<f32>(to + step, v, 1);
  v128.store_lane<f32>(to + 2 * step, v, 2);
  v128.store_lane<f32>(to + 3 * step, v, 3);
}
