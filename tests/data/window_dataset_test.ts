import assert from "node:assert/strict";
import { data, tensor } from "../../mod.ts";

const series = () => tensor(Float32Array.from({ length: 24 }, (_, i) => i), { shape: [12, 2] });

Deno.test("windows show what was and what came next, one by one and in batches", () => {
  const set = new data.WindowDataset(series(), { length: 3, horizon: 2, stride: 2 });
  assert.equal(set.length, 4);
  const [x, y] = set.get(1);
  assert.deepEqual(x.toArray(), [[4, 5], [6, 7], [8, 9]]);
  assert.deepEqual(y.toArray(), [[10, 11], [12, 13]]);
  const [xs, ys] = set.batch(Int32Array.of(3, 1));
  assert.deepEqual([xs.shape, ys.shape], [[2, 3, 2], [2, 2, 2]]);
  assert.deepEqual(xs.select(0, 1).toArray(), x.toArray());
  assert.deepEqual(ys.select(0, 0).toArray(), set.get(3)[1].toArray());
  assert.equal((ys.toArray() as number[][][])[0]![1]![1], 21);
});

Deno.test("a series shorter than a sample, and a window that is not there, are refused", () => {
  assert.throws(
    () => new data.WindowDataset(series(), { length: 12 }),
    /at least 13 steps is needed: it is \[12, 2\]/,
  );
  const set = new data.WindowDataset(series().select(1, 0), { length: 11 });
  assert.equal(set.length, 1);
  assert.throws(() => set.get(1), /windows are 0 to 0: it is 1/);
  assert.throws(() => set.batch(Int32Array.of(-1)), RangeError);
});
