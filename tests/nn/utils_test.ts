import assert from "node:assert/strict";
import { memory, nn, optim, scope, type Tensor, tensor } from "../../mod.ts";
import fixture from "../fixtures/clip.json" with { type: "json" };
import { uniformArray } from "../prng.ts";
import { catchWarnings } from "../warnings.ts";

const { clipGradNorm_, clipGradValue_ } = nn.utils;

/** A parameter of zeros with a gradient that went through the engine. */
function parameter(gradient: Tensor): nn.Parameter {
  const p = new nn.Parameter(gradient.mul(0));
  scope(() => p.mul(gradient).sum().backward());
  return p;
}

/** The fixture's parameters and, as it lists them, their gradients. */
function parameters(): nn.Parameter[] {
  return [
    parameter(tensor(uniformArray(1, 6), { shape: [2, 3] })),
    parameter(tensor(uniformArray(2, 4))),
  ];
}

function gradients(params: readonly nn.Parameter[]): number[] {
  return params.flatMap((p) => [...p.grad!.toTypedArray()]);
}

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((a, i) => assert.ok(Math.abs(a - expected[i]!) < 1e-6, `${a}, ${expected[i]}`));
}

for (const { maxNorm, normType, norm, gradients: expected } of fixture.norms) {
  Deno.test(`clipGradNorm_ to ${maxNorm} by the norm of order ${normType} is PyTorch's`, () => {
    const params = parameters();
    const order = normType === "inf" ? Infinity : normType as number;
    const before = clipGradNorm_(params.values(), maxNorm, { normType: order });
    assert.deepEqual(before.shape, []);
    assertNear([before.item()], [norm]);
    assertNear(gradients(params), expected);
  });
}

for (const { value, gradients: expected } of fixture.values) {
  Deno.test(`clipGradValue_ to ${value} is PyTorch's`, () => {
    const params = parameters();
    const versions = params.map((p) => p.grad!.storage.version);
    clipGradValue_(params, value);
    assert.deepEqual(params.map((p) => p.grad!.storage.version), versions.map((v) => v + 1));
    assertNear(gradients(params), expected);
  });
}

Deno.test("clipping takes one parameter too, and leaves out those without a gradient", () => {
  const [p] = parameters();
  const fresh = new nn.Parameter(tensor([1]));
  assert.equal(clipGradNorm_([fresh], 1).item(), 0);
  clipGradNorm_(p!, 1e-3);
  clipGradValue_([fresh, p!], 1e-4);
  assert.equal(fresh.grad, null);
  assert.ok(gradients([p!]).every((g) => Math.abs(g) <= Math.fround(1e-4)));
});

Deno.test("a gradient that one sample made, and one that is not row-major, are clipped too", () => {
  using model = new nn.Linear(3, 2, { bias: false });
  scope(() => model.forward(tensor([[3, 0, 4]])).sum().backward());
  assertNear([clipGradNorm_(model.weight, 1).item()], [Math.sqrt(50)]);
  assertNear(gradients([model.weight]), [3, 0, 4, 3, 0, 4].map((g) => g / Math.sqrt(50)));

  const turned = new nn.Parameter(tensor([[0, 0], [0, 0], [0, 0]]));
  turned.grad = tensor([[1, 2, 3], [4, 5, 6]]).t();
  clipGradValue_(turned, 4);
  assert.deepEqual(turned.grad.toArray(), [[1, 4], [2, 4], [3, 4]]);
});

Deno.test("clipping leaves nothing in memory but the norm", () => {
  const params = parameters();
  const before = memory().tensors;
  scope(() => {
    clipGradNorm_(params, 1);
    clipGradValue_(params, 1);
    assert.equal(memory().tensors, before + 1);
  });
  assert.equal(memory().tensors, before);
});

Deno.test("a norm that is not finite throws where it is asked to, before anything changes", () => {
  const p = parameter(tensor([1, 2]));
  p.grad = tensor([1, Infinity]);
  assert.throws(() => clipGradNorm_(p, 1, { errorIfNonfinite: true }), {
    name: "RangeError",
    message: "clipGradNorm_: the norm of order 2 must be finite: it is Infinity",
  });
  assert.deepEqual(p.grad.toArray(), [1, Infinity]);
  clipGradNorm_(p, 1);
  assert.deepEqual(p.grad.toArray(), [0, NaN]); // as PyTorch: 1 · 0 and ∞ · 0
});

Deno.test("limits and orders outside their range are refused", () => {
  const cases: [() => unknown, string][] = [
    [
      () => clipGradNorm_([], -1),
      "clipGradNorm_: maxNorm must be a number of at least 0: it is -1",
    ],
    [
      () => clipGradNorm_([], 1, { normType: 0 }),
      "clipGradNorm_: normType must be above 0: it is 0",
    ],
    [
      () => clipGradValue_([], NaN),
      "clipGradValue_: clipValue must be a number of at least 0: it is NaN",
    ],
  ];
  for (const [call, message] of cases) assert.throws(call, { name: "RangeError", message });
});

Deno.test("an iterator of parameters that has been read is warned of, and refused by optimizers", () => {
  using warnings = catchWarnings();
  const parameters = new nn.Linear(2, 2).parameters();
  new optim.SGD(parameters, { lr: 0.1 });
  nn.utils.clipGradNorm_(parameters, 1);
  nn.utils.clipGradNorm_([], 1);
  assert.deepEqual(warnings.texts, [
    "glim: clipGradNorm_: there are no parameters, so nothing is done: parameters() gives them once: " +
    "call it again for each use",
  ]);
  assert.throws(() => new optim.SGD(parameters, { lr: 0.1 }), {
    message: "SGD: at least one parameter is needed: parameters() gives them once: call it again",
  });
});
