/** What is understood of a table before it is learnt from. */
import assert from "node:assert/strict";
import { data } from "../../mod.ts";
import { classesOf } from "../../cli/data_parts.ts";
import { lookAt, tableData, type TableKind } from "../../cli/tables/table_data.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";

/** The data of a JSON file of rows. */
async function dataOf(rows: object[], target: string | null, kind: TableKind) {
  using folder = temporaryFolder();
  const file = `${folder.path}/rows.json`;
  Deno.writeTextFileSync(file, JSON.stringify(rows));
  const choices = { ignore: null, split: "0.2/0.2", group: null, time: null, fold: null };
  const set = await tableData(
    { ...choices, file, target, dropDuplicates: false, logTarget: "auto" },
    kind,
  );
  return { set, notes: set.notes!.join("\n"), looked: await lookAt(file, target) };
}

const rows = Array.from({ length: 40 }, (_, i) => ({ size: i % 9, kind: "ab"[i % 2]! }));

testWith(
  ["read", "write"],
  "a column without a value in what is learnt from is left out, and told",
  async () => {
    const { set } = await dataOf(rows, "kind", "classes");
    const dev = set.dev.indices[0]!; // the only row with a remark is none that is learnt from
    const remarked = rows.map((row, i) => i === dev ? { ...row, remark: 5 } : row);
    const { set: without, notes } = await dataOf(remarked, "kind", "classes");
    assert.match(notes, /note: remark: no row that is learnt from has a value: not learnt from/);
    assert.deepEqual(without.table.features.map(({ name }) => name), ["size"]);
    assert.deepEqual(without.train.batch(Int32Array.of(0))[0].shape, [1, 1]);
  },
);

testWith(
  ["read", "write"],
  "where no target is named it is a column that can be learnt",
  async () => {
    const named = rows.map((row, i) => ({ ...row, name: `number ${i}`, planet: "Earth" }));
    assert.equal((await dataOf(named, null, "classes")).looked.target, "kind");
    const unlike = Array.from({ length: 9 }, (_, i) => ({ name: `number ${i}` }));
    await assert.rejects(
      dataOf(unlike, "name", "classes"),
      /columns to learn it from are needed|it has 9 in 9 rows; --target names another column/,
    );
  },
);

testWith(["read", "write"], "how a CSV file is written is told, or said by options", async () => {
  using folder = temporaryFolder();
  const notesOf = async (text: string, name: string, how: object = {}) => {
    const file = `${folder.path}/${name}`;
    Deno.writeTextFileSync(file, text);
    const choices = { ignore: null, split: "0.2/0.2", group: null, time: null, fold: null };
    const all = { ...choices, ...how, file, dropDuplicates: false, logTarget: "auto" as const };
    const { notes, table } = await tableData({ ...all, target: null }, "classes");
    return { notes: notes!.join("\n"), features: table.features };
  };
  const many = (row: (i: number) => string) =>
    Array.from({ length: 60 }, (_, i) => row(i)).join("");
  // three digits behind every comma may be thousands
  const text = many((i) => `${i % 5},${100 + i};${i % 3};${"ab"[i % 2]}\n`);
  const head = "size;count;kind\n";
  const plain = await notesOf(head + text, "a.csv");
  assert.match(plain.notes, /size: cells such as "0,100" are texts: .*; --decimal comma reads 1,5/);
  const { notes, features } = await notesOf(head + text, "a.csv", { decimal: "comma" });
  assert.match(notes, /size +number +0\.1 … /);
  assert.deepEqual(features.map(({ type }) => type), ["number", "number"]);
  // rows that are taken for names
  const whole = many((i) => `${i % 7},${i % 3},${i % 2}\n`);
  assert.match((await notesOf(whole, "b.csv")).notes, /whose name is a number .* say --no-header/);
  const told = await notesOf(whole, "b.csv", { header: false });
  assert.deepEqual(told.features.map(({ name }) => name), ["column1", "column2"]);
  const spaces = whole.replaceAll(",", " ");
  const said = await notesOf(spaces, "c.csv", { header: false, delimiter: "space" });
  assert.deepEqual(said.features, told.features);
  await assert.rejects(notesOf("[]", "d.json", { header: false }), {
    name: "DataError",
    message: /^--no-header: goes with CSV: .*d\.json has names and numbers of its own/,
  });
});

Deno.test("a folder that a network is judged by has the labels that the network knows", () => {
  const warnings: string[] = [];
  const known = ["a", "b", "c"];
  assert.deepEqual(classesOf("f", "pictures", ["c", "b", "c"], { known, warnings }), known);
  assert.deepEqual(
    classesOf("f", "pictures", ["c", "b"], { known: undefined, warnings }),
    ["c", "b"],
  );
  assert.throws(() => classesOf("f", "pictures", ["c", "d"], { known, warnings }), {
    message: "f: the network knows a, b, c: there is a folder d",
  });
  assert.throws(() => classesOf("f", "pictures", [], { known, warnings }), /there is none/);
});

Deno.test("texts of a JSON file that are numbers all of them are numbers, but for codes", () => {
  const table = data.parseJson(new TextEncoder().encode(JSON.stringify([
    { year: "1565", zip: "01234", mixed: "1", share: "-0.5", sum: "1,003" },
    { year: "", zip: "20001", mixed: 2, share: "12", sum: "23,456" },
    { year: "1570", zip: "20002", mixed: "x", share: null, sum: "7" },
  ])));
  const types = Object.fromEntries(table.columns.map(({ name, type }) => [name, type]));
  assert.deepEqual([types.year, types.share], ["number", "number"]);
  assert.ok([types.zip, types.mixed, types.sum].every((type) => type !== "number"), `${types}`);
  assert.deepEqual(Array.from(table.column("year").values), [1565, NaN, 1570]);
  assert.match(table.warnings.join("\n"), /^sum: cells such as "1,003" are texts/);
  const kept = data.parseJson(new TextEncoder().encode('[{"a": "1"}, {"a": "2"}]'), {
    types: { a: "category" },
  });
  assert.equal(kept.column("a").type, "category");
});

Deno.test("a JSON file that is one object is told by what it is of", () => {
  const text = JSON.stringify({ type: "FeatureCollection", features: [{ a: 1 }] }, null, 2);
  assert.throws(() => data.parseJson(new TextEncoder().encode(text)), {
    name: "DataError",
    message: /^json: a list of objects, .* it is one object, of type; features, a list: save the/,
  });
});

testWith(
  ["read", "write"],
  "what is infinite is missing, and told, as are categories that differ in capitals",
  async () => {
    const odd = rows.map((row, i) => ({
      ...row,
      far: i % 5 === 0 ? 1e300 : i % 7,
      says: ["Yes", "yes"][i % 2],
    }));
    const { set, notes } = await dataOf(odd, "kind", "classes");
    assert.match(notes, /note: far: 8 numbers that are infinite, .*: taken as missing/);
    assert.match(notes, /note: says: Yes and yes are two categories: they differ in capitals only/);
    const [x] = set.train.batch(Int32Array.from({ length: set.train.length }, (_, i) => i));
    assert.ok((x.toArray() as number[][]).flat().every((v) => Number.isNaN(v) || Math.abs(v) < 10));
  },
);

Deno.test("dates that are not written as dates are told", () => {
  const csv = "day,a\n1/31/2024,1\n2/28/2024,2\n3/1/2024,3\n";
  const { warnings } = data.parseCsv(new TextEncoder().encode(csv));
  assert.match(
    warnings.join(),
    /^day: cells such as "1\/31\/2024" are texts: dates are .* 2024-01-31$/,
  );
});
