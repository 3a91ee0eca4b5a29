/** A fit in a worker. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DivergedError, io, train } from "../../mod.ts";
import { deno, root, temporaryFolder, testWith } from "../subprocess.ts";
import type { fit } from "./worker/fit.ts";
import { type Options, training } from "./worker/training.ts";

const FILE = new URL("worker/fit.ts", import.meta.url);

type Fit = typeof fit;

/** The hash of a file. */
function sha(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function start(options: Options, listeners: train.WorkerListeners = {}): train.TrainerWorker<Fit> {
  return new train.TrainerWorker<Fit>(FILE, options, listeners);
}

/** What the training has learnt without a worker, after some epochs. */
async function onThisThread(options: Options, epochs: number) {
  const { train: learn, dev, calls: _, config: _config, ...own } = training(options);
  const trainer = new train.Trainer(own);
  const history = await trainer.fit(learn, dev, { epochs });
  const hash = sha(io.encodeSafetensors(own.model.stateDict()));
  return { hash, history: history.map(({ seconds: _, ...record }) => record) };
}

async function inWorker(worker: train.TrainerWorker<Fit>, epochs: number) {
  const history = await worker.fit({ epochs });
  const hash = sha(await worker.weights());
  return { hash, history: history.map(({ seconds: _, ...record }) => record) };
}

testWith(["read"], "it has the bits and the history of the same fit without a worker", async () => {
  using worker = start({ seed: 1 });
  assert.deepEqual(await inWorker(worker, 3), await onThisThread({ seed: 1 }, 3));
});

testWith(["read"], "two at once and one after the other in a worker do not mix", async () => {
  using a = start({ seed: 1 });
  using b = start({ seed: 2, samples: 40 });
  const [one, two] = await Promise.all([inWorker(a, 2), inWorker(b, 3)]);
  await a.reset({ seed: 2, samples: 40 });
  assert.deepEqual([one, two, await inWorker(a, 3)], [
    await onThisThread({ seed: 1 }, 2),
    await onThisThread({ seed: 2, samples: 40 }, 3),
    two,
  ]);
});

testWith(
  ["read"],
  "what is asked meanwhile, stops, pauses and steps one by one leave the same bits",
  async () => {
    const expected = await onThisThread({ seed: 3 }, 4);
    using worker = start({ seed: 3 });
    assert.deepEqual(await worker.fit({ epochs: 4, steps: 3 }), []);
    await worker.call("draw");
    assert.equal((await worker.fit({ epochs: 4, steps: 7 })).length, 1);
    const rest = worker.fit({ epochs: 4, steps: 10 });
    await worker.pause();
    const [checkpoint, drawn] = await Promise.all([worker.checkpoint(), worker.call("draw")]);
    assert.equal(drawn.length, 3);
    assert.deepEqual(train.decodeCheckpoint(checkpoint).config, { seed: 3 });
    assert.equal(sha(await worker.checkpoint()), sha(checkpoint), "it rests");
    await worker.resume();
    await rest;
    assert.deepEqual(await inWorker(worker, 4), expected);

    await worker.load(checkpoint);
    assert.deepEqual(await inWorker(worker, 4), expected, "from a checkpoint");
    using other = start({ seed: 3 });
    await other.fit({ epochs: 1 });
    await other.load(checkpoint);
    assert.deepEqual(await inWorker(other, 4), expected, "in another worker");
  },
);

testWith(["read"], "stop ends a fit early, and one that has not begun", async () => {
  using worker = start({ seed: 1, samples: 800 });
  const never = worker.fit({ epochs: 1000 });
  await worker.stop();
  assert.deepEqual(await never, []);
  const long = worker.fit({ epochs: 1000 });
  await worker.pause(); // after its first steps
  await worker.stop();
  assert.ok((await long).length < 1000);
});

testWith(["read"], "progress of every step, epochs and messages come in order", async () => {
  const heard: string[] = [];
  using worker = start({ seed: 1 }, {
    progressPerSecond: Infinity,
    onProgress({ epoch, step, totalSteps, samples, epochSamples, samplesPerSecond, recentLoss }) {
      assert.deepEqual([totalSteps, epochSamples], [8 * epoch + step + 1, 64]);
      assert.equal(samples, 8 * (step + 1));
      assert.ok(samplesPerSecond > 0 && recentLoss > 0);
      heard.push(`${epoch}.${step}`);
    },
    onEpochEnd: ({ epoch }) => void heard.push(`end of ${epoch}`),
    onMessage: (message) => void heard.push(JSON.stringify(message)),
  });
  await worker.fit({ epochs: 2 });
  const steps = (epoch: number) => Array.from({ length: 8 }, (_, i) => `${epoch}.${i}`);
  assert.deepEqual(heard, [
    '{"built":1}',
    ...steps(0),
    "end of 0",
    ...steps(1),
    "end of 1",
  ]);
});

testWith(["read"], "a listener that is busy is not flooded, and is told the end", async () => {
  let pending = 0;
  let most = 0;
  let last = 0;
  let progress = 0;
  let epochs = 0;
  const busy = async () => {
    most = Math.max(most, ++pending);
    await new Promise((then) => setTimeout(then, 60));
    pending--;
  };
  using worker = start({ seed: 1, samples: 8 }, {
    progressPerSecond: 1e6,
    onProgress: ({ totalSteps }) => (progress++, last = totalSteps, busy()),
    onEpochEnd: () => (epochs++, busy()),
  });
  await worker.fit({ epochs: 60 });
  assert.deepEqual([last, epochs], [60, 60], "no epoch is left out");
  assert.ok(most > 5 && most <= 18, `${most} at once`);

  progress = 0;
  await worker.reset({ seed: 1, samples: 4000 });
  await worker.fit({ epochs: 1, steps: 300 });
  assert.equal(last, 300, "in the middle of an epoch");
  assert.ok(progress < 100, `${progress} messages`);
});

testWith(["read"], "a call has its turn between two steps, however long it takes", async () => {
  using worker = start({ seed: 1, samples: 4000 });
  const fit = worker.fit({ epochs: 1000 });
  for (let i = 0; i < 3; i++) assert.ok(await worker.call("isStill"));
  await worker.stop();
  await fit;
});

testWith(["read"], "an error rejects with its class, message, stack and cause", async () => {
  using built = start({ seed: 1, fault: "build" });
  for (const ask of [() => built.fit({ epochs: 1 }), () => built.weights()]) {
    await assert.rejects(ask, { name: "RangeError", message: "build: it does not want to" });
  }
  await built.reset({ seed: 1 });
  assert.equal((await built.fit({ epochs: 1 })).length, 1, "another can be built");

  using broken = start({ seed: 1, fault: "loss" });
  await assert.rejects(broken.fit({ epochs: 1 }), (error: Error) => {
    assert.ok(error instanceof TypeError);
    assert.match(error.stack!, /the loss is broken[^]*worker\/training\.ts:\d+/);
    assert.equal((error.cause as Error).message, "for a reason");
    return true;
  });
  using diverging = start({ seed: 1, fault: "diverge" });
  await assert.rejects(diverging.fit({ epochs: 1 }), DivergedError);
  await assert.rejects(diverging.call("fail"), /^Error: the call has failed$/);
  assert.equal(await diverging.call("later", 5), 5);
  await assert.rejects(
    diverging.call("nothing" as "fail"),
    /RangeError: call: the training's calls are setRate, draw, drawn, isStill, later, .*: it is "nothing"/,
  );
  await assert.rejects(
    diverging.call("drawn"),
    /^TypeError: call: what "drawn" returns must be cloned, as x\.toTypedArray\(\) can: a tensor cannot: /,
  );
  await assert.rejects(
    diverging.call("later", () => 0),
    /^TypeError: call: what is sent must be cloned: /,
  );
});

testWith(["read"], "a worker that dies rejects what was asked and what will be", async () => {
  const dies = async (worker: train.TrainerWorker<Fit>, how: "uncaught" | "close", why: RegExp) => {
    using _ = worker;
    const fit = assert.rejects(worker.fit({ epochs: 1e6 }), why);
    await worker.call(how).catch(() => {});
    await fit;
    await assert.rejects(worker.weights(), why);
  };
  await dies(start({ seed: 1 }), "uncaught", /nobody waits for this/);
  await dies(start({ seed: 1 }), "close", /the worker has closed itself/);
  using missing = new train.TrainerWorker(new URL("no_such_file.ts", import.meta.url));
  // where Deno checks types, that is what it misses first
  const why = /the worker is over: (.*no_such_file|Type checking failed)/;
  await assert.rejects(missing.fit({ epochs: 1 }), why);
});

testWith(["read"], "one that is terminated rejects, in the middle of a fit too", async () => {
  const worker = start({ seed: 1 });
  const fit = worker.fit({ epochs: 1e6 });
  await worker.pause();
  worker.terminate();
  await assert.rejects(fit, { message: "TrainerWorker: it was terminated" });
  await assert.rejects(worker.fit({ epochs: 1 }), { message: "TrainerWorker: it was terminated" });
  worker.terminate();
});

testWith(
  ["read", "write"],
  "checkpoints in a folder let another worker go on; without a place it trains all the same",
  async () => {
    using folder = temporaryFolder();
    const expected = await onThisThread({ seed: 5 }, 4);
    const checkpoints = { path: `${folder.path}/run`, seconds: 0 };
    const first = start({ seed: 5 });
    const cut = first.fit({ epochs: 4, checkpoints });
    const { promise: saved, resolve } = Promise.withResolvers<void>();
    const watch = setInterval(() => {
      if (has(checkpoints.path)) resolve();
    }, 1);
    await saved;
    clearInterval(watch);
    first.terminate(); // wherever it is, in the middle of writing too
    await cut.catch(() => {});
    let begun = 0;
    using second = start({ seed: 5 }, {
      progressPerSecond: Infinity,
      onProgress: ({ totalSteps }) => void (begun ||= totalSteps),
    });
    const history = await second.fit({ epochs: 4, checkpoints: { ...checkpoints, seconds: 1e6 } });
    assert.ok(begun > 1, "it goes on");
    assert.equal(history.length, 4);
    assert.equal(sha(await second.weights()), expected.hash);
    const { checkpoint } = await new train.CheckpointFolder(checkpoints.path).latest();
    assert.equal(checkpoint.totalSteps, 32, "the last is of the end");

    const problems: string[] = [];
    Deno.writeTextFileSync(`${folder.path}/file`, "");
    using third = start({ seed: 5 }, { onProblem: ({ message }) => problems.push(message) });
    await third.fit({ epochs: 4, checkpoints: { path: `${folder.path}/file` } });
    assert.equal(sha(await third.weights()), expected.hash);
    assert.match(problems.join("; "), /^(read|make the folder) .*file.*/);
  },
);

testWith(
  ["read", "write"],
  "another run leaves the checkpoints of the one before until it has written its first",
  async () => {
    using folder = temporaryFolder();
    const { path } = folder;
    const names = () => Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
    using before = start({ seed: 5 });
    await before.fit({ epochs: 2, checkpoints: { path, seconds: 0 } });
    const kept = names();
    assert.ok(kept.includes("step-000016.ckpt"));

    const checkpoints = { path, seconds: 1e6, resume: false };
    const { promise: stepped, resolve } = Promise.withResolvers<void>();
    const killed = start({ seed: 6 }, { progressPerSecond: Infinity, onProgress: () => resolve() });
    const cut = killed.fit({ epochs: 1e6, checkpoints }).catch(() => {});
    await stepped;
    killed.terminate();
    await cut;
    assert.deepEqual(names(), kept);

    using other = start({ seed: 6 });
    await other.fit({ epochs: 1, checkpoints });
    assert.deepEqual(names(), ["step-000008.ckpt"]);
    await other.fit({ epochs: 2, checkpoints });
    assert.deepEqual(names(), ["step-000008.ckpt", "step-000016.ckpt"]);
  },
);

function has(path: string): boolean {
  try {
    return Array.from(Deno.readDirSync(path)).some(({ name }) => name.endsWith(".ckpt"));
  } catch {
    return false;
  }
}

testWith(["read"], "options that cannot be cloned are refused at once", () => {
  const options = { seed: 1, samples: () => 8 } as unknown as Options;
  assert.throws(() => start(options), /^TypeError: TrainerWorker: what is sent must be cloned: /);
});

testWith(["read", "write", "run"], "the two files of its guide run as they stand", async () => {
  using folder = temporaryFolder();
  const guide = Deno.readTextFileSync(`${root}docs/workers.md`);
  for (const [, name, code] of guide.matchAll(/^```ts ignore\n\/\/ (\w+\.ts)\n([^]*?)^```/gm)) {
    Deno.writeTextFileSync(`${folder.path}/${name}`, code!);
  }
  const args = ["run", "--no-check", "--config=tests/deno.json", "-A", `${folder.path}/main.ts`];
  const { stdout, stderr } = await deno(args);
  assert.equal(stdout, "0 true\n1 true\n2 true\n3 [ 4, 4 ]\n", stderr);
});

Deno.test("outside of a worker there is nothing to serve", () => {
  assert.throws(() => train.serveTrainer(() => training({ seed: 1 })), {
    message: "serveTrainer: it must be called in a worker: this is none",
  });
});
