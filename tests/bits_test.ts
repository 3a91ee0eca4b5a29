/**
 * Trainings give the bits that they have always given: the values of the weights, hashed, on a small
 * data set with the strict build. A change that means to change them changes the hashes, and says so
 * in CHANGELOG.md.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { io } from "../mod.ts";
import { deno, root, testWith } from "./subprocess.ts";
import { CliFolder } from "./cli_folder.ts";

interface Training {
  what: string;
  options: string[];
  /** SHA-256 of the names, shapes and values of all weights. */
  hash: string;
}

const TRAININGS: Training[] = [
  {
    what: "the paper's experiment, one image a step",
    options: ["--epochs", "2"],
    hash: "319c5b0c22a1fa499fd2560a16815bec84477a83bc4ac7fa5aafd7d070fd79fa",
  },
  {
    what: "the paper's experiment with momentum, tanh and a batch of 7",
    options: ["--epochs", "3", "--momentum", "--activation", "tanh", "--batch-size", "7"],
    hash: "0221e46a92594725075fc90b38ce64357308f170589050077b864e9080655cd7",
  },
  {
    what: "the convolutional network",
    options: ["cnn", "--epochs", "1", "--batch-size", "32"],
    hash: "4a7e3bd3b730f1787904a773eb994e348f0a3a07d5c9939205d226006cb30985",
  },
  {
    what: "the small convolutional network with an average of its weights",
    options: ["cnn", "--recipe", "small", "--epochs", "1", "--batch-size", "32", "--ema", "0.9"],
    hash: "f89d69c01078b03c9ee44adcc795aa4261c531fa4e94d26e0576f1cd3c8412a4",
  },
  {
    what: "the best multilayer perceptron",
    options: ["--recipe", "mlp-best", "--epochs", "2", "--batch-size", "64"],
    hash: "2ce1759f17dfad6df1df83edd0202ff236b2d82c558138b956b336198926589d",
  },
];

/** The hash of a state dict: its names in order, and what each holds. */
function hashOf(
  state: ReadonlyMap<string, { shape: readonly number[]; toTypedArray(): ArrayBufferView }>,
): string {
  const hash = createHash("sha256");
  for (const [name, tensor] of [...state].sort(([a], [b]) => a < b ? -1 : 1)) {
    const { buffer, byteOffset, byteLength } = tensor.toTypedArray();
    hash.update(`${name} [${tensor.shape}]\n`);
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

for (const { what, options, hash } of TRAININGS) {
  testWith(
    ["read", "write", "run"],
    `the bits of a training are what they were: ${what}`,
    async () => {
      using cli = new CliFolder(28);
      const [run, ...args] = cli.command("run", ...options);
      const strict = ["--preload", `${root}tests/bits/strict.ts`];
      const { code, stderr } = await deno([run!, ...strict, ...args]);
      assert.deepEqual([code, stderr], [0, ""]);
      const weights = await io.loadSafetensors(`${cli.path}/run/weights.safetensors`);
      assert.equal(hashOf(weights), hash);
    },
  );
}
