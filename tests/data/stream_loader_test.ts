import assert from "node:assert/strict";
import { data, type Tensor, tensor } from "../../mod.ts";
import { live } from "../leaks.ts";
import { macrotask } from "../waiting.ts";

type Pair = [x: Tensor, y: Tensor];

function sample(i: number): Pair {
  return [tensor(Float32Array.of(i, 2 * i)), tensor(Int32Array.of(i), { shape: [] })];
}

async function labels(loader: AsyncIterable<Pair>): Promise<number[][]> {
  const seen: number[][] = [];
  for await (const [x, y] of loader) {
    assert.deepEqual(x.toArray(), (y.toArray() as number[]).map((i) => [i, 2 * i]));
    seen.push(y.toArray() as number[]);
  }
  return seen;
}

function* five(): Generator<Pair> {
  for (let i = 0; i < 5; i++) yield sample(i);
}

Deno.test("samples that come one by one become batches, and no memory is left", async () => {
  const before = live().tensors;
  assert.deepEqual(await labels(new data.StreamLoader(five, { batchSize: 2 })), [[0, 1], [2, 3], [
    4,
  ]]);
  assert.deepEqual(await labels(new data.StreamLoader(five, { batchSize: 2, dropLast: true })), [[
    0,
    1,
  ], [2, 3]]);
  for await (const [x] of new data.StreamLoader(five, { batchSize: 2 })) {
    assert.equal(x.shape[0], 2);
    break;
  }
  assert.equal(live().tensors, before);
});

Deno.test("the next batches are made ready while one is worked on, and no more than that", async () => {
  let made = 0;
  async function* slow(): AsyncGenerator<Pair> {
    for (; made < 10; made++) {
      await macrotask();
      yield sample(made);
    }
  }
  for (const prefetch of [0, 3]) {
    made = 0;
    const loop = new data.StreamLoader(slow, { prefetch })[Symbol.asyncIterator]();
    await loop.next();
    // what is ready is made without being asked for
    for (let i = 0; i < 20; i++) await macrotask();
    assert.ok(made >= prefetch && made <= prefetch + 2, `prefetch ${prefetch}: ${made}`);
    await loop.return!(undefined);
  }
});

Deno.test("a data set of promises is read several at a time, in its order or in another", async () => {
  let open = 0, most = 0;
  const late: data.AsyncDataset<Pair> = {
    length: 9,
    async get(i) {
      most = Math.max(most, ++open);
      await macrotask();
      open--;
      return sample(i);
    },
  };
  const order = (await labels(new data.StreamLoader(late, { batchSize: 3, prefetch: 1 }))).flat();
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.ok(most > 1, `${most} at once`);
  const shuffled = () =>
    labels(new data.StreamLoader(late, { batchSize: 9, shuffle: true, seed: 1 }));
  const [first, again] = [(await shuffled()).flat(), (await shuffled()).flat()];
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, order);
  assert.deepEqual(first.sort(), order);
});

Deno.test("a data set in memory is read, and what a change of batches makes on the way is released", async () => {
  class Five extends data.Dataset {
    override readonly length = 5;
    override get(i: number): Pair {
      return sample(i);
    }
  }
  const before = live().tensors;
  for (const source of [new Five(), five]) {
    const loader = new data.StreamLoader(source, {
      batchSize: 2,
      transform: (x) => x.add(1).mul(2).div(2).sub(1),
    });
    assert.deepEqual(await labels(loader), [[0, 1], [2, 3], [4]]);
  }
  assert.equal(live().tensors, before);
});

Deno.test("a loader of what is at once refuses promises, and names the loader that takes them", () => {
  const late = { length: 2, get: (i: number) => Promise.resolve(sample(i)) };
  class Late extends data.Dataset {
    override readonly length = 2;
    override get = late.get as never;
  }
  assert.throws(() => new data.DataLoader(new Late()).first(), /a Promise: .* for a StreamLoader$/);
});

Deno.test("what fails to be read ends the loop with its error", async () => {
  function* failing(): Generator<Pair> {
    yield sample(0);
    throw new Error("the disk is gone");
  }
  await assert.rejects(labels(new data.StreamLoader(failing)), /the disk is gone/);
  const shuffled = await labels(new data.StreamLoader(five, { batchSize: 5, shuffle: 3, seed: 2 }));
  assert.deepEqual(shuffled.flat().sort(), [0, 1, 2, 3, 4]);
});
