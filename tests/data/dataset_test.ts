import assert from "node:assert/strict";
import { arange, data, memory, ones, scope, type Tensor, tensor, text, zeros } from "../../mod.ts";
import { leavesNothing } from "../leaks.ts";
import { test } from "../scoped.ts";

/** A data set with nothing but `length` and `get`. */
class Squares extends data.Dataset {
  readonly length = 5;

  get(i: number): [Tensor, Tensor] {
    return [tensor([i, i * i]), tensor(i, { dtype: "int32" })];
  }
}

/** A data set whose batches are views. */
class Views extends Squares {
  override batch({ length }: Int32Array): [Tensor, Tensor] {
    return [zeros([length * 2]).reshape(length, 2), arange(2 * length).narrow(0, 0, length)];
  }
}

test("a data set with only get() is stacked into batches", () => {
  const [x, y] = new Squares().batch(Int32Array.of(3, 1));
  assert.deepEqual(x.toArray(), [[3, 9], [1, 1]]);
  assert.deepEqual([y.toArray(), y.dtype], [[3, 1], "int32"]);
  const sizes: number[] = [];
  for (const [x, y] of new data.DataLoader(new Squares(), { batchSize: 2 })) {
    assert.equal(x.shape[0], y.shape[0]);
    sizes.push(x.shape[0]!);
  }
  assert.deepEqual(sizes, [2, 2, 1]);
});

test("a tensor data set gives samples as views and batches as copies", () => {
  const x = arange(6).reshape(3, 2);
  const set = new data.TensorDataset(x, tensor(new Uint8Array([7, 8, 9])));
  const [x1, y1] = set.get(1);
  assert.equal(x1.storage, x.storage);
  assert.deepEqual([x1.toArray(), y1.toArray(), y1.dtype], [[2, 3], 8, "uint8"]);
  const [xs, ys] = set.batch(Int32Array.of(2, 0, 2));
  assert.deepEqual([xs.toArray(), ys.toArray()], [[[4, 5], [0, 1], [4, 5]], [9, 7, 9]]);
  assert.notEqual(xs.storage, x.storage);
  assert.equal(set.length, 3);
  assert.throws(() => set.get(3), RangeError);
});

test("both tensors of a data set have the same first length", () => {
  assert.throws(() => new data.TensorDataset(zeros([3, 2]), zeros([4])), {
    name: "ShapeError",
    message: "TensorDataset: both need the same first length: x is [3, 2], y is [4]",
  });
  assert.throws(() => new data.TensorDataset(zeros([]), zeros([])), /first length/);
});

Deno.test("a data set outlives the scope that its tensors were made in", () => {
  const set = scope(() => {
    const set = new data.TensorDataset(ones([2, 2]), zeros([2]));
    return () => set;
  })();
  scope(() => assert.deepEqual(set.get(0)[0].toArray(), [1, 1]));
});

test("an image data set makes floats in [0, 1] of bytes, batch by batch", () => {
  const images = tensor(new Uint8Array([0, 51, 255, 102, 153, 204]), { shape: [2, 3] });
  const set = new data.ImageDataset(images, tensor(new Int32Array([4, 9])));
  const [x, y] = set.get(1);
  assert.deepEqual([x.shape, y.shape, y.item(), y.dtype], [[3], [], 9, "int32"]);
  const [xs, ys] = set.batch(Int32Array.of(1, 0));
  assert.deepEqual(xs.toArray(), [[0.4, 0.6, 0.8], [0, 0.2, 1]].map((r) => r.map(Math.fround)));
  assert.deepEqual(ys.toArray(), [9, 4]);
  for (const i of [-1, 2, 0.5]) {
    assert.throws(() => set.get(i), {
      name: "RangeError",
      message: `get: the number must be from 0 to 1: it is ${i}`,
    });
  }
});

test("a part of an image data set looks at the same memory", () => {
  const images = tensor(Uint8Array.from({ length: 8 }, (_, i) => i * 30), { shape: [4, 2] });
  const set = new data.ImageDataset(images, tensor(new Int32Array([0, 1, 2, 3])));
  const part = set.slice(1, 3);
  assert.equal(part.length, 2);
  const [x, y] = part.batch(Int32Array.of(1, 0));
  assert.deepEqual(y.toArray(), [2, 1]);
  assert.deepEqual(x.toArray(), set.batch(Int32Array.of(2, 1))[0].toArray());
  assert.throws(() => set.slice(2, 5), /narrow: the part must lie within/);
  assert.throws(() => new data.ImageDataset(images, zeros([3])), {
    name: "ShapeError",
    message: "ImageDataset: images must be [n, pixels] and labels [n]: they are [4, 2] and [3]",
  });
});

test("a data set goes to a device as a whole where it lies in tensors, else batch by batch", () => {
  const x = arange(8).reshape(4, 2);
  const labels = tensor(new Uint8Array([3, 2, 1, 0]));
  const bytes = tensor(Uint8Array.from({ length: 8 }, (_, i) => 32 * i)).reshape(4, 2);
  const sets: Record<string, data.Dataset> = {
    tensors: new data.TensorDataset(x, labels),
    images: new data.ImageDataset(bytes, labels),
    subset: new data.Subset(new data.TensorDataset(x, labels), [0, 1, 3, 2]),
    own: new Squares(),
  };
  const indices = Int32Array.of(2, 0, 3);
  for (const [name, set] of Object.entries(sets)) {
    const there = set.to("reference");
    assert.equal(there.length, set.length, name);
    const [here, moved] = [set, there].map((set) => set.batch(indices));
    assert.deepEqual(moved!.map(({ device }) => device), ["reference", "reference"], name);
    assert.deepEqual(moved!.map((t) => t.toArray()), here!.map((t) => t.toArray()), name);
    assert.equal(there.get(1)[0].device, "reference", name);
  }
  const before = memory().tensors;
  sets.images!.to("reference");
  assert.equal(memory().tensors - before, 2, "it goes at once");
  assert.throws(() => sets.own!.to("moon" as "cpu"), {
    message: /^to: the device must be the name of a device: it is "moon"/,
  });
});

Deno.test("a batch of any data set, and a division by its labels, leave nothing else behind", () => {
  const pixels = tensor(new Uint8Array(12), { shape: [6, 2] });
  const labels = tensor(Int32Array.of(0, 1, 0, 1, 0, 1));
  const images = new data.ImageDataset(pixels, labels);
  const labelled: data.Dataset[] = [
    new Squares(),
    new Views(),
    new data.TensorDataset(zeros([6, 2]), labels),
    images,
    new data.Subset(images, [5, 0, 1, 2, 3, 4]),
    new data.ConcatDataset([images, images]),
    data.table({ a: [1, 2, 3, 4, 5, 6], kind: [..."xyxyxy"] }, { target: "kind" }),
  ];
  const all = [
    ...labelled,
    new data.WindowDataset(arange(9).to("float32"), { length: 3 }),
    new text.TokenDataset(new Uint16Array(20), 4),
  ];
  for (const set of all) {
    leavesNothing(() => scope(() => void set.batch(Int32Array.of(1, 0, 1))));
    leavesNothing(() => scope(() => void set.get(0)));
  }
  for (const set of labelled.slice(1)) {
    leavesNothing(() => data.split(set, { stratify: true, dev: 2, test: 2, seed: 1 }));
  }
});
