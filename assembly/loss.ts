// Losses of a row of scores and an int32 label, and their gradients.
//
// A label outside [0, c) makes its row's loss NaN and is reported in `status`: one int32, 0 on
// entry, that the first thread to see one sets to its row + 1.

import { expSpan } from "./exp";
import { log1 } from "./log";
import { maxSpan } from "./reduce";
import { at, loadPart, storePart, zeros } from "./simd";

/** Sets status to row + 1, unless it is set. */
// @ts-ignore: decorator
@inline
function report(status: usize, row: i32): void {
  atomic.cmpxchg<i32>(status, 0, row + 1);
}

/** y = y f, n elements. */
function scaleSpan(y: usize, f: f32, n: i32): void {
  const v = f32x4.splat(f);
  while (n >= 4) {
    v128.store(y, f32x4.mul(v128.load(y), v));
    y += 16;
    n -= 4;
  }
  if (n) storePart(y, f32x4.mul(loadPart(y, n, zeros()), v), n);
}

/** losses[i] = -logp[i, labels[i]], logp [rows, c]; rows begin to end. */
export function nllRows(
  logp: usize,
  labels: usize,
  losses: usize,
  c: i32,
  status: usize,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const label = load<i32>(at(labels, i));
    let loss: f32 = NaN;
    if (<u32>label < <u32>c) loss = -load<f32>(at(logp, i * c + label));
    else report(status, i);
    store<f32>(at(losses, i), loss);
  }
}

/**
 * Gradient of nllRows: dx[i, :] = 0 but for dx[i, labels[i]] = -dloss[i * dstride] scale.
 * dstride is 1, or 0 where one gradient serves all rows (a mean, with its 1 / rows in scale).
 */
export function nllGradRows(
  labels: usize,
  dloss: usize,
  dstride: i32,
  scale: f32,
  dx: usize,
  c: i32,
  begin: i32,
  end: i32,
): void {
  memory.fill(at(dx, begin * c), 0, <usize>((end - begin) * c) << 2);
  for (let i = begin; i < end; i++) {
    const label = load<i32>(at(labels, i));
    if (<u32>label >= <u32>c) continue;
    store<f32>(at(dx, i * c + label), -load<f32>(at(dloss, i * dstride)) * scale);
  }
}

/**
 * Cross-entropy of softmax(x[i, :]) and labels[i], x [rows, c]; rows begin to end.
 * lse[i] = log of the sum of exp(x[i, :]), which the gradient needs; losses[i] = lse[i] - x[i, label].
 */
export function crossEntropyRows(
  x: usize,
  labels: usize,
  losses: usize,
  lse: usize,
  c: i32,
  status: usize,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const row = at(x, i * c);
    const top = maxSpan(row, c);
    const rest = log1(expSpan(row, 0, c, top));
    store<f32>(at(lse, i), top + rest);
    const label = load<i32>(at(labels, i));
    let loss: f32 = NaN;
    // From the differences to the maximum: lse - x[label] would cancel where the scores are large.
    if (<u32>label < <u32>c) loss = rest - (load<f32>(at(row, label)) - top);
    else report(status, i);
    store<f32>(at(losses, i), loss);
  }
}

/**
 * Gradient of crossEntropyRows: dx[i, :] = (exp(x[i, :] - lse[i]) - onehot(labels[i])) dloss scale,
 * dloss and dstride as in nllGradRows. dx may be x.
 */
export function crossEntropyGradRows(
  x: usize,
  labels: usize,
  lse: usize,
  dloss: usize,
  dstride: i32,
  scale: f32,
  dx: usize,
  c: i32,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const out = at(dx, i * c);
    const label = load<i32>(at(labels, i));
    expSpan(at(x, i * c), out, c, load<f32>(at(lse, i)));
    if (<u32>label < <u32>c) store<f32>(at(out, label), load<f32>(at(out, label)) - 1);
    scaleSpan(out, load<f32>(at(dloss, i * dstride)) * scale, c);
  }
}
