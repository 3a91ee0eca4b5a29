import assert from "node:assert/strict";
import { encode } from "jpeg-js";
import { decodeJpeg } from "../../src/io/jpeg.ts";

/** A picture whose red rises from left to right and green from top to bottom. */
function jpeg(rows = 24, columns = 40): Uint8Array {
  const data = new Uint8Array(rows * columns * 4);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) data.set([6 * x, 10 * y, 128, 255], 4 * (y * columns + x));
  }
  return Uint8Array.from(encode({ data, height: rows, width: columns }, 95).data);
}

/** A note of a camera that it was held on its side, behind the first bytes of a file. */
function turned(file: Uint8Array): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0];
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff, 0, 0, 0, 0];
  return Uint8Array.of(
    ...file.subarray(0, 2),
    0xff,
    0xe1,
    0,
    exif.length + 2,
    ...exif,
    ...file.subarray(2),
  );
}

Deno.test("decodeJpeg gives the colours of a file, upright", async () => {
  using picture = await decodeJpeg(jpeg());
  assert.deepEqual([picture.dtype, picture.shape], ["uint8", [3, 24, 40]]);
  for (const [y, x] of [[0, 0], [20, 30], [5, 39]] as const) {
    const found = [0, 1, 2].map((c) => picture.select(0, c).select(0, y).select(0, x).item());
    const off = found.map((value, c) => Math.abs(value - [6 * x, 10 * y, 128][c]!));
    assert.ok(Math.max(...off) <= 12, `${found} at ${y}, ${x}`);
  }
  using upright = await decodeJpeg(turned(jpeg()));
  assert.deepEqual(upright.shape, [3, 40, 24]);
});

Deno.test("a damaged JPEG is refused, and the next is read as if there had been none", async () => {
  const file = jpeg();
  const expected = (await decodeJpeg(file)).toTypedArray();
  const wide = file.slice();
  const frame = wide.findIndex((byte, i) => byte === 0xff && wide[i + 1] === 0xc0);
  wide.fill(0xff, frame + 5, frame + 9);
  const noTables = file.slice();
  noTables[frame + 1] = 0xc9; // another coding
  const cases: [Uint8Array, RegExp][] = [
    [file.subarray(0, file.length / 2), /^decodeJpeg: the file is truncated or damaged: Premature/],
    [noTables, /^decodeJpeg: the file is truncated or damaged/],
    [wide, /^decodeJpeg: at most 2\^26 pixels are read: the picture has 65535 × 65535$/],
    [file.subarray(1), /^decodeJpeg: the file is no JPEG/],
    [file.subarray(0, 2), /^decodeJpeg: the file is truncated or damaged/],
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(decodeJpeg(bytes), { name: "DataError", message });
    assert.deepEqual((await decodeJpeg(file)).toTypedArray(), expected);
  }
  const both = await Promise.allSettled([cases[0]![0], file].map((bytes) => decodeJpeg(bytes))); // at once
  assert.deepEqual(both.map(({ status }) => status), ["rejected", "fulfilled"]);
});
