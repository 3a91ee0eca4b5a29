import assert from "node:assert/strict";
import fc from "fast-check";
import { arange, fromTypedArray, tensor, zeros } from "../../src/tensor/create.ts";
import { DataError, ReleasedError } from "../../src/core/errors.ts";
import {
  decodeSafetensors,
  decodeSafetensorsFile,
  encodeSafetensors,
  loadNpy,
  loadSafetensors,
  loadSafetensorsFile,
  saveSafetensors,
} from "../../src/io/mod.ts";
import { loadNpz } from "../../src/io/npz.ts";
import * as nn from "../../src/nn/mod.ts";
import { scope, steps } from "../../src/scope/scope.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { live } from "../leaks.ts";
import state from "../fixtures/state.json" with { type: "json" };
import { temporaryFolder, testWith } from "../subprocess.ts";

/** What makes two state dicts equal: names in order, types, shapes and elements. */
function contents(stateDict: ReadonlyMap<string, Tensor>): unknown[] {
  return Array.from(
    stateDict,
    ([name, t]) => [name, t.dtype, t.shape, t.requiresGrad, t.toTypedArray()],
  );
}

function model(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(5, 4), new nn.ReLU(), new nn.Linear(4, 3));
}

Deno.test("a model loads what PyTorch saved, and gives PyTorch's logits", () => {
  const { tensors, metadata } = decodeSafetensorsFile(Uint8Array.fromBase64(state.safetensors));
  assert.deepEqual(metadata, { format: "pt" });
  assert.deepEqual(state.keys.map((name) => tensors.get(name)!.shape), state.shapes);
  const mlp = model();
  mlp.loadStateDict(tensors);
  const logits = mlp.forward(fromTypedArray(new Float32Array(state.input), state.inputShape));
  assert.deepEqual(logits.shape, [2, 3]);
  for (const [i, value] of logits.toTypedArray().entries()) {
    assert.ok(Math.abs(value - state.logits[i]!) < 1e-6, `${i}: ${value}, not ${state.logits[i]}`);
  }
});

Deno.test("a state dict comes back from bytes as it was, in the order of registration", () => {
  const saved = model().stateDict();
  assert.deepEqual([...saved.keys()], state.keys);
  assert.deepEqual(contents(decodeSafetensors(encodeSafetensors(saved))), contents(saved));
});

Deno.test("all types and shapes come back from bytes", () => {
  const tensors = fc.record({
    dtype: fc.constantFrom("float32" as const, "int32" as const, "uint8" as const, "bool" as const),
    shape: fc.array(fc.nat(3), { maxLength: 4 }),
  }).map(({ dtype, shape }) => {
    const n = shape.reduce((n, length) => n * length, 1);
    const values = Float32Array.from({ length: n }, (_, i) => (i * 37) % 11);
    return fromTypedArray(values, shape, { dtype });
  });
  fc.assert(fc.property(fc.dictionary(fc.string(), tensors), (record) => {
    const dict = new Map(Object.entries(record));
    assert.deepEqual(contents(decodeSafetensors(encodeSafetensors(dict))), contents(dict));
  }));
});

Deno.test("a view is saved as the elements that it shows", () => {
  const view = arange(6).reshape(2, 3).t().narrow(0, 1, 2);
  const { tensors, metadata } = decodeSafetensorsFile(
    encodeSafetensors(new Map([["view", view]]), { epoch: "3" }),
  );
  assert.deepEqual(tensors.get("view")!.toArray(), [[1, 4], [2, 5]]);
  assert.deepEqual(metadata, { epoch: "3" });
});

/** A file with one tensor of 2 bytes an element for each of these types. */
function fileOf(codes: readonly string[], data: readonly number[]): Uint8Array {
  const entry = (dtype: string, i: number) => ({
    dtype,
    shape: [1],
    data_offsets: [2 * i, 2 * i + 2],
  });
  const header = Object.fromEntries(codes.map((code, i) => [`t${i}`, entry(code, i)]));
  const json = new TextEncoder().encode(JSON.stringify(header));
  return Uint8Array.of(json.length, 0, 0, 0, 0, 0, 0, 0, ...json, ...data);
}

Deno.test("decodeSafetensorsFile says which tensors were of another type", () => {
  const { tensors, converted } = decodeSafetensorsFile(
    fileOf(["F16", "BF16", "I16", "U16"], [0x00, 0x3c, 0x40, 0x40, 255, 255, 255, 255]),
  );
  assert.deepEqual([...converted], [["t2", "I16"], ["t3", "U16"]]);
  assert.deepEqual(Array.from(tensors.values(), (t) => [t.dtype, t.toArray()]), [
    ["float16", [1]],
    ["bfloat16", [3]],
    ["int32", [-1]],
    ["int32", [65535]],
  ]);
  assert.equal(decodeSafetensorsFile(encodeSafetensors(tensors)).converted.size, 0);
});

Deno.test("where a tensor is refused, those before it leave nothing behind", () => {
  using a = tensor([1, 2]);
  using flags = tensor([true]);
  const bytes = encodeSafetensors(new Map([["a", a], ["flags", flags]]));
  bytes[bytes.length - 1] = 7;
  const before = live().liveBytes;
  assert.throws(
    () => decodeSafetensors(bytes),
    new DataError("decodeSafetensors: flags: a bool is 0 or 1: number 0 is 7"),
  );
  assert.equal(live().liveBytes, before);
});

Deno.test("encodeSafetensors makes room for the file, and for no second copy", () => {
  using a = zeros([2 ** 22]);
  const before = Deno.memoryUsage().external;
  const bytes = encodeSafetensors(new Map([["a", a]]));
  const used = Deno.memoryUsage().external - before;
  assert.ok(used < 1.1 * bytes.length, `${used} bytes for ${bytes.length}`);
});

Deno.test("decoded tensors outlive the scope, and encoding leaves none behind", () => {
  const dict = new Map([["a", arange(6).reshape(2, 3).t()]]);
  const before = live().liveBytes;
  const bytes = encodeSafetensors(dict);
  assert.equal(live().liveBytes, before);
  const made: Map<string, Tensor>[] = [];
  for (const _i of steps(1)) made.push(decodeSafetensors(bytes));
  const a = made[0]!.get("a")!;
  assert.deepEqual(a.toArray(), [[0, 3], [1, 4], [2, 5]]);
  a[Symbol.dispose]();
  assert.equal(live().liveBytes, before);
});

Deno.test("encodeSafetensors refuses a released tensor and the format's own name", () => {
  const held: Tensor[] = [];
  scope(() => void held.push(tensor([1])));
  assert.throws(() => encodeSafetensors(new Map([["a", held[0]!]])), ReleasedError);
  assert.throws(
    () => encodeSafetensors(new Map([["__metadata__", tensor([1])]])),
    new RangeError("encodeSafetensors: __metadata__ is the format's own name, not a tensor's"),
  );
});

const granted = (["read", "write"] as const).every(
  (name) => Deno.permissions.querySync({ name }).state === "granted",
);

async function withFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fails(action: Promise<unknown>, message: string | RegExp): Promise<void> {
  return assert.rejects(action, (error: Error) => {
    assert.ok(error instanceof DataError, `${error}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

Deno.test({
  name:
    "a state dict comes back from a file, as it was at the call (needs --allow-read --allow-write)",
  ignore: !granted,
  fn: () =>
    withFolder(async (folder) => {
      const path = `${folder}/weights.safetensors`;
      const saved = model().stateDict();
      const expected = contents(saved);
      const saving = saveSafetensors(path, saved);
      for (const t of saved.values()) t.fill_(0);
      await saving;
      assert.deepEqual(contents(await loadSafetensors(path)), expected);
      await saveSafetensors(path, new Map([["a", tensor([1, 2])]]), { epoch: "1" });
      const { tensors, metadata } = await loadSafetensorsFile(path);
      assert.deepEqual([...tensors.keys()], ["a"]);
      assert.deepEqual(metadata, { epoch: "1" });
      assert.deepEqual(Array.from(Deno.readDirSync(folder), (e) => e.name), [
        "weights.safetensors",
      ]);
    }),
});

Deno.test({
  name: "saving and loading inside a turn keep its scope (needs --allow-read --allow-write)",
  ignore: !granted,
  fn: () =>
    withFolder(async (folder) => {
      const path = `${folder}/a`;
      const loaded: Map<string, Tensor>[] = [];
      const before = live().liveBytes;
      for (const _i of steps(2)) {
        await saveSafetensors(path, new Map([["a", arange(16)]]));
        arange(1000);
        loaded.push(await loadSafetensors(path));
        arange(1000);
      }
      assert.equal(live().liveBytes - before, 2 * 16 * 4);
      for (const dict of loaded) assert.equal(dict.get("a")!.sum().item(), 120);
    }),
});

Deno.test({
  name: "files that cannot be read or written are told by name (needs --allow-read --allow-write)",
  ignore: !granted,
  fn: () =>
    withFolder(async (folder) => {
      const dict = new Map([["a", tensor([1])]]);
      await fails(loadSafetensors(`${folder}/a`), `read ${folder}/a: there is no such file`);
      await Deno.writeFile(`${folder}/b`, new Uint8Array(7));
      await fails(
        loadSafetensors(`${folder}/b`),
        `loadSafetensors: ${folder}/b: decodeSafetensors: the file has 7 bytes, ` +
          "a header's length takes 8",
      );
      await fails(
        saveSafetensors(`${folder}/c/a`, dict),
        `write ${folder}/c/a: there is no folder ${folder}/c`,
      );
      // A folder stands where the file should: nothing of the attempt may remain.
      await Deno.mkdir(`${folder}/d/e`, { recursive: true });
      await fails(saveSafetensors(`${folder}/d`, dict), /^write .*\/d: /);
      assert.deepEqual(Array.from(Deno.readDirSync(folder), (e) => e.name).sort(), ["b", "d"]);
    }),
});

testWith(["read", "write"], "files of more than 2 GiB are refused by name, unread", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/large`;
  Deno.writeFileSync(path, new Uint8Array());
  Deno.truncateSync(path, 2 ** 31 + 1); // a hole: it takes no room on the disk
  const before = Deno.memoryUsage().external;
  for (const load of [loadSafetensors, loadSafetensorsFile, loadNpy, loadNpz]) {
    await fails(
      load(path),
      `read ${path}: files of up to 2 GiB are read: it has 2147483649 bytes`,
    );
  }
  assert.ok(Deno.memoryUsage().external - before < 2 ** 20);
  await fails(loadNpy(folder.path), `read ${folder.path}: it is a folder, not a file`);
});

Deno.test({
  name: "without permission the flags are named",
  permissions: { read: false, write: false },
  async fn() {
    const dict = new Map([["a", tensor([1])]]);
    await fails(loadSafetensors("d/a"), "read d/a: needs the permission --allow-read=d/a");
    const why = "the file is written beside its place and then renamed";
    await fails(
      saveSafetensors("d/a", dict),
      `write d/a: needs the permissions --allow-read=d and --allow-write=d: ${why}`,
    );
    await fails(
      saveSafetensors("a", dict),
      `write a: needs the permissions --allow-read=. and --allow-write=.: ${why}`,
    );
  },
});
