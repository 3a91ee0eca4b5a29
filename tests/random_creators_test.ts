/** Tensors of random integers and draws: what they hold, and that they follow the seed. */
import assert from "node:assert/strict";
import {
  bernoulli,
  emptyLike,
  full,
  fullLike,
  linspace,
  logspace,
  manualSeed,
  multinomial,
  normal,
  ones,
  randint,
  randintLike,
  randLike,
  randnLike,
  randperm,
  scope,
  setNumThreads,
  type Tensor,
  tensor,
  trilIndices,
  triuIndices,
  zeros,
} from "../mod.ts";

function test(name: string, body: () => void): void {
  Deno.test(name, () => scope(body));
}

const DRAWS: Record<string, () => Tensor> = {
  randint: () => randint(-3, 7, [50, 20]),
  "randint of a wide range": () => randint(0, 2 ** 31, [1000]),
  randintLike: () => randintLike(zeros([1000], { dtype: "uint8" }), 0, 256),
  randperm: () => randperm(1000),
  randLike: () => randLike(ones([1000])),
  randnLike: () => randnLike(ones([1000])),
  normal: () => normal(5, 0.5, [1000]),
  "normal of tensors": () => normal(ones([1000]), tensor(2)),
  bernoulli: () => bernoulli(full([100_000], 0.25)),
  "multinomial with replacement": () => multinomial(tensor([1, 0, 3]), 1000, true),
  "multinomial without": () => multinomial(ones([4, 300]), 200),
};

for (const [name, draw] of Object.entries(DRAWS)) {
  test(`${name} follows the seed, on one thread and on two, and goes on`, () => {
    const drawn = (threads: number) => {
      setNumThreads(threads);
      manualSeed(3);
      return [draw().toTypedArray(), draw().toTypedArray()];
    };
    try {
      const [first, second] = drawn(1);
      assert.deepEqual(drawn(2), [first, second]);
      assert.notDeepEqual(first, second);
    } finally {
      setNumThreads(1);
    }
  });
}

test("random integers lie in their range, each about as often", () => {
  manualSeed(1);
  const x = randint(-2, 3, [10_000]);
  assert.equal(x.dtype, "int32");
  const counts = x.add(2).bincount().toArray() as number[];
  assert.equal(counts.length, 5);
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 200, `${counts}`);
  assert.deepEqual(randint(1, [3]).toArray(), [0, 0, 0]);
  assert.throws(() => randint(3, 3, [1]), {
    message: "randint: the highest must be above the lowest: they are 3 and 3",
  });
});

test("draws by weights are as frequent as these, and a weight of 0 is never drawn", () => {
  manualSeed(1);
  const counts = multinomial(tensor([1, 0, 3]), 10_000, true).bincount().toArray() as number[];
  assert.equal(counts[1], 0);
  assert.ok(Math.abs(counts[0]! - 2500) < 250, `${counts}`);
  const all = multinomial(tensor([[0, 2, 1], [5, 0, 1]]), 2).toArray() as number[][];
  assert.deepEqual(all.map((row) => row.toSorted()), [[1, 2], [0, 2]]);
  let first = 0;
  for (let i = 0; i < 400; i++) first += multinomial(tensor([3, 1]), 1).item() === 0 ? 1 : 0;
  assert.ok(Math.abs(first - 300) < 50, `${first}`);
  assert.throws(() => multinomial(tensor([1, 0, 3]), 3), /as many weights above 0 as samples/);
  assert.throws(() => multinomial(tensor([1, -1]), 1), /one is -1/);
  assert.throws(() => bernoulli(tensor([1.5])), /probabilities must be from 0 to 1: one is 1.5/);
});

test("a permutation holds each number once; the mean and spread of draws are those asked for", () => {
  manualSeed(1);
  assert.deepEqual(Array.from(randperm(99).toTypedArray()).toSorted((a, b) => a - b), [
    ...Array(99).keys(),
  ]);
  const x = normal(5, 0.5, [10_000]);
  assert.ok(Math.abs(x.mean().item() - 5) < 0.05);
  assert.ok(Math.abs(x.sub(5).square().mean().item() - 0.25) < 0.02);
  assert.ok(Math.abs(bernoulli(full([10_000], 0.25)).mean().item() - 0.25) < 0.03);
  assert.equal(ones([2]).bernoulli(0).sum().item(), 0);
});

test("tensors like others have their shape and dtype; even steps hold both ends", () => {
  const x = zeros([2, 3], { dtype: "uint8" });
  assert.deepEqual([fullLike(x, 7).dtype, fullLike(x, 7).toArray()], ["uint8", [[7, 7, 7], [
    7,
    7,
    7,
  ]]]);
  assert.deepEqual([emptyLike(x).dtype, emptyLike(x).shape], ["uint8", [2, 3]]);
  assert.throws(() => randLike(x), { name: "DTypeError" });
  assert.deepEqual(linspace(-1, 1, 5).toArray(), [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(linspace(3, 9, 1).toArray(), [3]);
  assert.deepEqual(linspace(0, 10, 4, { dtype: "int32" }).toArray(), [0, 3, 6, 10]);
  assert.deepEqual(logspace(0, 3, 4, 2).toArray(), [1, 2, 4, 8]);
  assert.deepEqual(trilIndices(2, 3).toArray(), [[0, 1, 1], [0, 0, 1]]);
  assert.deepEqual(triuIndices(2, 3, 1).toArray(), [[0, 0, 1], [1, 2, 2]]);
});
