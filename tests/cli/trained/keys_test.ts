import assert from "node:assert/strict";
import { nn } from "../../../mod.ts";
import { DeepNetwork } from "../../../cli/network.ts";
import { RECIPES } from "../../../cli/recipes/recipes.ts";
import { designByKeys } from "../../../cli/trained/keys.ts";

const MNIST = { imageShape: [28, 28], classes: 10 } as const;

/** The design of a network's weights, and whether it is of the same network. */
function told(model: nn.Module): ReturnType<typeof designByKeys> {
  const state = model.stateDict();
  const design = designByKeys(state);
  design?.network(design).loadStateDict(state);
  return design;
}

Deno.test("the report's networks are known by their weights, for square images of any size", () => {
  for (const layers of [1, 2, 5]) {
    const model = new DeepNetwork(400, 7, { layers, hidden: 30, activation: "relu" });
    const design = told(model)!;
    assert.deepEqual([design.imageShape, design.classes, design.isFlat], [[20, 20], 7, true]);
  }
  const model = new DeepNetwork(784, 10, { layers: 3, hidden: 100, activation: "relu" });
  assert.equal(told(model)!.title, "3 layers, ReLU, hidden 100 (ReLU is a guess)");
});

Deno.test("the networks of all recipes are known by their weights", () => {
  for (const { network, title } of RECIPES) {
    const design = told(network(MNIST))!;
    assert.deepEqual([design.imageShape, design.classes, design.isFlat], [[28, 28], 10, false]);
    if (!title.includes("linear")) assert.equal(design.title, title);
  }
});

Deno.test("weights of other networks are not taken for these", () => {
  assert.equal(told(new nn.Linear(784, 10)), undefined);
  assert.equal(told(new nn.Sequential(new nn.Conv2d(1, 8, 3), new nn.Linear(10, 10))), undefined);
  const wide = new DeepNetwork(30 * 20, 10, { layers: 2, hidden: 8, activation: "relu" });
  assert.equal(told(wide), undefined);
  assert.equal(designByKeys(new Map()), undefined);
});
