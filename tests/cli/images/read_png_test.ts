import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { DataError } from "../../../src/core/errors.ts";
import { encodePng, readPng } from "../../../cli/images/picture.ts";
import fixtures from "../../fixtures/png_files.json" with { type: "json" };
import { chunk } from "../../fuzz/png_files.ts";
import { takesNoMoreThan } from "../../time_limit.ts";

interface Case {
  file: string;
  shape: number[];
  grey: number[];
  opacity: number[] | null;
}

const cases = Object.entries(fixtures.cases as Record<string, Case>);

function header(width: number, height: number, ...kind: number[]): Uint8Array {
  const bytes = new Uint8Array(13);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  bytes.set(kind, 8);
  return chunk("IHDR", bytes);
}

function png(...chunks: Uint8Array[]): Uint8Array {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return Uint8Array.from([signature, ...chunks].flatMap((part) => Array.from(part)));
}

const GREY = [8, 0, 0, 0, 0];
const END = chunk("IEND", new Uint8Array(0));
const data = (...bytes: number[]) => chunk("IDAT", deflateSync(Uint8Array.from(bytes)));

Deno.test("PNG files of every colour type and depth are read as Pillow reads them", () => {
  for (const [name, { file, shape, grey, opacity }] of cases) {
    const picture = readPng(Uint8Array.fromBase64(file));
    assert.deepEqual([picture.rows, picture.columns], shape, name);
    assert.equal(picture.opacity === null, opacity === null, name);
    assert.deepEqual(Array.from(picture.opacity ?? []), opacity ?? [], name);
    // Of 16 bits Pillow makes 8 before it makes grey.
    const far = grey.findIndex((level, i) => Math.abs(level - picture.grey[i]!) > 1);
    assert.equal(far, -1, name);
    if (!name.includes("16")) assert.deepEqual(Array.from(picture.grey), grey, name);
  }
});

Deno.test("the level or colour that is transparent is told in the file's own depth", () => {
  const two = chunk("tRNS", Uint8Array.of(0, 2)); // of 0 to 3
  const grey = readPng(png(header(4, 1, 2, 0, 0, 0, 0), two, data(0, 0b00_01_10_11), END));
  assert.deepEqual(Array.from(grey.grey), [0, 85, 170, 255]);
  assert.deepEqual(Array.from(grey.opacity!), [255, 255, 0, 255]);

  const deep = chunk("tRNS", Uint8Array.of(1, 2, 3, 4, 5, 6));
  const row = [0, ...[1, 2, 3, 4, 5, 6], ...[1, 2, 3, 4, 5, 7]];
  const colour = readPng(png(header(2, 1, 16, 2, 0, 0, 0), deep, data(...row), END));
  assert.deepEqual(Array.from(colour.opacity!), [0, 255]);
});

Deno.test("a PNG that the reports write is read back, whatever follows it", () => {
  const pixels = Uint8Array.from({ length: 600 }, (_, i) => i * 89);
  const file = encodePng({ pixels, rows: 20, columns: 30 });
  const read = { rows: 20, columns: 30, grey: pixels, opacity: null };
  assert.deepEqual(readPng(file), read);
  assert.deepEqual(readPng(Uint8Array.from([...file, 1, 2, 3])), read);
});

Deno.test("a PNG that is cut anywhere, or has one byte changed, is refused", () => {
  for (const [name, { file }] of cases.slice(0, 12)) {
    const bytes = Uint8Array.fromBase64(file);
    for (let i = 0; i < bytes.length; i++) {
      assert.throws(() => readPng(bytes.subarray(0, i)), DataError, `${name}, ${i} bytes`);
      assert.throws(() => readPng(bytes.with(i, bytes[i]! ^ 4)), DataError, `${name}, byte ${i}`);
    }
  }
});

Deno.test("what is wrong with a PNG is told", () => {
  const refused: [file: Uint8Array, message: RegExp][] = [
    [new Uint8Array(0), /^decodePng: a PNG file begins with 89 50 4e 47, this one is empty$/],
    [Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0), /this one with ff d8 ff e0$/],
    [png(header(2, 1, ...GREY)), /^decodePng: the file ends before the PNG does: truncated$/],
    [png(END), /^decodePng: the first chunk of a PNG is IHDR: it is IEND$/],
    [
      png(header(2, 1, ...GREY), header(9, 9, ...GREY), END),
      /one chunk IHDR at most: it has more$/,
    ],
    [png(chunk("IHDR", new Uint8Array(12)), END), /a header has 13 bytes: this one has 12$/],
    [png(header(0, 1, ...GREY), END), /^decodePng: the picture has no pixels$/],
    [png(header(1, 1, 3, 0, 0, 0, 0), END), /no such kind of PNG: depth 3, colour type 0/],
    [png(header(1, 1, 4, 2, 0, 0, 0), END), /no such kind of PNG: depth 4, colour type 2/],
    [png(header(1, 1, 8, 0, 0, 0, 2), END), /interlace 2$/],
    [png(header(2, 1, ...GREY), END), /^decodePng: the pixels take 3 bytes, and 0 never unpack/],
    [png(header(2, 1, ...GREY), data(0, 1), END), /the pixels take 3 bytes, there are 2$/],
    [png(header(2, 1, ...GREY), data(0, 1, 2, 3), END), /take 3 bytes, the packed ones hold more$/],
    [png(header(2, 1, ...GREY), data(5, 1, 2), END), /filter is 0 to 4: it is 5: damaged$/],
    [
      png(header(2, 1, ...GREY), chunk("IDAT", new Uint8Array(9)), END),
      /take 3 bytes, the packed ones are truncated or damaged$/,
    ],
    [
      png(header(2, 1, ...GREY), chunk("ABCD", new Uint8Array(1)), END),
      /ABCD is of no known kind$/,
    ],
    [png(header(1, 1, 8, 3, 0, 0, 0), data(0, 0), END), /3 bytes for each entry: .* has 0 in all$/],
    [
      png(header(2, 1, 8, 3, 0, 0, 0), chunk("PLTE", new Uint8Array(3)), data(0, 0, 1), END),
      /the palette has 1 entries, a pixel is number 1$/,
    ],
  ];
  for (const [file, message] of refused) {
    assert.throws(
      () => readPng(file),
      (error) => error instanceof DataError && message.test(error.message),
      String(message),
    );
  }
});

Deno.test("a small file that claims to be a large picture is refused before there is room for it", () => {
  const most = 2 ** 32 - 1;
  assert.throws(
    () => readPng(png(header(most, most, ...GREY), data(0), END)),
    /^DataError: decodePng: pictures of up to 67108864 pixels are read: this one has 4294967295 × /,
  );
  const before = Deno.memoryUsage().external;
  assert.throws(
    () => readPng(png(header(8192, 8192, ...GREY), data(0), END)),
    /^DataError: decodePng: the pixels take 67117056 bytes, and \d+ never unpack to as many: /,
  );
  // 30 MB of zeros in 30 KB, for a picture of 2 pixels
  assert.throws(
    () => readPng(png(header(2, 1, ...GREY), chunk("IDAT", deflateSync(new Uint8Array(3e7))), END)),
    /hold more$/,
  );
  assert.ok(Deno.memoryUsage().external - before < 2 ** 26);
});

Deno.test("pixels in many small chunks take no more than a moment", () => {
  const parts = Array.from(deflateSync(new Uint8Array(30_300)), (byte) => Uint8Array.of(byte));
  const empty = Array.from({ length: 20_000 }, () => new Uint8Array(0));
  const chunks = [...empty, ...parts].map((part) => chunk("IDAT", part));
  const file = png(header(100, 300, ...GREY), ...chunks, END);
  const grey = takesNoMoreThan(2000, () => readPng(file).grey);
  assert.deepEqual(grey, new Uint8Array(30_000));
});
