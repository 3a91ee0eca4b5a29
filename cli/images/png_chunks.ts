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
import { DataError } from "@glim/glim";
import { crc32 } from "node:zlib";

/** What the header says. */
export interface PngHeader {
  /** Pixels of a row. */
  width: number;
  /** Rows. */
  height: number;
  /** Bits of a sample. */
  depth: number;
  /** What the samples of a pixel are. */
  type: ColourType;
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

/** Grey, colour, palette entries, grey and opacity, colour and opacity. */
export type ColourType = keyof typeof COLOUR_TYPES;

/** Colour type → samples a pixel, and the depths that there are. */
export const COLOUR_TYPES = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
} as const;

/** Pixels of the largest picture that is read: 8192 × 8192. */
const MAX_PIXELS = 2 ** 26;

const NOTHING = new Uint8Array(0);

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Takes a PNG apart, into looks at its bytes. What follows its end is left alone, and so are chunks
 * that pixels do not depend on.
 *
 * Throws DataError where it is no PNG, is truncated, where a checksum is wrong or a chunk is out of
 * place, and where there are more than 2²⁶ pixels.
 */
export function readChunks(bytes: Uint8Array): PngParts {
  checkSignature(bytes);
  const found: Record<string, Uint8Array[]> = { IHDR: [], PLTE: [], tRNS: [], IDAT: [], IEND: [] };
  let isFirst = true;
  for (const [name, data] of chunksOf(bytes)) {
    if (isFirst && name !== "IHDR") {
      throw new DataError(`readPng: the first chunk of a PNG is IHDR: it is ${name}`);
    }
    isFirst = false;
    const same = found[name];
    // Small letters begin the names of those that pixels do not depend on.
    if (same === undefined && /^[a-z]/.test(name)) continue;
    if (same === undefined) throw new DataError(`readPng: the chunk ${name} is of no known kind`);
    if (same.push(data) > 1 && name !== "IDAT") {
      throw new DataError(`readPng: a PNG has one chunk ${name} at most: it has more`);
    }
  }
  const header = readHeader(found.IHDR![0]!);
  const [palette, transparency] = [found.PLTE![0] ?? NOTHING, found.tRNS![0] ?? NOTHING];
  if (header.type === 3 && (palette.length === 0 || palette.length % 3 !== 0)) {
    throw new DataError(
      `readPng: a palette has 3 bytes for each entry: this one has ${palette.length} in all`,
    );
  }
  return { header, palette, transparency, packed: found.IDAT! };
}

function checkSignature(bytes: Uint8Array): void {
  if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return;
  const begin = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
  throw new DataError(
    `readPng: a PNG file begins with 89 50 4e 47, this one ` +
      (begin.length > 0 ? `with ${begin.join(" ")}` : "is empty"),
  );
}

/** Names and data of all chunks up to IEND. */
function* chunksOf(bytes: Uint8Array): Generator<[name: string, data: Uint8Array]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = SIGNATURE.length, name = ""; name !== "IEND";) {
    const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity;
    if (end > bytes.length) {
      throw new DataError("readPng: the file ends before the PNG does: truncated");
    }
    name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(name)) {
      throw new DataError(
        `readPng: a chunk's name has 4 letters: it is ${JSON.stringify(name)}: damaged`,
      );
    }
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new DataError(`readPng: the checksum of the chunk ${name} is wrong: damaged`);
    }
    yield [name, bytes.subarray(at + 8, end - 4)];
    at = end;
  }
}

function readHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length !== 13) {
    throw new DataError(`readPng: a header has 13 bytes: this one has ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, type, compression, filter, interlace] = bytes.subarray(8) as unknown as number[];
  if (width === 0 || height === 0) throw new DataError("readPng: the picture has no pixels");
  if (width * height > MAX_PIXELS) {
    throw new DataError(
      `readPng: pictures of up to ${MAX_PIXELS} pixels are read: this one has ${width} × ${height}`,
    );
  }
  const depths: readonly number[] | undefined = COLOUR_TYPES[type as ColourType]?.depths;
  if (!depths?.includes(depth!) || compression !== 0 || filter !== 0 || interlace! > 1) {
    throw new DataError(
      `readPng: there is no such kind of PNG: depth ${depth}, colour type ${type}, ` +
        `compression ${compression}, filter ${filter}, interlace ${interlace}`,
    );
  }
  return { width, height, depth: depth!, type: type as ColourType, isInterlaced: interlace === 1 };
}
