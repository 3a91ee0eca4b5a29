import assert from "node:assert/strict";
import { data, DataError, manualSeed, rand } from "../../mod.ts";
import { readPieces } from "../../src/data/table/csv_pieces.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options?: data.CsvOptions) => data.parseCsv(bytes(text), options);
const values = (table: data.Table, name: string) => Array.from(table.column(name).values);

/** The cells of a column as texts, null where there is none. */
function texts(table: data.Table, name: string): (string | null)[] {
  const { values, texts } = table.column(name);
  return Array.from(values, (code) => texts[code] ?? null);
}

Deno.test("quotes, commas and line breaks within them, CRLF and a mark of the order of bytes", () => {
  const table = read(
    '\ufeffname,"say ""it"""\r\n"a, b","first\nsecond"\r\nc,"d"\r\n\r\n"a, b",d\r\n',
  );
  assert.deepEqual(table.columns.map(({ name }) => name), ["name", 'say "it"']);
  assert.deepEqual(texts(table, "name"), ["a, b", "c", "a, b"]);
  assert.deepEqual(texts(table, 'say "it"'), ["first\nsecond", "d", "d"]);
});

Deno.test("types follow from all cells: numbers, dates, categories, texts; what is missing is counted", () => {
  const rows = Array.from(
    { length: 30 },
    (
      _,
      i,
    ) => [
      i === 4 ? "NA" : i / 4,
      `2024-01-${String(i + 1).padStart(2, "0")}`,
      "ab"[i % 2],
      `text ${i}`,
    ],
  );
  const table = read(["n,day,kind,words", ...rows.map((row) => row.join(","))].join("\n"));
  assert.deepEqual(table.columns.map(({ type }) => type), ["number", "date", "category", "text"]);
  assert.deepEqual(table.columns.map(({ missing }) => missing), [1, 0, 0, 0]);
  assert.equal(table.column("day").values[1]! - table.column("day").values[0]!, 1);
  assert.equal(table.column("day").values[0], Date.UTC(2024, 0, 1) / 86_400_000);
  const [n, day, kind] = table.describe();
  assert.equal(n!.count, 29);
  assert.equal(n!.max, 29 / 4);
  assert.equal(day!.distinct, 30);
  assert.deepEqual(kind!.top, [["a", 15], ["b", 15]]);
  assert.match(String(table), /^Table\(rows: 30, columns: 4\)\n {2}n {6}number {4}1 missing/);
});

Deno.test("numbers are the nearest float64, however they are written", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  manualSeed(seed);
  const numbers = rand([2 * 4000]).mul(2 ** 24).toTypedArray();
  let drawn = 0;
  const random = () => (numbers[drawn++ % 8000]! + numbers[drawn++ % 8000]! / 2 ** 24) / 2 ** 24;
  const written = [
    "1e308",
    "5e-324",
    "-0",
    "+1.5",
    ".5",
    "7.",
    "9007199254740993",
    "1e-400",
    "123456789012345678901",
  ];
  for (let i = 0; i < 4000; i++) {
    const value = (random() - 0.5) * 10 ** Math.floor(random() * 20 - 10);
    written.push(
      [value.toPrecision(17), String(value), value.toExponential(16), value.toFixed(7)][i % 4]!,
    );
    // near the middle between two numbers
    const x = new Float64Array([random() + 1, 0]);
    const bits = new BigUint64Array(x.buffer);
    bits[1] = bits[0]! + 1n;
    written.push((x[0]! / 2 + x[1]! / 2).toFixed(20).slice(0, 18));
  }
  const table = read(["x", ...written].join("\n"));
  assert.deepEqual(values(table, "x"), written.map(Number));
});

Deno.test("a row of another length is refused with its line, as is a quote that stays open", () => {
  const refused = (text: string, message: string) =>
    assert.throws(() => read(text), { name: "DataError", message });
  const need = "csv: each row must have as many cells as the first, 2:";
  refused("a,b\n1,2\n\n3\n", `${need} line 4 has 1`);
  refused('a,b\n"1\n\n",2\n3,4,5\n', `${need} line 5 has 3`);
  refused('a,b\n1,2\n3,"4\n', "csv: the quote that line 3 opens is never closed");
  refused("", "csv: a row is needed: the file is empty");
  refused("a,b\r\n", "csv: a row after the names is needed: there is none");
  assert.throws(() => data.parseCsv(Uint8Array.of(0xff, 0xfe, 97, 0)), /UTF-16: save it as UTF-8/);
  assert.throws(() => data.parseCsv(bytes("PK\x03\x04")), /spreadsheet: save it as CSV/);
  assert.throws(() => data.parseCsv(bytes("a\0b")), /bytes that are 0/);
});

Deno.test("texts among numbers are missing and counted where they are few, refused where they must not be", () => {
  const rows = Array.from({ length: 50 }, (_, i) => i === 7 ? "unknown" : String(i));
  const text = ["age", ...rows].join("\n");
  const table = read(text);
  assert.equal(table.column("age").type, "number");
  assert.equal(table.column("age").missing, 1);
  assert.deepEqual(table.warnings, [
    'age: 1 cell that is no number, such as "unknown" in line 9: taken as missing',
  ]);
  assert.throws(() => read(text, { types: { age: "number" } }), {
    message: 'csv: age must be numbers: line 9 has "unknown"',
  });
  assert.equal(read(text, { missing: ["unknown"] }).warnings.length, 0);
});

Deno.test("what looks like numbers at first, but is none later, is read again as texts", () => {
  const rows = Array.from({ length: 3000 }, (_, i) => i < 1500 ? "1" : "ab"[i % 2]);
  const table = read(["x", ...rows].join("\n"));
  assert.equal(table.column("x").type, "category");
  assert.deepEqual(table.column("x").texts, ["1", "a", "b"]);
});

Deno.test("the delimiter is found, names are made where there are none, and columns by the thousand read", () => {
  for (const delimiter of [";", "\t", "|"]) {
    const table = read(["a,b", "1.5,2", "3,4"].join("\n").replaceAll(",", delimiter));
    assert.deepEqual(values(table, "b"), [2, 4], JSON.stringify(delimiter));
  }
  assert.deepEqual(values(read("1,2\n3,4\n", { header: false }), "column2"), [2, 4]);
  // commas that are those of fractions split as evenly, or into more cells
  for (
    const [text, column2] of [
      ["1,5;2,5\n3,5;4,25\n", [2.5, 4.25]],
      ["x;1,5;2,5\ny;-3,5;4,25\nz;0,5;1,5", [1.5, -3.5, 0.5]],
      ["x\t1,5\ny\t2,5\n", [1.5, 2.5]],
      // and here they stand between cells
      ["a;b,1.5\nc;d,2.5\n", [1.5, 2.5]],
      ["1|x,3\n2|y,4\n", [3, 4]],
    ] as const
  ) assert.deepEqual(values(read(text, { header: false }), "column2"), column2, text);
  // first rows that are none of names
  for (
    const [text, warned] of [["5,0\n6,1", true], ["id,2019\n1,2", false], [
      "1.5,a\n2,b",
      true,
    ]] as const
  ) {
    assert.equal(/whose name is a number/.test(read(text).warnings.join()), warned, text);
  }
  const twice = read("a,a,\n1,2,3\n");
  assert.deepEqual(twice.columns.map(({ name }) => name), ["a", "a_2", "column3"]);
  assert.match(twice.warnings[0]!, /^2 columns without a name of its own/);
  const wide = Array.from({ length: 4000 }, (_, i) => i);
  const table = read([wide.map((i) => `c${i}`), wide, wide].map((row) => row.join(",")).join("\n"));
  assert.equal(table.columns.length, 4000);
  assert.deepEqual(values(table, "c3999"), [3999, 3999]);
});

Deno.test("bytes that are no UTF-8 are read as Windows-1252, and a warning says so", () => {
  const table = data.parseCsv(
    Uint8Array.of(...bytes("town\n"), 0x4b, 0xf6, 0x6c, 0x6e, 10, 0x58, 10),
  );
  assert.deepEqual(texts(table, "town"), ["Köln", "X"]);
  assert.match(table.warnings[0]!, /no UTF-8/);
});

Deno.test("a target makes a table a data set; rows without it are left out", () => {
  const table = read("size,kind\n1.5,small\n,large\n2.5,\n8,large\n", { target: "kind" });
  assert.deepEqual(table.classes, ["large", "small"]);
  assert.equal(table.length, 3);
  assert.deepEqual(table.warnings, ['1 row without "kind", which is the target: left out']);
  const [x, y] = table.batch(Int32Array.of(0, 1));
  assert.deepEqual(x.toArray(), [[1.5], [NaN]]);
  assert.deepEqual(y.toArray(), [1, 0]);
  const numbers = read("a,b\n1,2\n3,4\n", { target: "b" });
  assert.deepEqual(numbers.batch(Int32Array.of(1))[1].toArray(), [[4]]);
  assert.equal(numbers.learn({ target: "a" }).features[0]!.name, "b");
  assert.throws(() => read("a,b\n1,2\n", { target: "c" }), /no column "c": there are a, b/);
  assert.throws(() => read("a,b\n1,2\n").batch(Int32Array.of(0)), DataError);
  assert.throws(() => table.get(3), RangeError);
});

Deno.test("csv reads paths, addresses of files and gzip", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv.gz" });
  try {
    const packed = new Blob(["a,b\n1,2\n"]).stream().pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(path, new Uint8Array(await new Response(packed).arrayBuffer()));
    assert.deepEqual(values(await data.csv(path), "b"), [2]);
    assert.deepEqual(values(await data.csv(new URL(`file://${path}`)), "b"), [2]);
    assert.deepEqual(values(await data.csv(new Blob(["a\n5\n"])), "a"), [5]);
  } finally {
    await Deno.remove(path);
  }
  await assert.rejects(data.csv("/nowhere.csv"), {
    name: "DataError",
    message: "read /nowhere.csv: there is no such file",
  });
});

Deno.test("a table of lists takes numbers, texts, bools and dates", () => {
  const table = data.table(
    { n: Float32Array.of(1, 2), when: [new Date(0), null], is: [true, false], word: ["x", ""] },
    { types: { word: "category" } },
  );
  assert.deepEqual(table.columns.map(({ type }) => type), [
    "number",
    "date",
    "category",
    "category",
  ]);
  assert.deepEqual(table.columns.map(({ missing }) => missing), [0, 1, 0, 1]);
  assert.throws(() => data.table({ a: [1], b: [1, 2] }), /must have one length: a has 1, b has 2/);
});

Deno.test("a table of rows has the columns of all; what a row has not is missing", async () => {
  const table = data.table([{ a: 1, b: "x" }, { b: "y", c: [1, 2] }, { a: null, b: "x" }]);
  assert.deepEqual(table.columns.map(({ name, missing }) => `${name} ${missing}`), [
    "a 2",
    "b 0",
    "c 2",
  ]);
  assert.equal(table.column("c").texts[0], "[1,2]");
  assert.throws(
    () => data.table([{ a: 1 }, 2] as never),
    /table: each row must be an object.*row 1 is none/,
  );
  const lines = await data.json(bytes('{"a": 1}\n{"a": 2}\n'));
  assert.deepEqual(values(lines, "a"), [1, 2]);
  await assert.rejects(data.json(bytes("[1]")), /json: each row must be an object/);
  await assert.rejects(data.json(bytes("{")), /json: a list of objects, or one a line, is needed/);
});

/** A file that is in memory. */
const file = (bytes: Uint8Array) => ({
  size: bytes.length,
  read(to: Uint8Array, from: number) {
    const part = bytes.subarray(from, from + to.length);
    to.set(part);
    return Promise.resolve(part.length);
  },
  close: () => Promise.resolve(),
});

Deno.test("a file in pieces, wherever they end, gives the table that it gives as a whole", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => [
    i * 37 % 101 / 8,
    `"a ""b"", ${i % 7}\r\nc"`,
    i < 200 ? i : `x${i % 5}`, // numbers at first
    i % 50 === 0 ? "" : `"${"é".repeat(i % 9)}"`,
  ]);
  const text = ["\ufeffn,words,late,é", ...rows.map((row) => row.join(","))].join("\r\n");
  const whole = read(text);
  for (const piece of [1400, 1401, 1402, 1403, 1404, 1405, 3000, 1e6]) {
    const table = await readPieces(file(bytes(text)), {}, piece, 64);
    assert.deepEqual(table.columns, whole.columns, `pieces of ${piece} bytes`);
    assert.deepEqual(table.warnings, whole.warnings);
  }
});

Deno.test("of a file in pieces wrong rows are told with their line, and one that is longer than rows may be", async () => {
  const lines = ["a,b", ...Array.from({ length: 200 }, (_, i) => `${i},"${i}\n"`)];
  const pieces = (text: string) => readPieces(file(bytes(text)), {}, 400, 64);
  lines[150] = "1,2,3";
  await assert.rejects(pieces(lines.join("\n")), {
    name: "DataError",
    message: "csv: each row must have as many cells as the first, 2: line 300 has 3",
  });
  lines[150] = `1,"${"x".repeat(500)}"`;
  await assert.rejects(pieces(lines.join("\n")), {
    name: "DataError",
    message: /line 300/,
  });
});

Deno.test("columns are those that are named; the others take no memory", () => {
  const text = "a,b,c\n1,x,2\n3,y,4\n";
  const table = read(text, { columns: ["c", "a"], target: "c" });
  assert.deepEqual(table.columns.map(({ name }) => name), ["a", "c"]);
  assert.deepEqual(values(table, "c"), [2, 4]);
  assert.throws(() => read(text, { columns: ["d"] }), {
    name: "DataError",
    message: 'csv: there is no column "d": there are a, b, c',
  });
});

Deno.test("where semicolons stand between cells, numbers may have a comma before their fractions", () => {
  const text = 'a;b;c;kind\n1,5;-,25;"2,5e3";x\n12345678901234567,25;NA;+7;y\n3;1,125;0;x\n';
  const table = read(text);
  assert.deepEqual(values(table, "a"), [1.5, 12345678901234567.25, 3]);
  assert.deepEqual(values(table, "b"), [-0.25, NaN, 1.125]);
  assert.deepEqual(values(table, "c"), [2500, 7, 0]);
  assert.deepEqual(table.warnings, [
    "numbers are read with a comma before their fractions, as 1,5",
  ]);
  assert.deepEqual(read(text, { decimal: "," }).warnings, []);
  // a comma between cells: numbers with another one are in quotes, and it has to be said
  const quoted = read('a,b\n"1,5",2\n3,4\n', { decimal: "," });
  assert.deepEqual([values(quoted, "a"), values(quoted, "b")], [[1.5, 3], [2, 4]]);
  // points somewhere, or three digits behind every comma, which may be thousands
  for (const rows of ["1,5;2.5\n2,5;1.5", "1,500;2\n2,750;3"]) {
    const table = read(`a;b\n${rows}\n`);
    assert.notEqual(table.column("a").type, "number", rows);
    assert.match(table.warnings.join(), /^a: cells such as "1,50?0?" are texts: numbers are/, rows);
  }
});

Deno.test("texts that are numbers to a reader are told of: thousands, percent, currencies", () => {
  const table = read('a,b,c,d\n"1,234",5 %,$1.50,1-2\n"2,345,678",7 %,$2,3-4\n');
  assert.deepEqual(table.warnings.map((warning) => warning.slice(0, 28)), [
    'a: cells such as "1,234" are',
    'b: cells such as "5 %" are t',
    'c: cells such as "$1.50" are',
  ]);
});

Deno.test("dates are read in words and with slashes, and what may be two days is none", () => {
  const same = [
    "2002-10-01",
    "2002/10/1",
    "Oct 1 2002",
    "October 1, 2002",
    "oct. 01 2002",
    "1 Oct 2002",
    "01-Oct-2002",
    "Oct 2002",
    "2002-10-01T00:00Z",
    "2002-10-01 02:00+02:00",
  ];
  const table = data.parseCsv(
    new TextEncoder().encode(["day", ...same.map((one) => `"${one}"`)].join("\n")),
  );
  const [day] = table.columns;
  assert.equal(day!.type, "date");
  assert.deepEqual(new Set(day!.values), new Set([Date.UTC(2002, 9, 1) / 86_400_000]));
  for (
    const odd of [
      "1/2/2002",
      "Feb 30 2002",
      "2002-02-30",
      "2002-13-01",
      "Okt 1 2002",
      "1 Oct 2 2002",
      "2002-1-1",
    ]
  ) {
    const other = data.parseCsv(new TextEncoder().encode(`day\nOct 1 2002\n${odd}\n`));
    assert.notEqual(other.columns[0]!.type, "date", odd);
  }
});

Deno.test("codes that begin with zeros, or have more digits than a number, make texts of whole numbers, and a warning counts them", () => {
  const rows = (...cells: string[]) =>
    read(["code,n", ...cells.map((cell, i) => `${cell},${i}`)].join("\n"));
  const type = (...cells: string[]) => rows(...cells).column("code").type;
  const zips = rows("00501", "10001", "00501", "90210", "NA", "10001", "00501", "90210");
  assert.deepEqual(texts(zips, "code").slice(0, 5), ["00501", "10001", "00501", "90210", null]);
  assert.deepEqual(zips.warnings, [
    'code: 3 cells are codes whose digits a number would lose, such as "00501": the column is read ' +
    'as texts; types: { "code": "number" } reads numbers',
  ]);
  assert.deepEqual(
    values(
      read("code,n\n00501,1\n10001,2\n", { types: { code: "number" } }),
      "code",
    ),
    [501, 10001],
  );
  assert.equal(type("4012888888881881001", "4012888888881881002"), "text");
  assert.equal(type('"00501"', '"10001"'), "text");
  // months, and numbers among which one is written with zeros
  for (const cells of [["01", "12"], ["0.25", "000"], ["-4", "007"], ["1e3", "0012.5"]]) {
    assert.equal(type(...cells), "number", `${cells}`);
  }
  // a code that comes after the rows by which types are guessed
  const late = Array.from({ length: 3000 }, (_, i) => i === 2500 ? "0042" : String(1000 + i % 9));
  assert.equal(type(...late), "category");
  const list = data.parseJson(bytes('[{"zip": "00501", "n": "1.5"}, {"zip": "10001", "n": "02"}]'));
  assert.deepEqual(list.columns.map(({ type }) => type), ["text", "number"]);
});
