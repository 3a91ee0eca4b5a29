/** Losses of samples that are told surely: small numbers, which keep their digits. */
import assert from "node:assert/strict";
import { distributions, functional as F, ones, type Tensor, tensor, zeros } from "../../mod.ts";

/** log(1 + e⁻ˣ) of a logit x, by each way to it. */
const ways: Record<string, (x: Tensor) => Tensor> = {
  binaryCrossEntropyWithLogits: (x) => F.binaryCrossEntropyWithLogits(x, ones([1])),
  softMarginLoss: (x) => F.softMarginLoss(x, ones([1])),
  multilabelSoftMarginLoss: (x) => F.multilabelSoftMarginLoss(x.reshape(1, 1), ones([1, 1])),
  logsigmoid: (x) => F.logsigmoid(x).neg(),
  softplus: (x) => F.softplus(x.neg()),
  "Bernoulli's logProb": (x) => new distributions.Bernoulli({ logits: x }).logProb(ones([1])).neg(),
  "Bernoulli's logProb of 0": (x) =>
    new distributions.Bernoulli({ logits: x.neg() }).logProb(zeros([1])).neg(),
};

for (const [name, loss] of Object.entries(ways)) {
  Deno.test(`${name} keeps its digits where a loss is small`, () => {
    for (const logit of [0.5, 5, 10, 15, 20, 40, 80]) {
      const is = loss(tensor([logit], { dtype: "float32" })).item();
      const expected = Math.log1p(Math.exp(-logit));
      assert.ok(Math.abs(is / expected - 1) < 1e-6, `${logit}: ${is}, not ${expected}`);
    }
  });
}
