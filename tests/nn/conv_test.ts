import assert from "node:assert/strict";
import { manualSeed, nn, ones, scope } from "../../mod.ts";

Deno.test("Conv2d starts as PyTorch's does: weight and bias in ±1/√(in / groups · kh · kw)", () => {
  manualSeed(2);
  using layer = new nn.Conv2d(8, 4000, [5, 2], { groups: 2 });
  assert.deepEqual([...layer.weight.shape], [4000, 4, 5, 2]);
  const bound = 1 / Math.sqrt(4 * 5 * 2);
  for (const p of layer.parameters()) {
    const values = Float64Array.from(p.toTypedArray());
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    assert(largest <= bound && largest > 0.995 * bound, `the largest is ${largest}`);
    const std = Math.sqrt(values.reduce((a, b) => a + b * b, 0) / values.length);
    assert(Math.abs(std - bound / Math.sqrt(3)) < 0.02 * bound, `the deviation is ${std}`);
  }
});

Deno.test("Conv2d has PyTorch's keys and steps as its options say", () => {
  using layer = new nn.Conv2d(3, 6, 3, { stride: [2, 1], padding: 1, bias: false });
  assert.deepEqual([...layer.stateDict().keys()], ["weight"]);
  using plain = new nn.Conv2d(3, 6, 3);
  assert.deepEqual([...plain.stateDict().keys()], ["weight", "bias"]);
  scope(() => {
    assert.deepEqual([...layer.forward(ones([2, 3, 7, 8])).shape], [2, 6, 4, 8]);
    assert.deepEqual([...layer.forward(ones([3, 7, 8])).shape], [6, 4, 8]);
  });
});

Deno.test("Conv2d refuses numbers that make no layer", () => {
  assert.throws(() => new nn.Conv2d(3, 4, 3, { groups: 2 }), {
    name: "RangeError",
    message: "Conv2d: channels must divide into groups: 3 in, 4 out, 2 groups",
  });
  assert.throws(() => new nn.Conv2d(0, 4, 3), /whole numbers of at least 1: they are 0, 4 and 1/);
  assert.throws(() => new nn.Conv2d(1, 4, 0), {
    name: "RangeError",
    message: "Conv2d: the kernel must be a whole number of at least 1, or two: it is 0",
  });
  assert.throws(() => new nn.Conv2d(1, 4, 3, { stride: [1, 0.5] }), {
    message: "Conv2d: stride must be a whole number of at least 1, or two: it is [1, 0.5]",
  });
  assert.throws(() => new nn.Conv2d(1, 4, 3, { padding: -1 }), /padding must be a whole number/);
});
