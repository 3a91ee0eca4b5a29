import assert from "node:assert/strict";
import {
  lrScheduler,
  memory,
  nn,
  noGrad,
  ones,
  optim,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
import fixture from "../fixtures/averaged.json" with { type: "json" };
import { uniformArray } from "../prng.ts";

const { AveragedModel, getEmaMultiAvgFn, getSwaMultiAvgFn, SWALR, updateBn } = optim.swaUtils;

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

interface Rates {
  swaLr: number | number[];
  options: optim.swaUtils.SWALROptions;
  before: number;
  path: number[][];
}

/** An optimizer of two groups with rates of their own. */
function twoGroups(): optim.SGD {
  return new optim.SGD([0.1, 0.02].map((lr) => ({ params: [new nn.Parameter(zeros([1]))], lr })));
}

for (const [name, row] of Object.entries(fixture.rates as unknown as Record<string, Rates>)) {
  Deno.test(`the rates of SWALR are PyTorch's: ${name}`, () => {
    const sgd = twoGroups();
    const other = new lrScheduler.ExponentialLR(sgd, 0.9);
    let schedule = new SWALR(sgd, row.swaLr, row.options);
    row.path.forEach((expected, step) => {
      if (step > 0) (step <= row.before ? other : schedule).step();
      if (step === 5) { // a schedule goes on from a state
        const state = JSON.parse(JSON.stringify(schedule.stateDict()));
        const rates = schedule.getLastLr();
        schedule = new SWALR(sgd, row.swaLr, row.options);
        schedule.loadStateDict(state);
        sgd.paramGroups.forEach((group, i) => group.lr = rates[i]!);
      }
      schedule.getLastLr().forEach((lr, i) => {
        const what = `${step}: ${lr}, ${expected[i]}`;
        assert.ok(Math.abs(lr - expected[i]!) <= 1e-12 * expected[i]!, what);
      });
    });
  });
}

Deno.test("SWALR refuses rates of another number of groups, and curves that it has not", () => {
  assert.throws(() => new SWALR(twoGroups(), [1, 2, 3]), {
    message: "SWALR: swaLr must be one number or 2, one a group: there are 3",
  });
  assert.throws(() => new SWALR(twoGroups(), 1, { annealStrategy: "exp" as "cos" }), {
    message: 'SWALR: annealStrategy must be "cos" or "linear": it is "exp"',
  });
});

/** The fixture's model in evaluation, with a layer that stays so, and its batches. */
function normed(): { model: nn.Sequential; norm: nn.BatchNorm1d; batches: Tensor[] } {
  const layer = new nn.Linear(3, 2), norm = new nn.BatchNorm1d(2);
  setWeights(layer, 0);
  noGrad(() => norm.runningMean!.fill_(7));
  const model = new nn.Sequential(layer, norm).eval() as nn.Sequential;
  const batches = [4, 4, 2].map((n, i) => {
    return tensor(uniformArray(400 + i, 3 * n), { shape: [n, 3] });
  });
  return { model, norm, batches };
}

function assertMoments(norm: nn.BatchNorm1d): void {
  const { mean, var: variance, batches, momentum, training } = fixture.moments;
  const near = (actual: Tensor, expected: number[]) =>
    actual.toTypedArray().forEach((value, i) => {
      assert.ok(Math.abs(Number(value) - expected[i]!) < 1e-6, `${value}, ${expected[i]}`);
    });
  near(norm.runningMean!, mean);
  near(norm.runningVar!, variance);
  assert.deepEqual(
    [norm.numBatchesTracked!.item(), norm.momentum, norm.training],
    [batches, momentum, training],
  );
}

Deno.test("updateBn makes PyTorch's moments of tensors, of lists, and of batches that come later", async () => {
  for (const how of ["tensors", "lists", "later"]) {
    const { model, norm, batches } = normed();
    const lists = batches.map((x) => [x, null] as const);
    if (how === "tensors") updateBn(batches, model);
    else if (how === "lists") updateBn(lists, model, "cpu");
    else {
      await updateBn(
        async function* () {
          yield* lists;
        }(),
        model,
      );
    }
    assertMoments(norm);
    assert.ok(!model.training && [...model.parameters()].every((p) => p.grad === null));
  }
});

Deno.test("updateBn leaves modes and momentum as they were where a batch is refused", () => {
  const { model, norm, batches } = normed();
  model.at(0)!.training = true;
  assert.throws(() => updateBn([batches[0]!, 3 as unknown as Tensor], model), {
    name: "TypeError",
    message: "updateBn: a batch must be a tensor or a list that begins with one: it is 3",
  });
  assert.deepEqual([model.at(0)!.training, norm.training, norm.momentum], [true, false, 0.1]);
  assert.throws(
    () => updateBn(3 as unknown as Tensor[], model),
    /updateBn: the loader must be a loader/,
  );
  updateBn([], new nn.Linear(2, 2)); // nothing to be done
});
