import assert from "node:assert/strict";
import { arange, data, manualSeed, tensor, zeros } from "../../mod.ts";

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

/** 100 rows: 60 of kind a, 30 of b, 10 of c, of 25 people. */
function rows(): data.Table {
  const kind = numbers(100).map((i) => i % 10 < 6 ? "a" : i % 10 < 9 ? "b" : "c");
  return data.table(
    { x: numbers(100), person: numbers(100).map((i) => `p${i % 25}`), kind },
    { target: "kind" },
  );
}

/** Each number is in one part. */
function whole(parts: { indices: Int32Array }[], n: number): void {
  const all = parts.flatMap(({ indices }) => Array.from(indices));
  assert.deepEqual(all.sort((a, b) => a - b), numbers(n));
}

const kinds = ({ dataset, indices }: data.Subset<data.Sample, data.Table>) => {
  const counts = [0, 0, 0];
  for (const i of indices) counts[dataset.target!.values[i]!]!++;
  return counts;
};

Deno.test("a split has as many samples as asked for in each part, the same for a seed", () => {
  const set = rows();
  const parts = data.split(set, { test: 0.2, dev: 15, seed: 3 });
  assert.deepEqual([parts.train, parts.dev, parts.test].map(({ length }) => length), [65, 15, 20]);
  whole([parts.train, parts.dev, parts.test], 100);
  const again = data.split(set, { test: 0.2, dev: 15, seed: 3 });
  assert.deepEqual(again.test.indices, parts.test.indices);
  assert.notDeepEqual(
    data.split(set, { seed: 4 }).test.indices,
    data.split(set, { seed: 5 }).test.indices,
  );
  assert.equal(data.split(set, { dev: 0 }).dev.length, 0);
  assert.throws(() => data.split(set, { test: 60, dev: 40 }), {
    message: "split: needs a sample to learn from: of 100, dev takes 40 and test 60",
  });
});

Deno.test("a stratified split has the same share of each class in each part", () => {
  for (const seed of numbers(20)) {
    const { train, dev, test } = data.split(rows(), { test: 0.2, dev: 0.1, stratify: true, seed });
    assert.deepEqual(
      [train, dev, test].map(kinds),
      [[42, 21, 7], [6, 3, 1], [12, 6, 2]],
      `seed ${seed}`,
    );
  }
});

Deno.test("a class with a sample or two is only learnt from, and a warning counts it", () => {
  const kind = [..."aaaaaaaaaabbbbbbbbbbcd"];
  const set = data.table({ x: numbers(22), kind }, { target: "kind" });
  const { train, warnings } = data.split(set, { stratify: true, test: 0.2, dev: 0.2, seed: 1 });
  assert.ok(train.indices.includes(20) && train.indices.includes(21));
  assert.deepEqual(warnings, ["2 classes with fewer than 3 samples, one a part: only learnt from"]);
});

Deno.test("a group is never in two parts, in splits and in folds, stratified or not", () => {
  const set = rows();
  const people = (part: data.Subset<data.Sample, data.Table>) =>
    new Set(Array.from(part.indices, (i) => set.column("person").values[i]!));
  for (const stratify of [false, true]) {
    const { train, dev, test } = data.split(set, {
      group: "person",
      stratify,
      test: 0.2,
      dev: 0.2,
      seed: 1,
    });
    whole([train, dev, test], 100);
    assert.equal(people(train).size + people(dev).size + people(test).size, 25);
    assert.deepEqual([train, dev, test].map(({ length }) => length), [60, 20, 20]);
    for (const { train, dev } of data.kFold(set, { k: 5, group: "person", stratify, seed: 1 })) {
      whole([train, dev], 100);
      assert.equal(people(train).size + people(dev).size, 25);
      assert.equal(dev.length, 20);
    }
  }
});

Deno.test("in time what comes last is tested on, whatever the order of the rows", () => {
  const set = data.table({ day: numbers(10).map((i) => (i * 7) % 10), y: numbers(10) }, {
    target: "y",
  });
  const { train, dev, test } = data.split(set, { time: "day", test: 2, dev: 3 });
  const days = (part: data.Subset<data.Sample, data.Table>) =>
    Array.from(part.indices, (i) => set.column("day").values[i]);
  assert.deepEqual([train, dev, test].map(days), [[0, 1, 2, 3, 4], [5, 6, 7], [8, 9]]);
});

Deno.test("folds are judged by once each, and stratified ones have each class", () => {
  const set = rows();
  const folds = data.kFold(set, { k: 5, stratify: true, seed: 2 });
  whole(folds.map(({ dev }) => dev), 100);
  for (const { train, dev } of folds) {
    whole([train, dev], 100);
    assert.deepEqual(kinds(dev), [12, 6, 2]);
  }
  assert.throws(
    () => data.kFold(data.table({ y: [1, 2] }, { target: "y" }), { k: 3 }),
    /each fold needs a sample/,
  );
});

Deno.test("labels of any data set are stratified by; without labels it says what is needed", () => {
  const labels = tensor(numbers(40).map((i) => i % 4 === 0 ? 1 : 0), { dtype: "int32" });
  const set = new data.TensorDataset(zeros([40, 2]), labels);
  const { test } = data.split(set, { stratify: true, test: 0.2, dev: 0, seed: 1 });
  assert.equal(Array.from(test.indices).filter((i) => i % 4 === 0).length, 2);
  const floats = new data.TensorDataset(zeros([4, 2]), zeros([4]));
  assert.throws(() => data.split(floats, { stratify: true }), /needs labels, whole numbers \[n\]/);
  assert.throws(() => data.split(floats, { group: "a" }), /only a table has columns/);
});

Deno.test("subsets and joined sets give the samples of what they are of", () => {
  const set = new data.TensorDataset(arange(6).reshape(6, 1).to("float32"), arange(6).to("int32"));
  const some = new data.Subset(set, [4, 2, 0]);
  assert.deepEqual(some.batch(Int32Array.of(0, 2))[1].toArray(), [4, 0]);
  assert.equal(some.get(1)[1].item(), 2);
  assert.throws(() => new data.Subset(set, [6]), /from 0 to 5: one is 6/);
  assert.throws(() => some.get(3), RangeError);
  const all = new data.ConcatDataset([some, set]);
  assert.equal(all.length, 9);
  assert.deepEqual(all.batch(Int32Array.of(3, 0, 1, 8))[1].toArray(), [0, 4, 2, 5]);
  assert.equal(all.get(8)[1].item(), 5);
  assert.throws(() => all.get(9), RangeError);
  manualSeed(1);
  const parts = data.randomSplit(set, [0.5, 0.5]);
  whole(parts, 6);
  assert.deepEqual(data.randomSplit(set, [1, 5]).map(({ length }) => length), [1, 5]);
  assert.throws(() => data.randomSplit(set, [1, 2]), /sum to 6/);
});

Deno.test("samples may be any number of tensors, and collate makes batches of what cannot be stacked", () => {
  const three = new data.TensorDataset(arange(5), arange(5).mul(2), arange(5).mul(3));
  for (const [a, b, c] of new data.DataLoader(three, { batchSize: 5 })) {
    assert.deepEqual([a, b, c].map((x) => x.sum().item()), [10, 20, 30]);
  }
  class Words extends data.Dataset {
    readonly length = 3;
    get(i: number): [ReturnType<typeof zeros>, ReturnType<typeof zeros>] {
      return [zeros([i + 1]), tensor(i, { dtype: "int32" })];
    }
  }
  const loader = new data.DataLoader(new Words(), {
    batchSize: 3,
    collate: (samples) => samples.map(([x]) => x.shape[0]!),
  });
  assert.deepEqual([...loader], [[1, 2, 3]]);
});

Deno.test("samplers say which samples a loop takes, and a loop goes on where it was left", () => {
  const set = new data.TensorDataset(arange(10), arange(10));
  const loop = (options: data.DataLoaderOptions) =>
    Array.from(new data.DataLoader(set, options), ([x]) => x.toArray() as number[]);
  assert.deepEqual(
    loop({ sampler: new data.SequentialSampler(set), batchSize: 5 }).flat(),
    numbers(10),
  );
  const twice = loop({
    sampler: new data.RandomSampler(set, { numSamples: 20 }),
    seed: 1,
    batchSize: 20,
  });
  assert.deepEqual(twice.flat().sort((a, b) => a - b), numbers(20).map((i) => i >> 1));
  assert.equal(
    loop({ sampler: new data.RandomSampler(10, { replacement: true, numSamples: 7 }) }).length,
    7,
  );
  const even = loop({ sampler: new data.SubsetRandomSampler([0, 2, 4]), seed: 2 }).flat();
  assert.deepEqual(even.sort(), [0, 2, 4]);
  const batches = new data.BatchSampler(new data.SequentialSampler(10), 4, true);
  assert.deepEqual(loop({ batchSampler: batches }), [[0, 1, 2, 3], [4, 5, 6, 7]]);
  const weights = [0, 0, 0, 0, 0, 0, 0, 0, 1, 3];
  const drawn = loop({
    sampler: new data.WeightedRandomSampler(weights, 4000),
    seed: 3,
    batchSize: 4000,
  }).flat();
  const nines = drawn.filter((i) => i === 9).length;
  assert.equal(nines + drawn.filter((i) => i === 8).length, 4000);
  assert.ok(Math.abs(nines / 4000 - 0.75) < 0.03, String(nines));
  const apart = new data.WeightedRandomSampler(weights, 2, { replacement: false });
  assert.deepEqual(loop({ sampler: apart, seed: 1 }).flat().sort(), [8, 9]);
  assert.throws(
    () => new data.WeightedRandomSampler(weights, 3, { replacement: false }),
    /at most 2/,
  );
  const own = {
    length: 3,
    *indices() {
      yield* [4, 2, 9];
    },
  };
  assert.deepEqual(loop({ sampler: own, batchSize: 2 }), [[4, 2], [9]]);
  const lists = { length: 2, batches: () => [[1, 2, 3], new Set([5])] };
  assert.deepEqual(loop({ batchSampler: lists }), [[1, 2, 3], [5]]);
  assert.deepEqual(loop({ batchSampler: new data.BatchSampler(own, 2) }), [[4, 2], [9]]);
  assert.throws(() => loop({ sampler: { length: 4, indices: () => [1] } }), {
    message: "sampler: its length is 4: it gives 1 numbers",
  });
  assert.throws(() => loop({ sampler: { length: 1, indices: () => 3 as never } }), {
    message: "sampler: what gives the numbers of samples must be a list: it is 3",
  });
  const loader = () =>
    new data.DataLoader(set, { sampler: new data.RandomSampler(set), seed: 5, batchSize: 3 });
  const whole = Array.from(loader(), ([x]) => x.toArray());
  assert.deepEqual(Array.from(loader().startingAt(2), ([x]) => x.toArray()), whole.slice(2));
  assert.throws(
    () => new data.DataLoader(set, { sampler: apart, shuffle: true }),
    /does not go with/,
  );
});
