import assert from "node:assert/strict";
import { manualSeed, nn, noGrad, ones, scope, type Tensor, tensor, zeros } from "../../mod.ts";
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
      const causal = model.forward(q, undefined, undefined, { isCausal: true });
      assertClose(causal, expected.causal, "causal");
      const padding = tensor(
        Uint8Array.from({ length: 15 }, (_, i) => i === 8 || i === 9 ? 1 : 0),
        {
          shape: [3, 5],
        },
      );
      const pairs = tensor(Uint8Array.from({ length: 20 }, (_, i) => i % 3 === 1 ? 1 : 0), {
        shape: [4, 5],
      });
      const masks = { keyPaddingMask: padding.bool(), attnMask: pairs.bool() };
      assertClose(model.forward(q, kv, kv, masks), expected.masked.y, "masked");
      const [y, weights] = model.forward(q, kv, kv, { ...masks, needWeights: true });
      assertClose(y, expected.masked.y, "masked, with weights");
      assertClose(weights, expected.masked.weights, "weights");
      const [, ofHeads] = model.forward(q, kv, kv, {
        attnMask: tensor(uniformArray(9, 120), { shape: [6, 4, 5] }),
        needWeights: true,
        averageAttnWeights: false,
      });
      assertClose(ofHeads, expected.masked.ofHeads, "weights of each head");
      const single = model.forward(q.select(1, 0), kv.select(1, 0));
      assert.deepEqual(single.shape, [4, 6]);
      assertClose(single, expected.single, "single");
    });
  });
}

Deno.test("keys and values may be longer or shorter than tokens", () => {
  const options = { kdim: 8, vdim: 4, batchFirst: true };
  using model = new nn.MultiheadAttention(6, 2, options);
  scope(() => {
    assert.deepEqual([...model.stateDict().keys()], fixture.lengths.names);
    noGrad(() => {
      Array.from(model.parameters()).forEach((p, i) => {
        p.copy_(tensor(uniformArray(i + 3, p.numel), { shape: p.shape }));
      });
    });
    const q = tensor(uniformArray(1, 72), { shape: [3, 4, 6] });
    const k = tensor(uniformArray(2, 120), { shape: [3, 5, 8] });
    const v = tensor(uniformArray(3, 60), { shape: [3, 5, 4] });
    assertClose(model.forward(q, k, v), fixture.lengths.y, "other lengths");
  });
});

Deno.test("keys of the module's own stand behind the others, where no mask hides them", () => {
  using model = new nn.MultiheadAttention(6, 2, { addBiasKv: true, addZeroAttn: true });
  const expected = fixture.own;
  scope(() => {
    assert.deepEqual([...model.stateDict().keys()], expected.names);
    noGrad(() => {
      Array.from(model.parameters()).forEach((p, i) => {
        p.copy_(tensor(uniformArray(i + 3, p.numel), { shape: p.shape }));
      });
    });
    const q = tensor(uniformArray(1, 72), { shape: [4, 3, 6] });
    const kv = tensor(uniformArray(2, 90), { shape: [5, 3, 6] });
    model.forward(q).square().sum().backward();
    Array.from(model.namedParameters()).forEach(([name, p], i) => {
      assertClose(p.grad!, expected.gradients[i]!, name);
    });
    const masks = {
      keyPaddingMask: tensor([[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]]).bool(),
      attnMask: tensor(Array.from({ length: 20 }, (_, i) => i % 3 === 1)).reshape(4, 5),
    };
    assertClose(model.forward(q, kv, kv, masks), expected.masked.y, "masked");
    const [y, weights] = model.forward(q, kv, kv, { ...masks, needWeights: true });
    assertClose(y, expected.masked.y, "masked, with weights");
    assertClose(weights, expected.masked.weights, "weights");
    // by attend() true shows, causal and lengths count what is given
    const shown = model.attend(q, q, q, { isCausal: true, keyLengths: [4, 2, 4] });
    const attnMask = tensor([0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0]).bool().reshape(4, 4);
    const keyPaddingMask = tensor([[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]).bool();
    const same = model.forward(q, q, q, { attnMask, keyPaddingMask });
    assertClose(shown, [...same.toTypedArray()], "causal, of lengths");
  });
});

Deno.test("keys are left out in training alone, and by the seed", () => {
  using model = new nn.MultiheadAttention(6, 2, { dropout: 0.5 });
  scope(() => {
    const q = tensor(uniformArray(1, 72), { shape: [4, 3, 6] });
    const run = () => {
      manualSeed(1);
      return [...model.forward(q).toTypedArray()];
    };
    const trained = run();
    assert.deepEqual(run(), trained);
    model.eval();
    assert.notDeepEqual(run(), trained);
    assert.deepEqual(run(), [...model.forward(q).toTypedArray()]);
  });
});

Deno.test("attention refuses masks of another shape and what it lacks, by name", () => {
  using model = new nn.MultiheadAttention(6, 2, { batchFirst: true });
  scope(() => {
    const x = ones([3, 4, 6]);
    const padding = { keyPaddingMask: zeros([4, 3]) };
    assert.throws(() => model.forward(x, x, x, padding), {
      name: "ShapeError",
      message: "MultiheadAttention: forward: keyPaddingMask must be [3, 4]: it is [4, 3]",
    });
    // @ts-expect-error there is none
    assert.throws(() => new nn.MultiheadAttention(6, 2, { addBiasKV: true }), {
      name: "TypeError",
      message: /^MultiheadAttention: unknown option "addBiasKV"/,
    });
  });
});

Deno.test("attention refuses heads that do not divide the length, and other lengths", () => {
  assert.throws(() => new nn.MultiheadAttention(6, 4), {
    name: "RangeError",
    message: "MultiheadAttention: the heads must divide the length: it is 6, and there are 4 heads",
  });
  using model = new nn.MultiheadAttention(6, 2);
  scope(() => assert.throws(() => model.forward(ones([2, 3, 5])), { name: "ShapeError" }));
});
