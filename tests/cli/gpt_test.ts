/** experiments/gpt.ts: it learns, and is gone on with to the bit. */
import assert from "node:assert/strict";
import { manualSeed, scope } from "../../mod.ts";
import type { Options } from "../../cli/fit.ts";
import { dataOf, hashOfWeights, Training } from "../../cli/fit.ts";
import { loadExperiment } from "../../cli/load.ts";
import { GPT } from "../../experiments/gpt.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";

testWith(
  ["read", "write"],
  "a small GPT learns a text, writes, and goes on from any step to the same bits",
  async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/text.txt`;
    Deno.writeTextFileSync(file, "the quick brown fox jumps over the lazy dog.\n".repeat(40));
    const { experiment } = await loadExperiment("experiments/gpt.ts");
    const options = experiment.schema.parse({
      ...{ file, epochs: 2, stepsPerEpoch: 40, context: 16, layers: 2, heads: 2, width: 32 },
      ...{ sample: 20, dropout: 0.1, lr: 0.01 },
    }) as Options;
    const data = await dataOf(experiment, options);
    const begin = () => Training.begin(experiment, { options, seed: 3, data });
    using whole = await begin();
    const history = await whole.fit();
    const [first, last] = history.map(({ devLoss }) => devLoss);
    assert.ok(last! < first! && last! < 2, `dev losses ${first}, ${last}`);
    assert.match(await whole.built.sample!(), /^[a-z. \n]{20}$/);

    using stopped = await begin();
    stopped.listeners.push({
      onStepEnd: ({ totalSteps }) => void (totalSteps === 57 && stopped.trainer.stop()),
    });
    await stopped.fit();
    const checkpoint = await stopped.trainer.readCheckpoint();
    using resumed = await begin();
    manualSeed(99);
    resumed.resume(checkpoint, {});
    await resumed.fit();
    assert.equal(await hashOfWeights(resumed.model), await hashOfWeights(whole.model));
  },
);

Deno.test("nanoGPT's configuration has nanoGPT's weights, and reads logits from what it looks tokens up in", () => {
  manualSeed(1);
  using model = new GPT({
    ...{ vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128, dropout: 0, bias: false },
  });
  const counts = Array.from(model.parameters(), ({ numel }) => numel);
  // embeddings, 4 × (normalisations, attention, neurons), the last normalisation
  const block = 2 * 128 + 4 * 128 ** 2 + 8 * 128 ** 2;
  assert.equal(counts.reduce((a, b) => a + b), (65 + 64) * 128 + 4 * block + 128);
  assert.ok(model.stateDict().has("h.3.attn.c_attn.weight"));
  scope(() => {
    const std = model.h.at(0)!.mlp.c_proj.weight.mul(model.h.at(0)!.mlp.c_proj.weight).mean().sqrt()
      .item();
    assert.ok(Math.abs(std - 0.02 / Math.sqrt(8)) < 2e-4, `${std}`);
  });
});
