/**
 * Convolutions, from buffers to kernels; part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { i32, malloc } from "../memory.ts";
import { Storage } from "../storage.ts";
import { gainsFromThreads, getNumThreads } from "../threads.ts";
import { onThreads, scratchOf, wasm } from "../wasm.ts";

/** The sizes of a convolution. x: [n, h, w, c], y: [n, oh, ow, o], channels last. */
export interface ConvSizes {
  /** Samples. */
  n: number;
  /** Channels, height and width of x. */
  c: number;
  h: number;
  w: number;
  /** Channels, height and width of y. */
  o: number;
  oh: number;
  ow: number;
  /** Rows and columns of the kernel, and what steps it takes. */
  kernel: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number];
  dilation: readonly [number, number];
  groups: number;
}

/** Chunks of a batch whose weight gradients are sums of their own, whatever the threads. */
const CHUNKS = 8;

let words = 0; // the address of the sizes, as kernels read them

/** Samples of a chunk. */
function chunkOf(s: ConvSizes): number {
  return Math.ceil(s.n / CHUNKS);
}

/** Chunks of a batch. */
export function convChunks(s: ConvSizes): number {
  return Math.ceil(s.n / chunkOf(s));
}

/** Puts the sizes where kernels read them. Returns the address. */
function put(s: ConvSizes): number {
  if (words === 0) words = malloc(128);
  // deno-fmt-ignore
  i32.set([
    s.n, s.c, s.h, s.w, s.o, s.oh, s.ow, ...s.kernel, ...s.stride, ...s.padding, ...s.dilation,
    s.groups, chunkOf(s),
  ], words >>> 2);
  return words;
}

/** Multiplications of one convolution. */
function workOf(s: ConvSizes): number {
  return s.n * s.oh * s.ow * s.o * s.kernel[0] * s.kernel[1] * (s.c / s.groups);
}

/** Runs a kernel over the range that its last two arguments are, with scratch space of its own. */
function run(name: string, args: number[], scratchAt: number, size: number, work: number): void {
  const bytes = (size + 63) & ~63;
  if (args[args.length - 1]! > 1 && gainsFromThreads(work / 20)) {
    args[scratchAt] = scratchOf(bytes * getNumThreads());
    onThreads(name, args, { align: 1, varyAt: scratchAt, varyBy: bytes });
  } else {
    args[scratchAt] = scratchOf(bytes);
    wasm[name]!(...args);
  }
}

/**
 * Whether Winograd's algorithm is used: 36 products for a tile of 4 × 4 outputs instead of 144. Too
 * few pixels, and its tiles would be mostly empty.
 */
function isWinograd(s: ConvSizes): boolean {
  const [kh, kw] = s.kernel;
  const steps = [...s.stride, ...s.dilation, s.groups];
  if (kh !== 3 || kw !== 3 || steps.some((n) => n !== 1) || s.c % 8 !== 0 || s.o % 8 !== 0) {
    return false;
  }
  return Math.ceil(s.oh / 4) * Math.ceil(s.ow / 4) * 36 * 1.3 <= 9 * s.oh * s.ow;
}

/** Winograd's planes of w, for the forward pass or (across) for the data gradient. */
function planes(s: ConvSizes, shape: number, w: Buffer, across: boolean): Storage {
  const u = new Storage(36 * (s.c * s.o + 16) * 4);
  const args = [shape, w.ptr, u.ptr, across ? 1 : 0, 0, s.o];
  if (gainsFromThreads(s.c * s.o * 25)) onThreads("winogradWeight", args, { align: 8 });
  else wasm.winogradWeight!(...args);
  return u;
}

/** y = the convolution of x with w [o, kh, kw, c / groups], plus bias [o]. x, y: channels last. */
export function conv(s: ConvSizes, x: Buffer, w: Buffer, bias: Buffer | null, y: Buffer): void {
  const shape = put(s);
  const winograd = isWinograd(s);
  const u = winograd ? planes(s, shape, w, false) : null;
  const bytes = winograd ? wasm.winogradScratch!(shape, 0) : wasm.convScratch!(shape);
  const weights = u === null ? w.ptr : u.ptr;
  const args = [shape, x.ptr, weights, bias === null ? 0 : bias.ptr, y.ptr, 0, 0, s.n];
  run(winograd ? "winogradForward" : "convForward", args, 5, bytes, workOf(s));
  u?.release("conv");
}

/**
 * Gradients of the same. dx: like x, or null. parts: [chunks, o · kh · kw · c / groups + o], the
 * sums of dw and db over each chunk of samples, or null.
 */
export function convGrad(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  dy: Buffer,
  dx: Buffer | null,
  parts: Buffer | null,
): void {
  const shape = put(s);
  const winograd = isWinograd(s);
  const u = winograd && dx !== null ? planes(s, shape, w, true) : null;
  const bytes = winograd ? wasm.winogradScratch!(shape, 1) : wasm.convScratch!(shape);
  const weights = u === null ? w.ptr : u.ptr;
  const dxPtr = dx === null ? 0 : dx.ptr;
  const partsPtr = parts === null ? 0 : parts.ptr;
  const args = [shape, x.ptr, weights, dy.ptr, dxPtr, partsPtr, 0, 0, convChunks(s)];
  run(winograd ? "winogradGrad" : "convGrad", args, 6, bytes, 2 * workOf(s));
  u?.release("conv");
}
