import assert from "node:assert/strict";
import { DataError, io, rand, scope, tensor, zeros } from "../../mod.ts";
import fixtures from "../fixtures/png_files.json" with { type: "json" };

Deno.test("pixels of one to four channels are read back from the PNG that was written", () => {
  for (const channels of [1, 2, 3, 4]) {
    scope(() => {
      const pixels = rand([channels, 5, 7]).mul(255).to("uint8");
      const read = io.decodePng(io.encodePng(pixels));
      assert.deepEqual([read.shape, read.dtype], [[channels, 5, 7], "uint8"]);
      assert.deepEqual(read.toArray(), pixels.toArray());
    });
  }
  const grey = tensor([[0, 128], [255, 1]], { dtype: "uint8" });
  assert.deepEqual(io.decodePng(io.encodePng(grey)).toArray(), [grey.toArray()]);
});

Deno.test("a PNG has a channel for each colour, and one where something may be clear", () => {
  const channels = {
    "type 0, depth 2": 1,
    "type 0, depth 8, clear": 2,
    "type 2, depth 16": 3,
    "type 2, depth 8, clear": 4,
    "type 3, depth 4, interlaced": 3,
    "type 3, depth 4, clear": 4,
    "type 4, depth 8": 2,
    "RGBA, by Pillow": 4,
  };
  const cases = fixtures.cases as Record<string, { file: string; shape: number[] }>;
  for (const [name, count] of Object.entries(channels)) {
    const { file, shape } = cases[name]!;
    assert.deepEqual(io.decodePng(Uint8Array.fromBase64(file)).shape, [count, ...shape], name);
  }
});

Deno.test("what is no pixels is not written, and what is no PNG not read", () => {
  assert.throws(() => io.encodePng(zeros([5, 2, 2], { dtype: "uint8" })), {
    name: "ShapeError",
    message: "encodePng: pixels must be [1 to 4 channels, rows, columns]: they are [5, 2, 2]",
  });
  assert.throws(() => io.encodePng(zeros([0, 3], { dtype: "uint8" })), { name: "ShapeError" });
  assert.throws(() => io.encodePng(zeros([3, 2, 2])), {
    name: "DTypeError",
    message: "encodePng: pixels must be uint8: they are float32",
  });
  assert.throws(() => io.decodePng(Uint8Array.of(1, 2, 3)), DataError);
});
