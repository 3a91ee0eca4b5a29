import assert from "node:assert/strict";
import { crc32, inflateSync } from "node:zlib";
import fc from "fast-check";
import { encodePng, pngImage } from "../../../cli/images/picture.ts";

/** The chunks of a PNG file, each with a right checksum. */
function chunksOf(png: Uint8Array): [name: string, data: Uint8Array][] {
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks: [string, Uint8Array][] = [];
  for (let at = 8; at < png.length;) {
    const end = at + 8 + view.getUint32(at);
    assert.equal(view.getUint32(end), crc32(png.subarray(at + 4, end)));
    chunks.push([
      new TextDecoder().decode(png.subarray(at + 4, at + 8)),
      png.subarray(at + 8, end),
    ]);
    at = end + 4;
  }
  return chunks;
}

Deno.test("a PNG holds its size and its pixels, each chunk with its checksum", () => {
  const picture = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })).chain(
    ([rows, columns]) => {
      const n = rows * columns;
      return fc.tuple(
        fc.constant(rows),
        fc.constant(columns),
        fc.uint8Array({ minLength: n, maxLength: n }),
      );
    },
  );
  fc.assert(fc.property(picture, ([rows, columns, pixels]) => {
    const chunks = chunksOf(encodePng({ pixels, rows, columns }));
    assert.deepEqual(chunks.map(([name]) => name), ["IHDR", "IDAT", "IEND"]);
    const header = [0, 0, 0, columns, 0, 0, 0, rows, 8, 0, 0, 0, 0];
    assert.deepEqual([...chunks[0]![1]], header);
    const scanlines = Array.from({ length: rows }, (_, i) => [
      0,
      ...pixels.subarray(i * columns, (i + 1) * columns),
    ]);
    assert.deepEqual([...inflateSync(chunks[1]![1])], scanlines.flat());
    assert.equal(chunks[2]![1].length, 0);
  }));
});

Deno.test("a picture in a page has its bytes for an address", () => {
  const picture = { pixels: Uint8Array.of(0, 255, 128, 1), rows: 2, columns: 2 };
  const { text } = pngImage(picture, "four");
  const bytes = Uint8Array.fromBase64(
    /base64,([^"]*)" width="2" height="2" alt="four"/.exec(text)![1]!,
  );
  assert.deepEqual(bytes, encodePng(picture));
});
