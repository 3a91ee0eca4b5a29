import assert from "node:assert/strict";
import { memory, nn, noGrad, ones, optim, scope, tensor } from "../../mod.ts";
import fixture from "../fixtures/averaged.json" with { type: "json" };
import { uniformArray } from "../prng.ts";

const { AveragedModel, getEmaMultiAvgFn, getSwaMultiAvgFn } = optim.swaUtils;

const RULES: Record<string, optim.swaUtils.MultiAvgFn> = {
  "mean": getSwaMultiAvgFn(),
  "ema 0.9": getEmaMultiAvgFn(0.9),
  "ema 0.25": getEmaMultiAvgFn(0.25),
};

/** Sets the weights of the fixture's layer for an update. */
function setWeights(model: nn.Linear, update: number): void {
  noGrad(() => {
    model.weight.copy_(tensor(uniformArray(200 + update, 6), { shape: [2, 3] }));
    model.bias!.copy_(tensor(uniformArray(300 + update, 2)));
  });
}

function weightsOf(model: nn.Linear): number[] {
  return [...model.weight.toTypedArray(), ...model.bias!.toTypedArray()];
}

for (const [name, path] of Object.entries(fixture.paths)) {
  Deno.test(`five updates of ${name} are PyTorch's`, () => {
    using model = new nn.Linear(3, 2);
    using average = new AveragedModel(model, { multiAvgFn: RULES[name]! });
    path.forEach((expected, update) => {
      setWeights(model, update);
      const own = weightsOf(model);
      average.updateParameters();
      average.apply();
      weightsOf(model).forEach((value, i) => {
        assert.ok(Math.abs(value - expected[i]!) < 1e-6, `${update}: ${value}, ${expected[i]}`);
      });
      average.restore();
      assert.deepEqual(weightsOf(model), own);
    });
  });
}

Deno.test("the mean is the default, and a rule may be a function of one's own", () => {
  using model = new nn.Linear(1, 1, { bias: false });
  const set = (value: number) => noGrad(() => model.weight.fill_(value));
  using mean = new AveragedModel(model);
  const counts: number[] = [];
  using largest = new AveragedModel(model, {
    multiAvgFn: (averaged, current, nAveraged) => {
      counts.push(nAveraged);
      averaged.forEach((a, i) => a.copy_(a.maximum(current[i]!)));
    },
  });
  for (const value of [1, 5, 3]) {
    set(value);
    mean.updateParameters();
    largest.updateParameters();
  }
  mean.apply();
  assert.equal(model.weight.item(), 3);
  mean.restore();
  largest.apply();
  assert.equal(model.weight.item(), 5);
  largest.restore();
  assert.deepEqual(counts, [1, 2]);
});

Deno.test("an exponential average of weights that stay is those weights, to the bit", () => {
  using model = new nn.Linear(3, 2);
  using average = new AveragedModel(model, { multiAvgFn: getEmaMultiAvgFn(0.9999) });
  setWeights(model, 0);
  for (let i = 0; i < 1000; i++) average.updateParameters();
  const own = weightsOf(model);
  average.apply();
  assert.deepEqual(weightsOf(model), own);
});

Deno.test("an average goes on from its state, whose names are PyTorch's", () => {
  using model = new nn.Linear(3, 2);
  const before = memory().tensors;
  scope(() => {
    const first = new AveragedModel(model);
    setWeights(model, 0);
    first.updateParameters();
    setWeights(model, 1);
    const state = first.stateDict();
    assert.deepEqual([...state.keys()], fixture.keys);
    const second = new AveragedModel(model);
    second.loadStateDict(state);
    assert.equal(second.nAveraged, 1);
    for (const average of [first, second]) average.updateParameters();
    const [a, b] = [first, second].map((average) => {
      average.apply();
      const values = weightsOf(model);
      average.restore();
      return values;
    });
    assert.deepEqual(a, b);
    for (const t of state.values()) t[Symbol.dispose]();
    for (const average of [first, second]) average[Symbol.dispose]();
  });
  assert.equal(memory().tensors, before);
});

Deno.test("a state that does not fit is refused before anything changes", () => {
  using model = new nn.Linear(3, 2);
  using average = new AveragedModel(model);
  assert.throws(
    () =>
      average.loadStateDict(
        new Map([["n_averaged", tensor(7)], ["module.weight", ones([3, 2])]]),
      ),
    {
      name: "DataError",
      message: "loadStateDict: names and shapes must agree: module.weight must be [2, 3]: " +
        "it is [3, 2]; module.bias is missing",
    },
  );
  assert.equal(average.nAveraged, 0);
});

Deno.test("the averages do not learn from themselves: no update while they are in the model", () => {
  using model = new nn.Linear(3, 2);
  using average = new AveragedModel(model);
  average.restore(); // nothing to put back
  average.apply();
  assert.ok(average.isApplied);
  assert.throws(() => average.updateParameters(), {
    message:
      "updateParameters: the model must hold its own weights: it holds the averages: call restore()",
  });
  assert.throws(() => average.apply(), {
    message: "apply: the model must hold its own weights: it holds the averages",
  });
  average.restore();
  assert.ok(!average.isApplied);
});

Deno.test("averages have their model: PyTorch's updateParameters(model) is told so", () => {
  using model = new nn.Linear(3, 2);
  using average = new AveragedModel(model);
  const update = average.updateParameters as (model: nn.Linear) => void;
  assert.throws(() => update.call(average, model), /^TypeError: updateParameters: .*there are 1$/);
  assert.equal(average.nAveraged, 0);
});

Deno.test("a decay outside 0 to 1 is refused", () => {
  for (const decay of [-0.1, 1.1, NaN]) {
    assert.throws(() => getEmaMultiAvgFn(decay), {
      name: "RangeError",
      message: `getEmaMultiAvgFn: decay must be a number from 0 to 1: it is ${decay}`,
    });
  }
});
