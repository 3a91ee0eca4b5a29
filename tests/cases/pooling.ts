import type { Tensor } from "../../src/tensor/tensor.ts";
import { spaced, uniform, values } from "../prng.ts";
import { adder, type Case, kink, type Ops } from "./case.ts";
import { CHANNELS_LAST, channelsLast } from "./images.ts";

/** Pooling. */
export const pooling: Case[] = [];
const op = adder(pooling);

// one pixel, odd sizes, vectors of windows with and without a rest, several channels
const pools: [shape: number[], kernel: string, stride: string, padding: string][] = [
  [[1, 1, 1, 1], "1", "1", "0"],
  [[2, 3, 4, 6], "2", "2", "0"],
  [[2, 5, 7, 9], "2", "2", "0"],
  [[1, 2, 12, 26], "2", "2", "0"],
  [[2, 3, 5, 11], "3", "1", "1"],
  [[2, 6, 9, 14], "3", "2", "1"],
  [[1, 3, 8, 17], "(2, 3)", "(1, 2)", "(1, 0)"],
  [[1, 4, 10, 23], "2", "3", "1"],
  [[3, 4, 5], "2", "1", "0"],
  [[0, 2, 4, 4], "2", "2", "0"],
];
for (const [shape, kernel, stride, padding] of pools) {
  const number = (text: string) => JSON.parse(text.replace("(", "[").replace(")", "]"));
  const options = { stride: number(stride), padding: number(padding) };
  const args = `${kernel}, ${stride}, ${padding}`;
  const size = number(kernel);
  for (const last of shape.length === 4 ? [false, true] : [false]) {
    const a = last ? CHANNELS_LAST : "a";
    const as = last ? channelsLast : (_: Ops, x: Tensor) => x;
    op(`F.max_pool2d(${a}, ${args})`, [spaced(shape)], (f, a) => {
      return f.maxPool2d(as(f, a), size, options);
    });
    op(`F.avg_pool2d(${a}, ${args})`, [uniform(shape)], (f, a) => {
      return f.avgPool2d(as(f, a), size, options);
    });
    op(`F.avg_pool2d(${a}, ${args}, count_include_pad=False)`, [uniform(shape)], (f, a) => {
      return f.avgPool2d(as(f, a), size, { ...options, countIncludePad: false });
    });
  }
}
// windows that reach beyond the image, pixels that are apart, sums over another number
const uneven: [shape: number[], kernel: string, stride: string, padding: string][] = [
  [[2, 3, 5, 7], "2", "2", "0"],
  [[2, 5, 6, 9], "3", "2", "1"],
  [[1, 2, 4, 4], "5", "2", "2"],
  [[1, 6, 5, 24], "(2, 3)", "(3, 2)", "(1, 0)"],
  [[1, 4, 4, 5], "3", "4", "1"],
  [[3, 8, 6], "3", "2", "1"],
];
for (const [shape, kernel, stride, padding] of uneven) {
  const number = (text: string) => JSON.parse(text.replace("(", "[").replace(")", "]"));
  const options = { stride: number(stride), padding: number(padding) };
  const [args, size] = [`${kernel}, ${stride}, ${padding}`, number(kernel)];
  for (const last of shape.length === 4 ? [false, true] : [false]) {
    const a = last ? CHANNELS_LAST : "a";
    const as = last ? channelsLast : (_: Ops, x: Tensor) => x;
    for (const dilation of ["1", "2", "(1, 3)", "(2, 1)"]) {
      const spans = number(dilation) === 1 || shape[2]! + 2 * options.padding >= 5;
      for (const ceilMode of [true, false]) {
        if (!spans || size === 5 || (dilation === "1" && !ceilMode)) continue;
        const text = `${args}, ${dilation}, ceil_mode=${ceilMode ? "True" : "False"}`;
        op(`F.max_pool2d(${a}, ${text})`, [spaced(shape)], (f, a) => {
          return f.maxPool2d(as(f, a), size, { ...options, dilation: number(dilation), ceilMode });
        });
      }
    }
    op(`F.avg_pool2d(${a}, ${args}, ceil_mode=True)`, [uniform(shape)], (f, a) => {
      return f.avgPool2d(as(f, a), size, { ...options, ceilMode: true });
    });
    const uncounted = "ceil_mode=True, count_include_pad=False";
    op(`F.avg_pool2d(${a}, ${args}, ${uncounted})`, [uniform(shape)], (f, a) => {
      return f.avgPool2d(as(f, a), size, { ...options, ceilMode: true, countIncludePad: false });
    });
    for (const [divisor, ceilMode] of [[3, true], [-2, false]] as const) {
      const text = `${args}, ceil_mode=${ceilMode ? "True" : "False"}, divisor_override=${divisor}`;
      op(`F.avg_pool2d(${a}, ${text})`, [uniform(shape)], (f, a) => {
        return f.avgPool2d(as(f, a), size, { ...options, ceilMode, divisorOverride: divisor });
      });
    }
  }
}
op("F.max_pool2d(a, 2)", [values([1, 2, 2, 1, 3, 3, 0, 0], [1, 2, 2, 2])], (f, a) => {
  return f.maxPool2d(a, 2); // equal elements
}, kink);
op(
  "F.max_pool2d(a, 2)",
  [values([1, "nan", 2, "nan", "-inf", "-inf", "-inf", "-inf"], [2, 2, 2])],
  (
    f,
    a,
  ) => f.maxPool2d(a, 2),
  kink,
);
op("F.max_pool2d(a, 2)", [values([1, "nan", "inf", 2, 3, 4, 5, "nan"], [1, 1, 2, 4])], (f, a) => {
  return f.maxPool2d(a, 2);
}, kink);
for (const shape of [[2, 3, 7, 7], [1, 5, 4, 10], [3, 4, 6]]) {
  for (const size of ["1", "(2, 3)", "3", "(7, 7)", "(9, 4)"]) {
    const to = JSON.parse(size.replace("(", "[").replace(")", "]"));
    op(`F.adaptive_avg_pool2d(a, ${size})`, [uniform(shape)], (f, a) => {
      return f.adaptiveAvgPool2d(a, to);
    });
    if (shape.length < 4) continue;
    op(`F.adaptive_avg_pool2d(${CHANNELS_LAST}, ${size})`, [uniform(shape)], (f, a) => {
      return f.adaptiveAvgPool2d(channelsLast(f, a), to);
    });
  }
}
