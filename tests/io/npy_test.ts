import assert from "node:assert/strict";
import fc from "fast-check";
import { arange, fromTypedArray, tensor } from "../../src/tensor/create.ts";
import type { DType } from "../../src/core/dtype.ts";
import { DataError } from "../../src/core/errors.ts";
import { decodeNpy, encodeNpy, loadNpy, saveNpy } from "../../src/io/mod.ts";
import { memory, steps } from "../../src/scope/scope.ts";
import fixture from "../fixtures/numpy_files.json" with { type: "json" };
import { temporaryFolder, testWith } from "../subprocess.ts";

/** What Glim reads each of NumPy's types as, where that is not int32. */
const OWN: Record<string, DType> = {
  ...{ f2: "float16", f4: "float32", f8: "float64" },
  ...{ i1: "int8", i4: "int32", i8: "int64", u1: "uint8", b1: "bool" },
};

/** An npy file of version 1.0 with this dict and these bytes. */
function file(dict: string, data: ArrayLike<number> = [], version = [1, 0]): Uint8Array {
  const text = new TextEncoder().encode(dict);
  const long = version[0]! > 1;
  const bytes = new Uint8Array((long ? 12 : 10) + text.length + data.length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), ...version]);
  const view = new DataView(bytes.buffer);
  if (long) view.setUint32(8, text.length, true);
  else view.setUint16(8, text.length, true);
  bytes.set(text, long ? 12 : 10);
  bytes.set(data, bytes.length - data.length);
  return bytes;
}

function dict(descr = "'<f4'", order = "False", shape = "(2,)"): string {
  return `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
}

function rejects(bytes: Uint8Array, message: string | RegExp): void {
  assert.throws(() => decodeNpy(bytes), (error: Error) => {
    assert.ok(error instanceof DataError, `${error.stack}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

Deno.test("decodeNpy reads the types, byte orders, layouts and versions that NumPy writes", () => {
  const before = memory().liveBytes;
  for (const [name, { shape, values, file }] of Object.entries(fixture.cases)) {
    using read = decodeNpy(Uint8Array.fromBase64(file));
    assert.deepEqual(read.shape, shape, name);
    const type = name.match(/^[<>|](..)/)?.[1] ?? "i4"; // the versions' cases are of int32
    assert.equal(read.dtype, OWN[type] ?? "int32", name);
    assert.deepEqual(Array.from(read.toTypedArray(), Number), values, name);
  }
  assert.equal(memory().liveBytes, before);
});

Deno.test("encodeNpy writes NumPy's very bytes", () => {
  let compared = 0;
  for (const [name, { shape, values, file }] of Object.entries(fixture.cases)) {
    const [, kind] = name.match(/^(?:<|\|)(\w\d) \S+ ?\S*$/) ?? [];
    if (kind === undefined || name.includes("columns")) continue;
    const dtype = OWN[kind];
    if (dtype === undefined) continue;
    using made = fromTypedArray(new Float64Array(values), shape, { dtype });
    assert.equal(encodeNpy(made).toBase64(), file, name);
    compared++;
  }
  assert.equal(compared, 7 * 4);
});

Deno.test("tensors of all types and shapes come back from npy", () => {
  const tensors = fc.record({
    dtype: fc.constantFrom(...Object.values(OWN)),
    shape: fc.array(fc.nat(4), { maxLength: 5 }),
  });
  fc.assert(fc.property(tensors, ({ dtype, shape }) => {
    const n = shape.reduce((n, length) => n * length, 1);
    const values = Float32Array.from({ length: n }, (_, i) => dtype === "bool" ? i % 2 : i % 127);
    using made = fromTypedArray(values, shape, { dtype });
    using read = decodeNpy(encodeNpy(made));
    assert.deepEqual([read.dtype, read.shape], [dtype, shape]);
    assert.deepEqual(read.toTypedArray(), made.toTypedArray());
  }));
});

Deno.test("a view is written as the elements that it shows, and leaves nothing behind", () => {
  using all = arange(6).keep();
  const before = memory().liveBytes;
  for (const _i of steps(1)) {
    using read = decodeNpy(encodeNpy(all.reshape(2, 3).t()));
    assert.deepEqual(read.toArray(), [[0, 3], [1, 4], [2, 5]]);
  }
  assert.equal(memory().liveBytes, before);
});

Deno.test("decodeNpy gives a tensor that outlives the scope", () => {
  const made = [];
  for (const _i of steps(1)) made.push(decodeNpy(encodeNpy(tensor([1, 2]))));
  assert.deepEqual(made[0]!.toArray(), [1, 2]);
});

Deno.test("decodeNpy reads a dict however Python may write it", () => {
  const data = new Uint8Array(new Float32Array([1, 2]).buffer);
  const forms = [
    dict(),
    "{'descr':'<f4','fortran_order':True,'shape':(2,)}",
    ` { "shape" : ( 2L , ) , "fortran_order" : False , "descr" : "<f4" }   \n`,
  ];
  for (const form of forms) {
    for (const version of [[1, 0], [2, 0], [3, 0]]) {
      using read = decodeNpy(file(form, data, version));
      assert.deepEqual(read.toArray(), [1, 2], form);
    }
  }
});

Deno.test("decodeNpy refuses what is no npy file", () => {
  rejects(new Uint8Array(), "decodeNpy: an npy file begins with 93 NUMPY: this is empty");
  rejects(new Uint8Array(100), "decodeNpy: an npy file begins with 93 NUMPY: this one does not");
  const good = file(dict(), new Uint8Array(8));
  for (let length = 6; length < good.length; length++) {
    rejects(good.subarray(0, length), /truncated$|versions 1\.0 to 3\.0 are read/);
  }
  rejects(file(dict(), [], [4, 0]), "decodeNpy: versions 1.0 to 3.0 are read: it is 4.0");
  rejects(file(dict(), [], [1, 1]), "decodeNpy: versions 1.0 to 3.0 are read: it is 1.1");
  rejects(
    file(dict() + " ".repeat(10_000), new Uint8Array(8)),
    /^decodeNpy: a header has up to 10000 bytes: this one has 10\d{3}$/,
  );
  const claims = file(dict(), new Uint8Array(8), [2, 0]);
  new DataView(claims.buffer).setUint32(8, 0xffffffff, true);
  rejects(claims, "decodeNpy: a header has up to 10000 bytes: this one has 4294967295");
});

Deno.test("decodeNpy refuses a dict that is not the three entries", () => {
  const must = /^decodeNpy: the header must be a dict of 'descr'/;
  const bad = [
    "",
    "{}",
    "[]",
    "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 'x'}",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
    "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + os",
    "{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}",
    dict("[('a', '<f4')]"),
    dict("True"),
    dict("'<f4'", "'False'"),
    dict("'<f4'", "False", "(2)"),
    dict("'<f4'", "False", "(,)"),
    dict("'<f4'", "False", "(2, , 3)"),
    dict("'<f4'", "False", "(-2,)"),
    dict("'<f4'", "False", "(2.0,)"),
    dict("'<f4'", "False", "'(2,)'"),
    dict("'<f4'", "False", "[2]"),
  ];
  for (const text of bad) rejects(file(text, new Uint8Array(8)), must);
});

Deno.test("decodeNpy refuses types that Glim has not, and shapes that no file has", () => {
  for (const descr of ["|O", "<c8", "<f16", "<i16", "|f4", "<U5", "f4", "constructor", "<M8[s]"]) {
    rejects(
      file(dict(`'${descr}'`), new Uint8Array(8)),
      "decodeNpy: the descr must be one of i2, u2, u4, u8, f4, i4, u1, b1, f2, i1, f8, i8 " +
        `after < or >: it is ${descr}`,
    );
  }
  const shaped = (shape: string) => file(dict("'<f4'", "False", shape), new Uint8Array(8));
  rejects(shaped("(3,)"), /^decodeNpy: F32 \[3\] takes 79 bytes with the header: .*: truncated$/);
  rejects(
    shaped("(1,)"),
    /^decodeNpy: F32 \[1\] takes 71 bytes with the header: the file has 75$/,
  );
  rejects(shaped("(999999999, 2)"), /: truncated$/);
  rejects(shaped(`(${2 ** 52}, ${2 ** 52})`), /^decodeNpy: no file holds an array of shape \[45/);
  rejects(shaped(`(${2 ** 53 - 1}, 0)`), /^decodeNpy: no file holds an array of shape \[90/);
  rejects(shaped(`(${"9".repeat(400)}, 0)`), /^decodeNpy: no file holds an array of shape \[Inf/);
  rejects(
    shaped(`(${"1, ".repeat(65)})`),
    "decodeNpy: arrays of up to 64 dimensions are read: this one has 65",
  );
});

Deno.test("decodeNpy refuses numbers that do not fit", () => {
  const one = (descr: string, array: ArrayBufferView) =>
    file(dict(`'${descr}'`, "False", "(1,)"), new Uint8Array(array.buffer));
  rejects(
    one("<u8", new BigInt64Array([2n ** 31n])),
    "decodeNpy: a uint64 is read as int32, up to 2^31 - 1: number 0 is 2147483648",
  );
  rejects(one("|b1", new Uint8Array([2])), "decodeNpy: a bool is 0 or 1: number 0 is 2");
});

Deno.test("encodeNpy refuses more dimensions than NumPy has", () => {
  using flat = tensor([1]);
  const deep = flat.reshape(...Array<number>(65).fill(1));
  assert.throws(
    () => encodeNpy(deep),
    new RangeError("encodeNpy: NumPy has up to 64 dimensions: the tensor has 65"),
  );
});

testWith(
  ["read", "write"],
  "a tensor comes back from an npy file, as it was at the call",
  async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/a.npy`;
    const saved = tensor([[1, 2, 3]]);
    const saving = saveNpy(path, saved);
    saved.fill_(0);
    await saving;
    assert.deepEqual((await loadNpy(path)).toArray(), [[1, 2, 3]]);
    await assert.rejects(
      loadNpy(`${folder.path}/b.npy`),
      /^DataError: read .*: there is no such file$/,
    );
    Deno.writeFileSync(path, new Uint8Array(5));
    await assert.rejects(
      loadNpy(path),
      /^DataError: loadNpy: .*a\.npy: decodeNpy: an npy file begins/,
    );
  },
);
