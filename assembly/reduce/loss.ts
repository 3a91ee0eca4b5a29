// Losses of a row of scores and an int32 label, and their gradients.
//
// A label outside [0, c) makes its row's loss NaN and is reported in `status`: one int32, 0 on
// entry, that the first thread to see one sets to its row + 1.

import { expSumSpan } from "../elementwise/exp";
import { log1 } from "../elementwise/log";
import { maxSpan } from "./reduce";
import { scaleSpan } from "./softmax";
import { report } from "../report";
import { at } from "../simd";

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
 * losses[i] = log of the sum of exp(x[i, :]) - x[i, label]. The gradient needs stats [rows, 2]: the
 * row's maximum, and 1 / the sum of exp(x[i, :] - maximum). Their sum in one number, the logarithm,
 * would be too coarse where scores are large.
 */
export function crossEntropyRows(
  x: usize,
  labels: usize,
  losses: usize,
  stats: usize,
  c: i32,
  status: usize,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const row = at(x, i * c);
    const top = maxSpan(row, c, 0);
    const sum = expSumSpan(row, 0, c, top);
    store<f32>(at(stats, 2 * i), top);
    store<f32>(at(stats, 2 * i + 1), 1 / sum);
    const label = load<i32>(at(labels, i));
    let loss: f32 = NaN;
    // From the difference to the maximum: the scores themselves may be large and cancel.
    if (<u32>label < <u32>c) loss = log1(sum) - (load<f32>(at(row, label)) - top);
    else report(status, i);
    store<f32>(at(losses, i), loss);
  }
}

/**
 * Gradient of crossEntropyRows: dx[i, :] = (softmax(x[i, :]) - onehot(labels[i])) dloss scale,
 * dloss and dstride as in nllGradRows. dx may be x.
 */
export function crossEntropyGradRows(
  x: usize,
  labels: usize,
  stats: usize,
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
    const g = load<f32>(at(dloss, i * dstride)) * scale;
    expSumSpan(at(x, i * c), out, c, load<f32>(at(stats, 2 * i)));
    scaleSpan(out, g * load<f32>(at(stats, 2 * i + 1)), c);
    if (<u32>label < <u32>c) store<f32>(at(out, label), load<f32>(at(out, label)) - g);
  }
}
