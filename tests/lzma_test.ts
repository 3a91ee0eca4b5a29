/** The kernels are carried packed by LZMA, which the library unpacks itself. */
import assert from "node:assert/strict";
import lzma from "lzma";
import { unpackedFile } from "../src/wasm/lzma.ts";
import { unit } from "./prng.ts";

Deno.test("what LZMA packs in any way comes back", () => {
  const few = Uint8Array.from({ length: 5_000 }, (_, i) => 4 * unit(1, i) ** 4);
  const contents = {
    nothing: new Uint8Array(),
    "one byte": Uint8Array.of(7),
    "one byte again and again": new Uint8Array(5_000).fill(7),
    "few values": few,
    "all values": Uint8Array.from({ length: 5_000 }, (_, i) => 256 * unit(2, i)),
    "repeats near and far": Uint8Array.from(
      { length: 20_000 },
      (_, i) => few[i % 6_011]! + i % 7,
    ),
    "records with one byte that changes": Uint8Array.from(
      { length: 5_000 },
      (_, i) => i % 4 === 0 ? 256 * unit(3, i) : i % 4,
    ),
  };
  for (const [name, content] of Object.entries(contents)) {
    for (const mode of [1, 9]) {
      const file = Uint8Array.from(lzma.compress(content, mode));
      assert.deepEqual(unpackedFile(file), content, `${name}, mode ${mode}`);
    }
  }
});
