// Softmax and its logarithm along rows, and their gradients.

import { expSpan, expSumSpan } from "../elementwise/exp";
import { log1 } from "../elementwise/log";
import { SoftmaxOp } from "../ops";
import { maxSpan, sumSpan } from "./reduce";
import { at, loadPart, storePart, sumLanes, zeros } from "../simd";
import { WIDE } from "../target";

/** y = y f, n elements. */
export function scaleSpan(y: usize, f: f32, n: i32): void {
  const v = f32x4.splat(f);
  while (n >= 16) {
    const a = v128.load(y), b = v128.load(y, 16), c = v128.load(y, 32), d = v128.load(y, 48);
    v128.store(y, f32x4.mul(b, v), 16);
    v128.store(y, f32x4.mul(a, v));
    v128.store(y, f32x4.mul(d, v), 48);
    v128.store(y, f32x4.mul(c, v), 32);
    y += 64;
    n -= 16;
  }
  while (n >= 4) {
    v128.store(y, f32x4.mul(v128.load(y), v));
    y += 16;
    n -= 4;
  }
  if (n) storePart(y, f32x4.mul(loadPart(y, n, v), v), n);
}

/** y = (x - a) - b, n elements. */
function subtractSpan(x: usize, y: usize, a: f32, b: f32, n: i32): void {
  const u = f32x4.splat(a), v = f32x4.splat(b);
  for (; n >= 8; n -= 8, x += 32, y += 32) {
    const c = f32x4.sub(f32x4.sub(v128.load(x), u), v);
    const d = f32x4.sub(f32x4.sub(v128.load(x, 16), u), v);
    v128.store(y, d, 16);
    v128.store(y, c);
  }
  if (n >= 4) {
    v128.store(y, f32x4.sub(f32x4.sub(v128.load(x), u), v));
    x += 16;
    y += 16;
    n -= 4;
  }
  if (n) storePart(y, f32x4.sub(f32x4.sub(loadPart(x, n, zeros()), u), v), n);
}

/** Sum of x y over n elements, in blocks of 256 that are added in float64. */
function dotSpan(x: usize, y: usize, n: i32): f32 {
  let total: f64 = 0;
  while (n >= 4) {
    let sum = zeros();
    let left = min(n >> 2, 64);
    n -= left << 2;
    do {
      sum = f32x4.add(sum, f32x4.mul(v128.load(x), v128.load(y)));
      x += 16;
      y += 16;
    } while (--left);
    total += sumLanes(sum);
  }
  if (n) total += sumLanes(f32x4.mul(loadPart(x, n, zeros()), loadPart(y, n, zeros())));
  return <f32>total;
}

/** dx = (dy - dot) y, n elements. */
function softmaxGradSpan(y: usize, dy: usize, dx: usize, dot: f32, n: i32): void {
  const v = f32x4.splat(dot);
  for (; n >= 8; n -= 8, y += 32, dy += 32, dx += 32) {
    const a = f32x4.mul(f32x4.sub(v128.load(dy), v), v128.load(y));
    const b = f32x4.mul(f32x4.sub(v128.load(dy, 16), v), v128.load(y, 16));
    v128.store(dx, b, 16);
    v128.store(dx, a);
  }
  if (n >= 4) {
    v128.store(dx, f32x4.mul(f32x4.sub(v128.load(dy), v), v128.load(y)));
    y += 16;
    dy += 16;
    dx += 16;
    n -= 4;
  }
  if (n) {
    const d = f32x4.sub(loadPart(dy, n, v), v);
    storePart(dx, f32x4.mul(d, loadPart(y, n, v)), n);
  }
}

/** dx = dy - sum dx, n elements. */
function logSoftmaxGradSpan(dy: usize, dx: usize, sum: f32, n: i32): void {
  const v = f32x4.splat(sum);
  for (; n >= 8; n -= 8, dy += 32, dx += 32) {
    const a = f32x4.sub(v128.load(dy), f32x4.mul(v, v128.load(dx)));
    const b = f32x4.sub(v128.load(dy, 16), f32x4.mul(v, v128.load(dx, 16)));
    v128.store(dx, b, 16);
    v128.store(dx, a);
  }
  if (n >= 4) {
    v128.store(dx, f32x4.sub(v128.load(dy), f32x4.mul(v, v128.load(dx))));
    dy += 16;
    dx += 16;
    n -= 4;
  }
  if (n) {
    const p = f32x4.mul(v, loadPart(dx, n, v));
    storePart(dx, f32x4.sub(loadPart(dy, n, v), p), n);
  }
}

/**
 * y[i, :] = softmax of x[i, :] in one of its forms, x [rows, n]; rows begin to end. Shifted by the
 * row's maximum, so it does not overflow. y may be x.
 */
export function softmaxRows(form: i32, x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const row = at(x, i * n), out = at(y, i * n);
    const room: usize = WIDE && out != row ? out : 0; // a sum whose terms are stored is made of pairs
    const top = maxSpan(row, n, room);
    if (form == SoftmaxOp.MaskedSoftmax && top == -Infinity) memory.fill(out, 0, <usize>n << 2);
    else if (form == SoftmaxOp.LogSoftmax) subtractSpan(row, out, top, log1(expSumSpan(row, room, n, top)), n);
    else scaleSpan(out, 1 / expSumSpan(row, out, n, top), n);
  }
}

/**
 * Gradient of softmaxRows from its output y: with s the sum of a row,
 * dx = (dy - s(dy y)) y, of the logarithm dx = dy - exp(y) s(dy), where dx must not be y or dy.
 */
export function softmaxGradRows(
  form: i32,
  y: usize,
  dy: usize,
  dx: usize,
  n: i32,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const row = at(y, i * n), d = at(dy, i * n), out = at(dx, i * n);
    if (form == SoftmaxOp.LogSoftmax) {
      expSpan(row, out, n);
      logSoftmaxGradSpan(d, out, sumSpan(d, n), n);
    } else softmaxGradSpan(row, d, out, dotSpan(row, d, n), n);
  }
}
