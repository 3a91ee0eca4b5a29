/**
 * Convolution of images whose channels lie last: each of its three products is one of matrices of which
 * one is made of windows and is nowhere written down. Of a group of channels:
 *
 * ```
 * forward          y [pixels of y, out] = windows of x [pixels, taps · in] · wᵀ
 * data gradient   dx [pixels of x, in]  = windows of dy [pixels, taps · out] · w
 * weight gradient dw [taps · in, out]   = (windows of x)ᵀ · dy [pixels of y, out]
 * ```
 *
 * What is known of a line and of a step along k is an offset, a row and a column: both offsets together
 * are the place of an element, unless both rows or both columns together are outside the image.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Convolution, ConvSizes } from "../device/kernels.ts";
import { floatsAt, gpuOf, imagesAt } from "./place.ts";
import type { Form, Side } from "./product.ts";
import { Kernels, multiply } from "./tiles.ts";

const NUMBERS = {
  channels: "i32", // of x
  h: "i32",
  w: "i32",
  filters: "i32", // channels of y
  oh: "i32",
  ow: "i32",
  taps: "i32",
  across: "i32", // taps of a row
  strideY: "i32",
  strideX: "i32",
  paddingY: "i32",
  paddingX: "i32",
  dilationY: "i32",
  dilationX: "i32",
  ins: "i32", // channels of x and of y in a group
  outs: "i32",
  ones: "u32", // whether the weight's gradient has that of the bias behind it
  perAcross: "f32", // 1 / across, and so on
  perIn: "f32",
  perOut: "f32",
  perColumn: "f32", // of y
  perPixel: "f32",
} as const;

const DECLARATIONS = `
// n / by, rounded down, which GPUs are slow to divide: the product is off by one at most
fn divide(n: i32, by: i32, inverse: f32) -> i32 {
  if (n >= ${1 << 22}) { return n / by; }
  let q = i32(f32(n) * inverse);
  let rest = n - q * by;
  return q + select(select(0, -1, rest < 0), 1, rest >= by);
}
// pixel i of y: where its window of x begins
fn window(i: i32) -> vec3<i32> {
  let rows = divide(i, p.ow, p.perColumn);
  let images = divide(i, p.oh * p.ow, p.perPixel);
  let y = (rows - images * p.oh) * p.strideY - p.paddingY;
  let x = (i - rows * p.ow) * p.strideX - p.paddingX;
  return vec3<i32>(((images * p.h + y) * p.w + x) * p.channels, y, x);
}
// how far a tap of a window of x is from its beginning
fn tap(i: i32) -> vec3<i32> {
  let row = divide(i, p.across, p.perAcross);
  let y = row * p.dilationY;
  let x = (i - row * p.across) * p.dilationX;
  return vec3<i32>((y * p.w + x) * p.channels, y, x);
}
// the same of element i of a window: a tap and a channel
fn element(i: i32) -> vec3<i32> {
  let taps = divide(i, p.ins, p.perIn);
  return tap(taps) + vec3<i32>(i - taps * p.ins, 0, 0);
}
`;

/** The first channels of x and of y of a group. */
const START = "return vec3<u32>(z * u32(p.ins), z * u32(p.outs), 0u);";

/** An element of x in a window. */
const INSIDE = `let at = line + step;
  if (at.y < 0 || at.y >= p.h || at.z < 0 || at.z >= p.w) { return -1; }
  return at.x;`;

/** What lies regularly. */
const REGULAR = "return line.x + step.x;";

const WINDOWS: Side = {
  line: "return window(i32(i)) + vec3<i32>(i32(at.x), 0, 0);",
  step: "return element(i32(k));",
  place: INSIDE,
};

const forward = new Kernels({
  name: "conv2d",
  a: WINDOWS,
  b: { // w [outs, taps · ins]
    line: "return vec3<i32>(i32(at.y + i) * p.taps * p.ins, 0, 0);",
    step: "return vec3<i32>(i32(k), 0, 0);",
    place: REGULAR,
    isFull: true,
  },
  start: START,
  c: "return row * u32(p.filters) + at.y + col;",
  numbers: NUMBERS,
  declarations: DECLARATIONS,
  isInterleaved: true,
});

const dataGradient = new Kernels({
  name: "conv2d's gradient of the images",
  a: { // a pixel of x is in the windows of y that begin a tap before it
    line: `let pixel = i32(i);
  let y = pixel / p.w % p.h + p.paddingY;
  let x = pixel % p.w + p.paddingX;
  return vec3<i32>(pixel / (p.w * p.h) * p.oh * p.ow * p.filters + i32(at.y), y, x);`,
    step: `let i = divide(i32(k), p.outs, p.perOut);
  let row = divide(i, p.across, p.perAcross);
  let column = i - row * p.across;
  return vec3<i32>(i32(k) - i * p.outs, -row * p.dilationY, -column * p.dilationX);`,
    place: `let at = line + step;
  var y = at.y;
  var x = at.z;
  if (y < 0 || x < 0) { return -1; }
  if (p.strideY != 1 || p.strideX != 1) {
    if (y % p.strideY != 0 || x % p.strideX != 0) { return -1; }
    y /= p.strideY;
    x /= p.strideX;
  }
  if (y >= p.oh || x >= p.ow) { return -1; }
  return at.x + (y * p.ow + x) * p.filters;`,
  },
  b: { // w [outs, taps, ins]
    line: "return vec3<i32>(i32(at.y) * p.taps * p.ins + i32(i), 0, 0);",
    step: `let i = divide(i32(k), p.outs, p.perOut);
  return vec3<i32>(((i32(k) - i * p.outs) * p.taps + i) * p.ins, 0, 0);`,
    place: REGULAR,
    isFull: true,
  },
  start: START,
  c: "return row * u32(p.channels) + at.x + col;",
  numbers: NUMBERS,
  declarations: DECLARATIONS,
  isInterleaved: true,
});

/** A row that no window has: behind all the image, whatever is added. */
const BEHIND = 1 << 29;

const weightGradient = new Kernels({
  name: "conv2d's gradient of the weight",
  // The bias is the weight of a pixel that is 1 everywhere: behind the lines of all taps.
  a: {
    line: `let row = i32(i);
  if (row >= p.taps * p.ins) { return vec3<i32>(0, ${BEHIND}, 0); }
  return element(row) + vec3<i32>(i32(at.x), 0, 0);`,
    step: "return window(i32(k));",
    place: `if (line.y == ${BEHIND}) { return select(-1, -2, p.ones != 0u); }
  ${INSIDE}`,
    absent: "select(0.0, 1.0, at == -2)",
  },
  b: { // dy [pixels, outs]
    line: "return vec3<i32>(i32(at.y) + i32(i), 0, 0);",
    step: "return vec3<i32>(i32(k) * p.filters, 0, 0);",
    place: REGULAR,
    isFull: true,
  },
  start: START,
  c: "return row * u32(p.filters) + at.y + col;",
  numbers: NUMBERS,
  declarations: DECLARATIONS,
  isInterleaved: true,
});

/** What all three are told. */
function numbersOf(s: ConvSizes, bias: boolean): number[] {
  const { c, h, w, o, oh, ow, groups } = s;
  const [down, across] = s.kernel;
  const [ins, outs] = [c / groups, o / groups];
  return [
    ...[c, h, w, o, oh, ow, down * across, across],
    ...[...s.stride, ...s.padding, ...s.dilation],
    ...[ins, outs, bias ? 1 : 0, 1 / across, 1 / ins, 1 / outs, 1 / ow, 1 / (oh * ow)],
  ];
}

/** Channels of a pixel can be loaded by fours where each group has fours of them. */
function formOf(form: Form, place: number, ...channels: number[]): Form {
  return place % 4 === 0 && channels.every((n) => n % 4 === 0) ? form : "single";
}

function weightAt(s: ConvSizes, w: Buffer): number {
  const [down, across] = s.kernel;
  return floatsAt(w, s.o * down * across * (s.c / s.groups), "conv2d", "the weight");
}

/** Convolution. */
export const convolution: Convolution = {
  conv(s, x, w, bias, y) {
    const { n, c, o, groups } = s;
    const taps = s.kernel[0] * s.kernel[1];
    const [ins, outs] = [c / groups, o / groups];
    const xAt = imagesAt(x, true, n * c * s.h * s.w, "conv2d", "x");
    const wAt = weightAt(s, w);
    const yAt = imagesAt(y, true, n * o * s.oh * s.ow, "conv2d", "the result");
    multiply(
      gpuOf(y),
      forward,
      [n * s.oh * s.ow, outs, taps * ins, groups],
      { at: xAt, form: formOf("along", xAt, ins) },
      { at: wAt, form: formOf("along", wAt, taps * ins) },
      {
        at: yAt,
        byFours: yAt % 4 === 0 && outs % 4 === 0,
        bias: bias === null ? null : floatsAt(bias, o, "conv2d", "the bias"),
        biasStep: outs,
      },
      numbersOf(s, false),
    );
  },

  convGrad(s, x, w, dy, dx, dw, bias) {
    const { n, c, o, groups } = s;
    const gpu = gpuOf(dy);
    const taps = s.kernel[0] * s.kernel[1];
    const [ins, outs] = [c / groups, o / groups];
    const dyAt = imagesAt(dy, true, n * o * s.oh * s.ow, "conv2d", "dy");
    const numbers = numbersOf(s, bias);
    if (dx !== null) {
      const wAt = weightAt(s, w);
      const dxAt = imagesAt(dx, true, n * c * s.h * s.w, "conv2d", "dx");
      multiply(
        gpu,
        dataGradient,
        [n * s.h * s.w, ins, taps * outs, groups],
        { at: dyAt, form: formOf("along", dyAt, outs) },
        { at: wAt, form: formOf("across", wAt, ins) },
        { at: dxAt, byFours: dxAt % 4 === 0 && ins % 4 === 0 },
        numbers,
      );
    }
    if (dw !== null) {
      const xAt = imagesAt(x, true, n * c * s.h * s.w, "conv2d", "x");
      const dwAt = floatsAt(dw, taps * ins * o + o, "conv2d", "dw");
      multiply(
        gpu,
        weightGradient,
        [taps * ins + 1, outs, n * s.oh * s.ow, groups],
        { at: xAt, form: formOf("across", xAt, ins) },
        { at: dyAt, form: formOf("across", dyAt, outs) },
        { at: dwAt, byFours: dwAt % 4 === 0 && outs % 4 === 0 },
        numbers,
      );
    }
  },
};
