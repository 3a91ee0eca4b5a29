/** Matrix products, convolution and attention. */
import { array, broadcastPositions, type NDArray, type Shape } from "../arrays/array.ts";
import { causal } from "../arrays/attention.ts";
import * as arrays from "../arrays/mod.ts";
import { add, mul, where } from "./elementwise.ts";
import { softmax } from "./reduce.ts";
import { composed, record, scattered, Value } from "./value.ts";
import { reshape, squeeze, transpose, unsqueeze } from "./views.ts";

/** Sums what broadcasting repeated. */
function sumTo(dy: NDArray, shape: Shape): NDArray {
  return scattered(shape, broadcastPositions(shape, dy.shape), dy.data);
}

export function matmul(a: Value, b: Value): Value {
  if (a.shape.length === 1) {
    return composed(squeeze(matmul(unsqueeze(a, 0), b), b.shape.length === 1 ? 0 : -2), [a, b]);
  }
  if (b.shape.length === 1) return composed(squeeze(matmul(a, unsqueeze(b, 1)), -1), [a, b]);
  const [x, y] = [a.array, b.array];
  const turned = (x: NDArray) => arrays.transpose(x, -2, -1);
  return record(arrays.matmul(x, y), [
    [a, (dc) => sumTo(arrays.matmul(dc, turned(y)), a.shape)],
    [b, (dc) => sumTo(arrays.matmul(turned(x), dc), b.shape)],
  ]);
}

export function linear(x: Value, w: Value, b?: Value | null): Value {
  const out = arrays.linear(x.array, w.array, b?.array ?? null);
  const rows = reshape(x, [-1, w.shape[1]!]);
  const y = reshape(matmul(rows, transpose(w, 0, 1)), out.shape);
  return composed(b ? add(y, b) : y, [x, w]);
}

export function conv2d(
  x: Value,
  w: Value,
  b?: Value | null,
  options: arrays.ConvOptions = {},
): Value {
  if (x.shape.length === 3) {
    return composed(squeeze(conv2d(unsqueeze(x, 0), w, b, options), 0), [x, w]);
  }
  const [image, kernel] = [x.array, w.array];
  const dx = (dy: NDArray) => {
    const data = new Float64Array(image.data.length);
    arrays.eachProduct(image.shape, kernel.shape, options, (y, p, q) => {
      data[p]! += dy.data[y]! * kernel.data[q]!;
    });
    return array(image.shape, data);
  };
  const dw = (dy: NDArray) => {
    const data = new Float64Array(kernel.data.length);
    arrays.eachProduct(image.shape, kernel.shape, options, (y, p, q) => {
      data[q]! += dy.data[y]! * image.data[p]!;
    });
    return array(kernel.shape, data);
  };
  const y = record(arrays.conv2d(image, kernel, null, options), [[x, dx], [w, dw]]);
  return b ? composed(add(y, reshape(b, [w.shape[0]!, 1, 1])), [x, w]) : y;
}

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  attnMask?: Value | null;
  isCausal?: boolean;
  scale?: number;
}

export function scaledDotProductAttention(
  q: Value,
  k: Value,
  v: Value,
  { attnMask = null, isCausal = false, scale = 1 / Math.sqrt(q.shape.at(-1)!) }: AttentionOptions =
    {},
): Value {
  // refuses what sees nothing
  const mask = attnMask?.array ?? null;
  arrays.scaledDotProductAttention(q.array, k.array, v.array, { attnMask: mask, isCausal, scale });
  let scores = mul(matmul(q, transpose(k, -2, -1)), scale);
  const [l, s] = scores.shape.slice(-2) as [number, number];
  if (isCausal) scores = where(new Value(causal(l, s)), scores, -Infinity);
  if (attnMask?.array.dtype === "bool") scores = where(attnMask, scores, -Infinity);
  else if (attnMask !== null) scores = add(scores, attnMask);
  return composed(matmul(softmax(scores, -1), v), [q, k, v, attnMask]);
}
