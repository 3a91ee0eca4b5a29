/**
 * Grey pictures as PNG files.
 *
 * @module
 */
import { crc32 } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * A PNG file of grey pixels [rows, columns], 0 black to 255 white. RangeError where there are not
 * rows × columns of them.
 *
 * Written after the PNG specification (W3C), third edition: one header, one data and one end
 * chunk; each row unfiltered.
 */
export async function encodePng(
  pixels: Uint8Array,
  rows: number,
  columns: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (pixels.length !== rows * columns || pixels.length === 0) {
    throw new RangeError(
      `encodePng: needs rows × columns pixels: there are ${pixels.length} for ${rows} × ${columns}`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, columns);
  view.setUint32(4, rows);
  header[8] = 8; // bits a pixel; the zeros after it: grey, deflate, usual filters, not interlaced
  const scanlines = new Uint8Array(rows * (columns + 1));
  for (let i = 0; i < rows; i++) {
    // The byte before each row names its filter: 0, none.
    scanlines.set(pixels.subarray(i * columns, (i + 1) * columns), i * (columns + 1) + 1);
  }
  const chunks = [
    chunk("IHDR", header),
    chunk("IDAT", await deflate(scanlines)),
    chunk("IEND", new Uint8Array(0)),
  ];
  return Uint8Array.from([...SIGNATURE, ...chunks.flatMap((bytes) => Array.from(bytes))]);
}

/** A picture as the address of itself, for an `<img>` that fetches nothing. */
export async function pngUri(pixels: Uint8Array, rows: number, columns: number): Promise<string> {
  const bytes = await encodePng(pixels, rows, columns);
  return `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`;
}

/** Length of the data, name, data, checksum of name and data. */
function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  // What the web calls "deflate" is zlib's format, which is PNG's too.
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
