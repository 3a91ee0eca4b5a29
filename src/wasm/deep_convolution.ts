/**
 * Convolutions of many channels and few pixels, whose weights are larger than a cache: matrix products of
 * the patches of a whole batch, which read each weight once.
 *
 * ```
 * y [P, o] = patches [P, K] · wᵀ + bias        dw [K, o] = patchesᵀ · dy        P pixels, K numbers a kernel
 * dx = the convolution of dy with the weight's taps turned round, where the stride is 1
 * ```
 *
 * @module
 */
import { alloc, type Buffer, viewOf } from "../device/buffer.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { floatsAt } from "./address.ts";
import { inputAt, outputAt, weightAt, weightSize } from "./conv_sizes.ts";
import { moves } from "./copy.ts";
import { product } from "./matmul.ts";
import { rows } from "./reduce.ts";

/** Fewest numbers of a weight: 2 MB. */
const LEAST = 1 << 19;

/** Most pixels of a batch for each channel where the weight's gradient is wanted: so large are patches. */
const MOST_PIXELS = 4;

function isOneOf(s: ConvSizes, pixels: number): boolean {
  return s.groups === 1 && s.dilation.every((n) => n === 1) && weightSize(s) >= LEAST &&
    pixels <= Math.min(s.c, s.o);
}

/** Whether `deepForward` is the better way: with more pixels Winograd's algorithm is. */
export function isDeep(s: ConvSizes): boolean {
  return isOneOf(s, s.n * s.oh * s.ow);
}

/** Whether `deepInputGrad` is, and can take it. */
export function isDeepBackward(s: ConvSizes): boolean {
  return isOneOf(s, s.n * s.h * s.w) && s.stride.every((n) => n === 1) &&
    s.padding.every((p, i) => p < s.kernel[i]!);
}

/** Whether `deepWeightGrad` is. */
export function isDeepForWeight(s: ConvSizes): boolean {
  return isOneOf(s, s.n * s.oh * s.ow / MOST_PIXELS);
}

/** Images of channels last, and the windows that are looked at. */
interface Windows {
  n: number;
  h: number;
  w: number;
  c: number;
  kernel: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number];
  /** Windows down and across. */
  oh: number;
  ow: number;
}

/** Calls `run` with the patches [n · oh · ow, kh · kw · c] of x. */
function withPatches(x: Buffer, s: Windows, run: (patches: Buffer) => void): void {
  const [kh, kw] = s.kernel, [sh, sw] = s.stride, [ph, pw] = s.padding;
  const h = s.h + 2 * ph, w = s.w + 2 * pw, row = w * s.c;
  const image = alloc(x, [s.n, h, w, s.c]);
  moves.fill(image, 0);
  moves.copy(
    viewOf(x, [s.n, s.h, s.w * s.c], [s.h * s.w * s.c, s.w * s.c, 1]),
    viewOf(image, [s.n, s.h, s.w * s.c], [h * row, row, 1], (ph * w + pw) * s.c),
  );
  const patches = alloc(x, [s.n, s.oh, s.ow, kh, kw * s.c]);
  const strides = [h * row, sh * row, sw * s.c, row, 1];
  moves.copy(viewOf(image, [s.n, s.oh, s.ow, kh, kw * s.c], strides), patches);
  image.storage.release("conv");
  run(viewOf(patches, [s.n * s.oh * s.ow, kh * kw * s.c], [kh * kw * s.c, 1]));
  patches.storage.release("conv");
}

/** y = the convolution, or relu of it. */
export function deepForward(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  bias: Buffer | null,
  y: Buffer,
  relu: boolean,
): void {
  inputAt(s, x, "x"); // throws where they do not lie as they must
  weightAt(s, w);
  outputAt(s, y, "the result");
  if (bias !== null) floatsAt(bias, s.o, "conv2d", "the bias");
  const depth = weightSize(s) / s.o, weight = viewOf(w, [depth, s.o], [1, depth]);
  const to = viewOf(y, [s.n * s.oh * s.ow, s.o], [s.o, 1]);
  withPatches(x, s, (patches) => {
    if (relu) product.gemmRelu!(patches, weight, to, bias);
    else product.gemm(patches, weight, to, bias, false);
  });
}

/** dw and behind it that of the bias, as `convGrad` of `convolution.ts`. */
export function deepWeightGrad(
  s: ConvSizes,
  x: Buffer,
  dy: Buffer,
  dw: Buffer,
  bias: boolean,
): void {
  inputAt(s, x, "x");
  outputAt(s, dy, "dy");
  const size = weightSize(s), depth = size / s.o, pixels = s.n * s.oh * s.ow;
  floatsAt(dw, size + s.o, "conv2d", "dw");
  const from = viewOf(dy, [pixels, s.o], [s.o, 1]);
  withPatches(x, s, (patches) => {
    const turned = viewOf(patches, [depth, pixels], [1, depth]);
    product.gemm(turned, from, viewOf(dw, [depth, s.o], [s.o, 1]), null, false);
  });
  const sums = viewOf(dw, [s.o], [1], dw.offset + size);
  if (bias) rows.reduce("sum", from, sums, 1, pixels, s.o);
  else moves.fill(sums, 0);
}

/** dx, where the stride is 1. */
export function deepInputGrad(s: ConvSizes, w: Buffer, dy: Buffer, dx: Buffer): void {
  outputAt(s, dy, "dy");
  inputAt(s, dx, "dx");
  weightAt(s, w);
  const [kh, kw] = s.kernel, taps = kh * kw;
  const turned = alloc(w, [taps, s.o, s.c]); // the last tap first
  for (let t = 0; t < taps; t++) {
    const from = viewOf(w, [s.o, s.c], [taps * s.c, 1], w.offset + (taps - 1 - t) * s.c);
    moves.copy(from, viewOf(turned, [s.o, s.c], [s.c, 1], t * s.o * s.c));
  }
  const padding = [kh - 1 - s.padding[0], kw - 1 - s.padding[1]] as const;
  const windows = { ...s, h: s.oh, w: s.ow, c: s.o, padding, oh: s.h, ow: s.w };
  withPatches(dy, windows, (patches) => {
    const to = viewOf(dx, [s.n * s.h * s.w, s.c], [s.c, 1]);
    product.gemm(patches, viewOf(turned, [taps * s.o, s.c], [s.c, 1]), to, null, false);
  });
  turned.storage.release("conv");
}
