/** A training that was stopped and gone on with is the training that was never stopped. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  getKernelBuild,
  getNumThreads,
  type KernelBuild,
  manualSeed,
  rand,
  setKernelBuild,
  setNumThreads,
  train,
} from "../../mod.ts";
import { live } from "../leaks.ts";
import { useThreads } from "../threads.ts";
import { macrotask } from "../waiting.ts";
import { EPOCHS, Everything, everything, type Kind, STEPS } from "./everything.ts";

/** What a stopped training leaves: a checkpoint's bytes, and its losses so far. */
interface Rest {
  bytes: Uint8Array;
  losses: number[];
}

/** Trains from the beginning or from what another left, and stops after some number of steps. */
async function stopped(kind: Kind, after: number, from?: Rest): Promise<Rest> {
  let stop = () => {};
  using training = begun(kind, from, {
    onStepEnd: ({ totalSteps }) => totalSteps === after ? stop() : undefined,
  });
  stop = () => training.trainer.stop();
  await training.fit();
  rand([3]); // what others draw once it has stopped is not its concern
  return { bytes: train.encodeCheckpoint(training.trainer.checkpoint()), losses: training.losses };
}

/** What a training ends with, from the beginning or from what another left. */
async function finished(kind: Kind, from?: Rest): Promise<string> {
  using training = begun(kind, from);
  await training.fit();
  return training.outcome();
}

function begun(kind: Kind, from?: Rest, callback?: train.Callback): Everything {
  if (from === undefined) return everything(kind, callback);
  manualSeed(99); // other first weights, and nothing drawn as it was
  const training = new Everything(kind, callback);
  training.losses.push(...from.losses);
  training.trainer.resume(train.decodeCheckpoint(from.bytes));
  return training;
}

const KINDS: Kind[] = [
  {},
  { optimizer: "adam", scheduler: "oneCycle", averaged: true },
  { optimizer: "rmsprop", scheduler: "sequential", ownSeed: true },
  { ownSeed: true, scheduler: "decay", averaged: true },
  { optimizer: "adam", scheduler: "plateau" },
  { scheduler: "cosine", averaged: true },
  { stream: "function", averaged: true },
  { stream: "set", ownSeed: true, optimizer: "adam", scheduler: "oneCycle" },
];

for (const kind of KINDS) {
  Deno.test(`stopped after any step it ends with the same bits: ${JSON.stringify(kind)}`, async () => {
    const expected = await finished(kind);
    for (let after = 1; after <= EPOCHS * STEPS; after++) {
      const actual = await finished(kind, await stopped(kind, after));
      assert.equal(actual, expected, `after ${after} steps`);
    }
  });
}

Deno.test("stopped any number of times it ends with the same bits", async () => {
  const kind = KINDS[1]!;
  const expected = await finished(kind);
  const stops = fc.uniqueArray(fc.integer({ min: 1, max: EPOCHS * STEPS }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(stops, async (steps) => {
      let rest: Rest | undefined;
      for (const step of steps.sort((a, b) => a - b)) rest = await stopped(kind, step, rest);
      assert.equal(await finished(kind, rest), expected);
    }),
    { numRuns: 20 },
  );
});

Deno.test("what is taken in any callback, and during an evaluation, goes on to the same bits", async () => {
  const kind = KINDS[3]!;
  const taken: Rest[] = [];
  const take = () => {
    const { trainer, losses } = training;
    taken.push({ bytes: train.encodeCheckpoint(trainer.checkpoint()), losses: [...losses] });
  };
  const callback: train.Callback = {
    onEpochBegin: take,
    onStepEnd: async () => {
      take();
      await macrotask();
    },
    onProgress: take,
    onEpochEnd: take,
  };
  using training = everything(kind, callback, take);
  await training.fit();
  assert.ok(taken.length > EPOCHS * (STEPS + 2 + 4), `${taken.length} checkpoints`);
  const expected = training.outcome();
  for (const rest of taken) assert.equal(await finished(kind, rest), expected);
  assert.equal(await finished(kind), expected);
});

Deno.test("callbacks are told the same as if it had never stopped", async () => {
  const listener = (told: string[]): train.Callback => ({
    onEpochBegin: (epoch) => void told.push(`epoch ${epoch}`),
    onStepEnd: (info) => void told.push(JSON.stringify(info)),
    onEpochEnd: ({ epoch, devLoss }) => void told.push(`end ${epoch} ${devLoss}`),
  });
  const all: string[] = [];
  using whole = everything({}, listener(all));
  const history = await whole.fit();
  for (const after of [3, STEPS, STEPS + 1]) {
    const told: string[] = [];
    const stop = ({ totalSteps }: train.StepInfo) =>
      totalSteps === after ? first.trainer.stop() : undefined;
    const first = everything({}, {
      ...listener(told),
      onStepEnd: (info) => {
        told.push(JSON.stringify(info));
        stop(info);
      },
    });
    await first.fit();
    const second = new Everything({}, listener(told));
    second.trainer.resume(first.trainer.checkpoint());
    const records = await second.fit();
    assert.deepEqual(told, all);
    const bare = (list: train.EpochRecord[]) => list.map((record) => ({ ...record, seconds: 0 }));
    assert.deepEqual(bare(records), bare(history));
  }
});

Deno.test("a longer training goes on where a shorter one ended, one of the same length is over", async () => {
  using short = everything();
  await short.fit(2);
  using long = new Everything();
  long.losses.push(...short.losses);
  long.trainer.resume(short.trainer.checkpoint());
  const history = await long.fit(2);
  assert.equal(history.length, 2);
  assert.equal(long.losses.length, 2 * STEPS);
  long.trainer.resume(long.trainer.checkpoint());
  await long.fit(3);
  assert.equal(long.outcome(), await finished({}));
});

Deno.test("going on from a checkpoint does not change it", async () => {
  using first = everything();
  await first.fit(1);
  const checkpoint = first.trainer.checkpoint();
  const copy = structuredClone(checkpoint);
  for (let i = 0; i < 2; i++) {
    using second = new Everything();
    second.losses.push(...first.losses);
    second.trainer.resume(checkpoint);
    await second.fit();
    assert.deepEqual(checkpoint, copy);
    assert.equal(second.outcome(), await finished({}));
  }
});

Deno.test("fit without resume begins anew", async () => {
  using training = everything();
  await training.fit(1);
  const losses = training.losses.splice(0);
  training.trainer.resume(training.trainer.checkpoint());
  const history = await training.fit(1);
  assert.deepEqual([history.length, training.losses], [1, []]);
  const again = await training.fit(1);
  assert.equal(again.length, 1);
  assert.equal(training.losses.length, losses.length);
});

Deno.test("it ends with the same bits on another number of threads", async () => {
  const kind: Kind = { optimizer: "adam", width: 20_000 };
  const before = getNumThreads();
  try {
    setNumThreads(1);
    const expected = await finished(kind);
    const rest = await stopped(kind, 7);
    await useThreads(2);
    assert.equal(await finished(kind), expected);
    assert.equal(await finished(kind, rest), expected);
  } finally {
    setNumThreads(before);
  }
});

Deno.test("a checkpoint by another build or version is refused, unless it is allowed", async () => {
  const before = getKernelBuild();
  const other: KernelBuild = before === "fast" ? "strict" : "fast";
  const { bytes } = await stopped({}, 2);
  const checkpoint = train.decodeCheckpoint(bytes);
  using training = new Everything();
  const newer = { ...checkpoint, build: { ...checkpoint.build, glim: "99.0.0" } };
  assert.throws(() => training.trainer.resume(newer), {
    name: "DataError",
    message:
      /^resume: the same bits need the same build: this is Glim \S+ with \S+ kernels, the checkpoint is by Glim 99\.0\.0 with /,
  });
  setKernelBuild(other);
  try {
    assert.throws(() => training.trainer.resume(checkpoint), {
      name: "DataError",
      message: new RegExp(`with ${other} kernels, the checkpoint is by Glim \\S+ with ${before}`),
    });
    training.trainer.resume(checkpoint, { allowOtherBuild: true });
    assert.equal((await training.fit()).length, EPOCHS);
    const expected = await finished({});
    assert.equal(await finished({}, await stopped({}, 4)), expected);
  } finally {
    setKernelBuild(before);
  }
});

Deno.test("checkpoints and resuming leave no tensor behind", async () => {
  using training = everything(KINDS[1]!);
  await training.fit(1);
  const taken = training.trainer.checkpoint();
  training.trainer.resume(taken);
  const before = live();
  for (let i = 0; i < 3; i++) training.trainer.resume(training.trainer.checkpoint());
  train.tensorsOf(taken, "nothing");
  assert.deepEqual(live(), before);
});

Deno.test("before anything was trained there is no checkpoint, and while fit runs no other begins", async () => {
  using training = everything({}, {
    onEpochEnd: async () => {
      const message = "resume: fit must be over: it runs: stop() it and wait";
      assert.throws(() => training.trainer.resume(training.trainer.checkpoint()), { message });
      await assert.rejects(training.fit(1), /^Error: fit: fit must be over: it runs/);
    },
  });
  assert.throws(() => training.trainer.checkpoint(), {
    message: "checkpoint: nothing has been trained yet: call fit first",
  });
  await training.fit(1);
  await training.fit(1); // one after the other they may
});
