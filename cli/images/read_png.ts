/**
 * PNG files of any kind as grey pixels.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import { DataError } from "@glim/glim";
import { COLOUR_TYPES, type PngHeader, type PngParts, readChunks } from "./png_chunks.ts";
import { pixelReader, unpack } from "./png_pixels.ts";
import { unfilter } from "./png_rows.ts";

/** A picture without colours. */
export interface GreyPicture {
  /** Rows. */
  readonly rows: number;
  /** Pixels of a row. */
  readonly columns: number;
  /** 0 black to 255 white, row by row. */
  readonly grey: Uint8Array;
  /** 0 transparent to 255 opaque, row by row; null where all pixels are opaque. */
  readonly opacity: Uint8Array | null;
}

/** Where a pass of rows begins, and how far its pixels are apart. */
interface Pass {
  x: number;
  y: number;
  dx: number;
  dy: number;
}

/** All at once. */
const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];

/** The passes of Adam7: every eighth pixel of every eighth row, then those in between. */
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** Bytes that a byte of a zlib stream stands for at most. */
const MAX_RATIO = 1032;

/**
 * The pixels of a PNG file: grey, colours or a palette of any depth, with opacity or without,
 * interlaced or not. Of 16 bits the upper 8 are taken. A colour's grey is its luma (ITU-R BT.601);
 * gamma and colour profiles are passed over, as they are made for eyes.
 *
 * Trusts nothing in the file: room is made for pixels only once the file is known to be long enough
 * to hold them. Throws DataError where it is no PNG, is truncated or damaged, or has more than 2²⁶
 * pixels.
 */
export function readPng(bytes: Uint8Array): GreyPicture {
  const parts = readChunks(bytes);
  const { header } = parts;
  const passes = (header.isInterlaced ? ADAM7 : WHOLE).map((pass) => ({
    pass,
    ...size(header, pass),
  }));
  const raw = inflate(parts.packed, passes.reduce((sum, { total }) => sum + total, 0));
  const { width, height, type } = header;
  const n = width * height;
  const mayBeClear = type === 4 || type === 6 || parts.transparency.length > 0;
  const picture = {
    rows: height,
    columns: width,
    grey: new Uint8Array(n),
    opacity: mayBeClear ? new Uint8Array(n).fill(255) : null,
  };
  let at = 0;
  for (const { pass, total, length } of passes) {
    const rows = raw.subarray(at, at + total);
    unfilter(rows, length, Math.max(1, COLOUR_TYPES[type].samples * header.depth / 8));
    place(picture, rows, length, parts, pass);
    at += total;
  }
  return picture;
}

/** Bytes of a pass, and of a row of it without that of its filter. */
function size(
  { width, height, depth, type }: PngHeader,
  { x, y, dx, dy }: Pass,
): { total: number; length: number } {
  const columns = Math.ceil((width - x) / dx);
  const rows = Math.ceil((height - y) / dy);
  const length = Math.ceil(columns * COLOUR_TYPES[type].samples * depth / 8);
  return { total: columns > 0 && rows > 0 ? rows * (1 + length) : 0, length };
}

function inflate(packed: readonly Uint8Array[], length: number): Uint8Array {
  const stream = Buffer.concat(packed);
  if (stream.length * MAX_RATIO < length) {
    throw new DataError(
      `readPng: the pixels take ${length} bytes, and ${stream.length} never unpack to as many: ` +
        `truncated or damaged`,
    );
  }
  let raw;
  try {
    raw = inflateSync(stream, { maxOutputLength: length });
  } catch (cause) {
    const isLonger = (cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    const reason = isLonger ? "hold more" : "are truncated or damaged";
    throw new DataError(`readPng: the pixels take ${length} bytes, the packed ones ${reason}`, {
      cause,
    });
  }
  if (raw.length === length) return raw;
  throw new DataError(`readPng: the pixels take ${length} bytes, there are ${raw.length}`);
}

/** Puts the pixels of a pass where they belong. */
function place(
  { columns, rows, grey, opacity }: GreyPicture,
  bytes: Uint8Array,
  length: number,
  parts: PngParts,
  { x, y, dx, dy }: Pass,
): void {
  const { depth, type } = parts.header;
  const pixelOf = pixelReader(parts);
  const perPixel = COLOUR_TYPES[type].samples;
  const samples = new Uint16Array(Math.ceil((columns - x) / dx) * perPixel);
  const pixel = { grey: 0, opacity: 255 };
  for (let row = y, at = 1; row < rows && bytes.length > 0; row += dy, at += 1 + length) {
    unpack(bytes.subarray(at, at + length), depth, samples);
    for (let column = x, i = 0; column < columns; column += dx, i += perPixel) {
      pixelOf(samples, i, pixel);
      grey[row * columns + column] = pixel.grey;
      if (opacity !== null) opacity[row * columns + column] = pixel.opacity;
    }
  }
}
