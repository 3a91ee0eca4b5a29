import assert from "node:assert/strict";
import { memory, nn, ones, optim, scope, steps, tensor } from "../../mod.ts";
import fixture from "../fixtures/optim.json" with { type: "json" };
import { uniformArray } from "../prng.ts";
import { parameterOf, setGradient } from "./parameter.ts";

const parameter = (seed: number) => parameterOf(seed, fixture.shape);

for (const { options, parameters } of fixture.variants) {
  Deno.test(`ten steps with ${JSON.stringify(options)} are PyTorch's`, () => {
    using w = parameter(1);
    using sgd = new optim.SGD([w], options as optim.SGDOptions);
    for (const i of steps(10)) {
      setGradient(w, uniformArray(100 + i, 6));
      sgd.step();
      const values = w.toTypedArray();
      parameters[i]!.forEach((expected, j) => {
        assert(
          Math.abs(values[j]! - expected) < 1e-6,
          `step ${i}, ${j}: ${values[j]}, ${expected}`,
        );
      });
    }
  });
}

Deno.test("the ema rule is m ← βm + (1 − β)g from m = 0, and w ← w − ηm", () => {
  using w = new nn.Parameter(tensor([1]));
  using sgd = new optim.SGD([w], { lr: 0.5, momentum: 0.75, momentumMode: "ema" });
  for (const [g, expected] of [[8, 0], [4, -1.25], [0, -2.1875]] as const) {
    setGradient(w, Float32Array.of(g));
    sgd.step(); // m: 2, 2.5, 1.875
    assert.equal(w.item(), expected);
  }
});

Deno.test("a parameter without a gradient stays as it is", () => {
  using a = parameter(1);
  using b = parameter(2);
  const before = b.toArray();
  const sgd = new optim.SGD([a, b], { lr: 1, weightDecay: 0.1 });
  setGradient(a, uniformArray(3, 6));
  sgd.step();
  assert.deepEqual(b.toArray(), before);
});

Deno.test("steps take no memory but one momentum buffer a parameter, and disposal frees it", () => {
  using model = new nn.Linear(4, 3);
  const { tensors } = memory();
  const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  for (const i of steps(5)) {
    sgd.zeroGrad();
    model.forward(ones([2, 4])).sum().backward();
    sgd.step();
    if (i === 4) sgd.zeroGrad();
  }
  assert.equal(memory().tensors - tensors, 2);
  sgd[Symbol.dispose]();
  assert.equal(memory().tensors, tensors);
});

Deno.test("a step changes weights that backward still needs, and backward notices", () => {
  using w = parameter(1);
  const sgd = new optim.SGD([w], { lr: 0.1 });
  setGradient(w, uniformArray(2, 6));
  scope(() => {
    const loss = w.mul(w).sum();
    sgd.step();
    assert.throws(() => loss.backward(), /changed in place/);
  });
});

Deno.test("settings outside their range are refused", () => {
  using w = parameter(1);
  const cases: [optim.SGDOptions, string][] = [
    [{ lr: -1 }, "SGD: lr must be a number of at least 0: it is -1"],
    [{ lr: NaN }, "SGD: lr must be a number of at least 0: it is NaN"],
    [{ momentum: -0.1 }, "SGD: momentum must be a number of at least 0: it is -0.1"],
    [{ weightDecay: -1 }, "SGD: weightDecay must be a number of at least 0: it is -1"],
    [
      { momentumMode: "adam" as "ema" },
      'SGD: momentumMode must be "torch" or "ema": it is "adam"',
    ],
    [
      { momentumMode: "ema", momentum: 0.9, nesterov: true },
      'SGD: momentumMode "ema" has neither nesterov nor dampening: they are true and 0',
    ],
    [{ nesterov: true }, "SGD: nesterov needs momentum and no dampening: they are 0 and 0"],
    [
      { nesterov: true, momentum: 0.9, dampening: 0.5 },
      "SGD: nesterov needs momentum and no dampening: they are 0.9 and 0.5",
    ],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => new optim.SGD([w], options), { name: "RangeError", message });
  }
});
