import assert from "node:assert/strict";
import { columnarTable } from "../../cli/tables/columnar.ts";
import { DataError } from "../../mod.ts";
import fixture from "../fixtures/column_files.json" with { type: "json" };

const files = Object.entries(fixture.files).map(([name, text]) => ({
  name,
  bytes: Uint8Array.fromBase64(text),
}));

Deno.test("Parquet and Arrow files give the columns that were written", async () => {
  for (const { name, bytes } of files.filter(({ name }) => name !== "packed.feather")) {
    const table = (await columnarTable(name, bytes, {}))!;
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
  assert.equal(await columnarTable("a.csv", new TextEncoder().encode("a,b\n1,2\n"), {}), null);
});

Deno.test("wherever such a file is cut off, and whatever else it is, an error says so", async () => {
  for (const { name, bytes } of files) {
    const cuts = name === "stream.arrows" ? [0.3, 0.6] : [0.1, 0.3, 0.5, 0.7, 0.9, 0.99];
    for (const share of cuts) {
      const cut = bytes.slice(0, Math.floor(share * bytes.length));
      await assert.rejects(columnarTable(name, cut, {}), DataError, `${name} ${share}`);
    }
  }
  const { bytes } = files.find(({ name }) => name === "packed.feather")!;
  await assert.rejects(columnarTable("packed.feather", bytes, {}), {
    name: "DataError",
    message: /^read packed.feather: it is no Arrow file, .*: write it without compression$/,
  });
  const text = new TextEncoder().encode("a,b\n1,2\n");
  for (const name of ["a.parquet", "a.arrow"]) {
    await assert.rejects(columnarTable(name, text, {}), DataError, name);
  }
});
