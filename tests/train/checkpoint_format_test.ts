import assert from "node:assert/strict";
import fc from "fast-check";
import { DataError, io, train } from "../../mod.ts";
import { encodeRaw } from "../../src/io/safetensors.ts";
import { everything, type Kind } from "./everything.ts";

const { decodeCheckpoint, encodeCheckpoint } = train;

/** A checkpoint from the middle of an epoch. */
async function taken(kind: Kind = {}, config?: unknown): Promise<train.Checkpoint> {
  let stop = () => {};
  using training = everything(kind, {
    onStepEnd: ({ totalSteps }) => totalSteps === 7 ? stop() : undefined,
  });
  stop = () => training.trainer.stop();
  await training.fit();
  return training.trainer.checkpoint({ config });
}

Deno.test("a checkpoint comes back from its bytes as it was", async () => {
  const config = { recipe: "mlp", sizes: [784, 10], note: 'ü "" \u2028', nothing: null };
  const kind: Kind = { optimizer: "adam", scheduler: "plateau", averaged: true, ownSeed: true };
  const checkpoint = await taken(kind, config);
  const bytes = encodeCheckpoint(checkpoint);
  assert.deepEqual(decodeCheckpoint(bytes), checkpoint);
  assert.deepEqual(encodeCheckpoint(decodeCheckpoint(bytes)), bytes);
  assert.deepEqual([checkpoint.epoch, checkpoint.step, checkpoint.totalSteps], [1, 2, 7]);
  assert.deepEqual([checkpoint.config, checkpoint.history.length], [config, 1]);
});

Deno.test("every number comes back, also those that JSON has not", async () => {
  const checkpoint = await taken();
  fc.assert(fc.property(fc.double(), fc.double(), (loss, value) => {
    const sums = { ...checkpoint.sums, loss, correct: NaN };
    const config = [value, -0, { a: Infinity }, [-Infinity]];
    const back = decodeCheckpoint(encodeCheckpoint({ ...checkpoint, sums, config }));
    assert.deepEqual([back.sums, back.config], [sums, config]);
  }));
});

Deno.test("a checkpoint is a safetensors file with all tensors by their paths", async () => {
  const checkpoint = await taken({ optimizer: "adam", averaged: true });
  const tensors = io.decodeSafetensors(encodeCheckpoint(checkpoint));
  assert.deepEqual([...tensors.keys()].sort(), [...checkpoint.tensors.keys()].sort());
  for (
    const name of [
      "model.0.weight",
      "model.1.num_batches_tracked",
      "averagedModel.module.4.bias",
      "optimizer.0.expAvg",
      "callbacks.best.0.weight",
    ]
  ) {
    assert.ok(tensors.has(name), name);
  }
  const weights = train.tensorsOf(checkpoint, "model");
  assert.deepEqual(weights.get("4.bias")!.toArray(), tensors.get("model.4.bias")!.toArray());
  using model = everything().model;
  assert.deepEqual([...weights.keys()], [...model.stateDict().keys()]);
});

Deno.test("a checkpoint that is cut or longer is refused, at every length", async () => {
  const bytes = encodeCheckpoint(await taken());
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeCheckpoint(bytes.subarray(0, length)), DataError, `${length} bytes`);
  }
  assert.throws(() => decodeCheckpoint(Uint8Array.of(...bytes, 0)), DataError);
});

Deno.test("a checkpoint with any bit changed is refused", async () => {
  const bytes = encodeCheckpoint(await taken());
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [1 << at % 8, 0xff]) {
      bytes[at]! ^= mask;
      assert.throws(() => decodeCheckpoint(bytes), DataError, `byte ${at}, ${mask}`);
      bytes[at]! ^= mask;
    }
  }
  decodeCheckpoint(bytes);
});

Deno.test("what is no checkpoint, or damaged, is told from the other", async () => {
  const refused = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(() => decodeCheckpoint(bytes), { name: "DataError", message });
  refused(new Uint8Array(0), /^decodeCheckpoint: the bytes must begin as a checkpoint does/);
  refused(encodeRaw(new Map()), /must begin as a checkpoint does/);
  const bytes = encodeCheckpoint(await taken());
  bytes[bytes.length - 1]! ^= 1;
  refused(
    bytes,
    /^decodeCheckpoint: the checksum must be [0-9a-f]{8}: it is "[0-9a-f]{8}": damaged$/,
  );
});

/** A file whose checksum is right, whatever it holds. */
function forged(values: object, tensors: train.RawTensors = new Map()): Uint8Array {
  return encodeCheckpoint({ ...values, tensors } as train.Checkpoint);
}

Deno.test("a file with a right checksum is not trusted either", async () => {
  const checkpoint = await taken({ scheduler: "decay" });
  const refused = (values: object, message: RegExp) =>
    assert.throws(() => decodeCheckpoint(forged({ ...checkpoint, ...values })), {
      name: "DataError",
      message,
    });
  refused({ format: 2 }, /format 1 is read: this is 2, of a later version of Glim/);
  refused({ format: "x" }, /format 1 is read: this is "x"$/);
  for (const name of Object.keys(checkpoint)) {
    if (name === "config" || name === "tensors") continue;
    refused({ [name]: undefined }, new RegExp(`^decodeCheckpoint: ${name} is malformed$`));
    refused(
      { [name]: { some: ["thing"] } },
      new RegExp(`^decodeCheckpoint: ${name} is malformed$`),
    );
  }
  refused({ history: [{ epoch: 0 }] }, /history is malformed/);
  refused({ step: 1.5 }, /step is malformed/);
});
