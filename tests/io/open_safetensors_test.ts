/** Files that are read a tensor at a time, and the two examples that do so. */
import assert from "node:assert/strict";
import { io, nn, noGrad, type Tensor, tensor } from "../../mod.ts";
import { GPT2 } from "../../examples/gpt2.ts";
import { Llama } from "../../examples/llama.ts";
import fixture from "../fixtures/gpt2.json" with { type: "json" };
import { temporaryFolder, testWith } from "../subprocess.ts";

const { tokens, gpt2, llama } = fixture;

/** Logits of the fixture's tokens, at once and with a cache one after the other, near PyTorch's. */
function checkLogits(
  model: nn.Module<[tokens: Tensor, cache?: nn.KVCache], Tensor>,
  expected: readonly number[],
): void {
  noGrad(() => {
    const x = tensor(Int32Array.from(tokens.flat()), { shape: [2, 7] });
    const logits = model.forward(x).toTypedArray();
    assert.equal(logits.length, expected.length);
    expected.forEach((v, i) => assert(Math.abs(logits[i]! - v) < 1e-4, `logit ${i}`));
    using cache = new nn.KVCache(7);
    const parts = [[0, 4], [4, 1], [5, 2]].map(([at, l]) => {
      return model.forward(x.narrow(1, at!, l!), cache).toArray() as number[][][];
    });
    const cached = [0, 1].flatMap((row) => parts.flatMap((part) => part[row]!).flat());
    expected.forEach((v, i) => assert(Math.abs(cached[i]! - v) < 1e-4, `logit ${i} with a cache`));
  });
}

testWith(["read", "write"], "weights of GPT-2's shape give PyTorch's logits", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/model.safetensors`;
  Deno.writeFileSync(path, Uint8Array.fromBase64(gpt2.file));
  using model = await GPT2.load(path, 2);
  checkLogits(model, gpt2.logits);
});

testWith(["read", "write"], "a Llama of bfloat16 in parts gives PyTorch's logits", async () => {
  using folder = temporaryFolder();
  for (const [name, file] of Object.entries(llama.files)) {
    Deno.writeFileSync(`${folder.path}/${name}`, Uint8Array.fromBase64(file));
  }
  Deno.writeTextFileSync(`${folder.path}/config.json`, JSON.stringify(llama.config));
  const index = `${folder.path}/model.safetensors.index.json`;
  Deno.writeTextFileSync(index, JSON.stringify(llama.index));
  using model = await Llama.load(folder.path);
  checkLogits(model, llama.logits);
  await using file = await io.openSafetensors(index);
  using stored = await file.tensor("model.norm.weight");
  assert.equal(stored.dtype, "bfloat16");
  assert.deepEqual(file.shapeOf("lm_head.weight"), [40, 16]);
});

testWith(
  ["read", "write"],
  "what does not fit changes nothing, and damaged files are refused",
  async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/a.safetensors`;
    const bytes = io.encodeSafetensors(new nn.Linear(3, 2).stateDict());
    Deno.writeFileSync(path, bytes);
    using model = new nn.Linear(4, 2);
    const before = model.bias!.toArray();
    await using file = await io.openSafetensors(path);
    assert.deepEqual(file.names, ["weight", "bias"]);
    assert.throws(() => file.loadInto(model), {
      name: "DataError",
      message: "loadInto: names and shapes must agree: weight: [2, 4] is needed: it is [2, 3]",
    });
    assert.deepEqual(model.bias!.toArray(), before);
    assert.throws(() => file.tensor("no"), { name: "RangeError" });
    for (let length = 0; length < bytes.length; length += 9) {
      Deno.writeFileSync(path, bytes.subarray(0, length));
      await assert.rejects(io.openSafetensors(path), { name: "DataError" }, `${length} bytes`);
    }
    const index = `${folder.path}/a.index.json`;
    for (const map of [{ x: "../b.safetensors" }, { x: "/etc/passwd" }, [], null]) {
      Deno.writeTextFileSync(index, JSON.stringify({ weight_map: map }));
      await assert.rejects(io.openSafetensors(index), { name: "DataError" });
    }
    Deno.writeTextFileSync(index, "{");
    await assert.rejects(io.openSafetensors(index), { name: "DataError" });
  },
);
