// The cells of recurrent layers: what becomes of a row of gates in one step, and its gradient. Rows of
// n numbers lie one after the other: the gates of the LSTM are i f g o, of the GRU r z n.

import { sigmoidSpan, tanhSpan } from "../elementwise/exp";
import { at, fma, fnma, loadUpTo, storeUpTo, zeros } from "../simd";

export const enum CellOp {
  Lstm = 0,
  Gru = 1,
  Tanh = 2,
  Relu = 3,
}

/** Rows of gates that a cell has. */
// @ts-ignore: decorator
@inline
export function gatesOf(op: i32): i32 {
  return op == CellOp.Lstm ? 4 : op == CellOp.Gru ? 3 : 1;
}

/** c′ = f c + i g, h = o tanh c′; gates become σ and tanh of themselves, tanhC is kept. */
export function lstmCell(gates: usize, c: usize, next: usize, tanhC: usize, h: usize, n: i32): void {
  const f = at(gates, n), g = at(f, n), o = at(g, n);
  sigmoidSpan(gates, gates, 2 * n);
  tanhSpan(g, g, n);
  sigmoidSpan(o, o, n);
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4);
    const kept = f32x4.mul(loadUpTo(at(f, i), k), loadUpTo(at(c, i), k));
    storeUpTo(at(next, i), fma(loadUpTo(at(gates, i), k), loadUpTo(at(g, i), k), kept), k);
  }
  tanhSpan(next, tanhC, n);
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4);
    storeUpTo(at(h, i), f32x4.mul(loadUpTo(at(o, i), k), loadUpTo(at(tanhC, i), k)), k);
  }
}

/** From dh and dc those of the gates; dc becomes that of c, dh nothing. */
export function lstmCellGrad(
  gates: usize, c: usize, tanhC: usize, dgates: usize, dh: usize, dc: usize, n: i32,
): void {
  const f = at(gates, n), g = at(f, n), o = at(g, n);
  const df = at(dgates, n), dg = at(df, n), dout = at(dg, n), one = f32x4.splat(1);
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4);
    const vi = loadUpTo(at(gates, i), k), vf = loadUpTo(at(f, i), k);
    const vg = loadUpTo(at(g, i), k), vo = loadUpTo(at(o, i), k);
    const t = loadUpTo(at(tanhC, i), k), d = loadUpTo(at(dh, i), k);
    const through = f32x4.mul(d, vo);
    const dnext = f32x4.add(loadUpTo(at(dc, i), k), fnma(f32x4.mul(through, t), t, through));
    const di = f32x4.mul(dnext, vg);
    storeUpTo(at(dgates, i), f32x4.mul(f32x4.mul(di, vi), f32x4.sub(one, vi)), k);
    const dforget = f32x4.mul(f32x4.mul(dnext, loadUpTo(at(c, i), k)), vf);
    storeUpTo(at(df, i), f32x4.mul(dforget, f32x4.sub(one, vf)), k);
    storeUpTo(at(dg, i), f32x4.mul(f32x4.mul(dnext, vi), fnma(vg, vg, one)), k);
    storeUpTo(at(dout, i), f32x4.mul(f32x4.mul(f32x4.mul(d, t), vo), f32x4.sub(one, vo)), k);
    storeUpTo(at(dc, i), f32x4.mul(dnext, vf), k);
    storeUpTo(at(dh, i), zeros(), k);
  }
}

/** n = tanh(x + r m) with m the hidden state's part, h′ = n + z (h − n); gates become r, z and n. */
export function gruCell(gates: usize, m: usize, h: usize, next: usize, n: i32): void {
  const z = at(gates, n), news = at(z, n);
  sigmoidSpan(gates, gates, 2 * n);
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4), x = loadUpTo(at(news, i), k);
    storeUpTo(at(news, i), fma(loadUpTo(at(gates, i), k), loadUpTo(at(m, i), k), x), k);
  }
  tanhSpan(news, news, n);
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4), v = loadUpTo(at(news, i), k);
    const change = f32x4.sub(loadUpTo(at(h, i), k), v);
    storeUpTo(at(next, i), fma(loadUpTo(at(z, i), k), change, v), k);
  }
}

/** From dh those of the gates, of x's part and of the hidden state's; dh becomes what z hands on. */
export function gruCellGrad(
  gates: usize, m: usize, h: usize, dx: usize, dhidden: usize, dh: usize, n: i32,
): void {
  const z = at(gates, n), news = at(z, n), one = f32x4.splat(1);
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4), d = loadUpTo(at(dh, i), k);
    const vr = loadUpTo(at(gates, i), k), vz = loadUpTo(at(z, i), k);
    const vn = loadUpTo(at(news, i), k), keep = f32x4.sub(one, vz);
    const change = f32x4.sub(loadUpTo(at(h, i), k), vn);
    const dz = f32x4.mul(f32x4.mul(f32x4.mul(d, change), vz), keep);
    const dn = f32x4.mul(f32x4.mul(d, keep), fnma(vn, vn, one));
    const dm = f32x4.mul(dn, vr);
    const dr = f32x4.mul(f32x4.mul(dm, loadUpTo(at(m, i), k)), f32x4.sub(one, vr));
    storeUpTo(at(dx, i), dr, k);
    storeUpTo(at(dhidden, i), dr, k);
    storeUpTo(at(dx, n + i), dz, k);
    storeUpTo(at(dhidden, n + i), dz, k);
    storeUpTo(at(dx, 2 * n + i), dn, k);
    storeUpTo(at(dhidden, 2 * n + i), dm, k);
    storeUpTo(at(dh, i), f32x4.mul(d, vz), k);
  }
}

/** h = tanh or relu of the gates. */
export function plainCell(op: i32, gates: usize, h: usize, n: i32): void {
  if (op == CellOp.Tanh) return tanhSpan(gates, h, n);
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4);
    storeUpTo(at(h, i), f32x4.pmax(loadUpTo(at(gates, i), k), zeros()), k); // NaN stays
  }
}

/** From dh that of the gates, by h itself; dh becomes nothing. */
export function plainCellGrad(op: i32, h: usize, dgates: usize, dh: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4), d = loadUpTo(at(dh, i), k), v = loadUpTo(at(h, i), k);
    const dv = op == CellOp.Tanh
      ? fnma(f32x4.mul(d, v), v, d)
      : v128.andnot(d, f32x4.le(v, zeros()));
    storeUpTo(at(dgates, i), dv, k);
    storeUpTo(at(dh, i), zeros(), k);
  }
}
