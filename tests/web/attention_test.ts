/** What the page of writing draws of attention. */
import assert from "node:assert/strict";
import {
  fromTypedArray,
  functional,
  manualSeed,
  noGrad,
  randn,
  scope,
  type Tensor,
} from "../../mod.ts";
import { GPT } from "../../web/shared/gpt.ts";
import { attentionOf } from "../../web/worker/attention.ts";

Deno.test("the weights that are drawn are those by which each layer mixes its values", async () => {
  manualSeed(5);
  using model = new GPT({
    ...{ vocabulary: 11, context: 12, layers: 2, heads: 3, width: 12, dropout: 0.5, bias: true },
  });
  noGrad(() => { // weights of a network that has learnt: those of a new one make all scores alike
    for (const p of model.parameters()) scope(() => p.copy_(randn(p.shape)));
  });
  const tokens = [3, 1, 4, 1, 5, 9, 2];
  const [l, heads] = [tokens.length, 3];
  const all = await attentionOf(model, tokens);
  assert.ok(model.training, "its mode is as it was");
  assert.equal(all.length, 2 * heads * l * l);
  scope(() =>
    noGrad(() => {
      model.eval();
      const seen: Tensor[] = [];
      for (const { attn } of model.h) {
        attn.c_attn.registerForwardHook((_, __, qkv) => void seen.push(qkv));
      }
      model.forward(fromTypedArray(Int32Array.from(tokens), [1, l]));
      for (const [layer, qkv] of seen.entries()) {
        const size = heads * l * l;
        const weights = fromTypedArray(all.slice(layer * size, (layer + 1) * size), [heads, l, l]);
        const values = qkv.reshape(l, 3, heads, 4).select(1, 2).transpose(0, 1);
        const mixed = weights.matmul(values).transpose(0, 1).reshape(1, l, 12);
        const expected = functional.selfAttention(qkv, heads, { isCausal: true });
        const error = mixed.sub(expected).abs().max().item();
        assert.ok(error < 1e-5, `layer ${layer}: ${error}`);
      }
    })
  );
});
