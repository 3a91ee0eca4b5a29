import assert from "node:assert/strict";
import { manualSeed, memory, nn, scope, type Tensor, zeros } from "../../mod.ts";

const { init } = nn;

/** Mean, standard deviation and extremes of what an initialisation fills [200, 300] with. */
function statistics(fill: (t: Tensor) => Tensor, shape = [200, 300]) {
  manualSeed(1);
  return scope(() => {
    const t = zeros(shape);
    assert.equal(fill(t), t);
    const values = Float64Array.from(t.toTypedArray());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    return { mean, std: Math.sqrt(variance), low, high };
  });
}

/** Checks that values are uniform in [low, high): ends nearly reached, moments as they should be. */
function assertUniform(fill: (t: Tensor) => Tensor, low: number, high: number, shape?: number[]) {
  const s = statistics(fill, shape);
  const width = high - low;
  assert(s.low >= low && s.low < low + 0.001 * width, `the least is ${s.low}`);
  assert(s.high <= high && s.high > high - 0.001 * width, `the largest is ${s.high}`);
  assert(Math.abs(s.mean - (low + high) / 2) < 0.01 * width, `the mean is ${s.mean}`);
  assert(Math.abs(s.std - width / Math.sqrt(12)) < 0.01 * width, `the deviation is ${s.std}`);
}

function assertNormal(fill: (t: Tensor) => Tensor, mean: number, std: number): void {
  const s = statistics(fill);
  assert(Math.abs(s.mean - mean) < 0.03 * std, `the mean is ${s.mean}`);
  assert(Math.abs(s.std - std) < 0.02 * std, `the deviation is ${s.std}`);
  assert(s.high > mean + 3.5 * std && s.high < mean + 6 * std, `the largest is ${s.high}`);
}

Deno.test("uniform_ and normal_ fill with their distributions", () => {
  assertUniform((t) => init.uniform_(t), 0, 1);
  assertUniform((t) => init.uniform_(t, -3, 5), -3, 5);
  assertNormal((t) => init.normal_(t), 0, 1);
  assertNormal((t) => init.normal_(t, 2, 0.1), 2, 0.1);
});

Deno.test("Xavier's bounds count inputs and outputs", () => {
  const bound = Math.sqrt(6 / 500);
  assertUniform((t) => init.xavierUniform_(t), -bound, bound);
  assertUniform((t) => init.xavierUniform_(t, 2), -2 * bound, 2 * bound);
  assertNormal((t) => init.xavierNormal_(t), 0, Math.sqrt(2 / 500));
});

Deno.test("Kaiming's bounds count one side, and the slope that follows", () => {
  const bound = Math.sqrt(6 / 300);
  assertUniform((t) => init.kaimingUniform_(t), -bound, bound);
  assertNormal((t) => init.kaimingNormal_(t, { mode: "fanOut" }), 0, Math.sqrt(2 / 200));
  const leaky = Math.sqrt(6 / (1 + 5) / 300);
  assertUniform((t) => init.kaimingUniform_(t, { a: Math.sqrt(5) }), -leaky, leaky);
  const tanh = 5 / 3 / Math.sqrt(200);
  assertNormal((t) => init.kaimingNormal_(t, { mode: "fanOut", nonlinearity: "tanh" }), 0, tanh);
});

Deno.test("gains are PyTorch's", () => {
  const words = ["linear", "sigmoid", "tanh", "relu", "leakyRelu", "selu"] as const;
  const expected = [1, 1, 5 / 3, 1.4142135623730951, 1.4141428569978354, 0.75];
  assert.deepEqual(words.map((word) => init.calculateGain(word)), expected);
  assert.equal(init.calculateGain("leakyRelu", 0.2), 1.3867504905630728);
});

Deno.test("the kernel of a convolution's weight counts on both sides", () => {
  const bound = Math.sqrt(6 / (9 * 50 + 9 * 100));
  assertUniform((t) => init.xavierUniform_(t), -bound, bound, [100, 50, 3, 3]);
});

Deno.test("constants fill with themselves", () => {
  assert.deepEqual(statistics(init.zeros_), { mean: 0, std: 0, low: 0, high: 0 });
  assert.deepEqual(statistics(init.ones_), { mean: 1, std: 0, low: 1, high: 1 });
  assert.deepEqual(statistics((t) => init.constant_(t, -2)), {
    mean: -2,
    std: 0,
    low: -2,
    high: -2,
  });
});

Deno.test("a view is filled like a tensor, and nothing beside it", () => {
  scope(() => {
    const whole = zeros([4, 6]);
    const view = whole.t().narrow(0, 1, 2);
    init.uniform_(view, 1, 2);
    const rows = whole.toArray() as number[][];
    assert(rows.every((row) => row.every((v, i) => i === 1 || i === 2 ? v >= 1 : v === 0)));
    manualSeed(3);
    init.uniform_(view);
    manualSeed(3);
    assert.deepEqual(view.toArray(), init.uniform_(zeros([2, 4])).toArray());
  });
});

Deno.test("initialisation leaves nothing behind and works on parameters", () => {
  using layer = new nn.Linear(3, 4);
  const before = memory().tensors;
  assert.equal(init.xavierUniform_(layer.weight), layer.weight);
  init.zeros_(layer.bias!);
  assert.equal(memory().tensors, before);
  assert.deepEqual(layer.bias?.toArray(), [0, 0, 0, 0]);
});

Deno.test("a vector has no fan", () => {
  scope(() =>
    assert.throws(() => init.xavierUniform_(zeros([3])), {
      name: "ShapeError",
      message: "xavierUniform_: at least 2 dimensions are needed: it is [3]",
    })
  );
});

Deno.test("Linear starts as PyTorch's does: weight and bias in ±1/√in", () => {
  manualSeed(2);
  using layer = new nn.Linear(100, 2000);
  for (const p of layer.parameters()) {
    const values = Float64Array.from(p.toTypedArray());
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    assert(largest <= 0.1 && largest > 0.0995, `the largest is ${largest}`);
    const std = Math.sqrt(values.reduce((a, b) => a + b * b, 0) / values.length);
    assert(Math.abs(std - 0.1 / Math.sqrt(3)) < 0.002, `the deviation is ${std}`);
  }
  manualSeed(2);
  using same = new nn.Linear(100, 2000);
  assert.deepEqual(same.weight.toArray(), layer.weight.toArray());
});
