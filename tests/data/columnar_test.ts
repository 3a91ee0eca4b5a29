import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import {
  CompressionType,
  setCompressionCodec,
  tableFromArrays,
  tableToIPC,
} from "@uwdata/flechette";
import { data, DataError } from "../../mod.ts";
import { unpackLz4Frame } from "../../src/data/table/lz4_frame.ts";
import lz4 from "../fixtures/lz4_frames.json" with { type: "json" };
import fixture from "../fixtures/column_files.json" with { type: "json" };

/** What reads a file of that name. */
function readerOf(name: string): typeof data.parquet {
  return name.endsWith(".parquet") ? data.parquet : data.arrow;
}

const files = Object.entries(fixture.files).map(([name, text]) => ({
  name,
  bytes: Uint8Array.fromBase64(text),
}));

Deno.test("Parquet and Arrow files give the columns that were written", async () => {
  for (const { name, bytes } of files) {
    const table = await readerOf(name)(bytes);
    assert.deepEqual(
      table.columns.map(({ name, type, missing }) => [name, type, missing]),
      [
        ["size", "number", 1],
        ["count", "number", 0],
        ["flag", "category", 0],
        ["day", "date", 0],
        ["kind", "category", 0],
      ],
      name,
    );
    assert.deepEqual(Array.from(table.column("size").values.subarray(0, 5)), [
      0,
      0.25,
      0.5,
      NaN,
      1,
    ]);
    assert.equal(table.column("day").values[11], Date.UTC(2024, 0, 12) / 86_400_000);
    assert.deepEqual(table.column("kind").texts, ["blue", "green", "red"]);
    assert.deepEqual(table.column("count").values[11], 11);
  }
});

Deno.test("wherever such a file is cut off, and whatever else it is, an error says so", async () => {
  for (const { name, bytes } of files) {
    const cuts = name === "stream.arrows" ? [0.3, 0.6] : [0.1, 0.3, 0.5, 0.7, 0.9, 0.99];
    for (const share of cuts) {
      const cut = bytes.slice(0, Math.floor(share * bytes.length));
      await assert.rejects(readerOf(name)(cut), DataError, `${name} ${share}`);
    }
  }
  const text = new TextEncoder().encode("a,b\n1,2\n");
  for (const name of ["a.parquet", "a.arrow"]) {
    await assert.rejects(readerOf(name)(text), DataError, name);
  }
});

Deno.test("LZ4 frames are unpacked, whether their blocks look back at others or not", () => {
  const expected = Uint8Array.from({ length: 150_000 }, (_, i) => ((i % 1000) ** 2 * 31) >> 3);
  for (const [name, text] of Object.entries(lz4.frames)) {
    const frame = Uint8Array.fromBase64(text);
    const bytes = unpackLz4Frame(frame, expected.length);
    assert.ok(bytes.every((byte, i) => byte === expected[i]), name);
    assert.throws(() => unpackLz4Frame(frame, expected.length - 1), DataError);
    assert.throws(() => unpackLz4Frame(frame, 2 ** 40), DataError);
    assert.throws(() => unpackLz4Frame(frame.subarray(0, -5), expected.length), DataError);
  }
});

Deno.test("Arrow files that are packed by ZSTD are read, and rows that are not there are not made", async () => {
  const numbers = Float64Array.from({ length: 5000 }, (_, i) => i % 7);
  const decode = () => {
    throw new Error("nothing is read here");
  };
  setCompressionCodec(CompressionType.ZSTD, { encode: (bytes) => zstdCompressSync(bytes), decode });
  const bytes = tableToIPC(tableFromArrays({ numbers }), { codec: CompressionType.ZSTD });
  const file = Uint8Array.from(bytes!);
  assert.ok(file.length < 10_000);
  const table = await data.arrow(file);
  assert.deepEqual(Array.from(table.column("numbers").values), Array.from(numbers));
  // the number of rows, in the record batch and in its column
  const rows = Array.from(file.keys()).filter((i) =>
    i % 4 === 0 && new DataView(file.buffer).getInt32(i, true) === 5000
  );
  for (const at of rows) new DataView(file.buffer).setInt32(at, 50_000_000, true);
  await assert.rejects(
    data.arrow(file),
    /50000000 values are not in \d+ bytes$/,
  );
});
