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
import { inputAt, outputAt, weightSize } from "./conv_sizes.ts";
import { moves } from "./copy.ts";
import { product } from "./matmul.ts";
import { forwardOfRows, matrix, pixelsOf, weightGradOfRows } from "./patch_products.ts";
import { turned, turnedWeight } from "./turned_convolution.ts";

/** Fewest numbers of a weight: 2 MB. */
const LEAST = 1 << 19;

/** The same where no other way is as good for the weight's gradient. */
const LEAST_FOR_WEIGHT = 1 << 18;

/** Most pixels of a batch for each channel where the weight's gradient is wanted: so large are patches. */
const MOST_PIXELS = 4;

function isOneOf(s: ConvSizes, pixels: number, least: number = LEAST): boolean {
  return s.groups === 1 && s.dilation.every((n) => n === 1) && weightSize(s) >= least &&
    pixels <= Math.min(s.c, s.o);
}

/** Whether `deepForward` is the better way: with more pixels Winograd's algorithm is. */
export function isDeep(s: ConvSizes): boolean {
  return isOneOf(s, pixelsOf(s));
}

/** Whether `deepInputGrad` is, and can take it. */
export function isDeepBackward(s: ConvSizes): boolean {
  return isOneOf(s, s.n * s.h * s.w) && turned(s) !== null;
}

/** Whether `deepWeightGrad` is. hasTiles: whether Winograd's algorithm applies. */
export function isDeepForWeight(s: ConvSizes, hasTiles: boolean): boolean {
  return isOneOf(s, pixelsOf(s) / MOST_PIXELS, hasTiles ? LEAST : LEAST_FOR_WEIGHT);
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
  run(matrix(patches, s.n * s.oh * s.ow, kh * kw * s.c));
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
  forwardOfRows(s, x, w, bias, y, relu, (run) => withPatches(x, s, run));
}

/** dw and behind it that of the bias, as `convGrad` of `convolution.ts`. */
export function deepWeightGrad(
  s: ConvSizes,
  x: Buffer,
  dy: Buffer,
  dw: Buffer,
  bias: boolean,
): void {
  weightGradOfRows(s, x, dy, dw, bias, (run) => withPatches(x, s, run));
}

/** dx, where `turned` has sizes. */
export function deepInputGrad(s: ConvSizes, w: Buffer, dy: Buffer, dx: Buffer): void {
  outputAt(s, dy, "dy");
  inputAt(s, dx, "dx");
  const taps = s.kernel[0] * s.kernel[1];
  const weight = turnedWeight(s, w, [s.o * s.c, s.c, 1]);
  withPatches(dy, turned(s)!, (patches) => {
    const to = matrix(dx, s.n * s.h * s.w, s.c);
    product.gemm(patches, matrix(weight, taps * s.o, s.c), to, null, false);
  });
  weight.storage.release("conv");
}
