/**
 * What a PNG file is made of, after the PNG specification (W3C), third edition.
 *
 *     8 bytes     signature
 *     chunks      4 bytes   n, the length of the data, big-endian
 *                 4 bytes   name
 *                 n bytes   data
 *                 4 bytes   checksum of name and data
 *
 * IHDR is the first chunk, IEND the last; the data of all IDAT are one zlib stream.
 *
 * @module
 */
import { DataError } from "../../core/errors.ts";
import { crc32 } from "../../core/crc32.ts";
import type { Platform } from "../../core/platform.ts";

declare const TextEncoder: Platform["TextEncoder"];

/** What the header says. */
export interface PngHeader {
  /** Pixels of a row. */
  width: number;
  /** Rows. */
  height: number;
  /** Bits of a sample. */
  depth: number;
  /** What the samples of a pixel are. */
  type: number;
  /** Whether the rows come in the seven passes of Adam7. */
  isInterlaced: boolean;
}

/** The parts of a PNG that decide its pixels. */
export interface PngParts {
  /** IHDR. */
  header: PngHeader;
  /** PLTE: red, green and blue of each entry; empty where there is none. */
  palette: Uint8Array;
  /** tRNS: the opacity of palette entries, or the colour that is transparent; empty where none is. */
  transparency: Uint8Array;
  /** IDAT. */
  packed: Uint8Array[];
}

/**
 * Colour type → samples a pixel, and the depths that there are: 0 grey, 2 colour, 3 palette entries,
 * 4 grey and opacity, 6 colour and opacity.
 */
export const COLOUR_TYPES: Readonly<
  Record<number, { readonly samples: number; readonly depths: readonly number[] }>
> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** Pixels of the largest picture that is read: 8192 × 8192. */
const MAX_PIXELS = 2 ** 26;

const NOTHING = new Uint8Array(0);

/** The chunks that pixels depend on. */
type Known = "IHDR" | "PLTE" | "tRNS" | "IDAT" | "IEND";

/** The first bytes of every PNG. */
export const SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A chunk to be written. */
export function encodeChunk(name: string, data: Uint8Array = NOTHING): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** Some bytes one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Takes a PNG apart, into looks at its bytes. What follows its end is left alone, and so are chunks
 * that pixels do not depend on.
 *
 * Throws DataError where it is no PNG, is truncated, where a checksum is wrong or a chunk is out of
 * place, and where there are more than 2²⁶ pixels.
 */
export function readChunks(bytes: Uint8Array): PngParts {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) {
    const begin = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
    throw new DataError(
      `decodePng: a PNG file begins with 89 50 4e 47, this one ` +
        (begin.length > 0 ? `with ${begin.join(" ")}` : "is empty"),
    );
  }
  const found: Record<Known, Uint8Array[]> = { IHDR: [], PLTE: [], tRNS: [], IDAT: [], IEND: [] };
  for (const [name, data, isFirst] of chunksOf(bytes)) {
    if (isFirst && name !== "IHDR") {
      throw new DataError(`decodePng: the first chunk of a PNG is IHDR: it is ${name}`);
    }
    const same = name in found ? found[name as Known] : undefined;
    // Small letters begin the names of those that pixels do not depend on.
    if (same === undefined && /^[a-z]/.test(name)) continue;
    if (same === undefined) throw new DataError(`decodePng: the chunk ${name} is of no known kind`);
    if (same.push(data) > 1 && name !== "IDAT") {
      throw new DataError(`decodePng: a PNG has one chunk ${name} at most: it has more`);
    }
  }
  const header = readHeader(found.IHDR[0]!);
  const [palette, transparency] = [found.PLTE[0] ?? NOTHING, found.tRNS[0] ?? NOTHING];
  if (header.type === 3 && (palette.length === 0 || palette.length % 3 !== 0)) {
    throw new DataError(
      `decodePng: a palette has 3 bytes for each entry: this one has ${palette.length} in all`,
    );
  }
  return { header, palette, transparency, packed: found.IDAT };
}

/** Names and data of all chunks up to IEND. */
function* chunksOf(bytes: Uint8Array): Generator<[name: string, data: Uint8Array, first: boolean]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = SIGNATURE.length, name = ""; name !== "IEND";) {
    const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity;
    if (end > bytes.length) {
      throw new DataError("decodePng: the file ends before the PNG does: truncated");
    }
    name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(name)) {
      throw new DataError(
        `decodePng: a chunk's name has 4 letters: it is ${JSON.stringify(name)}: damaged`,
      );
    }
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new DataError(`decodePng: the checksum of the chunk ${name} is wrong: damaged`);
    }
    yield [name, bytes.subarray(at + 8, end - 4), at === SIGNATURE.length];
    at = end;
  }
}

function readHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length !== 13) {
    throw new DataError(`decodePng: a header has 13 bytes: this one has ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, type, compression, filter, interlace] = bytes.subarray(8) as unknown as number[];
  if (width === 0 || height === 0) throw new DataError("decodePng: the picture has no pixels");
  if (width * height > MAX_PIXELS) {
    throw new DataError(
      `decodePng: pictures of up to ${MAX_PIXELS} pixels are read: this one has ${width} × ${height}`,
    );
  }
  const depths = COLOUR_TYPES[type!]?.depths;
  if (!depths?.includes(depth!) || compression !== 0 || filter !== 0 || interlace! > 1) {
    throw new DataError(
      `decodePng: there is no such kind of PNG: depth ${depth}, colour type ${type}, ` +
        `compression ${compression}, filter ${filter}, interlace ${interlace}`,
    );
  }
  return { width, height, depth: depth!, type: type!, isInterlaced: interlace === 1 };
}
