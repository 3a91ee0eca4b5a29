/**
 * Grey images as PNG, after the PNG specification (W3C), third edition. At once, which the engines'
 * own compression is not, so nothing is compressed: what notebooks show is small.
 *
 * @module
 */
import { crc32 } from "./crc32.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Bytes of the largest block that deflate stores as it is. */
const MAX_BLOCK = 0xffff;

/** A PNG of pixels [rows, columns], 0 black to 255 white: one header, one data and one end chunk. */
export function encodeGrey(pixels: Uint8Array, rows: number, columns: number): Uint8Array {
  // 8 bits a pixel; the zeros after it: grey, deflate, usual filters, not interlaced
  const header = [...bigEndian(columns), ...bigEndian(rows), 8, 0, 0, 0, 0];
  const lines = new Uint8Array(rows * (columns + 1));
  for (let i = 0; i < rows; i++) {
    // The byte before each row names its filter: 0, none.
    lines.set(pixels.subarray(i * columns, (i + 1) * columns), i * (columns + 1) + 1);
  }
  const parts = [chunk("IHDR", header), chunk("IDAT", stored(lines)), chunk("IEND", [])];
  return Uint8Array.from([SIGNATURE, ...parts].flatMap((part) => Array.from(part)));
}

/** Length of the data, name, data, checksum of name and data. */
function chunk(name: string, data: ArrayLike<number>): Uint8Array {
  const named = new Uint8Array(4 + data.length);
  for (let i = 0; i < 4; i++) named[i] = name.charCodeAt(i);
  named.set(data, 4);
  const bytes = new Uint8Array(8 + named.length);
  bytes.set(bigEndian(data.length));
  bytes.set(named, 4);
  bytes.set(bigEndian(crc32(named)), 4 + named.length);
  return bytes;
}

/** A zlib stream of blocks that are not compressed (RFC 1950 and 1951). */
function stored(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.length / MAX_BLOCK);
  const stream = new Uint8Array(2 + 5 * blocks + bytes.length + 4);
  stream.set([0x78, 0x01]);
  for (let i = 0, to = 2; i < blocks; i++) {
    const block = bytes.subarray(i * MAX_BLOCK, (i + 1) * MAX_BLOCK);
    const [low, high] = [block.length & 255, block.length >>> 8];
    stream.set([i === blocks - 1 ? 1 : 0, low, high, ~low, ~high], to);
    stream.set(block, to + 5);
    to += 5 + block.length;
  }
  stream.set(bigEndian(adler32(bytes)), stream.length - 4);
  return stream;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return (b << 16 | a) >>> 0;
}

function bigEndian(n: number): number[] {
  return [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255];
}
