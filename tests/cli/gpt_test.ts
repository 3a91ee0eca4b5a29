/** Experiments with sequences: they learn, write, and are gone on with to the bit. */
import assert from "node:assert/strict";
import { manualSeed, scope, tensor, train } from "../../mod.ts";
import type { DataInfo, Options } from "../../cli/experiment.ts";
import { dataOf, hashOfWeights, Training } from "../../cli/fit.ts";
import { loadExperiment } from "../../cli/load.ts";
import { loadTrained } from "../../cli/trained/network.ts";
import { GPT } from "../../web/shared/gpt.ts";
import { deno, temporaryFolder, testWith } from "../subprocess.ts";

const MAIN = "cli/main.ts";

testWith(
  ["read", "write", "run"],
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
    const foreign = { ...checkpoint, config: { text: "another" } };
    assert.throws(
      () => resumed.resume(foreign, {}),
      /^DataError: resume: the text must be the same/,
    );
    resumed.resume(checkpoint, {});
    await resumed.fit();
    assert.equal(await hashOfWeights(resumed.model), await hashOfWeights(whole.model));

    // a checkpoint with its text, as the page's are, says what it is, wherever it lies
    const path = `${folder.path}/page.safetensors`;
    const noted = await resumed.trainer.readCheckpoint({ config: resumed.built.note!() });
    Deno.writeFileSync(path, train.encodeCheckpoint(noted));
    const named = { weights: path, file: undefined, arch: undefined };
    const { title, model, options: { file: source }, write } = await loadTrained(named, () => ({}));
    assert.match(title, /^A GPT of 2 layers, 2 heads, width 32, context 16, [\d,]+ parameters$/);
    assert.equal(await hashOfWeights(model), await hashOfWeights(whole.model));
    assert.equal(source, path);
    const choice = { length: 20, temperature: 0.8, seed: 3 };
    const written = async (prompt: string) => {
      return (await Array.fromAsync(write!(prompt, choice))).join("");
    };
    assert.equal(await written(""), await whole.built.sample!());
    // and goes on from a beginning, on the command line
    const words = [path, "the quick", "--length", "20", "--seed", "3", "--json"];
    const told = await deno(["run", "--no-prompt", "--allow-read", MAIN, "predict", ...words]);
    assert.deepEqual([told.code, told.stderr], [0, ""]);
    const text = `the quick${await written("the quick")}`;
    assert.deepEqual(JSON.parse(told.stdout), [{ prompt: "the quick", text }]);
    assert.throws(() => write!("THE", choice), /^DataError: encode: "T" is none of the 29 char/);
    model[Symbol.dispose]();
  },
);

testWith(["read", "write"], "what is no text, or too short a one, is told", async () => {
  using folder = temporaryFolder();
  const { experiment } = await loadExperiment("experiments/gpt.ts");
  const told = async (file: string, bytes?: Uint8Array, more: object = {}) => {
    if (bytes !== undefined) Deno.writeFileSync(`${folder.path}/${file}`, bytes);
    const options = experiment.schema.parse({ file: `${folder.path}/${file}`, ...more }) as Options;
    return await dataOf(experiment, options).then(() => "", (error) => `${error}`);
  };
  const text = (source: string) => new TextEncoder().encode(source);
  assert.match(
    await told("none.txt"),
    /^DataError: .*none.txt: needs a text: there is no such file$/,
  );
  assert.match(await told(""), /^DataError: .*: needs a text: it is no file$/);
  assert.match(await told("latin1.txt", Uint8Array.of(72, 246, 114)), /^DataError: .*in UTF-8/);
  assert.match(await told("empty.txt", text(" \n")), /^DataError: the text is empty/);
  assert.match(await told("short.txt", text("🐳 Ahoi")), /context of 64.*: it has 6$/);
  const greek = text("Ο λύκος 🐺 και η αλεπού 🦊\n".repeat(50));
  assert.equal(await told("greek.txt", greek), "");
  assert.match(await told("greek.txt", greek, { width: 130 }), /--width: .* of the 4 heads: it is/);
  assert.match(
    await told("greek.txt", greek, { batchSize: 1e9 }),
    /^DataError: --batch-size: needs less than 131072 for a context of 64 and width 128, as tensors/,
  );
  assert.throws(
    () => experiment.schema.parse({ weightDecay: -1 }),
    (error) => `${error}`.includes("weightDecay"),
  );
});

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

Deno.test("each network of names takes a batch of names, and its logits look at nothing that comes later", async () => {
  const { experiment } = await loadExperiment("experiments/names.ts");
  for (const model of ["bigram", "mlp", "gru", "transformer"]) {
    const options = experiment.schema.parse({ model, width: 8, sample: 2 }) as Options;
    manualSeed(1);
    const data = { letters: "abc", length: 5 } as unknown as DataInfo;
    const built = await experiment.build({ options, data, seed: 1, steps: 1 });
    await scope(async () => {
      const logits = (last: number) => {
        const tokens = tensor(Int32Array.of(0, 1, 2, last, 0, 3, 3, 1), { shape: [2, 4] });
        return built.model.forward(tokens);
      };
      const [a, b] = [logits(1), logits(3)];
      assert.deepEqual(a.shape, [2, 4, 4], model);
      assert.deepEqual(a.narrow(1, 0, 3).toArray(), b.narrow(1, 0, 3).toArray(), model);
      assert.match(await built.sample!(), /^[abc]* [abc]*$/);
      const more = built.write!("CA", { length: 9, temperature: 1, seed: 1 });
      assert.match((await Array.fromAsync(more)).join(""), /^[abc]{0,3}$/);
    });
    built.model[Symbol.dispose]();
  }
});

Deno.test("the forecast of sine waves learns in a few epochs, and its sample goes on from a wave", async () => {
  const { experiment } = await loadExperiment("experiments/sine.ts");
  const options = experiment.schema.parse({
    ...{ epochs: 8, waves: 32, length: 60, hidden: 16, lr: 0.02 },
  }) as Options;
  using training = await Training.begin(experiment, {
    options,
    seed: 1,
    data: await dataOf(experiment, options),
  });
  const history = await training.fit();
  const [first, last] = [history[0]!.devLoss, history.at(-1)!.devLoss];
  assert.ok(last < 0.02 && last < first / 10, `${first}, then ${last}`);
  assert.match(
    await training.built.sample!(),
    /^60 values further it is off by \d\.\d{3} at most$/,
  );
});
