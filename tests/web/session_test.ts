import assert from "node:assert/strict";
import { rand, scope, train as training } from "../../mod.ts";
import type { RunConfig } from "../../web/shared/run_config.ts";
import { Digits } from "../../web/worker/digits.ts";
import { openRun } from "../../web/worker/run_file.ts";
import { type DigitSets, Session } from "../../web/worker/session.ts";
import { hashOf, weightsOf } from "../../web/worker/weights.ts";

const CONFIG: RunConfig = {
  network: "cnn",
  layers: 1,
  width: 4,
  activation: "tanh",
  lr: 0.1,
  momentum: 0.5,
  batchSize: 8,
  seed: 3,
};

/** Noise with labels; of the images to learn from only the first `there` have come. */
function sets(there = 40): DigitSets & { rest(): void } {
  const bytes = (n: number) =>
    Uint8Array.from({ length: n * 784 }, (_, i) => (i * 2654435761) >>> 24);
  const labels = (n: number) => Uint8Array.from({ length: n }, (_, i) => i % 10);
  const train = new Digits(40, 784);
  const dev = new Digits(10, 784);
  const [images, digits] = [bytes(40), labels(40)];
  train.append(images.subarray(0, there * 784), digits.subarray(0, there));
  dev.append(bytes(10), labels(10));
  return {
    train,
    dev,
    rest: () => train.append(images.subarray(there * 784), digits.subarray(there)),
  };
}

/** A run as the bytes of a checkpoint. */
function saved(session: Session): Uint8Array<ArrayBuffer> {
  return training.encodeCheckpoint(session.checkpoint());
}

Deno.test("a run that is stopped, saved and gone on with elsewhere ends with the same bits", async () => {
  using straight = new Session(CONFIG, sets());
  await straight.run(13); // five steps an epoch: within the third
  using first = new Session(CONFIG, sets());
  await first.run(7);
  const { config, images, note, putInto } = openRun(saved(first));
  assert.deepEqual([config, images, note], [CONFIG, 40, null]);
  scope(() => rand([10])); // the numbers of others are of no account
  using second = new Session(config, sets());
  putInto(second);
  assert.equal(second.steps, 7);
  await second.run(1);
  await second.run(5);
  assert.equal(await hashOf(second.model), await hashOf(straight.model));
});

Deno.test("an epoch keeps the images that it began with while others come, and so does a copy", async () => {
  const growing = sets(16);
  using session = new Session(CONFIG, growing);
  await session.run(1);
  growing.rest();
  assert.equal(session.epochImages, 16);
  const bytes = saved(session);
  await session.run(2); // the epoch's second step, and the first of the next
  assert.equal(session.epochImages, 40);

  using copy = new Session(CONFIG, sets());
  openRun(bytes).putInto(copy);
  assert.equal(copy.epochImages, 16);
  await copy.run(2);
  assert.equal(await hashOf(copy.model), await hashOf(session.model));
});

Deno.test("rates that are changed in a pause hold from the next step on, and are saved", async () => {
  using session = new Session(CONFIG, sets());
  await session.run(2);
  session.setRates(0, 0);
  const before = await hashOf(session.model);
  await session.run(3);
  assert.equal(await hashOf(session.model), before);
  using copy = new Session(CONFIG, sets());
  openRun(saved(session)).putInto(copy);
  await copy.run(3);
  assert.equal(await hashOf(copy.model), before);
});

Deno.test("a checkpoint of a run elsewhere and weights of another network are refused", async () => {
  using session = new Session(CONFIG, sets());
  await session.run(1);
  const weights = await weightsOf(session.model);
  using other = new Session({ ...CONFIG, width: 5 }, sets());
  assert.throws(() => openRun(weights, other.config).putInto(other), /of another shape/);
  using few = new Session(CONFIG, sets(8));
  assert.throws(() => openRun(saved(session)).putInto(few), {
    message: "refresh: 40 images are needed: 8 have come",
  });
});
