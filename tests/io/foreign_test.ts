/** Files that are not what was asked for: the error says what they are, and what to do. */
import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.2";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { DataError } from "../../src/core/errors.ts";
import {
  decodeNpy,
  decodeSafetensors,
  decodeSafetensorsFile,
  encodeNpy,
  loadSafetensors,
} from "../../src/io/mod.ts";
import { decodeNpz, encodeNpz } from "../../src/io/npz.ts";
import { memory } from "../../src/scope/scope.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** Files by what they are: the first bytes are what real ones begin with. */
const FILES: Record<string, { bytes: Uint8Array; told: RegExp }> = {
  "nothing": { bytes: new Uint8Array(), told: /this is empty$/ },
  "torch.save's": {
    bytes: zipSync({ "model/data.pkl": text("\x80\x02}."), "model/data/0": new Uint8Array(400) }, {
      level: 0,
    }),
    told: /this is a file by torch\.save, .* load it in Python, .* safetensors\.torch\.save_file$/,
  },
  "torch.save's before 1.6": {
    bytes: Uint8Array.fromHex("80028a0a6cfc9c46f9206aa850192e8002"),
    told: /this is a pickle, which is a program: load it in Python/,
  },
  "a sharded model's index": {
    bytes: text(JSON.stringify({
      metadata: { total_size: 1 },
      weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
    })),
    told:
      /the index of a model in several files: load each that it names \(model-00001-of-00002\.s/,
  },
  "a JSON text": { bytes: text('{ "layers": 3 }'), told: /this is a JSON text$/ },
  "a pointer": {
    bytes: text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
    told: /this is a Git LFS pointer, .* git lfs pull$/,
  },
  "a page": {
    bytes: text("\n<!DOCTYPE html>\n<html><title>Not Found</title></html>"),
    told: /this is a web page, not the file: /,
  },
  "an error": { bytes: text("Entry not found"), told: /begins with "Entry not found"$/ },
  "gguf": {
    bytes: Uint8Array.fromHex("4747554603000000230100000000000018"),
    told: /this is a GGUF file/,
  },
  "onnx": {
    bytes: Uint8Array.fromHex("080812077079746f7263681a05322e352e30"),
    told: /this is an ONNX file/,
  },
  "HDF5": { bytes: Uint8Array.fromHex("894844460d0a1a0a00000000"), told: /this is an HDF5 file/ },
  "a gzipped file": { bytes: Uint8Array.fromHex("1f8b08000000000000031234"), told: /is gzipped/ },
  "npy": { bytes: encodeNpy(tensor([1, 2])), told: /this is an npy file, one array: io\.loadNpy/ },
  "npz": {
    bytes: encodeNpz(new Map([["a", tensor([1, 2])]])),
    told: /this is an npz file: loadNpz and decodeNpz of @glim\/glim\/npz read it$/,
  },
  "another archive": {
    bytes: zipSync({ "readme.txt": text("hello") }),
    told: /this is a zip archive: unpack it first/,
  },
};

/** A DataError in one line of fair length, without what a terminal would obey. */
function told(read: () => unknown, what: RegExp): void {
  assert.throws(read, (error: Error) => {
    assert.ok(error instanceof DataError, `${error}`);
    assert.match(error.message, what);
    assert.ok(error.message.length < 300, error.message);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f]/);
    return true;
  });
}

for (const [name, { bytes, told: what }] of Object.entries(FILES)) {
  Deno.test(`weights that are ${name} are told for what they are`, () => {
    told(() => decodeSafetensors(bytes), what);
    if (name !== "npy") told(() => decodeNpy(bytes), what);
    if (name !== "npz") told(() => decodeNpz(bytes), what);
  });
}

testWith(["read", "write"], "a file that is no safetensors is told with its path", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/model.pt`;
  Deno.writeFileSync(path, FILES["torch.save's"]!.bytes);
  await assert.rejects(loadSafetensors(path), (error: Error) => {
    assert.ok(error.message.startsWith(`loadSafetensors: ${path}: decodeSafetensors: needs a s`));
    return true;
  });
});

/** A safetensors file of tensors with one element each. */
function fileOf(tensors: Record<string, [dtype: string, bytes: number[]]>): Uint8Array {
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, [dtype, { length }]]) => [
      name,
      { dtype, shape: [1], data_offsets: [at, at += length] },
    ]),
  );
  const json = text(JSON.stringify(header));
  const data = Object.values(tensors).flatMap(([_, bytes]) => bytes);
  return Uint8Array.of(json.length, json.length >> 8, 0, 0, 0, 0, 0, 0, ...json, ...data);
}

Deno.test("a tensor that cannot be read leaves the others readable", () => {
  const file = fileOf({
    a: ["F32", [0, 0, 128, 63]],
    turn: ["C64", [0, 0, 0, 0, 0, 0, 0, 0]],
    id: ["U64", [0, 0, 0, 0, 1, 0, 0, 0]],
    tiny: ["F4", [1]],
    b: ["I16", [255, 255]],
  });
  const before = memory().liveBytes;
  told(
    () => decodeSafetensors(file),
    /: turn: .* "C64"; \{ skipUnsupported: true \} reads the other 3$/,
  );
  assert.equal(memory().liveBytes, before);
  const { tensors, unsupported, converted } = decodeSafetensorsFile(file, {
    skipUnsupported: true,
  });
  assert.deepEqual(Array.from(tensors, ([name, t]) => [name, t.toArray()]), [["a", [1]], ["b", [
    -1,
  ]]]);
  assert.deepEqual([...unsupported], [
    ["turn", "C64"],
    ["tiny", "F4"],
    [
      "id",
      "decodeSafetensors: id: a uint64 is read as int32, up to 2^31 - 1: " +
      "number 0 is 4294967296",
    ],
  ]);
  assert.deepEqual([...converted], [["b", "I16"]]);
  for (const t of tensors.values()) t[Symbol.dispose]();
  assert.equal(memory().liveBytes, before);
  // What is damaged is refused all the same.
  told(() => decodeSafetensors(file.subarray(0, -1), { skipUnsupported: true }), /truncated$/);
});

Deno.test("a tensor without elements prints at once, however many rows it has", () => {
  assert.match(
    String(zeros([2 ** 30, 0])),
    /^tensor\(\[\[\],\n +\[\],\n +\[\],\n +\.\.\.,\n +\[\],\n +\[\],\n +\[\]\], shape: \[\d+, 0\]\)$/,
  );
});
