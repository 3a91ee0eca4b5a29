import assert from "node:assert/strict";
import { data, zeros } from "../../../mod.ts";
import { besideEnsemble, besideSingle } from "../../../cli/recipes/beside.ts";
import type { Desk } from "../../../cli/recipes/desk.ts";
import { readRecipeOptions } from "../../../cli/recipes/options.ts";
import { picturesOf } from "../../../cli/recipes/pictures.ts";

/** What stands beside a run on MNIST by name with these options. */
function deskOf(raw: Parameters<typeof readRecipeOptions>[0], name: data.Mnist["name"]): Desk {
  const part = new data.ImageDataset(
    zeros([1, 784], { dtype: "uint8" }),
    zeros([1], { dtype: "int32" }),
  );
  const imageShape: data.Mnist["imageShape"] = [28, 28];
  const set = { train: part, dev: part, test: part, name, dir: "", checksums: [], imageShape };
  const options = readRecipeOptions(raw);
  const { signal } = new AbortController();
  const pictures = picturesOf(set);
  const { network } = options.recipe;
  return { options, set, pictures, network, archSha256: null, resume: undefined, signal, say() {} };
}

Deno.test("a recipe as it is stands beside PyTorch's, one that was changed says so", () => {
  const name = (raw: Parameters<typeof readRecipeOptions>[0]) =>
    besideSingle(deskOf({ recipe: "small", ...raw }, "MNIST"))?.name;
  assert.equal(name({}), "PyTorch, mean of 3 seeds");
  assert.equal(name({ epochs: "4" }), "PyTorch, mean of 3 seeds");
  assert.equal(name({ labelSmoothing: "0" }), "PyTorch, mean of 3 seeds", "PyTorch's has none");
  assert.equal(name({ epochs: "1" }), "PyTorch, recipe unchanged, mean of 3 seeds");
  assert.equal(name({ augment: false }), "PyTorch, recipe unchanged, mean of 3 seeds");
  const three = deskOf({ recipe: "small", ensemble: "3", lr: "0.1" }, "MNIST");
  assert.equal(besideEnsemble(three)?.name, "PyTorch, recipe unchanged, 3 networks");
});

Deno.test("nothing stands beside other data or another network", () => {
  assert.equal(besideSingle(deskOf({}, "unverified")), null);
  assert.equal(besideSingle(deskOf({ arch: "own.ts" }, "MNIST")), null);
});
