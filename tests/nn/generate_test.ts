import assert from "node:assert/strict";
import {
  attend,
  data,
  functional,
  io,
  manualSeed,
  nn,
  noGrad,
  optim,
  scope,
  type Tensor,
  tensor,
  train,
} from "../../mod.ts";
import { live } from "../leaks.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";

const VOCABULARY = 11;

/** A layer of attention by rotary positions, two heads of queries to one of keys. */
class Small extends nn.Module<[tokens: Tensor, cache?: nn.KVCache], Tensor> {
  contextLength = 12;
  table = new nn.Embedding(VOCABULARY, 16);
  q = new nn.Linear(16, 16);
  kv = new nn.Linear(16, 16);
  positions = new nn.Rotary(8);
  drop = new nn.Dropout(0.5);
  /** Tokens that it was given. */
  given = 0;

  forward(tokens: Tensor, cache?: nn.KVCache): Tensor {
    const [n, l] = tokens.shape as [number, number];
    this.given += l;
    const x = this.drop.forward(this.table.forward(tokens));
    const at = cache?.length ?? 0;
    const heads = (y: Tensor, h: number) => y.reshape(n, l, h, 8).transpose(1, 2);
    const q = this.positions.forward(heads(this.q.forward(x), 2), at);
    const kv = this.kv.forward(x);
    const k = this.positions.forward(heads(kv.narrow(-1, 0, 8), 1), at);
    const v = heads(kv.narrow(-1, 8, 8), 1);
    const seen = cache ? cache.attend(0, q, k, v) : attend(q, k, v, { isCausal: true });
    return functional.linear(
      x.add(seen.transpose(1, 2).reshape(n, l, 16)),
      this.table.weight,
    );
  }
}

async function all(tokens: AsyncIterable<number>): Promise<number[]> {
  return await Array.fromAsync(tokens);
}

Deno.test("with a cache the same tokens come, also past the context's end, and each is computed once", async () => {
  manualSeed(3);
  using model = new Small();
  for (const choice of [{ temperature: 0 }, { topK: 5 }, { temperature: 0.7, topP: 0.8 }]) {
    const options = { maxNewTokens: 20, seed: 4, ...choice };
    const expected = await all(nn.generate(model, [1, 2, 3], { ...options, cache: false }));
    model.given = 0;
    assert.deepEqual(await all(nn.generate(model, [1, 2, 3], options)), expected);
    assert.equal(model.given, 12 + 10 * 12); // from the 13th token on the context moves
    assert.equal(expected.length, 20);
    assert.ok(model.training && model.drop.training);
  }
});

Deno.test("a cache takes any number of tokens at a time", () => {
  manualSeed(3);
  using model = new Small();
  model.eval();
  scope(() =>
    noGrad(() => {
      const tokens = tensor(Int32Array.of(1, 5, 2, 9, 4, 3), { shape: [1, 6] });
      const whole = model.forward(tokens).toTypedArray();
      using cache = new nn.KVCache(6);
      const parts = [[0, 3], [3, 2], [5, 1]].map(([at, l]) => {
        return [...model.forward(tokens.narrow(1, at!, l!), cache).toTypedArray()];
      });
      parts.flat().forEach((value, i) => assert(Math.abs(value - whole[i]!) < 1e-5, `number ${i}`));
      assert.throws(() => model.forward(tokens.narrow(1, 0, 1), cache), { name: "RangeError" });
    })
  );
});

/** Gives the same logits after each token. */
class Fixed extends nn.Module<[tokens: Tensor], Tensor> {
  table = new nn.Embedding(4, 4);
  constructor(logits: readonly number[]) {
    super();
    noGrad(() => logits.forEach((value, i) => this.table.weight.select(1, i).fill_(value)));
  }
  forward(tokens: Tensor): Tensor {
    return this.table.forward(tokens);
  }
}

Deno.test("tokens come as often as temperature, topK and topP let them", async () => {
  using model = new Fixed([0, 1, 2, 3].map((k) => Math.log(k + 1))); // 1 : 2 : 3 : 4
  const shares = async (options: object) => {
    const counts = [0, 0, 0, 0];
    const n = 2000;
    for (
      const token of await all(nn.generate(model, [0], { maxNewTokens: n, seed: 1, ...options }))
    ) {
      counts[token]! += 1;
    }
    return counts.map((count) => count / n);
  };
  const expected: [object, number[]][] = [
    [{}, [0.1, 0.2, 0.3, 0.4]],
    [{ temperature: 0.5 }, [1 / 30, 4 / 30, 9 / 30, 16 / 30]],
    [{ topK: 2 }, [0, 0, 3 / 7, 4 / 7]],
    [{ topP: 0.71 }, [0, 2 / 9, 3 / 9, 4 / 9]],
    [{ topP: 0.69 }, [0, 0, 3 / 7, 4 / 7]],
    [{ temperature: 0 }, [0, 0, 0, 1]],
  ];
  for (const [options, share] of expected) {
    (await shares(options)).forEach((value, i) => {
      const near = share[i] === 0 || share[i] === 1
        ? value === share[i]
        : Math.abs(value - share[i]!) < 0.04;
      assert(near, `${JSON.stringify(options)}: token ${i} comes in ${value} of all`);
    });
  }
});

Deno.test("writing ends with a stop token, follows the seed, and leaves nothing behind", async () => {
  using model = new Small();
  const options = { maxNewTokens: 10, seed: 6 };
  const tokens = await all(nn.generate(model, [1], options));
  const stopTokens = [tokens[4]!];
  const before = live().tensors;
  assert.deepEqual(
    await all(nn.generate(model, [1], { ...options, stopTokens })),
    tokens.slice(0, tokens.indexOf(stopTokens[0]!) + 1),
  );
  for await (const _ of nn.generate(model, [1], options)) break;
  assert.equal(live().tensors, before);
  manualSeed(8);
  const first = await all(nn.generate(model, [1], { maxNewTokens: 10 }));
  manualSeed(8);
  assert.deepEqual(await all(nn.generate(model, [1], { maxNewTokens: 10 })), first);
});

Deno.test("writing lets others run, and refuses what it cannot go on from", async () => {
  using model = new Small();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 0);
  const until = performance.now() + 200;
  for await (const _ of nn.generate(model, [1], { maxNewTokens: 1e6, contextLength: 12 })) {
    if (performance.now() > until) break;
  }
  clearInterval(timer);
  assert.ok(ticks > 0);
  assert.throws(() => nn.generate(model, [], { maxNewTokens: 1 }), { name: "RangeError" });
  using nan = new Fixed([NaN, 0, 0, 0]);
  await assert.rejects(all(nn.generate(nan, [1], { maxNewTokens: 1 })), { name: "DataError" });
});

class Tied extends nn.Module<[tokens: Tensor], Tensor> {
  table = new nn.Embedding(5, 3);
  head = new nn.Linear(3, 5, { bias: false });
  constructor() {
    super();
    this.head.weight = this.table.weight;
  }
  forward(tokens: Tensor): Tensor {
    return this.head.forward(this.table.forward(tokens));
  }
}

Deno.test("a weight of two layers is one parameter with two names, and is learnt and loaded as one", () => {
  manualSeed(1);
  using model = new Tied();
  using other = new Tied();
  assert.deepEqual(Array.from(model.namedParameters(), ([name]) => name), ["table.weight"]);
  const sgd = new optim.SGD(model.parameters(), { lr: 0.1 });
  scope(() => {
    const tokens = tensor(Int32Array.of(1, 4));
    model.forward(tokens).sum().backward();
    const expected = model.table.weight.sub(model.table.weight.grad!.mul(0.1)).toArray();
    sgd.step();
    assert.deepEqual(model.head.weight.toArray(), expected);
    other.loadStateDict(model.stateDict());
    assert.equal(other.head.weight, other.table.weight);
    assert.deepEqual(other.table.weight.toArray(), expected);
  });
});

testWith(
  ["read", "write"],
  "a file has a shared weight once, and loads by any of its names",
  async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/tied.safetensors`;
    using model = new Tied();
    using other = new Tied();
    const weights = model.table.weight.toArray();
    const state = model.stateDict();
    assert.deepEqual([...state.keys()], ["table.weight", "head.weight"]);
    await io.saveSafetensors(path, state, { about: "table.weights" });
    await using file = await io.openSafetensors(path);
    assert.deepEqual(file.names, ["table.weight"]);
    const read = await io.loadSafetensorsFile(path);
    assert.deepEqual([...read.tensors.keys()], ["table.weight", "head.weight"]);
    assert.deepEqual(read.metadata, { about: "table.weights" });
    using apart = new nn.Linear(3, 5, { bias: false });
    apart.loadStateDict(new Map([["weight", read.tensors.get("head.weight")!]]));
    assert.deepEqual(apart.weight.toArray(), weights);
    // what has one name only, whichever, is enough
    for (const name of ["table.weight", "head.weight"]) {
      const one = new Map([[name, state.get(name)!]]);
      nn.init.zeros_(other.table.weight);
      other.loadStateDict(one);
      assert.deepEqual(other.head.weight.toArray(), weights);
      await io.saveSafetensors(path, one);
      nn.init.zeros_(other.table.weight);
      await using opened = await io.openSafetensors(path);
      await opened.loadInto(other);
      assert.deepEqual(other.head.weight.toArray(), weights);
    }
    assert.throws(() => other.loadStateDict(new Map()), { message: /missing: table.weight, head/ });
  },
);

Deno.test("a checkpoint has a shared weight once, and goes on to the same bits", async () => {
  const tokens = tensor(Int32Array.from({ length: 24 }, (_, i) => i * i % 5)).keep();
  const set = new data.TensorDataset(tokens, tokens.roll(1).keep());
  /** The weights after two epochs, or a checkpoint after some steps. */
  const trained = async (stopAfter: number, from?: Uint8Array) => {
    using model = new Tied();
    const trainer = new train.Trainer({
      model,
      loss: new nn.CrossEntropyLoss(),
      optimizer: new optim.Adam(model.parameters(), { lr: 0.1 }),
      seed: 5,
      callbacks: [{
        onStepEnd: ({ totalSteps }) => void (totalSteps === stopAfter && trainer.stop()),
      }],
    });
    if (from !== undefined) trainer.resume(train.decodeCheckpoint(from));
    await trainer.fit(new data.DataLoader(set, { batchSize: 4, shuffle: true }), { epochs: 2 });
    return { weights: model.head.weight.toArray(), checkpoint: trainer.checkpoint() };
  };
  manualSeed(5);
  const { checkpoint } = await trained(7);
  const bytes = train.encodeCheckpoint(checkpoint);
  const { tensors } = train.decodeCheckpoint(bytes);
  assert.deepEqual([...tensors.keys()].slice(-1), ["model.head.weight"]);
  assert.equal(tensors.get("model.head.weight"), tensors.get("model.table.weight"));
  const numbers = [...new Set(tensors.values())].reduce((n, { data }) => n + data.byteLength, 0);
  assert.equal(numbers, 4 * (3 * 15)); // the weight and Adam's two means
  manualSeed(5);
  const expected = (await trained(-1)).weights;
  manualSeed(6);
  assert.deepEqual((await trained(-1, bytes)).weights, expected);
});
