/**
 * Convolutions, from buffers to kernels.
 *
 * @module
 */
import { UNARY_OP } from "../../build/abi.ts";
import { launch, sizes } from "../../build/convolution.ts";
import { alloc, type Buffer, viewOf } from "../device/buffer.ts";
import type { Convolution, ConvSizes } from "../device/kernels.ts";
import { type Address, floatsAt, NONE } from "./address.ts";
import { chunkOf, inputAt, outputAt, shapeAt, weightAt, weightSize, workOf } from "./conv_sizes.ts";
import {
  deepForward,
  deepInputGrad,
  deepWeightGrad,
  isDeep,
  isDeepBackward,
  isDeepForWeight,
} from "./deep_convolution.ts";
import { groupedForward, groupedGrad, isGrouped } from "./grouped_convolution.ts";
import { type Cut, launch as core, ROWS, STREAM } from "./launch.ts";
import { isPointwise, pointwiseForward, pointwiseGrad } from "./pointwise_convolution.ts";
import { rows } from "./reduce.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";
import { turned, turnedWeight } from "./turned_convolution.ts";

/** Rows and columns of Winograd's tiles of outputs. */
type Tile = readonly [rows: number, columns: number];

// The tiles that there are kernels for.
const FOURS: Tile = [4, 4];
const THREES: Tile = [3, 3];
const SIXES: Tile = [6, 3];

/** Most channels for sixes, which round worst: with more, errors come near 1e-5 of the largest value. */
const MOST_CHANNELS = 128;

/** Most outputs for which their gradients are convolved to the input's: of more, patches are products. */
const FEW_OUTPUTS = 24;

/**
 * How many times as much work as a kernel's must be shared within a sample to gain: halves of a picture come
 * out of the other core's cache in the next layer, too.
 */
const SPLIT_WORK = 20;

/** Tiles of a sample from which on its rows of tiles are products of their own: see `winograd.ts`. */
const MANY_TILES = 32;

const EIGHTS: Cut = { align: 8, parts: 4 };
const FOUR_SAMPLES: Cut = { align: 4, parts: 4 };

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
  shape: Address,
  w: Buffer,
  across: boolean,
): Buffer {
  const wAt = weightAt(s, w);
  const u = alloc(w, [(th + 2) * (tw + 2) * (s.c * s.o + 16)]);
  launch.winogradWeight(s.c * s.o * 25, shape, wAt, planesAt(u), across ? 1 : 0, s.o, EIGHTS);
  return u;
}

function planesAt(u: Buffer): Address {
  return floatsAt(u, u.numel, "conv2d", "the planes");
}

/** y = the convolution of x with w [o, kh, kw, c / groups], plus bias [o]. x, y: channels last. */
function conv(s: ConvSizes, x: Buffer, w: Buffer, bias: Buffer | null, y: Buffer): void {
  forward(s, x, w, bias, y, false);
}

/** y = relu of the same. */
function convRelu(s: ConvSizes, x: Buffer, w: Buffer, bias: Buffer | null, y: Buffer): void {
  forward(s, x, w, bias, y, true);
}

/** How rows of tiles are shared by whole samples: small ones by fours, whose products fill whole rows. */
function samplesOf(s: ConvSizes, tile: Tile, rows: number): Cut {
  return { range: 0, align: (tilesOf(s, tile) < MANY_TILES ? 4 : 1) * rows, parts: 4 };
}

/**
 * Whether threads share rows or outputs of samples, not samples: these are fewer than threads, or so few that
 * their tiles are one product.
 */
function isSplit(s: ConvSizes, tile: Tile | null): boolean {
  const few = tile !== null && tilesOf(s, tile) < MANY_TILES ? 5 : 1;
  return (tile !== null || isDirect(s)) && s.n < Math.max(getNumThreads(), few) &&
    gainsFromThreads(workOf(s) / SPLIT_WORK);
}

/** How they do so with tiles: by rows of them, or where there are few by outputs. */
function withinOf(s: ConvSizes, tile: Tile): Cut {
  const byRows = s.n * tilesOf(s, tile) >= MANY_TILES;
  return { range: byRows ? 0 : 1, align: byRows ? 1 : 2, parts: 1 };
}

function forward(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  bias: Buffer | null,
  y: Buffer,
  relu: boolean,
): void {
  if (isPointwise(s)) return pointwiseForward(s, x, w, bias, y, relu);
  if (isGrouped(s)) return groupedForward(s, x, w, bias, y, relu ? 0 : -Infinity);
  if (isDeep(s)) return deepForward(s, x, w, bias, y, relu);
  const tile = tileOf(s);
  const shape = shapeAt(s, false, tile ?? undefined);
  const u = tile !== null ? planesOf(s, tile, shape, w, false) : null;
  const xAt = inputAt(s, x, "x");
  const biasAt = bias === null ? NONE : floatsAt(bias, s.o, "conv2d", "the bias");
  const yAt = outputAt(s, y, "the result");
  const work = workOf(s);
  const wAt = u === null ? weightAt(s, w) : planesAt(u);
  const split = isSplit(s, tile);
  if (relu && !split) {
    const cut = tile !== null && tilesOf(s, tile) < MANY_TILES ? FOUR_SAMPLES : ROWS;
    const scratch = sizes.convReluScratch(shape, 0);
    launch.convReluForward(work, shape, xAt, wAt, biasAt, yAt, scratch, s.n, cut);
  } else if (tile === null) {
    const cut = { align: split ? 1 : s.oh, parts: split ? 1 : 4 };
    const scratch = sizes.convScratch(shape);
    launch.convForward(work, shape, xAt, wAt, biasAt, yAt, scratch, s.n * s.oh, cut);
  } else {
    const scratch = sizes.winogradScratch(shape, 0), rows = Math.ceil(s.oh / tile[0]);
    const cut = split ? withinOf(s, tile) : samplesOf(s, tile, rows);
    // deno-fmt-ignore
    launch.winogradForward(
      work, shape, xAt, wAt, biasAt, yAt, scratch, s.n * rows, s.o / 8, cut,
    );
  }
  if (relu && split) core.unary(y.numel * STREAM, UNARY_OP.relu, yAt, yAt, y.numel);
  u?.storage.release("conv");
}

/**
 * Gradients of the same. dx: like x, or null. dw: [kh · kw · c / groups · o + o], that of the weight
 * as [kh, kw, c / groups, o] and behind it that of the bias, or null; the latter is 0 unless `bias` is
 * true.
 */
function convGrad(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  dy: Buffer,
  dx: Buffer | null,
  dw: Buffer | null,
  bias: boolean,
): void {
  backward(s, x, w, null, dy, dx, dw, bias);
}

/** Gradients of `convRelu`, whose result is y. */
function convReluGrad(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  y: Buffer,
  dy: Buffer,
  dx: Buffer | null,
  dw: Buffer | null,
  bias: boolean,
): void {
  backward(s, x, w, y, dy, dx, dw, bias);
}

/** Calls `run` with dy where relu lets it through; y: what relu gave; null where there was none. */
function behindRelu(
  s: ConvSizes,
  y: Buffer | null,
  dy: Buffer,
  run: (dy: Buffer) => void,
): void {
  if (y === null) return run(dy);
  const n = dy.numel, through = alloc(dy, [n]);
  const [yAt, dyAt] = [outputAt(s, y, "y"), outputAt(s, dy, "dy")];
  core.unaryGrad(n * STREAM, UNARY_OP.relu, yAt, dyAt, floatsAt(through, n, "conv2d", "dy"), n);
  run(viewOf(through, dy.shape, dy.strides));
  through.storage.release("conv");
}

/** Whether the kernels straight from an image can take it. */
function isDirect(s: ConvSizes): boolean {
  const steps = [...s.dilation, s.groups];
  return s.o % 8 === 0 && s.ow >= 4 && steps.every((n) => n === 1);
}

/** y: what relu gave; null where there was none. */
function backward(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  y: Buffer | null,
  dy: Buffer,
  dx: Buffer | null,
  dw: Buffer | null,
  bias: boolean,
): void {
  if (isPointwise(s)) return behindRelu(s, y, dy, (dy) => pointwiseGrad(s, x, w, dy, dx, dw, bias));
  if (isGrouped(s)) return behindRelu(s, y, dy, (dy) => groupedGrad(s, x, w, dy, dx, dw, bias));
  if (dw !== null && isDeepForWeight(s, tileOf(s) !== null)) {
    return behindRelu(s, y, dy, (dy) => {
      deepWeightGrad(s, x, dy, dw, bias);
      if (dx !== null) backward(s, x, w, null, dy, dx, null, false);
    });
  }
  if (dw === null && dx !== null && isDeepBackward(s)) {
    return behindRelu(s, y, dy, (dy) => deepInputGrad(s, w, dy, dx));
  }
  const back = dx === null || tileOf(s) !== null ? null : turned(s);
  if (back !== null && isDirect(back) && back.c <= Math.min(back.o, FEW_OUTPUTS)) {
    return behindRelu(s, y, dy, (dy) => {
      inputAt(s, dx!, "dx"); // all is looked at before anything is written
      outputAt(s, dy, "dy");
      if (dw !== null) patchesOrTiles(s, x, w, null, dy, null, dw, bias);
      const weight = turnedWeight(s, w, [s.o, 1, s.o * s.kernel[0] * s.kernel[1]]);
      forward(back, dy, weight, null, dx!, false);
      weight.storage.release("conv");
    });
  }
  patchesOrTiles(s, x, w, y, dy, dx, dw, bias);
}

/** The same by tiles of Winograd's algorithm, straight from the image, or by patches. */
function patchesOrTiles(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  y: Buffer | null,
  dy: Buffer,
  dx: Buffer | null,
  dw: Buffer | null,
  bias: boolean,
): void {
  const tile = tileOf(s);
  const shape = shapeAt(s, bias, tile ?? undefined);
  const u = tile !== null && dx !== null ? planesOf(s, tile, shape, w, true) : null;
  const chunks = Math.ceil(s.n / chunkOf(s));
  const size = weightSize(s) + s.o;
  if (dw !== null) floatsAt(dw, size, "conv2d", "dw"); // before anything is written
  const parts = dw === null ? null : alloc(x, [chunks, size]); // each chunk's sums
  const xAt = inputAt(s, x, "x");
  const wAt = weightAt(s, w);
  const dyAt = outputAt(s, dy, "dy");
  const dxAt = dx === null ? NONE : inputAt(s, dx, "dx");
  const partsAt = parts === null ? NONE : floatsAt(parts, chunks * size, "conv2d", "the parts");
  const work = 2 * workOf(s);
  const uAt = u === null ? wAt : planesAt(u);
  // deno-fmt-ignore
  if (y !== null) {
    launch.convReluGrad(
      work, shape, xAt, uAt, outputAt(s, y, "y"), dyAt, dxAt, partsAt,
      sizes.convReluScratch(shape, 1), chunks, ROWS,
    );
  } else if (tile === null) {
    launch.convGrad(
      work, shape, xAt, wAt, dyAt, dxAt, partsAt, sizes.convScratch(shape), chunks, ROWS,
    );
  } else {
    const scratch = sizes.winogradScratch(shape, 1);
    launch.winogradGrad(work, shape, xAt, uAt, dyAt, dxAt, partsAt, scratch, chunks, ROWS);
  }
  if (parts !== null) rows.reduce("sum", parts, dw!, 1, chunks, size);
  parts?.storage.release("conv");
  u?.storage.release("conv");
}

/** Convolutions, by name. */
export const convolution: Required<Convolution> = { conv, convGrad, convRelu, convReluGrad };
