import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { zipSync } from "npm:fflate@0.8.2";
import { tensor } from "../../src/tensor/create.ts";
import { DataError } from "../../src/core/errors.ts";
import { encodeNpy } from "../../src/io/mod.ts";
import { encodeNpyHeader } from "../../src/io/npy_header.ts";
import { decodeNpz, type DecodeNpzOptions, encodeNpz, loadNpz, saveNpz } from "../../src/io/npz.ts";
import { memory } from "../../src/scope/scope.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import fixture from "../fixtures/numpy_files.json" with { type: "json" };
import { files, tensors } from "../fixtures/numpy_files.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";

function contents(state: ReadonlyMap<string, Tensor>): unknown[] {
  return Array.from(state, ([name, t]) => [name, t.dtype, t.shape, t.toTypedArray()]);
}

/** Gives back the memory of a state dict. */
function dispose(state: ReadonlyMap<string, Tensor>): void {
  for (const t of state.values()) t[Symbol.dispose]();
}

function rejects(bytes: Uint8Array, message: string | RegExp, options?: DecodeNpzOptions): void {
  const before = memory();
  assert.throws(() => decodeNpz(bytes, options), (error: Error) => {
    assert.ok(error instanceof DataError, `${error.stack}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
  assert.equal(memory().liveBytes, before.liveBytes);
}

/** An archive of one entry, where its directory begins, and a view to change it through. */
function archive(
  file: Uint8Array,
  level: 0 | 6 = 0,
): { bytes: Uint8Array; at: number; view: DataView } {
  const bytes = zipSync({ "a.npy": [file, { level }] });
  const view = new DataView(bytes.buffer);
  return { bytes, view, at: view.getUint32(bytes.length - 6, true) };
}

/** The npy file of [1, 2]. */
function small(): Uint8Array {
  using t = tensor([1, 2], { dtype: "float32" });
  return encodeNpy(t);
}

Deno.test("decodeNpz reads what NumPy writes, deflated or not", () => {
  for (const text of [fixture.savez, fixture.savezCompressed]) {
    const state = decodeNpz(Uint8Array.fromBase64(text));
    assert.deepEqual([...state.keys()], Object.keys(fixture.arrays));
    for (const [name, { shape, values }] of Object.entries(fixture.arrays)) {
      assert.deepEqual(state.get(name)!.shape, shape);
      assert.deepEqual(Array.from(state.get(name)!.toTypedArray(), Number), values);
    }
    assert.deepEqual(Array.from(state.values(), (t) => t.dtype), [
      "float32",
      "int64",
      "bool",
      "uint8",
    ]);
    dispose(state);
  }
});

Deno.test("encodeNpz writes the files that NumPy has read", () => {
  for (const [name, bytes] of Object.entries(files())) {
    const hash = createHash("sha256").update(bytes).digest("hex");
    assert.equal(hash, fixture.readByNumpy[name as "stored" | "compressed"], name);
  }
});

Deno.test("a state dict comes back from npz, and is nobody's but the caller's", () => {
  const expected = contents(tensors());
  for (const bytes of Object.values(files())) {
    const before = memory().liveBytes;
    const state = decodeNpz(bytes);
    assert.deepEqual(contents(state), expected);
    dispose(state);
    assert.equal(memory().liveBytes, before);
  }
  assert.deepEqual(decodeNpz(encodeNpz(new Map())), new Map());
});

Deno.test("decodeNpz refuses a bomb before it unpacks it", () => {
  // 64 MiB of zeros, which deflate to 64 KiB.
  const zeros = new Uint8Array(2 ** 26);
  zeros.set(encodeNpyHeader("float32", [2 ** 24 - 32]));
  const { bytes, at, view } = archive(zeros, 6);
  const longer = new Uint8Array(2 ** 26 + 64);
  longer.set(encodeNpyHeader("float32", [2 ** 24 - 16]));
  const { bytes: more } = archive(longer, 6);
  assert.ok(bytes.length < 100_000);
  const allocated = () => Deno.memoryUsage().external;
  const before = allocated();
  const up = (limit: number, total: number) =>
    `decodeNpz: up to ${limit} bytes are unpacked, unless the option limit says else: ` +
    `the arrays have ${total}`;
  rejects(bytes, up(1e6, 67108864), { limit: 1e6 });
  // Where nobody says, a file may unpack to 64 MiB, or to 32 times its own size.
  rejects(more, up(2 ** 26, 2 ** 26 + 64));
  // A lie about the size gets past the limit, and no further than the header.
  view.setUint32(at + 24, 1000, true);
  rejects(
    bytes,
    "decodeNpz: a.npy: decodeNpy: the header is that of a file of 67108864 bytes: " +
      "the archive tells 1000",
    { limit: 1e6 },
  );
  assert.ok(allocated() - before < 2 ** 23, `${allocated() - before} bytes`);
  // And what the header tells must be there.
  view.setUint32(at + 24, 2 ** 26, true);
  const state = decodeNpz(bytes);
  assert.equal(state.get("a")!.numel, 2 ** 24 - 32);
  dispose(state);
});

Deno.test("decodeNpz refuses a stream that is longer or shorter than the header says", () => {
  const lying = (file: Uint8Array) => {
    const made = archive(file, 6);
    made.view.setUint32(made.at + 24, small().length, true);
    return made.bytes;
  };
  const damaged = "decodeNpz: a.npy: decodeNpy: the packed bytes are damaged";
  rejects(lying(Uint8Array.of(...small(), 0)), damaged);
  rejects(lying(small().subarray(0, -1)), damaged);
  rejects(lying(Uint8Array.of(...small(), ...new Uint8Array(1e5).map((_, i) => i * i))), damaged);
  // As many bytes, but not those.
  const { bytes, at, view } = archive(small(), 6);
  view.setUint32(at + 16, 1, true);
  rejects(bytes, damaged);
});

Deno.test("decodeNpz refuses a stream of nothing that would keep it busy", () => {
  const { bytes } = archive(small(), 6);
  const empty = new Uint8Array(5e5); // blocks without a byte in them, before the file's own
  for (let at = 0; at < empty.length; at += 5) empty.set([0, 0, 0, 255, 255], at);
  const begin = 30 + 5, end = new DataView(bytes.buffer).getUint32(18, true) + begin;
  const stuffed = new Uint8Array(bytes.length + empty.length);
  stuffed.set(bytes.subarray(0, begin));
  stuffed.set(empty, begin);
  stuffed.set(bytes.subarray(begin), begin + empty.length);
  const view = new DataView(stuffed.buffer);
  const directory = end + empty.length;
  view.setUint32(directory + 20, end - begin + empty.length, true);
  view.setUint32(stuffed.length - 6, directory, true);
  rejects(stuffed, /^decodeNpz: a\.npy: decodeNpy: 136 bytes are never packed to 500\d{3}$/);
});

Deno.test("decodeNpz refuses archives that it cannot trust", () => {
  rejects(new Uint8Array(), "decodeNpz: needs an npz file: this is empty");
  rejects(new Uint8Array(30), "readZip: a zip archive ends with its directory: this one has none");
  rejects(
    archive(small()).bytes.subarray(0, -1),
    "readZip: a zip archive ends with its directory: this one has none",
  );
  const broken = (change: (view: DataView, at: number, bytes: Uint8Array) => void) => {
    const { bytes, at, view } = archive(small());
    change(view, at, bytes);
    return bytes;
  };
  const end = small().length + 35;
  rejects(broken((v, at) => v.setUint16(at + 8, 1, true)), "readZip: a.npy has a password");
  rejects(
    broken((v, at) => v.setUint16(at + 10, 12, true)),
    "readZip: a.npy must be stored (0) or deflated (8): it is 12",
  );
  rejects(
    broken((v, at) => v.setUint16(at + 10, 8, true)),
    "readZip: a.npy is told otherwise in its own header",
  );
  rejects(
    broken((_v, at, b) => b[at + 46] = 98),
    "readZip: b.npy is told otherwise in its own header",
  );
  rejects(
    broken((v, at) => v.setUint32(at + 20, 9999, true)),
    `readZip: a.npy: 9999 bytes from byte 35 on are not 136 bytes before byte ${end}`,
  );
  rejects(
    broken((v, at) => v.setUint32(at + 42, 1, true)),
    /^readZip: there is no entry at byte 1:/,
  );
  rejects(broken((v, at) => v.setUint32(at + 42, 2 ** 31, true)), /^readZip: there is no entry at/);
  rejects(broken((v, at) => v.setUint32(at, 0, true)), /^readZip: there is no entry at byte 171:/);
  rejects(broken((_v, at, b) => b[at + 46] = 255), "readZip: the name of an entry is not UTF-8");
  rejects(
    broken((v, _at, b) => v.setUint16(b.length - 14, 0xffff, true)),
    "readZip: archives in one part, of less than 4 GiB, are read",
  );
  rejects(
    broken((v, _at, b) => v.setUint32(b.length - 6, 3, true)),
    `readZip: a directory of 1 entries ends at byte ${
      end + 51
    }: it is told to have 51 bytes from ` +
      "byte 3 on",
  );
  rejects(
    zipSync({ "a.txt": new Uint8Array(3) }, { level: 0 }),
    "decodeNpz: needs an npz file: this is a zip archive: unpack it first, by unzip",
  );
});

Deno.test("decodeNpz refuses entries that share a name or bytes", () => {
  const two = zipSync({ "a.npy": [small(), { level: 0 }], "b.npy": [small(), { level: 0 }] });
  const view = new DataView(two.buffer);
  const at = view.getUint32(two.length - 6, true);
  const shared = new Uint8Array(two);
  // The second entry of the directory becomes the first again.
  shared.copyWithin(at + 51, at, at + 51);
  rejects(shared, "readZip: two entries have one name");
  // The first entry's bytes reach into the second's.
  view.setUint32(at + 20, 200, true);
  view.setUint32(at + 24, 200, true);
  rejects(two, "readZip: a.npy and b.npy overlap");
});

Deno.test("decodeNpz leaves nothing behind where a later array is refused", () => {
  const bad = new Uint8Array(small());
  const good = { "a.npy": small(), "b.npy": bad };
  bad.set([...new TextEncoder().encode("|b1")], new TextDecoder().decode(bad).indexOf("<f4") - 1);
  rejects(zipSync(good, { level: 0 }), /^decodeNpz: b\.npy: decodeNpy: /);
});

Deno.test("encodeNpz refuses what a zip archive cannot have", () => {
  using t = tensor([1]);
  const fault = (name: string) =>
    new RangeError(
      "encodeNpz: a file holds up to 2 GiB, 65,534 tensors and names of 10000 characters: " +
        `${name} is one too many`,
    );
  assert.throws(
    () => encodeNpz(new Map([["x".repeat(10_001), t]])),
    fault(`${"x".repeat(100)}…`),
  );
  const many = Array.from({ length: 65535 }, (_, i): [string, Tensor] => [`${i}`, t]);
  assert.throws(() => encodeNpz(new Map(many)), fault("0"));
});

testWith(["read", "write"], "a state dict comes back from an npz file, as it was", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/a.npz`;
  const saved = tensors();
  const expected = contents(saved);
  const saving = saveNpz(path, saved, { compress: true });
  saved.get("layers.0.weight")!.fill_(0);
  await saving;
  assert.deepEqual(contents(await loadNpz(path)), expected);
  await assert.rejects(
    loadNpz(path, { limit: 100 }),
    /^DataError: loadNpz: .*a\.npz: decodeNpz: up to 100 bytes are unpacked, unless the option limit says else: the arrays have 1\d{3}$/,
  );
});
