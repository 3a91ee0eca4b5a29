import assert from "node:assert/strict";
import { memory, nn, noGrad, ones, optim, scope, steps, tensor } from "../../mod.ts";
import fixture from "../fixtures/adaptive.json" with { type: "json" };
import { uniformArray } from "../prng.ts";
import { parameterOf, setGradient } from "./parameter.ts";

/** Any of them, as the fixture names them. */
type Rule = new (
  params: Iterable<nn.Parameter>,
  // deno-lint-ignore no-explicit-any
  options: any,
) => optim.Optimizer<{ lr: number }>;

const RULES: Record<string, Rule> = {
  Adam: optim.Adam,
  AdamW: optim.AdamW,
  RMSprop: optim.RMSprop,
  SGD: optim.SGD,
  Adagrad: optim.Adagrad,
  Adadelta: optim.Adadelta,
  NAdam: optim.NAdam,
  RAdam: optim.RAdam,
  Adamax: optim.Adamax,
  Adafactor: optim.Adafactor,
  Muon: optim.Muon,
  ASGD: optim.ASGD,
  Rprop: optim.Rprop,
};

const parameter = (seed: number) => parameterOf(seed, fixture.shape);

for (const { rule, options, parameters } of fixture.variants) {
  Deno.test(`ten steps of ${rule} with ${JSON.stringify(options)} are PyTorch's`, () => {
    const { vector, ...given } = options as { vector?: boolean };
    const shape = vector ? [6] : fixture.shape;
    using w = new nn.Parameter(tensor(uniformArray(1, 6), { shape }));
    using optimizer = new RULES[rule]!([w], given);
    for (const i of steps(10)) {
      setGradient(w, uniformArray(100 + i, 6));
      optimizer.step();
      const values = w.toTypedArray();
      parameters[i]!.forEach((expected, j) => {
        const error = Math.abs(values[j]! - expected);
        assert.ok(
          error < (rule === "Muon" ? 1e-5 : 1e-6),
          `step ${i}, ${j}: ${values[j]}, ${expected}`,
        );
      });
    }
  });
}

for (const { options, path } of fixture.closures) {
  Deno.test(`steps of LBFGS with ${JSON.stringify(options)} are PyTorch's`, () => {
    using w = new nn.Parameter(tensor(uniformArray(1, 6)));
    using optimizer = new optim.LBFGS([w], options as optim.LBFGSOptions);
    for (const step of steps(path.length)) {
      const expected = path[step]!;
      const loss = optimizer.step(() => {
        optimizer.zeroGrad();
        const [here, next] = [w.narrow(0, 0, 5), w.narrow(0, 1, 5)];
        const loss = next.sub(here.square()).square().mul(5).add(here.sub(1).square()).sum();
        loss.backward();
        return loss;
      });
      assert.ok(Math.abs(loss.item() - expected.loss) < 1e-4 * (1 + expected.loss));
      w.toTypedArray().forEach((v, i) =>
        assert.ok(Math.abs(v - expected.w[i]!) < 1e-3, `step ${step}: ${w}, ${expected.w}`)
      );
      const { state } = optimizer.stateDict();
      const counts = [state.get(0)!.nIter, state.get(0)!.funcEvals];
      assert.deepEqual(counts, expected.counts, `step ${step}`);
    }
  });
}

Deno.test("step calls a closure once, recorded even inside noGrad, and gives what it returns", () => {
  using w = parameter(1);
  using sgd = new optim.SGD([w], { lr: 1 });
  const before = w.toTypedArray();
  let calls = 0;
  const loss = noGrad(() =>
    sgd.step(() => {
      calls++;
      const loss = w.sum();
      loss.backward();
      return loss.item();
    })
  );
  assert.equal(calls, 1);
  assert.equal(loss, scope(() => tensor(before).sum().item()));
  w.toTypedArray().forEach((v, i) => assert.ok(Math.abs(v - (before[i]! - 1)) < 1e-6));
  assert.throws(() => new optim.LBFGS([w]).step(), {
    message: "step: the closure must be a function: it is undefined",
  });
});

Deno.test("a group that is added has the defaults, its own settings, and no parameter twice", () => {
  using a = parameter(1);
  using b = parameter(2);
  using sgd = new optim.SGD([a], { lr: 0.1, momentum: 0.9 });
  sgd.addParamGroup({ params: b, lr: 0.5 });
  assert.deepEqual(sgd.paramGroups.map(({ lr, momentum }) => [lr, momentum]), [[0.1, 0.9], [
    0.5,
    0.9,
  ]]);
  setGradient(b, new Float32Array(6).fill(1));
  const before = b.toTypedArray()[0]!;
  sgd.step();
  assert.ok(Math.abs(b.toTypedArray()[0]! - (before - 0.5)) < 1e-6);
  for (const bad of [{ params: [a] }, { params: [parameter(3)], nesterov: true, dampening: 1 }]) {
    assert.throws(() => sgd.addParamGroup(bad), RangeError);
  }
  assert.throws(() =>
    sgd.addParamGroup({ params: [parameter(3)], foreach: true } as object as {
      params: nn.Parameter[];
    }), { name: "TypeError", message: /unknown option "foreach"/ });
  assert.equal(sgd.paramGroups.length, 2);
});

for (
  const [rule, options, kept] of [
    ["Adam", {}, 2],
    ["Adam", { amsgrad: true }, 3],
    ["AdamW", {}, 2],
    ["RMSprop", {}, 1],
    ["RMSprop", { centered: true, momentum: 0.9 }, 3],
  ] as const
) {
  const name = `${rule} with ${JSON.stringify(options)}`;

  Deno.test(`${name} keeps ${kept} tensors a parameter, and disposal frees them`, () => {
    using model = new nn.Linear(4, 3);
    const { tensors } = memory();
    const optimizer = new RULES[rule]!(model.parameters(), options);
    for (const _i of steps(5)) {
      optimizer.zeroGrad();
      model.forward(ones([2, 4])).sum().backward();
      optimizer.step();
    }
    optimizer.zeroGrad();
    assert.equal(memory().tensors - tensors, 2 * kept);
    optimizer[Symbol.dispose]();
    assert.equal(memory().tensors, tensors);
  });

  Deno.test(`${name} goes on from a state dict as if it had never stopped`, () => {
    const run = (resume: boolean) =>
      scope(() => {
        using w = parameter(1);
        let optimizer = new RULES[rule]!([w], { lr: 0.1, ...options });
        for (let i = 0; i < 6; i++) {
          if (resume && i === 3) {
            const state = optimizer.stateDict();
            optimizer[Symbol.dispose]();
            optimizer = new RULES[rule]!([w], {});
            optimizer.loadStateDict(state);
            for (const kept of state.state.values()) {
              for (const t of Object.values(kept)) if (typeof t !== "number") t[Symbol.dispose]();
            }
          }
          setGradient(w, uniformArray(100 + i, 6));
          optimizer.step();
        }
        optimizer[Symbol.dispose]();
        return w.toArray();
      });
    const before = memory().tensors;
    assert.deepEqual(run(true), run(false));
    assert.equal(memory().tensors, before);
  });
}

Deno.test("each parameter counts its own steps: one that comes late has a first step", () => {
  using early = parameter(1);
  using late = parameter(2);
  using alone = parameter(2);
  using both = new optim.Adam([early, late], { lr: 0.1 });
  using other = new optim.Adam([alone], { lr: 0.1 });
  setGradient(early, uniformArray(3, 6));
  both.step();
  for (const p of [late, alone]) setGradient(p, uniformArray(4, 6));
  both.step();
  other.step();
  assert.deepEqual(late.toArray(), alone.toArray());
  const { state } = both.stateDict();
  assert.deepEqual([state.get(0)!.step, state.get(1)!.step], [2, 1]);
  for (const kept of state.values()) {
    for (const t of Object.values(kept)) if (typeof t !== "number") t[Symbol.dispose]();
  }
});

Deno.test("groups have betas and decay of their own", () => {
  using a = parameter(1);
  using b = parameter(1);
  using c = parameter(1);
  using grouped = new optim.AdamW([
    { params: [a], weightDecay: 0 },
    { params: [b], betas: [0.5, 0.5] },
  ], { lr: 0.1 });
  using single = new optim.Adam([c], { lr: 0.1 });
  for (let i = 0; i < 3; i++) {
    for (const p of [a, b, c]) setGradient(p, uniformArray(100 + i, 6));
    grouped.step();
    single.step();
  }
  assert.deepEqual(a.toArray(), c.toArray());
  assert.notDeepEqual(b.toArray(), c.toArray());
});

Deno.test("settings outside their range are refused, in groups too", () => {
  using w = parameter(1);
  const cases: [() => unknown, string][] = [
    [() => new optim.Adam([w], { lr: -1 }), "Adam: lr must be a number of at least 0: it is -1"],
    [
      () => new optim.Adam([w], { eps: NaN }),
      "Adam: eps must be a number of at least 0: it is NaN",
    ],
    [
      () => new optim.AdamW([w], { weightDecay: -1 }),
      "AdamW: weightDecay must be a number of at least 0: it is -1",
    ],
    [
      () => new optim.Adam([{ params: [w], betas: [0.9, 1] }]),
      "Adam: group 0: betas must be two numbers from 0 to below 1: it is [0.9, 1]",
    ],
    [
      () => new optim.AdamW([w], { betas: [-0.1, 0.9] }),
      "AdamW: betas must be two numbers from 0 to below 1: it is [-0.1, 0.9]",
    ],
    [
      () => new optim.RMSprop([w], { alpha: -1 }),
      "RMSprop: alpha must be a number of at least 0: it is -1",
    ],
    [
      () => new optim.RMSprop([w], { momentum: -1 }),
      "RMSprop: momentum must be a number of at least 0: it is -1",
    ],
  ];
  for (const [make, message] of cases) assert.throws(make, { name: "RangeError", message });
});
