import assert from "node:assert/strict";
import { nn, noGrad, ones, scope, type Tensor, tensor } from "../../mod.ts";
import fixture from "../fixtures/attention.json" with { type: "json" };
import { uniformArray } from "../prng.ts";

function assertClose(actual: Tensor, expected: readonly number[], what: string): void {
  const values = actual.toTypedArray();
  assert.equal(values.length, expected.length, what);
  expected.forEach((v, i) => {
    const near = Math.abs(values[i]! - v) < 2e-5 * Math.max(1, Math.abs(v));
    assert(near, `${what} at ${i} is ${values[i]}: PyTorch has ${v}`);
  });
}

for (const name of ["bias", "plain"] as const) {
  Deno.test(`attention of several heads is PyTorch's in every form (${name})`, () => {
    const expected = fixture[name];
    const options = { bias: name === "bias" };
    using model = new nn.MultiheadAttention(6, 2, options);
    using first = new nn.MultiheadAttention(6, 2, { ...options, batchFirst: true });
    scope(() => {
      const state = model.stateDict();
      assert.deepEqual([...state.keys()], expected.names);
      noGrad(() => {
        Array.from(model.parameters()).forEach((p, i) => {
          p.copy_(tensor(uniformArray(i + 3, p.numel), { shape: p.shape }));
        });
      });
      first.loadStateDict(model.stateDict());
      const q = tensor(uniformArray(1, 72), { shape: [4, 3, 6] });
      const kv = tensor(uniformArray(2, 90), { shape: [5, 3, 6] });
      const seen = model.forward(q);
      assertClose(seen, expected.self, "self");
      seen.mul(seen).sum().backward();
      Array.from(model.parameters()).forEach((p, i) => {
        assertClose(p.grad!, expected.gradients[i]!, `gradient ${i}`);
      });
      assertClose(model.forward(q, kv), expected.cross, "cross");
      assertClose(first.forward(q), expected.batchFirst, "batchFirst");
      assertClose(model.attend(q, q, q, { isCausal: true }), expected.causal, "causal");
      const single = model.forward(q.select(1, 0), kv.select(1, 0));
      assert.deepEqual(single.shape, [4, 6]);
      assertClose(single, expected.single, "single");
    });
  });
}

Deno.test("attention refuses heads that do not divide the length, and other lengths", () => {
  assert.throws(() => new nn.MultiheadAttention(6, 4), {
    name: "RangeError",
    message: "MultiheadAttention: the heads must divide the length: it is 6, and there are 4 heads",
  });
  using model = new nn.MultiheadAttention(6, 2);
  scope(() => assert.throws(() => model.forward(ones([2, 3, 5])), { name: "ShapeError" }));
});
