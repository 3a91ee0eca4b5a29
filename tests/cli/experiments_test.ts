/** The experiments of the repository, and what they share. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { nn, noGrad, rand, scope, type Tensor, tensor } from "../../mod.ts";
import { Vote } from "../../cli/ensemble.ts";
import { type Options, titleOf } from "../../cli/experiment.ts";
import { modernConfig, modernWords } from "../../cli/former.ts";
import { type Loaded, loadExperiment } from "../../cli/load.ts";
import { decayGroups, riseAndFall } from "../../cli/recipe.ts";
import { referenceFor } from "../../cli/results.ts";
import { countParameters } from "../../cli/fit.ts";
import { UsageError } from "../../cli/errors.ts";

const MNIST = { name: "MNIST", imageShape: [28, 28], classes: 10 } as const;
const NAMES = ["paper", "cnn", "cnn_small", "mlp_best"];

function load(name: string): Promise<Loaded> {
  return loadExperiment(`experiments/${name}.ts`);
}

async function networkOf(name: string, images: object = MNIST): Promise<nn.Module> {
  const { experiment } = await load(name);
  const options = experiment.schema.parse({}) as Options;
  const built = await experiment.build({ options, data: images, seed: 0, steps: 100 });
  return built.model;
}

Deno.test("the experiments' networks have as many parameters as they should", async () => {
  const counts = await Promise.all(
    NAMES.map(async (name) => countParameters(await networkOf(name))),
  );
  assert.deepEqual(counts, [89_610, 78_226, 44_794, 269_322]);
});

Deno.test("a convolutional network has the names and shapes that PyTorch would give it", async () => {
  using model = await networkOf("cnn");
  const convolutions = Array.from(model.namedParameters())
    .filter(([_, { ndim }]) => ndim > 1).map(([name, { shape }]) => [name, shape]);
  assert.deepEqual(convolutions, [
    ["net.0.weight", [24, 1, 5, 5]],
    ["net.3.weight", [32, 24, 3, 3]],
    ["net.6.weight", [32, 32, 3, 3]],
    ["net.10.weight", [64, 32, 3, 3]],
    ["net.13.weight", [64, 64, 3, 3]],
    ["net.18.weight", [10, 576]],
  ]);
});

Deno.test("images of any size from 11 × 11 on have a network, smaller ones are refused", async () => {
  for (const name of ["cnn", "cnn_small", "mlp_best"]) {
    for (const imageShape of [[11, 11], [20, 20], [21, 32], [33, 23]] as const) {
      using model = await networkOf(name, { imageShape, classes: 7 });
      const shape = scope(() =>
        noGrad(() => model.eval().forward(rand([3, 1, ...imageShape])).shape)
      );
      assert.deepEqual(shape, [3, 7], `${name} ${imageShape}`);
    }
  }
  await assert.rejects(networkOf("cnn", { imageShape: [10, 28], classes: 10 }), {
    name: "DataError",
    message: "network: images of 10 × 28 pixels are too small for its convolutions",
  });
});

Deno.test("weights decay, biases and what normalisations learn do not", async () => {
  using model = await networkOf("cnn");
  const [weights, rest] = decayGroups(model, 0.1);
  assert.deepEqual([weights!.weightDecay, rest!.weightDecay], [0.1, 0]);
  assert.equal(weights!.params.length, 6);
  assert.ok(rest!.params.every(({ ndim }) => ndim === 1));
  assert.equal(weights!.params.length + rest!.params.length, [...model.parameters()].length);
});

Deno.test("the learning rate goes up to its highest, and down to 0 along a line or a cosine", () => {
  const linear = { warmUp: 0.2, decay: "linear" } as const;
  const cosine = { warmUp: 0.5, decay: "cosine" } as const;
  const cases: [actual: number, expected: number][] = [
    [riseAndFall(0, linear), 0.05],
    [riseAndFall(0.1, linear), 0.525],
    [riseAndFall(0.2, linear), 1],
    [riseAndFall(0.6, linear), 0.5],
    [riseAndFall(1, linear), 0],
    [riseAndFall(0.5, cosine), 1],
    [riseAndFall(0.75, cosine), 0.5],
    [riseAndFall(1, cosine), 0],
  ];
  for (const [actual, expected] of cases) assert.ok(Math.abs(actual - expected) < 1e-12);
});

Deno.test("the learning rate has one peak, whatever the number of steps", () => {
  const settings = fc.record({
    warmUp: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    decay: fc.constantFrom("linear" as const, "cosine" as const),
  });
  fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), settings, (steps, settings) => {
    const factors = Array.from({ length: steps }, (_, i) => riseAndFall(i / steps, settings));
    const peak = factors.indexOf(Math.max(...factors));
    factors.forEach((factor, i) => {
      assert.ok(factor > 0 && factor <= 1);
      if (i > 0 && i <= peak) assert.ok(factor > factors[i - 1]!);
      if (i > peak) assert.ok(factor < factors[i - 1]!);
    });
  }));
});

Deno.test("results stand beside the paper's or PyTorch's only where the task is theirs", async () => {
  const beside = async (name: string, typed: object = {}, networks = 1, data: object = MNIST) => {
    const { experiment } = await load(name);
    const options = experiment.schema.parse(typed) as Options;
    return referenceFor(experiment, options, data as typeof MNIST, networks);
  };
  const other = { ...MNIST, name: "unverified" };
  assert.equal((await beside("paper"))?.test, 0.9816);
  assert.equal(await beside("paper", {}, 1, other), null);
  assert.equal(await beside("spirals"), null);
  const small = await beside("cnn_small");
  assert.deepEqual([small?.name, small?.note, small?.test], ["PyTorch", "mean of 3 seeds", 0.9954]);
  assert.equal((await beside("cnn_small", { labelSmoothing: 0 }))?.note, "mean of 3 seeds");
  const changed = "options unchanged, mean of 3 seeds";
  assert.equal((await beside("cnn_small", { epochs: 1 }))?.note, changed);
  assert.equal((await beside("cnn_small", { augment: false }))?.note, changed);
  assert.equal((await beside("cnn_small", {}, 3))?.test, 0.9956);
  assert.equal(await beside("cnn_small", {}, 2), null);
  assert.equal(await beside("cnn_small", { arch: "own.ts" }), null);
  assert.equal(await beside("cnn_small", {}, 1, other), null);
});

/** Gives the same outputs for every sample. */
class Fixed extends nn.Module {
  readonly #outputs: number[];
  constructor(...outputs: number[]) {
    super();
    this.#outputs = outputs;
  }
  forward(x: Tensor): Tensor {
    return tensor(Array.from({ length: x.shape[0]! }, () => this.#outputs));
  }
}

function answer(vote: nn.Module): number[] {
  return scope(() => Array.from(vote.forward(tensor([[0]])).toTypedArray() as Float32Array));
}

Deno.test("a vote is the mean of probabilities, so that the sure count for more", () => {
  const sure = [[0.6, 0.4], [0.55, 0.45], [0.1, 0.9]].map((p) => new Fixed(...p.map(Math.log)));
  const [first, second] = answer(new Vote(sure)).map(Math.exp);
  assert.ok(Math.abs(first! - 1.25 / 3) < 1e-6 && Math.abs(second! - 1.75 / 3) < 1e-6);
  const never = answer(new Vote([new Fixed(0, -1e9), new Fixed(0, -1e9)]))[1]!;
  assert.ok(never < -60 && Number.isFinite(never), `${never}`);
  assert.deepEqual(answer(new Vote([new Fixed(1), new Fixed(4)], false)), [2.5]);
});

Deno.test("the words of former versions name the experiments of now", () => {
  const cases: [typed: string, now: string][] = [
    ["--lr 1", "--lr 1"],
    ["cnn --epochs 2", "experiments/cnn.ts --epochs 2"],
    ["cnn --epochs 2 --recipe Small", "experiments/cnn_small.ts --epochs 2"],
    ["--recipe=mlp-best --lr 1", "experiments/mlp_best.ts --lr 1"],
    ["my.ts --lr 1", "my.ts --lr 1"],
  ];
  for (const [typed, now] of cases) assert.deepEqual(modernWords(typed.split(" ")), now.split(" "));
  assert.throws(
    () => modernWords(["--recipe", "big"]),
    new UsageError('--recipe: needs medium, small, or mlp-best: it is "big"'),
  );
});

Deno.test("the config of any version tells an experiment of now", () => {
  const paper = { layers: 3, hidden: 100, activation: "relu", seed: 4, data: {} };
  assert.deepEqual(modernConfig(paper), {
    experiment: "experiments/paper.ts",
    threads: 1,
    ensemble: 1,
    checkpointEvery: null,
    ...paper,
  });
  const { experiment, augment } = modernConfig({ recipe: "small", warp: null, data: {} });
  assert.deepEqual([experiment, augment], ["experiments/cnn_small.ts", false]);
  const page = modernConfig({ network: "mlp", layers: 2, width: 8, data: {} });
  assert.deepEqual([page.experiment, page.network], ["experiments/page.ts", "mlp"]);
  const now = { experiment: "experiments/cnn.ts", layers: 3 };
  assert.equal(modernConfig(now), now);
  for (const odd of [{}, null, { recipe: "constructor" }]) {
    assert.equal(Object(modernConfig(odd)).experiment, undefined);
  }
});

Deno.test("an experiment is told by a title, its options' names are its own", async () => {
  const { experiment } = await load("paper");
  const title = (typed: object) => titleOf(experiment, experiment.schema.parse(typed), MNIST);
  assert.equal(title({}), "3 layers, ReLU, hidden 100");
  assert.equal(title({ layers: 1 }), "A linear classifier");
  const { defineExperiment } = await import("../../cli/mod.ts");
  const define = () =>
    defineExperiment(
      { ...experiment, options: { seed: 1 } } as Parameters<typeof defineExperiment>[0],
    );
  assert.throws(
    define,
    new RangeError("defineExperiment: the option seed is the command's: name it otherwise"),
  );
});
