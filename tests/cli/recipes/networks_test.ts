import assert from "node:assert/strict";
import { DataError, noGrad, rand, scope } from "../../../mod.ts";
import { ConvNetwork } from "../../../cli/recipes/conv_network.ts";
import { CONVOLUTIONAL, RECIPES } from "../../../cli/recipes/recipes.ts";
import { countParameters } from "../../../cli/setting.ts";

const MNIST = { imageShape: [28, 28], classes: 10 } as const;

Deno.test("the recipes' networks have as many parameters as they should", () => {
  const counts = RECIPES.map(({ name, network }) => {
    using model = network(MNIST);
    return [name, countParameters(model)];
  });
  assert.deepEqual(counts, [["mlp-best", 269_322], ["medium", 78_226], ["small", 44_794]]);
});

Deno.test("a convolutional network has the names and shapes that PyTorch would give it", () => {
  using model = CONVOLUTIONAL[0].network(MNIST);
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

Deno.test("every recipe takes images of any size from 20 × 20 on, and any number of classes", () => {
  for (const { name, network } of RECIPES) {
    for (const imageShape of [[20, 20], [21, 32], [28, 28], [33, 23]] as const) {
      using model = network({ imageShape, classes: 7 });
      const shape = scope(() =>
        noGrad(() => model.eval().forward(rand([3, 1, ...imageShape])))
      ).shape;
      assert.deepEqual(shape, [3, 7], `${name} ${imageShape}`);
    }
  }
});

Deno.test("images that are too small for a network are refused with their size", () => {
  for (const { network } of CONVOLUTIONAL) {
    assert.throws(
      () => network({ imageShape: [10, 28], classes: 10 }),
      new DataError(
        "network: images of 10 × 28 pixels are too small for its convolutions",
      ),
    );
    network({ imageShape: [11, 11], classes: 10 })[Symbol.dispose]();
  }
});

Deno.test("a convolutional network sees normalised pixels", () => {
  using model = new ConvNetwork([{ channels: 1, kernel: 1 }], { imageShape: [1, 1], classes: 2 });
  let seen = NaN;
  model.net.forward = (x) => {
    seen = x.item();
    return x;
  };
  scope(() => model.forward(rand([1, 1, 1, 1]).mul(0).add(1)));
  assert.ok(Math.abs(seen - (1 - 0.1307) / 0.3081) < 1e-6, `${seen}`);
});
