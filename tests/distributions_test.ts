import assert from "node:assert/strict";
import {
  distributions,
  manualSeed,
  noGrad,
  scope,
  stack,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import { test } from "./scoped.ts";
import { betaSlopes, gammaSlope } from "../src/distributions/gamma_functions.ts";
import fixture from "./fixtures/distributions.json" with { type: "json" };

const {
  Bernoulli,
  Beta,
  Binomial,
  Categorical,
  Cauchy,
  Dirichlet,
  Exponential,
  Gamma,
  Geometric,
  HalfNormal,
  Independent,
  Laplace,
  LogNormal,
  Multinomial,
  MultivariateNormal,
  Normal,
  Poisson,
  StudentT,
  Uniform,
} = distributions;

// deno-lint-ignore no-explicit-any
type Any = any;

const BY_NAME = new Set(["probs", "logits"]);

function made(name: string, parameters: Record<string, Any>): distributions.Distribution {
  const Class = (distributions as Any)[name];
  if (name === "MultivariateNormal") {
    const { loc, ...rest } = parameters;
    const options = Object.fromEntries(
      Object.entries(rest).map(([key, x]) => [key.replace(/_(.)/, (_, c) => c.toUpperCase()), x]),
    );
    return new Class(loc, options.covarianceMatrix ?? options);
  }
  return new Class(
    ...Object.entries(parameters).map(([key, x]) => BY_NAME.has(key) ? { [key]: x } : x),
  );
}

/** Parameters as tensors, but counts. */
function tensors(parameters: Record<string, Any>, requiresGrad: boolean): Record<string, Any> {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [
      key,
      typeof value === "number"
        ? value
        : tensor(value, { dtype: "float32", requiresGrad: requiresGrad && key !== "total_count" }),
    ]),
  );
}

function assertNear(
  actual: Tensor | null,
  expected: Any[] | null,
  what: string,
  tolerance: number,
) {
  if (expected === null) return;
  const values = actual === null ? expected.map(() => 0) : Array.from(actual.toTypedArray());
  assert.equal(values.length, expected.length, what);
  values.forEach((v, i) => {
    const e = Number(String(expected[i]).replace("inf", "Infinity"));
    assert.ok(
      Object.is(v, e) || v === e || Math.abs(v - e) <= tolerance * Math.max(1, Math.abs(e)),
      `${what}, ${i}: ${v}, ${e}`,
    );
  });
}

for (const { name, parameters, values, others, results, ...moments } of fixture.distributions) {
  test(`${name} of ${Object.keys(parameters)} has PyTorch's values and gradients`, () => {
    const given = tensors(parameters, true);
    const leaves = Object.entries(given).filter(([, x]) => (x as Any).requiresGrad);
    const runs: Record<string, (p: distributions.Distribution) => Tensor> = {
      logProb: (p) => p.logProb(tensor(values, { dtype: "float32" })),
      entropy: (p) => p.entropy(),
      cdf: (p) => p.cdf(tensor(values, { dtype: "float32" })),
      icdf: (p) => p.icdf(tensor([0.1, 0.5, 0.95])),
      kl: (p) => distributions.klDivergence(p, made(name, tensors(others!, false))),
    };
    for (const [what, run] of Object.entries(runs)) {
      const expected = results[what as "kl"];
      if (name === "Binomial" && what === "entropy" && expected === undefined) continue;
      if (expected === undefined) {
        assert.throws(() => run(made(name, given)), TypeError, what);
        continue;
      }
      // the share of a Gamma has no gradient of its concentration
      const isFixed = /Gamma|Chi2/.test(name) && what === "cdf";
      const fixed = Object.entries(given).filter(([key]) =>
        key === "concentration" || key === "df"
      );
      const constant = Object.fromEntries(fixed.map(([key, x]) => [key, x.detach()]));
      const result = run(made(name, isFixed ? { ...given, ...constant } : given));
      assertNear(result, expected.value, what, 2e-5);
      if (result.requiresGrad) result.sum().backward();
      leaves.forEach(([key, leaf], i) => {
        assertNear(leaf.grad, expected.gradients[i]!, `${what}, gradient of ${key}`, 2e-4);
        leaf.zeroGrad();
      });
    }
    const p = made(name, given);
    for (const [what, expected] of Object.entries(moments)) {
      assertNear((p as Any)[what], expected, what, 1e-5);
    }
    assert.deepEqual(p.sample([4, 5]).shape, [4, 5, ...p.batchShape, ...p.eventShape]);
  });
}

const D = distributions;
/** What stands in the fixture as an expression of PyTorch's. */
const MADE: Record<string, (a: Tensor, b: Tensor) => distributions.Distribution> = {
  "d.TransformedDistribution(d.Normal(a, b), [d.TanhTransform()])": (a, b) =>
    new D.TransformedDistribution(new Normal(a, b), [new D.TanhTransform()]),
  "d.TransformedDistribution(d.Normal(a, b), d.TanhTransform().inv)": (a, b) =>
    new D.TransformedDistribution(new Normal(a, b), new D.TanhTransform().inv),
  "d.TransformedDistribution(d.Normal(a, b), [d.AffineTransform(a, -b), d.ExpTransform()])": (
    a,
    b,
  ) =>
    new D.TransformedDistribution(new Normal(a, b), [
      new D.AffineTransform(a, b.neg()),
      new D.ExpTransform(),
    ]),
  "d.TransformedDistribution(d.Normal(a, b), [d.SigmoidTransform(), d.AffineTransform(-1.0, 2.0)])":
    (a, b) =>
      new D.TransformedDistribution(new Normal(a, b), [
        new D.SigmoidTransform(),
        new D.AffineTransform(-1, 2),
      ]),
  "d.TransformedDistribution(d.Gamma(b.detach(), b), [d.PowerTransform(torch.tensor(-0.5))])": (
    _a,
    b,
  ) => new D.TransformedDistribution(new Gamma(b.detach(), b), [new D.PowerTransform(-0.5)]),
  "d.TransformedDistribution(d.Normal(a, b), [d.SoftplusTransform()])": (a, b) =>
    new D.TransformedDistribution(new Normal(a, b), [new D.SoftplusTransform()]),
  "d.TransformedDistribution(d.Independent(d.Normal(a, b), 1), [d.TanhTransform()])": (a, b) =>
    new D.TransformedDistribution(new Independent(new Normal(a, b), 1), [new D.TanhTransform()]),
  "d.TransformedDistribution(d.Normal(a, b), [d.IndependentTransform(d.ExpTransform(), 1)])": (
    a,
    b,
  ) =>
    new D.TransformedDistribution(new Normal(a, b), [
      new D.IndependentTransform(new D.ExpTransform(), 1),
    ]),
  "d.MixtureSameFamily(d.Categorical(b), d.Normal(a, b))": (a, b) =>
    new D.MixtureSameFamily(new Categorical(b), new Normal(a, b)),
  "d.MixtureSameFamily(d.Categorical(b), d.Independent(d.Normal(torch.stack([a, -a], -1), 1.0), 1))":
    (a, b) => {
      const loc = stack([a, a.neg()], -1);
      return new D.MixtureSameFamily(new Categorical(b), new Independent(new Normal(loc, 1), 1));
    },
};

test("transformed distributions and mixtures have PyTorch's values and gradients", () => {
  assert.deepEqual(fixture.made.map(({ made }) => made), Object.keys(MADE));
  for (const { made, values, batch, event, results } of fixture.made) {
    const leaves = [[0.25, -1, 0.5], [1, 0.5, 1.5]].map((x) => tensor(x, { requiresGrad: true }));
    let p = MADE[made]!(leaves[0]!, leaves[1]!);
    assert.deepEqual([p.batchShape, p.eventShape], [batch, event], made);
    for (const [what, expected] of Object.entries(results)) {
      if (expected === undefined) continue;
      p = MADE[made]!(leaves[0]!, leaves[1]!); // a graph is used once
      const of = p as Any, given = tensor(values, { dtype: "float32" });
      const result: Tensor = ["logProb", "cdf"].includes(what) ? of[what](given) : of[what];
      assertNear(result, expected.value, `${made}: ${what}`, 2e-5);
      if (result.requiresGrad) result.sum().backward();
      leaves.forEach((leaf, i) => {
        assertNear(leaf.grad, expected.gradients[i]!, `${made}: ${what}, gradient ${i}`, 2e-4);
        leaf.zeroGrad();
      });
    }
    const samples = p.sample([4, 5]);
    assert.deepEqual(samples.shape, [4, 5, ...batch, ...event], made);
    if (made.includes(".inv")) continue; // artanh of normal numbers is NaN beyond 1
    assert.equal(p.logProb(samples).isnan().any().item(), 0, made);
  }
});

test("transforms and their inverses lead there and back, and tell their derivatives", () => {
  const transforms = [
    new D.AffineTransform(1, -2),
    new D.ExpTransform(),
    new D.SigmoidTransform(),
    new D.TanhTransform(),
    new D.SoftplusTransform(),
    new D.PowerTransform(3),
    new D.ComposeTransform([new D.ExpTransform(), new D.AffineTransform(0.5, 2)]),
  ];
  for (const transform of transforms.flatMap((t) => [t, t.inv.inv])) {
    const x = tensor([0.25, 0.75, 1.5], { requiresGrad: true });
    const y = transform.forward(x);
    assertNear(transform.inverse(y), [0.25, 0.75, 1.5], transform.constructor.name, 1e-5);
    assertNear(transform.inv.forward(y), [0.25, 0.75, 1.5], transform.constructor.name, 1e-5);
    y.sum().backward();
    const slope = x.grad!.abs().log();
    const told = noGrad(() => transform.logAbsDetJacobian(x, y));
    assertNear(told, [...slope.toTypedArray()], transform.constructor.name, 1e-5);
    const back = noGrad(() => transform.inv.logAbsDetJacobian(y, x));
    assertNear(back, [...slope.neg().toTypedArray()], transform.constructor.name, 1e-5);
  }
});

test("samples of what is made of others follow its distribution", () => {
  manualSeed(5);
  const tanh = new D.TransformedDistribution(new Normal(0.5, 1), new D.TanhTransform());
  const mixture = new D.MixtureSameFamily(
    new Categorical(tensor([1, 3], { dtype: "float32" })),
    new Normal(tensor([-2, 2], { dtype: "float32" }), 1),
  );
  for (const p of [tanh, mixture]) {
    const values = p.sample([20_000]);
    for (const at of [-1.5, -0.5, 0, 0.5, 0.9]) {
      if (p === tanh && at < -1) continue;
      const share = values.le(at).to("float32").mean().item();
      assert.ok(Math.abs(share - p.cdf(at).item()) < 0.015, `${p} up to ${at}: ${share}`);
    }
  }
  const loc = tensor([0.5], { requiresGrad: true });
  new D.TransformedDistribution(new Normal(loc, 1), [new D.ExpTransform()]).rsample().sum()
    .backward();
  assert.ok(loc.grad!.item() > 0);
  const straight = new D.OneHotCategoricalStraightThrough({
    logits: tensor([0, 1], {
      requiresGrad: true,
    }),
  });
  assert.ok(straight.hasRsample && straight.rsample([3]).requiresGrad);
});

test("the density of the last sample inverts nothing, unless a transform has parameters", () => {
  const far = new Normal(tensor([-30, 0.5, 30]), 1); // whose tanh rounds to ±1
  const policy = new D.TransformedDistribution(far, [
    new D.TanhTransform(),
    new D.AffineTransform(1, 2),
  ]);
  for (const draw of [() => policy.sample([4]), () => policy.rsample([4])]) {
    const sample = draw();
    assert.ok(policy.logProb(sample).isfinite().all().item());
    const again = policy.logProb(sample.clone()); // another tensor of the same values is inverted
    assert.equal(again.isfinite().all().item(), 0);
    assertNear(
      policy.logProb(sample).index(["...", 1]),
      [...again.index(["...", 1]).toTypedArray()],
      "the middle",
      1e-5,
    );
    noGrad(() => void sample.mul_(0.5)); // it is no longer what was drawn
    assertNear(
      policy.logProb(sample),
      [...policy.logProb(sample.clone()).toTypedArray()],
      "changed",
      0,
    );
  }
  const inner = scope(() => policy.sample()); // what it was made of is released, so it is inverted
  assert.equal(policy.logProb(inner).shape.length, 1);

  // an inverse that learns has gradients, though the sample has none
  const loc = tensor([0.5], { requiresGrad: true });
  const flow = new D.TransformedDistribution(new Normal(0, 1), [
    new D.TanhTransform(),
    new D.AffineTransform(loc, 2),
  ]);
  const of = (y: Tensor) => {
    loc.zeroGrad();
    flow.logProb(y).sum().backward();
    return loc.grad!.clone();
  };
  const y = flow.sample([3]);
  assertNear(of(y), [...of(y.clone()).toTypedArray()], "gradient", 0);
});

test("the share of a Gamma tells whose gradient it lacks", () => {
  const concentration = tensor([2], { dtype: "float32", requiresGrad: true });
  const share = new Gamma(concentration, 1).cdf(1);
  assert.throws(
    () => share.backward(),
    /gammainc has no gradient with respect to its first argument: hand over a\.detach\(\)/,
  );
});

test("samples of a Gamma of a large shape move as those of the normal distribution", () => {
  for (const a of [2e4, 1e6, 1e9]) {
    for (const z of [-3, -1, 0, 1, 3]) {
      const x = a + z * Math.sqrt(a) + (z ** 2 - 1) / 3; // where the normal one is z
      const slope = 1 + z / (2 * Math.sqrt(a));
      assert.ok(Math.abs(gammaSlope(a, x) - slope) < 1 / a, `${a}, ${z}: ${gammaSlope(a, x)}`);
    }
  }
});

test("samples of Gamma and Beta move with the parameters as PyTorch's do", () => {
  for (const [a, x, slope] of fixture.gammas as number[][]) {
    const error = Math.abs(gammaSlope(a!, x!) - slope!);
    assert.ok(error <= 1e-3 * Math.abs(slope!), `${a}, ${x}: ${gammaSlope(a!, x!)}, ${slope}`);
  }
  for (const [a, b, x, da, db] of fixture.betas as number[][]) {
    const [u, v] = betaSlopes(a!, b!, x!);
    assert.ok(Math.abs(u - da!) <= 2e-3 * Math.abs(da!), `${a}, ${b}, ${x}: ${u}, ${da}`);
    assert.ok(Math.abs(v - db!) <= 2e-3 * Math.abs(db!), `${a}, ${b}, ${x}: ${v}, ${db}`);
  }
});

const all: [string, () => distributions.Distribution][] = [
  ["Normal", () => new Normal(tensor([0.5, -2]), tensor([1, 0.25]))],
  ["Bernoulli", () => new Bernoulli(tensor([0.2, 0.7]))],
  ["Uniform", () => new Uniform(tensor([0, -2]), 3)],
  ["Exponential", () => new Exponential(tensor([0.5, 4]))],
  ["Laplace", () => new Laplace(tensor([0.5, -2]), tensor([1, 0.25]))],
  ["Gamma", () => new Gamma(tensor([0.4, 3]), tensor([1, 2]))],
  ["Beta", () => new Beta(tensor([0.4, 3]), tensor([1, 2]))],
  ["LogNormal", () => new LogNormal(tensor([0.5, -2]), tensor([0.5, 0.25]))],
  ["HalfNormal", () => new HalfNormal(tensor([0.5, 2]))],
  ["StudentT", () => new StudentT(tensor([9, 30]), tensor([0.5, -2]), 2)],
  ["Poisson", () => new Poisson(tensor([0.4, 60]))],
  ["Geometric", () => new Geometric(tensor([0.4, 0.9]))],
  ["Binomial", () => new Binomial(7, tensor([0.4, 0.9]))],
  ["Multinomial", () => new Multinomial(5, tensor([0.4, 0.9, 0.7]))],
  ["Dirichlet", () => new Dirichlet(tensor([0.4, 3, 1]))],
  [
    "MultivariateNormal",
    () => new MultivariateNormal(tensor([0.5, -2]), tensor([[2, -1], [-1, 1.5]])),
  ],
];

for (const [name, make] of all) {
  test(`20,000 samples of ${name} have its mean, variance and entropy, and follow the seed`, () => {
    const p = make();
    manualSeed(11);
    const x = p.sample([20_000]);
    manualSeed(11);
    assert.deepEqual(p.sample([20_000]).toTypedArray(), x.toTypedArray());
    const mean = x.mean(0);
    const variance = x.sub(mean).square().mean(0);
    const near = (a: Tensor, b: Tensor, least: number) =>
      a.toTypedArray().forEach((v, i) => {
        const e = b.toTypedArray()[i]!;
        assert.ok(Math.abs(v - e) < least + 0.06 * Math.abs(e), `${name}: ${v}, ${e}`);
      });
    near(mean, p.mean, 0.02);
    near(variance, p.variance, 0.02);
    if (name !== "Poisson") near(p.logProb(x).mean(0).neg(), p.entropy(), 0.03);
  });
}

test("samples of Cauchy lie about their quartiles as often as they should", () => {
  manualSeed(5);
  const x = new Cauchy(1, 2).sample([20_000]);
  for (const [at, share] of [[-1, 0.25], [1, 0.5], [3, 0.75]] as const) {
    assert.ok(Math.abs(x.lt(at).to("float32").mean().item() - share) < 0.015, `${at}`);
  }
});

test("samples of Dirichlet and StudentT move with the parameters", () => {
  manualSeed(8);
  const c = tensor([0.7, 1.5, 3], { requiresGrad: true });
  const weights = tensor([1, 2, -1]); // of a mean that depends on all of them
  new Dirichlet(c).rsample([20_000]).mul(weights).sum(-1).mean().backward();
  const sampled = c.grad!.toArray() as number[];
  c.zeroGrad();
  new Dirichlet(c).mean.mul(weights).sum().backward();
  (c.grad!.toArray() as number[]).forEach((exact, i) => {
    assert.ok(Math.abs(sampled[i]! - exact) < 0.03, `${i}: ${sampled[i]}, ${exact}`);
  });
  const df = tensor([8], { requiresGrad: true });
  new StudentT(df).rsample([20_000]).square().mean().backward();
  // the variance ν / (ν − 2) falls by 2 / (ν − 2)²
  assert.ok(Math.abs(df.grad!.item() + 2 / 36) < 0.02, `${df.grad!.item()}`);
});

test("Categorical picks classes as often as their probabilities say, never one of 0", () => {
  manualSeed(3);
  const p = new Categorical(tensor([[1, 0, 3], [5, 4, 1]]));
  const x = p.sample([20_000]);
  assert.equal(x.dtype, "int32");
  const counts = [0, 1, 2].map((k) => x.eq(k).to("float32").mean(0).toTypedArray());
  const expected = [[0.25, 0.5], [0, 0.4], [0.75, 0.1]];
  counts.forEach((row, k) =>
    row.forEach((v, i) => assert.ok(Math.abs(v - expected[k]![i]!) < 0.015, `${k}, ${i}: ${v}`))
  );
  assert.equal(counts[1]![0], 0);
});

test("rsample's gradients are those of the mean, and discrete distributions have none", () => {
  manualSeed(7);
  const cases: [make: (a: Tensor) => distributions.Distribution, at: number][] = [
    [(a) => new Normal(a, 1), 0.5],
    [(a) => new Gamma(a, 2), 0.7],
    [(a) => new Beta(a, 2), 1.5],
    [(a) => new Exponential(a), 2],
    [(a) => new Uniform(0, a), 2],
    [(a) => new Laplace(a, 1), 2],
    [(a) => new LogNormal(a, 0.5), 0.3],
    [(a) => new HalfNormal(a), 2],
    [(a) => new MultivariateNormal(a, tensor([[2]])), 2],
  ];
  for (const [make, at] of cases) {
    const a = tensor([at], { requiresGrad: true });
    make(a).rsample([20_000]).mean().backward();
    const sampled = a.grad!.item();
    a.zeroGrad();
    make(a).mean.sum().backward();
    const exact = a.grad!.item();
    assert.ok(Math.abs(sampled - exact) < 0.03 * Math.abs(exact), `${make}: ${sampled}, ${exact}`);
    assert.equal(make(a).sample([2]).requiresGrad, false);
  }
  assert.throws(() => new Bernoulli(0.5).rsample(), {
    message: "rsample: samples of Bernoulli have no gradients: use sample() and logProb()",
  });
  assert.equal(new Categorical(tensor([1, 1])).hasRsample, false);
  assert.equal(new Independent(new Bernoulli(tensor([0.5])), 1).hasRsample, false);
});

test("Independent takes dimensions of the batch for parts of a sample", () => {
  const p = new Independent(new Normal(zeros([3, 2]), 2), 1);
  const q = new Independent(new Normal(1, tensor([[1, 1], [1, 1], [1, 1]])), 1);
  assert.deepEqual([p.batchShape, p.eventShape], [[3], [2]]);
  assert.deepEqual(p.rsample([5]).shape, [5, 3, 2]);
  assert.deepEqual(p.logProb(zeros([5, 3, 2])).shape, [5, 3]);
  assert.deepEqual([p.entropy().shape, distributions.klDivergence(p, q).shape], [[3], [3]]);
  assert.equal(String(p), "Independent(batchShape: [3], eventShape: [2])");
});

test("what is no parameter is refused", () => {
  const cases: [() => unknown, string, string][] = [
    [
      () => new Normal(0, tensor([1, 0])),
      "RangeError",
      "Normal: scale must be above 0: element 1 is 0",
    ],
    [
      () => new Bernoulli(1.5),
      "RangeError",
      "Bernoulli: probs must be from 0 to 1: element 0 is 1.5",
    ],
    [
      () => new Bernoulli({ probs: 0.5, logits: 0 }),
      "TypeError",
      "Bernoulli: either probs or logits are needed, and not both",
    ],
    [
      () => new Normal("0" as never, 1),
      "TypeError",
      'Normal: loc must be a tensor or a number: it is "0"',
    ],
    [
      () => new MultivariateNormal(tensor([0, 1]), tensor([[1, 2], [2, 1]])),
      "RangeError",
      "MultivariateNormal: covarianceMatrix must be positive definite: element 1 is NaN",
    ],
    [
      () => new MultivariateNormal(tensor([0, 1]), {}),
      "TypeError",
      "MultivariateNormal: one of covarianceMatrix, precisionMatrix and scaleTril is needed",
    ],
    [
      () => new Poisson(3).entropy(),
      "TypeError",
      "entropy: that of Poisson has no closed form",
    ],
    [
      () => distributions.klDivergence(new Normal(0, 1), new Laplace(0, 1)),
      "TypeError",
      "klDivergence: two distributions of one class are needed: they are " +
      "Normal(batchShape: [], eventShape: []) and Laplace(batchShape: [], eventShape: [])",
    ],
    [
      () => new Normal(0, 1).sample(3 as never),
      "TypeError",
      "sample: the shape must be a list of whole numbers of at least 0: it is 3",
    ],
  ];
  for (const [call, name, message] of cases) assert.throws(call, { name, message });
  noGrad(() => assert.equal(new Uniform(0, 1).logProb(2).item(), -Infinity));
});
