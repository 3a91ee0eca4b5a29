/**
 * PNG files as tensors.
 *
 * @module
 */
import { DataError } from "../../core/errors.ts";
import { atMost, byteArray, check } from "../../core/options.ts";
import { fromTypedArray } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { COLOUR_TYPES, joined, type PngParts, readChunks } from "./chunks.ts";
import { zlib } from "./zlib.ts";

/** Where a pass of rows begins, and how far its pixels are apart. */
type Pass = readonly [x: number, y: number, dx: number, dy: number];

/** The passes of Adam7: every eighth pixel of every eighth row, then those in between. */
const ADAM7: readonly Pass[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** Bytes that a byte of a zlib stream stands for at most. */
const MAX_RATIO = 1032;

/**
 * The pixels of a PNG file: uint8 [channels, rows, columns], 0 to 255. One channel is grey, two are
 * grey and opacity, three red, green and blue, four these and opacity. A palette gives colours; a
 * colour that is transparent gives a channel of opacity; of 16 bits the upper 8 are taken; gamma and
 * colour profiles are passed over, as they are made for eyes.
 *
 * Trusts nothing in the file: room is made for pixels only once the file is known to be long enough
 * to hold them. Throws DataError where it is no PNG, is truncated or damaged, or has more than 2²⁶
 * pixels, and where the engine has no `node:zlib`, as browsers have none: there a canvas reads pictures.
 *
 * @example
 * ```ts
 * import { io, tensor } from "@glim/glim";
 * const file = io.encodePng(tensor([[[0, 128, 255]]], { dtype: "uint8" }));
 * const pixels = io.decodePng(file);
 * console.log(pixels.toArray()); // [[[0, 128, 255]]]
 * console.log(pixels.div(255)); // what a network takes
 * ```
 */
export function decodePng(bytes: Uint8Array): Tensor {
  atMost(1, arguments.length, "decodePng(bytes)");
  check("decodePng", "the file", bytes, byteArray);
  const parts = readChunks(bytes);
  const { width, height, depth, type, isInterlaced } = parts.header;
  const { samples } = COLOUR_TYPES[type]!;
  const passes = (isInterlaced ? ADAM7 : [[0, 0, 1, 1]] as const).map((pass) => {
    const [x, y, dx, dy] = pass;
    const [columns, rows] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)];
    const length = Math.ceil(columns * samples * depth / 8);
    return { pass, columns, length, total: columns > 0 && rows > 0 ? rows * (1 + length) : 0 };
  });
  const raw = unpackAll(parts.packed, passes.reduce((sum, { total }) => sum + total, 0));
  const row = new Uint16Array(width * samples);
  const channels = channelsOf(parts, row);
  const size = width * height;
  const pixels = new Uint8Array(channels.length * size);
  let begin = 0;
  for (const { pass: [x, y, dx, dy], columns, length, total } of passes) {
    const rows = raw.subarray(begin, begin += total);
    unfilter(rows, length, Math.max(1, samples * depth / 8));
    for (let at = 1, top = y; at < total; at += 1 + length, top += dy) {
      unpack(rows.subarray(at, at + length), depth, row.subarray(0, columns * samples));
      for (let c = 0; c < channels.length; c++) {
        const channel = channels[c]!;
        let to = c * size + top * width + x;
        for (let i = 0; i < columns; i++, to += dx) pixels[to] = channel(i * samples);
      }
    }
  }
  return fromTypedArray(pixels, [channels.length, height, width]);
}

function unpackAll(packed: readonly Uint8Array[], length: number): Uint8Array {
  const stream = joined(packed);
  const fault = (reason: string, cause?: unknown) =>
    new DataError(`decodePng: the pixels take ${length} bytes, ${reason}`, { cause });
  if (stream.length * MAX_RATIO < length) {
    throw fault(`and ${stream.length} never unpack to as many: truncated or damaged`);
  }
  const { inflateSync } = zlib("decodePng");
  let raw;
  try {
    raw = inflateSync(stream, { maxOutputLength: length });
  } catch (cause) {
    const isLonger = (cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    throw fault(`the packed ones ${isLonger ? "hold more" : "are truncated or damaged"}`, cause);
  }
  if (raw.length === length) return raw;
  throw fault(`there are ${raw.length}`);
}

/**
 * Undoes the filters of some rows, in place. Each row has one byte that names its filter before it;
 * a byte is predicted by those a pixel to the left (a), above (b), and left of that (c).
 *
 *     c b
 *     a x
 *
 * @param rows The rows: a multiple of 1 + `length` bytes.
 * @param length Bytes of a row, without the filter's.
 * @param pixel Bytes from a pixel to the next, 1 where they are smaller.
 */
function unfilter(rows: Uint8Array, length: number, pixel: number): void {
  const stride = 1 + length;
  for (let start = 0; start < rows.length; start += stride) {
    const filter = rows[start]!;
    const hasAbove = start > 0;
    for (let at = start + 1; at < start + stride; at++) {
      const hasLeft = at - start > pixel;
      const a = hasLeft ? rows[at - pixel]! : 0;
      const b = hasAbove ? rows[at - stride]! : 0;
      if (filter === 1) rows[at]! += a;
      else if (filter === 2) rows[at]! += b;
      else if (filter === 3) rows[at]! += (a + b) >> 1;
      else if (filter === 4) {
        rows[at]! += paeth(a, b, hasLeft && hasAbove ? rows[at - stride - pixel]! : 0);
      }
    }
    if (filter > 4) {
      throw new DataError(`decodePng: a row's filter is 0 to 4: it is ${filter}: damaged`);
    }
  }
}

/** That of the three which is next to a + b − c. */
function paeth(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - c - c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

/** The samples of a row, each as large as its depth allows. */
function unpack(row: Uint8Array, depth: number, samples: Uint16Array): void {
  if (depth === 8) samples.set(row);
  else if (depth === 16) {
    for (let i = 0; i < samples.length; i++) samples[i] = row[2 * i]! << 8 | row[2 * i + 1]!;
  } else {
    const [perByte, mask] = [8 / depth, 2 ** depth - 1];
    for (let i = 0; i < samples.length; i++) {
      const byte = row[Math.floor(i / perByte)]!;
      samples[i] = byte >> (8 - depth - depth * (i % perByte)) & mask; // the first is uppermost
    }
  }
}

/** What gives each channel of a pixel whose samples begin at number i of a row. */
function channelsOf(
  { header: { depth, type }, palette, transparency }: PngParts,
  row: Uint16Array,
): ((i: number) => number)[] {
  if (type === 3) {
    const entries = palette.length / 3;
    const entry = (i: number) => {
      if (row[i]! < entries) return row[i]!;
      throw new DataError(
        `decodePng: the palette has ${entries} entries, a pixel is number ${row[i]}`,
      );
    };
    const colours = [0, 1, 2].map((k) => (i: number) => palette[3 * entry(i) + k]!);
    const opacity = (i: number) => transparency[row[i]!] ?? 255;
    return transparency.length > 0 ? [...colours, opacity] : colours;
  }
  const scale = 255 / (2 ** depth - 1);
  const byte = depth === 16 ? (i: number) => row[i]! >> 8 : (i: number) => row[i]! * scale;
  const { samples } = COLOUR_TYPES[type]!;
  const channels = Array.from({ length: samples }, (_, k) => (i: number) => byte(i + k));
  if (transparency.length !== 2 * samples || samples % 2 === 0) return channels;
  // the samples of the one colour that is transparent
  const clear = channels.map((_, k) => transparency[2 * k]! << 8 | transparency[2 * k + 1]!);
  return [...channels, (i) => clear.every((sample, k) => row[i + k] === sample) ? 0 : 255];
}
