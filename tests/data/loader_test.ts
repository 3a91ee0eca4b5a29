import assert from "node:assert/strict";
import {
  arange,
  data,
  manualSeed,
  memory,
  nn,
  optim,
  scope,
  type Tensor,
  tensor,
} from "../../mod.ts";

/** Ten samples: x is [i, 2i], y is i. */
function tenSamples(): data.TensorDataset {
  return scope(() => {
    const i = arange(10);
    const set = new data.TensorDataset(
      i.reshape(10, 1).matmul(tensor([[1, 2]])),
      i.to("int32"),
    );
    return () => set;
  })();
}

/** The labels of one loop, batch by batch; checks that each x belongs to its y. */
function labels(loader: Iterable<[x: Tensor, y: Tensor]>): number[][] {
  const seen: number[][] = [];
  for (const [x, y] of loader) {
    const list = y.toArray() as number[];
    assert.deepEqual(x.toArray(), list.map((i) => [i, 2 * i]));
    seen.push(list);
  }
  return seen;
}

Deno.test("without shuffling samples come in their order, the last batch with what is left", () => {
  const loader = new data.DataLoader(tenSamples(), { batchSize: 4 });
  assert.deepEqual(labels(loader), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
  assert.deepEqual(labels(loader), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
  assert.equal(loader.length, 3);
});

Deno.test("dropLast leaves out a last batch that is not full", () => {
  const loader = new data.DataLoader(tenSamples(), { batchSize: 4, dropLast: true });
  assert.deepEqual(labels(loader), [[0, 1, 2, 3], [4, 5, 6, 7]]);
  assert.equal(loader.length, 2);
  const whole = new data.DataLoader(tenSamples(), { batchSize: 5, dropLast: true });
  assert.equal(labels(whole).length, 2);
});

Deno.test("shuffling shows every sample once, in another order each loop", () => {
  const loader = new data.DataLoader(tenSamples(), { batchSize: 3, shuffle: true, seed: 1 });
  const first = labels(loader).flat();
  const second = labels(loader).flat();
  for (const order of [first, second]) {
    assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 10 }, (_, i) => i));
  }
  assert.notDeepEqual(first, second);
});

Deno.test("the same seed gives the same orders, another seed others", () => {
  const orders = (seed: number) => {
    const loader = new data.DataLoader(tenSamples(), { batchSize: 3, shuffle: true, seed });
    return [labels(loader), labels(loader)];
  };
  assert.deepEqual(orders(5), orders(5));
  assert.notDeepEqual(orders(5), orders(6));
});

Deno.test("a seed of its own keeps a loader apart from manualSeed", () => {
  const seeded = () => new data.DataLoader(tenSamples(), { shuffle: true, seed: 5 });
  manualSeed(1);
  const first = labels(seeded());
  manualSeed(2);
  assert.deepEqual(labels(seeded()), first);
});

Deno.test("without a seed orders follow manualSeed", () => {
  const order = () => labels(new data.DataLoader(tenSamples(), { shuffle: true })).flat();
  manualSeed(7);
  const first = order();
  assert.notDeepEqual(order(), first);
  manualSeed(7);
  assert.deepEqual(order(), first);
});

Deno.test("a transform changes each batch's x, by the loader's own generator or the process's", () => {
  // Adds how many numbers have been drawn before.
  const transform: data.Transform = (x, generator) => x.add(generator.next().stream[0]);
  const added = (loader: data.DataLoader) =>
    Array.from({ length: 2 }, () => {
      const seen: number[] = [];
      for (const [x, y] of loader) seen.push(x.toTypedArray()[0]! - y.toTypedArray()[0]!);
      return seen;
    });
  const options = { batchSize: 4, transform };
  manualSeed(1);
  assert.deepEqual(added(new data.DataLoader(tenSamples(), { ...options, seed: 5 })), [
    [0, 1, 2],
    [3, 4, 5],
  ]);
  const loader = new data.DataLoader(tenSamples(), { ...options, shuffle: true });
  assert.deepEqual(added(loader), [[1, 2, 3], [5, 6, 7]]); // an order before each loop's batches
  manualSeed(1);
  scope(() => {
    const [x, y] = loader.first();
    assert.deepEqual(x.toArray(), (y.toArray() as number[]).map((i) => [i + 1, 2 * i + 1]));
  });
});

Deno.test("a loop that starts at a batch has the last batches of the whole loop", () => {
  const loader = () => new data.DataLoader(tenSamples(), { batchSize: 3, shuffle: true, seed: 2 });
  const whole = labels(loader());
  for (let batch = 0; batch <= 4; batch++) {
    assert.deepEqual(labels(loader().startingAt(batch)), whole.slice(batch));
  }
  for (const batch of [-1, 5, 0.5]) {
    assert.throws(() => loader().startingAt(batch), {
      name: "RangeError",
      message: batch > 4
        ? `startingAt: there are 4 batches: it is ${batch}`
        : `startingAt: the batch must be a whole number of at least 0: it is ${batch}`,
    });
  }
});

Deno.test("a loader goes on from a state of another, and refuses that of other batches", () => {
  const loader = (options: data.DataLoaderOptions = {}) =>
    new data.DataLoader(tenSamples(), { batchSize: 3, shuffle: true, seed: 2, ...options });
  const first = loader();
  labels(first);
  const state = structuredClone(first.stateDict());
  const second = labels(first);
  const other = loader({ seed: 77 });
  other.loadStateDict(state);
  assert.deepEqual(labels(other), second);
  assert.throws(() => loader({ batchSize: 4, shuffle: false }).loadStateDict(state), {
    name: "DataError",
    message: "loadStateDict: the loader's batches must agree: batchSize (4 is needed: it is 3); " +
      "batches (3 is needed: it is 4); shuffle (false is needed: it is true)",
  });
  const unseeded = new data.DataLoader(tenSamples(), { batchSize: 3, shuffle: true });
  assert.equal(unseeded.stateDict().random, null);
  assert.throws(() => unseeded.loadStateDict(state), {
    name: "DataError",
    message: "loadStateDict: the loader's batches must agree: seed (none is needed: there is one)",
  });
});

Deno.test("first() gives one batch to the caller's scope", () => {
  const loader = new data.DataLoader(tenSamples(), { batchSize: 4 });
  const before = memory().tensors;
  scope(() => {
    const [x, y] = loader.first();
    assert.deepEqual([x.shape, y.toArray()], [[4, 2], [0, 1, 2, 3]]);
  });
  assert.equal(memory().tensors, before);
  const empty = new data.DataLoader(tenSamples(), { batchSize: 11, dropLast: true });
  assert.throws(() => empty.first(), {
    name: "RangeError",
    message: "first: the data set has no batch",
  });
  assert.deepEqual([...empty], []);
});

Deno.test("a batch size is a whole number of at least 1", () => {
  for (const batchSize of [0, -1, 1.5]) {
    assert.throws(() => new data.DataLoader(tenSamples(), { batchSize }), {
      name: "RangeError",
      message: `DataLoader: batchSize must be a whole number of at least 1: it is ${batchSize}`,
    });
  }
});

Deno.test("a training loop in PyTorch's form holds its memory from the second full batch on", () => {
  const n = 1000;
  const set = scope(() => {
    const set = new data.TensorDataset(
      arange(n * 4).reshape(n, 4).mul(1e-3),
      arange(n).to("int32").mul(0),
    );
    return () => set;
  })();
  const loader = new data.DataLoader(set, { batchSize: 1, shuffle: true, seed: 1 });
  const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3));
  const sgd = new optim.SGD(model.parameters(), { lr: 0.001, momentum: 0.9 });
  const loss = new nn.CrossEntropyLoss();
  let step = 0;
  let then = memory();
  for (let epoch = 0; epoch < 10; epoch++) {
    for (const [x, y] of loader) {
      sgd.zeroGrad();
      const logits = model.forward(x);
      loss.forward(logits, y).backward();
      sgd.step();
      assert.equal(logits.argmax(1).numel, 1);
      const now = memory();
      if (++step === 2) then = now;
      if (step > 2) {
        assert.deepEqual([now.liveBytes, now.tensors, now.heapBytes], [
          then.liveBytes,
          then.tensors,
          then.heapBytes,
        ]);
      }
    }
  }
  assert.equal(step, 10_000);
});
