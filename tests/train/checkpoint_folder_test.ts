import assert from "node:assert/strict";
import { DataError, train } from "../../mod.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";
import { everything, STEPS } from "./everything.ts";

/** The names in a folder, in order. */
function list(path: string): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
}

/** Checkpoints after some numbers of steps; `best` says which epoch's accuracy is the best. */
async function checkpoints(steps: readonly number[], best = 0): Promise<train.Checkpoint[]> {
  const taken: train.Checkpoint[] = [];
  using training = everything({}, {
    onStepEnd: ({ totalSteps }) => {
      if (!steps.includes(totalSteps)) return;
      const checkpoint = training.trainer.checkpoint();
      for (const record of checkpoint.history) record.devAccuracy = record.epoch === best ? 1 : 0.5;
      taken.push(checkpoint);
    },
  });
  await training.fit();
  return taken;
}

/** The file's name after some steps. */
function named(...steps: number[]): string[] {
  return steps.map((step) => `step-${String(step).padStart(6, "0")}.ckpt`);
}

testWith(
  ["read", "write"],
  "the last checkpoints are kept, and the first after the best epoch",
  async () => {
    using at = temporaryFolder();
    const folder = new train.CheckpointFolder(`${at.path}/run/checkpoints`, { keep: 2 });
    const kept: string[][] = [];
    for (const checkpoint of await checkpoints([2, 4, 6, 8, 10, 12, 14], 1)) {
      const path = await folder.save(checkpoint);
      assert.ok(path.endsWith(named(checkpoint.totalSteps)[0]!));
      kept.push(list(folder.path));
    }
    // Step 10 ends epoch 1, the best; until then epoch 0 is, which step 6 is the first to know.
    assert.equal(STEPS, 5);
    assert.deepEqual(kept, [
      named(2),
      named(2, 4),
      named(4, 6),
      named(6, 8),
      named(6, 8, 10),
      named(10, 12),
      named(10, 12, 14),
    ]);
  },
);

testWith(["read", "write"], "latest gives what was saved last, on disk as in memory", async () => {
  using at = temporaryFolder();
  const folder = new train.CheckpointFolder(at.path);
  const taken = await checkpoints([3, 4]);
  await Promise.all(taken.map((checkpoint) => folder.save(checkpoint)));
  const { checkpoint, path, damaged } = await new train.CheckpointFolder(at.path).latest();
  assert.deepEqual(checkpoint, taken[1]);
  assert.deepEqual([path, damaged], [`${at.path}/step-000004.ckpt`, []]);
  assert.deepEqual(await train.loadCheckpoint(path), taken[1]);
});

testWith(
  ["read", "write"],
  "a damaged checkpoint is told, and the one before it is used",
  async () => {
    using at = temporaryFolder();
    const folder = new train.CheckpointFolder(at.path);
    const [before, last] = await checkpoints([3, 4]);
    await folder.save(before!);
    const path = await folder.save(last!);
    const good = Deno.readFileSync(path);
    for (let length = 0; length < good.length; length += 97) {
      Deno.writeFileSync(path, good.subarray(0, length));
      const { checkpoint, damaged } = await folder.latest();
      assert.deepEqual(checkpoint, before);
      assert.equal(damaged.length, 1);
      assert.match(damaged[0]!.message, /^loadCheckpoint: .*step-000004\.ckpt: decodeCheckpoint: /);
    }
    for (let i = 0; i < good.length; i += 97) {
      Deno.writeFileSync(path, good.with(i, good[i]! ^ 4));
      assert.deepEqual((await folder.latest()).checkpoint, before);
    }
    // What the run then saves is the newest good one, and takes the damaged one's place.
    const [between] = await checkpoints([3]);
    await folder.save({ ...between!, totalSteps: 2 });
    assert.deepEqual(list(at.path), named(2, 3, 4));
    await folder.save(last!);
    assert.deepEqual((await folder.latest()).checkpoint, last);
  },
);

testWith(["read", "write"], "where no checkpoint is good, all that is wrong is told", async () => {
  using at = temporaryFolder();
  const folder = new train.CheckpointFolder(`${at.path}/none`);
  await assert.rejects(folder.latest(), {
    name: "DataError",
    message: `latest: a good checkpoint is needed: ${at.path}/none has none`,
  });
  Deno.mkdirSync(folder.path);
  for (const step of [7, 12]) Deno.writeTextFileSync(`${folder.path}/${named(step)[0]}`, "?");
  await assert.rejects(folder.latest(), {
    name: "DataError",
    message: /none has none; loadCheckpoint: \S+12\.ckpt: .*; loadCheckpoint: \S+07\.ckpt: /,
  });
});

testWith(
  ["read", "write"],
  "what a killed writer left is removed, what others left stays",
  async () => {
    using at = temporaryFolder();
    const others = ["notes.txt", "step-1.ckpt", "weights.safetensors.0123abcd.part"];
    for (const name of [...others, "step-000009.ckpt.0123abcd.part"]) {
      Deno.writeTextFileSync(`${at.path}/${name}`, "half");
    }
    const [checkpoint] = await checkpoints([3]);
    await new train.CheckpointFolder(at.path).save(checkpoint!);
    assert.deepEqual(list(at.path), [...others, ...named(3)].sort());
  },
);

testWith(
  ["read", "write"],
  "what cannot be written is a DataError, and the next save works",
  async () => {
    using at = temporaryFolder();
    const path = `${at.path}/here`;
    Deno.writeTextFileSync(path, "a file");
    const folder = new train.CheckpointFolder(path);
    const [checkpoint] = await checkpoints([3]);
    await assert.rejects(folder.save(checkpoint!), {
      name: "DataError",
      message: new RegExp(`^make the folder ${path}: `),
    });
    Deno.removeSync(path);
    await folder.save(checkpoint!);
    assert.deepEqual(list(path), named(3));
  },
);

Deno.test("a folder keeps a whole number of checkpoints, at least 1", () => {
  for (const keep of [0, 1.5, NaN]) {
    assert.throws(() => new train.CheckpointFolder("x", { keep }), {
      name: "RangeError",
      message: `CheckpointFolder: keep must be a whole number of at least 1: it is ${keep}`,
    });
  }
});

testWith(
  ["read", "write"],
  "saveCheckpoint writes a file that loadCheckpoint reads, in place of what was there",
  async () => {
    using at = temporaryFolder();
    const path = `${at.path}/a.ckpt`;
    for (const checkpoint of await checkpoints([3, 4])) {
      await train.saveCheckpoint(path, checkpoint);
      assert.deepEqual(await train.loadCheckpoint(path), checkpoint);
      assert.deepEqual(list(at.path), ["a.ckpt"]);
    }
    const [checkpoint] = await checkpoints([1]);
    await assert.rejects(
      train.saveCheckpoint(`${at.path}/none/a.ckpt`, checkpoint!),
      (error) =>
        error instanceof DataError && error.message.startsWith(`write ${at.path}/none/a.ckpt: `),
    );
  },
);
