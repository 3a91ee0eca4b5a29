/** Trainings on samples that come one by one. */
import assert from "node:assert/strict";
import { data, functional, manualSeed, nn, optim, type Tensor, tensor, train } from "../../mod.ts";
import { root, startDeno, temporaryFolder, testWith } from "../subprocess.ts";
import { uniformArray } from "../prng.ts";
import { macrotask } from "../waiting.ts";
import { live } from "../leaks.ts";

type Pair = [x: Tensor, y: Tensor];

const N = 22;
const xs = uniformArray(5, N * 3);
const set = new data.TensorDataset(
  tensor(xs, { shape: [N, 3] }),
  tensor(Int32Array.from({ length: N }, (_, i) => xs[3 * i]! > 0 ? 1 : 0)),
);

async function* oneByOne(): AsyncGenerator<Pair> {
  for (let i = 0; i < N; i++) {
    if (i % 5 === 0) await macrotask();
    yield set.get(i);
  }
}

const BATCH = 4;

async function trained(loader: train.AnyLoader, options: Partial<train.TrainerOptions> = {}) {
  manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(3, 8), new nn.Dropout(0.2), new nn.Linear(8, 2));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const trainer = new train.Trainer({
    model,
    loss: functional.crossEntropy,
    optimizer,
    ...options,
  });
  const history = await trainer.fit(loader, { dev: loader, epochs: 2 });
  const weights = Array.from(model.parameters(), (p) => Array.from(p.toTypedArray()));
  return { model, weights, history: history.map((record) => ({ ...record, seconds: 0 })) };
}

for (const accumulate of [1, 4]) {
  Deno.test(`of a stream the same is learnt as of its samples in memory: accumulate ${accumulate}`, async () => {
    const expected = await trained(new data.DataLoader(set, { batchSize: BATCH }), { accumulate });
    const whole = { length: N, get: (i: number) => Promise.resolve(set.get(i)) };
    for (const source of [oneByOne, whole]) {
      // a seed of its own: the one draw of its order would be missing in dropout's
      const loader = new data.StreamLoader(source, { batchSize: BATCH, seed: 1 });
      const { weights, history } = await trained(loader, { accumulate });
      assert.deepEqual(weights, expected.weights);
      assert.deepEqual(history, expected.history);
    }
  });
}

Deno.test("evaluate and predict take a stream, and tell what they tell of a DataLoader", async () => {
  const inMemory = new data.DataLoader(set, { batchSize: BATCH });
  const stream = new data.StreamLoader(oneByOne, { batchSize: BATCH });
  const { model } = await trained(inMemory);
  const loss = new nn.CrossEntropyLoss();
  assert.deepEqual(
    await train.evaluate(model, loss, stream),
    await train.evaluate(model, loss, inMemory),
  );
  assert.deepEqual(
    (await train.predict(model, stream)).toArray(),
    (await train.predict(model, inMemory)).toArray(),
  );
});

Deno.test("a stream without end is stopped, a few of its batches are learnt by heart, and no memory is left", async () => {
  async function* endless(): AsyncGenerator<Pair> {
    for (let i = 0;; i++) {
      if (i % 5 === 0) await macrotask();
      yield [tensor([i % 3, i % 2, 1], { dtype: "float32" }), tensor(i % 2)];
    }
  }
  const loader = new data.StreamLoader(endless, { batchSize: BATCH, shuffle: 10 });
  const model = new nn.Linear(3, 2);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const told: number[] = [];
  const trainer = new train.Trainer({
    model,
    loss: functional.crossEntropy,
    optimizer,
    callbacks: [{
      onFitBegin: ({ samples }) => void told.push(samples),
      onStepEnd: ({ totalSteps }) => void (totalSteps === 30 && trainer.stop()),
    }],
  });
  const fit = () => trainer.fit(loader, { epochs: 1 });
  await fit();
  const before = live().tensors;
  await fit();
  assert.equal(live().tensors, before);
  assert.deepEqual(told, [NaN, NaN]);
  const [record] = await trainer.fit(loader, { epochs: 1, overfit: 2 });
  assert.equal(trainer.checkpoint().streams.train.batches, null);
  assert.equal(trainer.checkpoint().totalSteps, 2);
  assert.ok(record!.trainLoss > 0);
});

/** Trains on a stream in which each sample takes a while, and writes checkpoints; tells its weights. */
const PROGRAM = (folder: string) => `
  import { data, functional, manualSeed, nn, optim, rand, tensor, train } from "${root}mod.ts";
  manualSeed(4);
  async function* samples() {
    for (let i = 0; i < 40; i++) {
      if (i % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      yield [rand([5]).add(i % 2), tensor(i % 2)];
    }
  }
  const loader = new data.StreamLoader(samples, { batchSize: 4, shuffle: 9, prefetch: 3 });
  const model = new nn.Sequential(new nn.Linear(5, 8), new nn.Dropout(0.5), new nn.Linear(8, 2));
  const optimizer = new optim.Adam(model.parameters());
  const folder = new train.CheckpointFolder(${JSON.stringify(folder)});
  const trainer = new train.Trainer({ model, loss: functional.crossEntropy, optimizer, callbacks: [{
    async onStepEnd({ totalSteps }) {
      await folder.save(trainer.checkpoint());
      console.log("step " + totalSteps);
    },
  }] });
  const latest = await folder.latest().catch(() => null); // none yet
  if (latest !== null) trainer.resume(latest.checkpoint);
  await trainer.fit(loader, { epochs: 6 });
  console.log("weights " + JSON.stringify(model.parameters().map((p) => p.toArray())));
`;

testWith(
  ["read", "write", "run"],
  "a training on a stream that is killed goes on to the same bits",
  async () => {
    using place = temporaryFolder();
    const run = async (folder: string, killAt = Infinity): Promise<string> => {
      const file = `${place.path}/${folder}.ts`;
      Deno.writeTextFileSync(file, PROGRAM(`${place.path}/${folder}`));
      const child = startDeno(["run", "--no-check", "--no-config", "-A", file]);
      const errors = new Response(child.stderr).text();
      let said = "";
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        said += part;
        if (said.includes(`step ${killAt}\n`)) child.kill("SIGKILL");
      }
      const { signal } = await child.status;
      assert.ok(signal === "SIGKILL" || said.includes("weights"), await errors);
      await errors;
      return said.match(/^weights .*$/m)?.[0] ?? "killed";
    };
    const whole = await run("whole");
    assert.equal(await run("killed", 13), "killed"); // in the second epoch
    assert.equal(await run("killed", 27), "killed");
    assert.equal(await run("killed"), whole);
  },
);
