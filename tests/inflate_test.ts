/** The kernels are unpacked by a reader of gzip of the library's own. */
import assert from "node:assert/strict";
import { constants, gzipSync } from "node:zlib";
import { inflateGzip } from "../src/core/inflate.ts";
import { unit } from "./prng.ts";

const { Z_FIXED, Z_HUFFMAN_ONLY, Z_DEFAULT_STRATEGY } = constants;

Deno.test("what zlib packs in any way comes back", () => {
  const few = Uint8Array.from({ length: 100_000 }, (_, i) => 4 * unit(1, i) ** 4);
  const contents = {
    nothing: new Uint8Array(),
    "one byte": Uint8Array.of(7),
    "one byte again and again": new Uint8Array(100_000).fill(7),
    "few values": few,
    "all values": Uint8Array.from({ length: 100_000 }, (_, i) => 256 * unit(2, i)),
    "repeats near and far": Uint8Array.from(
      { length: 100_000 },
      (_, i) => few[i % 30_011]! + i % 7,
    ),
  };
  for (const [name, content] of Object.entries(contents)) {
    for (const strategy of [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY]) {
      for (const level of [0, 1, 9]) {
        const file = new Uint8Array(gzipSync(content, { level, strategy }));
        assert.deepEqual(inflateGzip(file), content, `${name}, level ${level}, ${strategy}`);
      }
    }
  }
});
