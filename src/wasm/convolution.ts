/**
 * Convolutions, from buffers to kernels; part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import { alloc, type Buffer } from "../device/buffer.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { i32, LIMIT, malloc } from "./memory.ts";
import { outOfMemory } from "../device/storage.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";
import { onThreads, scratchOf, toLines, wasm } from "./instance.ts";
import { floatsAt, imagesAt } from "./address.ts";
import { rows } from "./reduce.ts";

/** Most chunks of a batch whose weight gradients are sums of their own, whatever the threads. */
const CHUNKS = 8;

/** Rows and columns of Winograd's tiles of outputs. */
type Tile = readonly [rows: number, columns: number];

// The tiles that there are kernels for.
const FOURS: Tile = [4, 4];
const THREES: Tile = [3, 3];
const SIXES: Tile = [6, 3];

/** Most channels for sixes, which round worst: with more, errors come near 1e-5 of the largest value. */
const MOST_CHANNELS = 128;

let words = 0; // the address of the sizes, as kernels read them

/** Samples of a chunk: from four on whole fours, since Winograd's products take rows in fours. */
function chunkOf(s: ConvSizes): number {
  const samples = Math.ceil(s.n / CHUNKS);
  return samples > 4 ? 4 * Math.ceil(samples / 4) : samples;
}

/**
 * Puts the sizes where kernels read them. bias: whether its gradient is wanted; tile: null where
 * Winograd's algorithm is not used. Returns the address.
 */
function writeSizes(s: ConvSizes, tile: Tile | null, bias: boolean): number {
  if (words === 0) {
    words = malloc(128);
    if (words === 0) throw outOfMemory(128, LIMIT);
  }
  // deno-fmt-ignore
  i32.set([
    s.n, s.c, s.h, s.w, s.o, s.oh, s.ow, ...s.kernel, ...s.stride, ...s.padding, ...s.dilation,
    s.groups, chunkOf(s), bias ? 1 : 0, ...(tile ?? [0, 0]),
  ], words >>> 2);
  return words;
}

/** Multiplications of one convolution. */
function workOf(s: ConvSizes): number {
  return s.n * s.oh * s.ow * s.o * s.kernel[0] * s.kernel[1] * (s.c / s.groups);
}

/**
 * Runs a kernel over the range that its last two arguments are, with scratch space of its own; parts
 * begin at multiples of `align`.
 */
function run(
  name: string,
  args: number[],
  scratchAt: number,
  size: number,
  work: number,
  align = 1,
): void {
  const bytes = toLines(size);
  if (args[args.length - 1]! > 1 && gainsFromThreads(work / 20)) {
    args[scratchAt] = scratchOf(bytes * getNumThreads());
    onThreads(name, args, { align, varyAt: scratchAt, varyBy: bytes });
  } else {
    args[scratchAt] = scratchOf(bytes);
    wasm[name]!(...args);
  }
}

/** Tiles of one sample. */
function tilesOf(s: ConvSizes, [th, tw]: Tile): number {
  return Math.ceil(s.oh / th) * Math.ceil(s.ow / tw);
}

/**
 * The tiles with which Winograd's algorithm needs the fewest products, such as 36 for 4 × 4 outputs
 * instead of 144; null where it does not apply. Too few pixels, and its tiles would be mostly empty.
 */
function tileOf(s: ConvSizes): Tile | null {
  const [kh, kw] = s.kernel;
  const steps = [...s.stride, ...s.dilation, s.groups];
  if (kh !== 3 || kw !== 3 || steps.some((n) => n !== 1) || s.c % 8 !== 0 || s.o % 8 !== 0) {
    return null;
  }
  const products = (tile: Tile) => tilesOf(s, tile) * (tile[0] + 2) * (tile[1] + 2);
  let best = products(FOURS) <= products(THREES) ? FOURS : THREES;
  const few = Math.max(s.c, s.o) <= MOST_CHANNELS;
  // not for a few products: it rounds worse
  if (few && s.oh % 6 === 0 && products(SIXES) <= 0.9 * products(best)) best = SIXES;
  return products(best) * 1.3 <= 9 * s.oh * s.ow ? best : null;
}

/** Winograd's planes of w, for the forward pass or (across) for the data gradient. */
function planesOf(
  s: ConvSizes,
  [th, tw]: Tile,
  shape: number,
  w: Buffer,
  across: boolean,
): Buffer {
  const wAt = weightAt(s, w);
  const u = alloc(w, [(th + 2) * (tw + 2) * (s.c * s.o + 16)]);
  const args = [shape, wAt, planesAt(u), across ? 1 : 0, 0, s.o];
  if (gainsFromThreads(s.c * s.o * 25)) onThreads("winogradWeight", args, { align: 8 });
  else wasm.winogradWeight!(...args);
  return u;
}

function planesAt(u: Buffer): number {
  return floatsAt(u, u.numel, "conv2d", "the planes");
}

function weightSize(s: ConvSizes): number {
  return s.o * s.kernel[0] * s.kernel[1] * (s.c / s.groups);
}

function weightAt(s: ConvSizes, w: Buffer): number {
  return floatsAt(w, weightSize(s), "conv2d", "the weight");
}

/** The address of what has x's size. */
function inputAt(s: ConvSizes, x: Buffer, argument: string): number {
  return imagesAt(x, true, s.n * s.h * s.w * s.c, "conv2d", argument);
}

/** The address of what has y's size. */
function outputAt(s: ConvSizes, y: Buffer, argument: string): number {
  return imagesAt(y, true, s.n * s.oh * s.ow * s.o, "conv2d", argument);
}

/** y = the convolution of x with w [o, kh, kw, c / groups], plus bias [o]. x, y: channels last. */
export function conv(s: ConvSizes, x: Buffer, w: Buffer, bias: Buffer | null, y: Buffer): void {
  const tile = tileOf(s);
  const shape = writeSizes(s, tile, false);
  const u = tile !== null ? planesOf(s, tile, shape, w, false) : null;
  const bytes = tile !== null ? wasm.winogradScratch!(shape, 0) : wasm.convScratch!(shape);
  const args = [
    shape,
    inputAt(s, x, "x"),
    u === null ? weightAt(s, w) : planesAt(u),
    bias === null ? 0 : floatsAt(bias, s.o, "conv2d", "the bias"),
    outputAt(s, y, "the result"),
    0, // scratch
    0,
    s.n,
  ];
  // small images go through the products in blocks of several: fours of them fill whole rows
  const align = tile !== null && tilesOf(s, tile) < 32 ? 4 : 1;
  run(tile !== null ? "winogradForward" : "convForward", args, 5, bytes, workOf(s), align);
  u?.storage.release("conv");
}

/**
 * Gradients of the same. dx: like x, or null. dw: [kh · kw · c / groups · o + o], that of the weight
 * as [kh, kw, c / groups, o] and behind it that of the bias, or null; the latter is 0 unless `bias` is
 * true.
 */
export function convGrad(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  dy: Buffer,
  dx: Buffer | null,
  dw: Buffer | null,
  bias: boolean,
): void {
  const tile = tileOf(s);
  const shape = writeSizes(s, tile, bias);
  const u = tile !== null && dx !== null ? planesOf(s, tile, shape, w, true) : null;
  const bytes = tile !== null ? wasm.winogradScratch!(shape, 1) : wasm.convScratch!(shape);
  const chunks = Math.ceil(s.n / chunkOf(s));
  const size = weightSize(s) + s.o;
  if (dw !== null) floatsAt(dw, size, "conv2d", "dw"); // before anything is written
  const parts = dw === null ? null : alloc(x, [chunks, size]); // each chunk's sums
  const args = [
    shape,
    inputAt(s, x, "x"),
    u === null ? weightAt(s, w) : planesAt(u),
    outputAt(s, dy, "dy"),
    dx === null ? 0 : inputAt(s, dx, "dx"),
    parts === null ? 0 : floatsAt(parts, chunks * size, "conv2d", "the parts"),
    0, // scratch
    0,
    chunks,
  ];
  run(tile !== null ? "winogradGrad" : "convGrad", args, 6, bytes, 2 * workOf(s));
  if (parts !== null) rows.reduce("sum", parts, dw!, 1, chunks, size);
  parts?.storage.release("conv");
  u?.storage.release("conv");
}
