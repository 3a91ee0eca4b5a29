import assert from "node:assert/strict";
import { getNumThreads, nn, setNumThreads, type Tensor, type train } from "../../../mod.ts";
import { hashOf } from "../../../cli/train_once.ts";
import { evaluate } from "../../../cli/training.ts";
import { mlpBest } from "../../../cli/recipes/mlp_best.ts";
import type { Settings } from "../../../cli/recipes/recipe.ts";
import { small } from "../../../cli/recipes/small.ts";
import { RecipeTraining } from "../../../cli/recipes/training.ts";
import { madePictures } from "./made_pictures.ts";

const SHORT: Settings = { ...small.settings, epochs: 2, batchSize: 16 };

interface Trained {
  hash: string;
  history: train.EpochRecord[];
  accuracy: number;
}

async function trained(changes: Partial<Settings> = {}, seed = 1): Promise<Trained> {
  const pictures = madePictures();
  using training = new RecipeTraining(
    { network: small.network, settings: { ...SHORT, ...changes }, seed },
    pictures,
    () => ({}),
  );
  const history = await training.fit();
  training.finish();
  const { accuracy } = await evaluate(training.model, pictures.dev);
  return { hash: hashOf(training.model), history, accuracy };
}

Deno.test("a seed decides all of a recipe's numbers, on any number of threads", async () => {
  const threads = getNumThreads();
  try {
    setNumThreads(1);
    const { hash } = await trained();
    assert.equal((await trained()).hash, hash);
    setNumThreads(2);
    assert.equal((await trained()).hash, hash);
    assert.notEqual((await trained({}, 2)).hash, hash);
  } finally {
    setNumThreads(threads);
  }
});

Deno.test("each setting of a recipe changes what is learnt", async () => {
  const changes: Partial<Settings>[] = [
    { warp: null },
    { warp: { ...SHORT.warp!, elastic: 0 } },
    { lr: 0.1 },
    { weightDecay: 0 },
    { warmUp: 0.3 },
    { decay: "cosine" },
    { labelSmoothing: 0.2 },
    { ema: 0.9 },
    { optimizer: "adamw", lr: 0.001 },
    { batchSize: 20 },
    { epochs: 3 },
  ];
  const hashes = new Set<string>([(await trained()).hash]);
  for (const change of changes) hashes.add((await trained(change)).hash);
  assert.equal(hashes.size, 1 + changes.length);
});

Deno.test("a recipe learns, and its averages are what is judged after each epoch", async () => {
  for (const ema of [null, 0.8]) {
    const { history, accuracy } = await trained({ epochs: 12, warp: null, ema });
    assert.equal(history.length, 12);
    assert.equal(accuracy, history.at(-1)!.devAccuracy);
    assert.ok(accuracy > 0.9, `${ema}: ${accuracy}`);
  }
});

Deno.test("weight decay is for weights, not for biases and what normalisations learn", async () => {
  /** A network whose output does not depend on what it learns: only decay changes that. */
  class Idle extends nn.Module {
    readonly layer: nn.Linear = new nn.Linear(144, 2);
    readonly norm: nn.BatchNorm1d = new nn.BatchNorm1d(2);
    forward(x: Tensor): Tensor {
      return this.norm.forward(this.layer.forward(x.flatten(1))).mul(0);
    }
  }
  const settings = { ...SHORT, weightDecay: 0.1 };
  const before = new Map<string, number>();
  using training = new RecipeTraining(
    { network: () => new Idle(), settings, seed: 1 },
    madePictures(),
    ({ model }) => {
      for (const [name, p] of model.namedParameters()) before.set(name, p.abs().sum().item());
      return {};
    },
  );
  await training.fit();
  for (const [name, p] of training.model.namedParameters()) {
    const after = p.abs().sum().item();
    if (name === "layer.weight") assert.ok(after < before.get(name)!);
    else assert.equal(after, before.get(name), name);
  }
});

Deno.test("the multilayer perceptron's biases start at zero", () => {
  using model = mlpBest.network({ imageShape: [12, 12], classes: 2 });
  const biases = Array.from(model.namedParameters()).filter(([name]) => name.endsWith("bias"));
  assert.equal(biases.length, 3);
  for (const [name, bias] of biases) assert.equal(bias.abs().sum().item(), 0, name);
});
