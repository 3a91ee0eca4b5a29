import assert from "node:assert/strict";
import { data, manualSeed, train } from "../../mod.ts";
import { live } from "../leaks.ts";
import { testWith } from "../subprocess.ts";
import { catchWarnings } from "../warnings.ts";

const file = (name: string) => new URL(`workers/${name}.ts`, import.meta.url);

/** All batches of a loop, as numbers. */
async function batchesOf(loader: data.StreamLoader): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const [x, y] of loader) seen.push([x.toArray(), y.toArray()]);
  return seen;
}

testWith(
  ["read"],
  "samples of workers follow from the seed, on any number of them, as does the rest of a loop",
  async () => {
    const indices = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11];
    const options = { indices, batchSize: 3, shuffle: true, seed: 4 };
    const all: unknown[][] = [];
    for (const workers of [1, 2]) {
      using set = await data.WorkerDataset.start(file("samples"), { workers });
      assert.deepEqual([set.length, set.info], [12, { names: ["a", "b"] }]);
      all.push(await batchesOf(new data.StreamLoader(set, options)));
      const rest = new data.StreamLoader(set, options).startingAt(2);
      const seen: unknown[] = [];
      for await (const [x, y] of rest) seen.push([x.toArray(), y.toArray()]);
      assert.deepEqual(seen, all[0]!.slice(2));
    }
    assert.deepEqual(all[1], all[0]);
    const labels = all[0]!.flatMap((batch) => (batch as [unknown, number[]])[1]);
    assert.deepEqual(labels.sort((a, b) => a - b), indices);
  },
);

testWith(
  ["read"],
  "single samples are a worker's too, and its errors are told as they were",
  async () => {
    using set = await data.WorkerDataset.start(() =>
      new Worker(file("samples"), { type: "module" })
    );
    manualSeed(1);
    const [x, y] = await set.get(5);
    assert.deepEqual([x.shape, y.shape, y.item()], [[2], [], 5]);
    manualSeed(1);
    assert.deepEqual((await set.get(5))[0].toArray(), x.toArray());
    await assert.rejects(set.get(7), { name: "RangeError", message: "no such thing as 7" });
    await assert.rejects(batchesOf(new data.StreamLoader(set)), { message: "no such thing as 7" });
    const before = live().tensors;
    for await (const _ of new data.StreamLoader(set, { indices: [1, 2, 3], batchSize: 2 }));
    assert.equal(live().tensors, before);
  },
);

testWith(
  ["read"],
  "a worker's file that serves nothing is told of; one that serves late is waited for",
  async () => {
    await assert.rejects(data.WorkerDataset.start(file("silent")), {
      name: "DataError",
      message:
        /^serveDataset: the worker's file must call serveDataset\(\): .*silent\.ts: it calls none/,
    });
    using late = await data.WorkerDataset.start(file("late"), { workers: 2 });
    assert.equal(late.length, 3);
    { // each of the other's kind
      using worker = new train.TrainerWorker(file("late"));
      await assert.rejects(
        worker.fit({ epochs: 1 }),
        /must call serveTrainer\(\): .*: serveDataset/,
      );
    }
    await assert.rejects(
      data.WorkerDataset.start(new URL("../train/worker/fit.ts", import.meta.url)),
      /must call serveDataset\(\): .*fit\.ts: serveTrainer/,
    );
  },
);

testWith(
  ["read"],
  "a worker whose file knows nothing of this library is warned of, once nothing has come for long",
  async () => {
    const { setTimeout } = globalThis;
    const timers: { then: () => void; wait: number; timer: ReturnType<typeof setTimeout> }[] = [];
    globalThis.setTimeout = ((then: () => void, wait: number) => {
      const timer = setTimeout(() => {}, wait);
      timers.push({ then, wait, timer });
      return timer;
    }) as typeof setTimeout;
    using _restored = { [Symbol.dispose]: () => void (globalThis.setTimeout = setTimeout) };
    using warnings = catchWarnings();
    const started = data.WorkerDataset.start(file("stranger"));
    assert.deepEqual(timers.map(({ wait }) => wait), [10_000]);
    timers[0]!.then();
    assert.deepEqual(warnings.texts, [
      "glim: WorkerDataset: the worker has said nothing for 10 seconds: its file must call " +
      "serveDataset()",
    ]);
    clearTimeout(timers[0]!.timer);
    globalThis.setTimeout = setTimeout;
    await assert.rejects(started, /the worker is over: .*after all/); // what it says last ends it
  },
);

testWith(["read"], "workers that have not the same samples are refused", async () => {
  let count = 4;
  const worker = () => new Worker(file("differs"), { type: "module", name: String(count++) });
  await assert.rejects(data.WorkerDataset.start(worker, { workers: 2 }), {
    name: "DataError",
    message: /all workers must have the same samples: they have 4 and 5/,
  });
});

testWith(["read"], "a worker that ends, or cannot be loaded, rejects what was asked", async () => {
  using set = await data.WorkerDataset.start(file("ends"));
  await assert.rejects(set.get(0), /out of paper/);
  await assert.rejects(set.get(0), /out of paper/);
  await assert.rejects(data.WorkerDataset.start(file("no_such_file")), { name: "DataError" });
  const other = await data.WorkerDataset.start(file("samples"));
  const asked = other.get(1);
  other[Symbol.dispose]();
  await assert.rejects(asked, /have been terminated/);
  assert.throws(
    () => data.serveDataset({ length: 1, get: () => asked }),
    /must be called in a worker/,
  );
});
