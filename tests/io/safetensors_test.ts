import assert from "node:assert/strict";
import fc from "fast-check";
import { DataError } from "../../src/core/errors.ts";
import { decodeRaw, encodeRaw, type RawTensor } from "../../src/io/safetensors.ts";

/** What PyTorch 2.13 and safetensors 0.8.0 write for the tensors of `fromTorch`, by `save_file`. */
const TORCH_FILE = Uint8Array.fromHex(
  "1001000000000000" +
    "7b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c22622e776569676874223a7b2264" +
    "74797065223a22463332222c227368617065223a5b322c335d2c22646174615f6f666673657473223a5b302c3234" +
    "5d7d2c22612e62696173223a7b226474797065223a22493332222c227368617065223a5b325d2c22646174615f6f" +
    "666673657473223a5b32342c33325d7d2c227078223a7b226474797065223a225538222c227368617065223a5b5d" +
    "2c22646174615f6f666673657473223a5b33322c33335d7d2c22666c6167223a7b226474797065223a22424f4f4c" +
    "222c227368617065223a5b335d2c22646174615f6f666673657473223a5b33332c33365d7d7d2020202000000000" +
    "0000803e0000003f0000403f0000803f0000a03f01000000feffffffc8010001",
);

const fromTorch: [string, RawTensor][] = [
  ["b.weight", {
    dtype: "float32",
    shape: [2, 3],
    data: new Float32Array([0, 0.25, 0.5, 0.75, 1, 1.25]),
  }],
  ["a.bias", { dtype: "int32", shape: [2], data: new Int32Array([1, -2]) }],
  ["px", { dtype: "uint8", shape: [], data: new Uint8Array([200]) }],
  ["flag", { dtype: "bool", shape: [3], data: new Uint8Array([1, 0, 1]) }],
];

/** A file of a header, as text or as an object, and data. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** The entry of one tensor in a header. */
function entry(dtype: unknown, shape: unknown, ...offsets: unknown[]): Record<string, unknown> {
  return { dtype, shape, data_offsets: offsets };
}

function rejects(bytes: Uint8Array, message: string | RegExp): void {
  assert.throws(() => decodeRaw(bytes), (error: Error) => {
    assert.ok(error instanceof DataError, `${error}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

const tensor: fc.Arbitrary<RawTensor> = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((n, d) => n * d, 1);
  const size = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.float32Array(size).map((data) => ({ dtype: "float32" as const, shape, data })),
    fc.int32Array(size).map((data) => ({ dtype: "int32" as const, shape, data })),
    fc.uint8Array(size).map((data) => ({ dtype: "uint8" as const, shape, data })),
    fc.uint8Array({ ...size, max: 1 }).map((data) => ({ dtype: "bool" as const, shape, data })),
    fc.uint16Array(size).map((data) => ({ dtype: "float16" as const, shape, data })),
    fc.uint16Array(size).map((data) => ({ dtype: "bfloat16" as const, shape, data })),
    fc.int8Array(size).map((data) => ({ dtype: "int8" as const, shape, data })),
    fc.float64Array(size).map((data) => ({ dtype: "float64" as const, shape, data })),
    fc.bigInt64Array(size).map((data) => ({ dtype: "int64" as const, shape, data })),
  );
});

const names = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("0", "1", "__proto__", 'a"b\\', "layers.0.weight", "{", "}:"),
);

Deno.test("decodeRaw reads what PyTorch wrote", () => {
  const { tensors, metadata } = decodeRaw(TORCH_FILE);
  assert.deepEqual([...tensors], fromTorch);
  assert.deepEqual(metadata, { format: "pt" });
});

Deno.test("encodeRaw writes the very bytes that PyTorch writes", () => {
  assert.deepEqual(encodeRaw(new Map(fromTorch), { format: "pt" }), TORCH_FILE);
});

Deno.test("decodeRaw gives back what encodeRaw took, in the same order", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.tuple(names, tensor), { maxLength: 6, selector: ([name]) => name }),
    fc.dictionary(names, fc.string()),
    (tensors, metadata) => {
      const decoded = decodeRaw(encodeRaw(new Map(tensors), metadata));
      assert.deepEqual([...decoded.tensors], tensors);
      assert.deepEqual(Object.entries(decoded.metadata), Object.entries(metadata));
    },
  ));
});

Deno.test("encodeRaw pads the header to 8 bytes and puts wide elements first", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), tensor), (tensors) => {
    const bytes = encodeRaw(new Map(Object.entries(tensors)));
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assert.equal(length % 8, 0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    for (const name of Object.keys(tensors)) {
      if (tensors[name]!.data.BYTES_PER_ELEMENT === 4) {
        assert.equal(header[name].data_offsets[0] % 4, 0);
      }
    }
  }));
});

Deno.test("encodeRaw writes a view's own elements only", () => {
  const data = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
  const { tensors } = decodeRaw(
    encodeRaw(new Map([["x", { dtype: "float32", shape: [2], data }]])),
  );
  assert.deepEqual(tensors.get("x")!.data, new Float32Array([2, 3]));
});

Deno.test("encodeRaw refuses more than is read back, before it makes room for it", () => {
  const data = new Uint8Array(2 ** 26);
  const many = Array.from({ length: 33 }, (_, i): [string, RawTensor] => [
    `${i}`,
    { dtype: "uint8", shape: [2 ** 26], data },
  ]);
  assert.throws(
    () => encodeRaw(new Map(many)),
    /^RangeError: .* a file has up to 2147483648 bytes, .* these tensors take 22145\d{5} and \d{4}$/,
  );
  const one = (name: string, shape: number[]) => () =>
    encodeRaw(new Map([[name, { dtype: "uint8", shape, data: new Uint8Array(1) }]]));
  const limits = "encodeSafetensors: a name has up to 10000 characters, a tensor 64 dimensions:";
  assert.throws(one("a", Array(65).fill(1)), new RangeError(`${limits} a has 1 and 65`));
  assert.throws(
    one('"'.repeat(5000), [1]),
    new RangeError(`${limits} ${'"'.repeat(100)}… has 5000 and 1`),
  );
  decodeRaw(one('"'.repeat(4999), Array(64).fill(1))());
});

Deno.test("decodeRaw takes no more memory for a hostile header than twice its size", () => {
  const n = 2 ** 21;
  const hostile = [
    "{" + '"a":{'.repeat(n / 5),
    '{"a":' + "[".repeat(n / 2) + "]".repeat(n / 2) + "}",
    `{"a":{"dtype":"U8","shape":[${"1,".repeat(n / 2)}1],"data_offsets":[0,1]}}`,
    `{"${"x".repeat(n)}":1}`,
    `{"a":"${"\\n".repeat(n / 2)}"}`,
    "{" + Array.from({ length: n / 10 }, (_, i) => `"${i}":{}`).join(",") + "}",
  ];
  for (const text of hostile) {
    const bytes = file(text, [1]);
    const used = () => Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
    const before = used();
    rejects(bytes, /^decodeSafetensors: /);
    assert.ok(used() - before < 2 * bytes.length, `${text.slice(0, 20)}: ${used() - before}`);
  }
});

Deno.test("encodeRaw refuses data that do not fill the shape, and the format's own name", () => {
  const data = new Float32Array(5);
  assert.throws(
    () => encodeRaw(new Map([["fc.weight", { dtype: "float32", shape: [2, 3], data }]])),
    new RangeError("encodeSafetensors: fc.weight of shape [2, 3] needs 6 elements, its data has 5"),
  );
  assert.throws(
    () => encodeRaw(new Map([["__metadata__", { dtype: "float32", shape: [5], data }]])),
    new RangeError("encodeSafetensors: __metadata__ is the format's own name, not a tensor's"),
  );
});

Deno.test("decodeRaw reads tensors at odd addresses, in any order of the header", () => {
  const header = {
    b: entry("F32", [1], 1, 5),
    a: entry("U8", [1], 0, 1),
    z: entry("F32", [0], 5, 5),
  };
  const { tensors } = decodeRaw(file(header, [7, 0, 0, 192, 63]));
  assert.deepEqual([...tensors.keys()], ["b", "a", "z"]);
  assert.deepEqual(tensors.get("b")!.data, new Float32Array([1.5]));
});

Deno.test("decodeRaw refuses a header that is not one", () => {
  rejects(new Uint8Array(7), "decodeSafetensors: the file has 7 bytes, a header's length takes 8");
  const long = new Uint8Array(8).fill(255);
  rejects(
    long,
    "decodeSafetensors: not a safetensors file: a header has at most 100000000 bytes, this one " +
      "would have 18446744073709552000",
  );
  const good = file({ a: entry("U8", [1], 0, 1) }, [1]);
  rejects(
    good.subarray(0, 20),
    /^decodeSafetensors: the header ends at byte \d+, the file has 20: trunc/,
  );
  const malformed = "decodeSafetensors: the header: JSON ends or is malformed at character";
  rejects(file("{\xff"), `${malformed} 1`);
  const latin = file("{}");
  latin[8] = 255;
  rejects(latin, "decodeSafetensors: the header is not UTF-8");
  for (const text of ["[]", " {}", "null", '"a"', "\ufeff{}", ""]) {
    rejects(file(text), /must be a JSON object and b/);
  }
  const bad = ["{", "{,}", '{"a"', '{"a":', '{"a":}', '{"a" 1}', '{"a:1}', '{"a":[}', '{"a":"b\\"}']
    .concat(['{"__metadata__":{}', '{"__metadata__":{}]', "{}}", "{}1", "{a:{}}", "{1:{}}"])
    .concat(['{"a":"b', '{"a":{"b":"}']);
  for (const text of bad) rejects(file(text), /: JSON ends or is malformed at character \d+$/);
  rejects(
    file(`{"${"x".repeat(1e4)}":{}}`),
    "decodeSafetensors: the header: a key has up to 10000 characters: this one has 10002",
  );
  rejects(file('{"\n":{}}'), /^decodeSafetensors: the header: "\\u\{a\}" is not JSON$/);
  rejects(file('{"a":{"shape":[1,]}}'), "decodeSafetensors: a: [1,] is not JSON");
  rejects(file('{"a":{"more":[1}}}'), "decodeSafetensors: a: [1} is not JSON");
  rejects(file('{"__metadata__":{"a":tru}}'), "decodeSafetensors: __metadata__: tru is not JSON");
});

Deno.test("decodeRaw refuses a key that stands twice, at any depth", () => {
  const a = JSON.stringify(entry("U8", [1], 0, 1));
  rejects(
    file(`{"a":${a},"\\u0061":${a}}`, [1]),
    'decodeSafetensors: the header: the key "\\u0061" stands twice',
  );
  const twice = '{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}';
  rejects(file(`{"a":${twice}}`, [1]), 'decodeSafetensors: a: the key "shape" stands twice');
});

Deno.test("decodeRaw refuses an entry that does not describe a tensor", () => {
  const one = (value: unknown, data = [0, 0, 0, 0]) => file({ a: value }, data);
  rejects(one(null), "decodeSafetensors: a: JSON ends or is malformed at character 0");
  rejects(
    one({}),
    /: a: the dtype must be one of F8_E5M2, .*, F32, .*, I64: it is missing$/,
  );
  rejects(
    one(entry("C64", [1], 0, 4)),
    /: a: the dtype must be one of F8_E5M2, .*, F32, .*, I64: it is "C64"$/,
  );
  for (const shape of [4, "4", [-1], [0.5], [1e300], ["1"], null]) {
    rejects(
      one(entry("U8", shape, 0, 4)),
      /^decodeSafetensors: a: the shape must be a list of lengths/,
    );
  }
  rejects(
    one(entry("U8", Array(65).fill(1), 0, 1), [1]),
    "decodeSafetensors: a: a shape has up to 64 dimensions: this one has 65",
  );
  rejects(
    file(`{"a":{"dtype":"U8","shape":[${" ".repeat(1e4)}],"data_offsets":[0,1]}}`, [1]),
    "decodeSafetensors: a: an entry has up to 10000 characters: this one has 10046",
  );
  for (const offsets of [[], [0], [0, 4, 4], [4, 0], [-4, 0], ["0", "4"]]) {
    rejects(
      one(entry("U8", [4], ...offsets)),
      /^decodeSafetensors: a: the data_offsets must be \[begin/,
    );
  }
  rejects(
    one(entry("F32", [2], 0, 4)),
    "decodeSafetensors: a: F32 [2] takes 8 bytes: its data_offsets hold 4",
  );
  const wide = 2 ** 32;
  rejects(one(entry("U8", [wide, wide, 0], 0, 4)), / takes 0 bytes: its data_offsets hold 4$/);
  rejects(
    one(entry("BOOL", [4], 0, 4), [0, 1, 2, 1]),
    "decodeSafetensors: a: a bool is 0 or 1: number 2 is 2",
  );
  const far = Array(40).fill(Number.MAX_SAFE_INTEGER);
  rejects(one(entry("U8", [...far, 0], 0, 4)), /its data_offsets hold 4$/);
  rejects(one(entry("U8", [...far, 0], 0, 0), []), /its data_offsets hold 0$/);
  for (const shape of [[far[0], 0], [0, far[0]], [2 ** 31, 0], [2 ** 20, 2 ** 20, 0]]) {
    rejects(
      one(entry("U8", shape, 0, 0), []),
      `decodeSafetensors: a: no tensor has the shape [${shape.join(", ")}]`,
    );
  }
  rejects(
    file({ __metadata__: { n: 1 } }),
    "decodeSafetensors: __metadata__ must be an object of strings",
  );
});

Deno.test("decodeRaw refuses overlaps, holes, truncation and bytes left over", () => {
  const two = (begin: number, end: number, bytes: number) =>
    file(
      { a: entry("U8", [2], 0, 2), b: entry("U8", [end - begin], begin, end) },
      new Uint8Array(bytes),
    );
  const { tensors } = decodeRaw(two(2, 4, 4));
  assert.equal(tensors.size, 2);
  const must =
    "decodeSafetensors: b must begin at byte 2, where the one before it ends: it begins at";
  rejects(two(1, 4, 4), `${must} 1`);
  rejects(two(3, 4, 4), `${must} 3`);
  rejects(
    two(2, 4, 3),
    "decodeSafetensors: the tensors take 4 bytes, the file has 3 for them: truncated",
  );
  rejects(two(2, 4, 5), "decodeSafetensors: the tensors take 4 bytes, the file has 5 for them");
  // A gigabyte claimed a thousand times is refused before any of it is allocated.
  const huge = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [i, entry("U8", [2 ** 30], 0, 2 ** 30)]),
  );
  rejects(file(huge, [1]), /^decodeSafetensors: 1 must begin at byte 1073741824/);
});

/** A file with a tensor of every type that is only stored. */
const WIDE_FILE = file(
  {
    n: entry("I64", [2], 0, 16),
    w: entry("F64", [], 16, 24),
    h: entry("F16", [1, 2], 24, 28),
    b: entry("BF16", [2], 28, 32),
  },
  [1, 0, 0, 0, 0, 0, 0, 0, ...Array(8).fill(255), ...Array(8).fill(63), 1, 2, 3, 4, 5, 6, 7, 8],
);

Deno.test("decodeRaw gives tensors or a DataError for any mutation of a file", () => {
  const change = fc.oneof(fc.nat(255), fc.constantFrom(...TORCH_FILE.subarray(8, 8 + 0x110)));
  const changes = fc.array(fc.tuple(fc.nat(TORCH_FILE.length), change), { maxLength: 4 });
  const added = fc.integer({ min: -40, max: 8 });
  fc.assert(
    fc.property(fc.constantFrom(TORCH_FILE, WIDE_FILE), changes, added, (whole, changes, added) => {
      const bytes = new Uint8Array(whole.length + added);
      bytes.set(whole.subarray(0, bytes.length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        for (const { shape, data } of decodeRaw(bytes).tensors.values()) {
          assert.equal(data.length, shape.reduce((n, d) => n * d, 1));
        }
      } catch (error) {
        assert.ok(error instanceof DataError, `${error}`);
      }
    }),
    { numRuns: 4000 },
  );
});

Deno.test("decodeRaw reads the file of wide types that the mutations start from", () => {
  const { tensors } = decodeRaw(WIDE_FILE);
  assert.deepEqual(tensors.get("n")!.data, BigInt64Array.of(1n, -1n));
  assert.deepEqual([...tensors.values()].map(({ dtype }) => dtype), [
    "int64",
    "float64",
    "float16",
    "bfloat16",
  ]);
});

Deno.test("decodeRaw reads float8 as PyTorch does, and narrow and unsigned integers as int32", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const read = (code: string, data: Uint8Array, size: number) =>
    decodeRaw(file({ a: entry(code, [data.length / size], 0, data.length) }, data)).tensors.get(
      "a",
    )!;
  const halves = new DataView(
    Uint8Array.from({ length: 512 }, (_, i) => i & 1 ? i >> 1 : 0).buffer,
  );
  for (const [i, value] of read("F8_E5M2", all, 1).data.entries()) {
    assert.ok(Object.is(value, halves.getFloat16(2 * i, true)), `E5M2 ${i}: ${value}`);
  }
  // torch.tensor([0, 1, 7, 8, 56, 126, 127, 128, 254, 255], dtype=torch.uint8)
  //   .view(torch.float8_e4m3fn).float()
  const some = Uint8Array.of(0, 1, 7, 8, 56, 126, 127, 128, 254, 255);
  assert.deepEqual(
    read("F8_E4M3", some, 1).data,
    new Float32Array([0, 2 ** -9, 7 * 2 ** -9, 2 ** -6, 1, 448, NaN, -0, -448, NaN]),
  );
  const wide = Uint8Array.of(255, 255, 0, 128, 1, 0, 0, 0);
  assert.deepEqual(read("I16", wide, 2).data, new Int32Array([-1, -32768, 1, 0]));
  assert.deepEqual(read("U16", wide, 2).data, new Int32Array([65535, 32768, 1, 0]));
  const fits = Uint8Array.of(255, 255, 255, 127, 0, 0, 0, 0);
  assert.deepEqual(read("U32", fits, 4).data, new Int32Array([2 ** 31 - 1, 0]));
  assert.deepEqual(read("U64", fits, 8).data, new Int32Array([2 ** 31 - 1]));
  rejects(
    file({ a: entry("U32", [2], 0, 8) }, wide),
    "decodeSafetensors: a: a uint32 is read as int32, up to 2^31 - 1: number 0 is 2147549183",
  );
  rejects(file({ a: entry("U64", [1], 0, 8) }, wide), /up to 2\^31 - 1: number 0 is 6442516479$/);
});
