/**
 * Convolution.
 *
 * @module
 */
import type { Convolution, ConvSizes } from "../device/kernels.ts";
import { numbers, store } from "./memory.ts";

/** Calls `visit` with the places in y, x and the weight of each product of a convolution. */
function eachProduct(s: ConvSizes, visit: (y: number, x: number, w: number) => void): void {
  const { n, oh, ow, o, groups } = s;
  const [kh, kw] = s.kernel;
  const inside = s.c / groups; // channels that an output sees
  for (let y = 0; y < n * oh * ow * o; y++) {
    const channel = y % o;
    const column = Math.floor(y / o) % ow;
    const row = Math.floor(y / (o * ow)) % oh;
    const sample = Math.floor(y / (o * ow * oh));
    const firstChannel = Math.floor(channel / (o / groups)) * inside;
    for (let k = 0; k < kh * kw * inside; k++) {
      const tap = Math.floor(k / inside);
      const i = row * s.stride[0] - s.padding[0] + Math.floor(tap / kw) * s.dilation[0];
      const j = column * s.stride[1] - s.padding[1] + tap % kw * s.dilation[1];
      if (i < 0 || i >= s.h || j < 0 || j >= s.w) continue;
      const x = ((sample * s.h + i) * s.w + j) * s.c + firstChannel + k % inside;
      visit(y, x, channel * kh * kw * inside + k);
    }
  }
}

/** Convolution. */
export const convolution: Convolution = {
  conv(s, x, w, bias, y) {
    const [from, weight, shift] = [numbers(x), numbers(w), bias === null ? null : numbers(bias)];
    const sums = new Float64Array(y.numel);
    if (shift !== null) { for (let i = 0; i < sums.length; i++) sums[i] = shift[i % s.o]!; }
    eachProduct(s, (y, x, w) => sums[y]! += from[x]! * weight[w]!);
    store(y, sums);
  },
  convGrad(s, x, w, dy, dx, dw, bias) {
    const [from, weight, d] = [numbers(x), numbers(w), numbers(dy)];
    const data = new Float64Array(x.numel);
    const sums = new Float64Array(w.numel + s.o);
    const each = w.numel / s.o; // weights of an output, which in `sums` stand next to the others'
    eachProduct(s, (y, x, w) => {
      data[x]! += d[y]! * weight[w]!;
      sums[w % each * s.o + Math.floor(w / each)]! += d[y]! * from[x]!;
    });
    if (bias) { for (let i = 0; i < dy.numel; i++) sums[w.numel + i % s.o]! += d[i]!; }
    if (dx !== null) store(dx, data);
    if (dw !== null) store(dw, sums);
  },
};
