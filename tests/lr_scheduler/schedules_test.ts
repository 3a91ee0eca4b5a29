import assert from "node:assert/strict";
import { lrScheduler, nn, optim, zeros } from "../../mod.ts";
import fixture from "../fixtures/schedules.json" with { type: "json" };

/** A schedule as the fixture writes it: the class, its arguments, its options. */
type Written = [rule: string, args: unknown[], options: Record<string, unknown>];

/** One case of the fixture. */
interface Case {
  optimizer: string;
  schedules: Written[];
  /** The part of an epoch between two steps, where they are told their epoch. */
  fraction?: number;
  rates: number[][];
  momenta?: number[][];
}

const CASES = fixture.cases as unknown as Record<string, Case>;

const LAMBDAS: Record<string, lrScheduler.LrLambda> = {
  power: (epoch) => 0.95 ** epoch,
  inverse: (epoch) => 1 / (1 + epoch),
};

/** The fixture's optimizer: two groups, with rates of their own. */
function makeOptimizer(name: string): lrScheduler.AnyOptimizer {
  const group = (lr: number) => ({ params: [new nn.Parameter(zeros([1]))], lr });
  const groups = [group(0.1), group(0.02)];
  if (name === "Adam") return new optim.Adam(groups);
  return name === "RMSprop" ? new optim.RMSprop(groups) : new optim.SGD(groups);
}

function makeSchedule(
  optimizer: lrScheduler.AnyOptimizer,
  [rule, args, options]: Written,
): lrScheduler.LRScheduler {
  if (rule === "LambdaLR" || rule === "MultiplicativeLR") {
    const [names] = args as [string | string[]];
    const lambdas = typeof names === "string" ? LAMBDAS[names]! : names.map((n) => LAMBDAS[n]!);
    return new lrScheduler[rule](optimizer, lambdas);
  }
  if (rule === "ChainedScheduler") {
    const [parts] = args as [Written[]];
    return new lrScheduler.ChainedScheduler(parts.map((part) => makeSchedule(optimizer, part)));
  }
  if (rule === "SequentialLR") {
    const [parts, milestones] = args as [Written[], number[]];
    const schedules = parts.map((part) => makeSchedule(optimizer, part) as lrScheduler.EpochLR);
    return new lrScheduler.SequentialLR(optimizer, schedules, milestones);
  }
  // deno-lint-ignore no-explicit-any
  const Rule = (lrScheduler as any)[rule];
  return new Rule(optimizer, ...args, ...(Object.keys(options).length > 0 ? [options] : []));
}

function assertNear(actual: number[], expected: number[], what: string): void {
  actual.forEach((value, i) => {
    const error = Math.abs(value - expected[i]!);
    // where cos gives a rate of 0, rounding leaves about 1e-17
    assert.ok(error <= 1e-12 * expected[i]! + 1e-16, `${what}: ${value}, ${expected[i]}`);
  });
}

function assertState(optimizer: lrScheduler.AnyOptimizer, test: Case, step: number): void {
  const { rates, momenta } = test;
  const lrs = optimizer.paramGroups.map((group) => group.lr);
  assertNear(lrs, rates[step]!, `rates after ${step} steps`);
  if (momenta === undefined) return;
  const actual = optimizer.paramGroups.map((group) => group.betas?.[0] ?? group.momentum);
  assertNear(actual, momenta[step]!, `momenta after ${step} steps`);
}

/** Takes step i, as a trainer does or with the epoch that it leads to. */
function stepped(
  schedule: lrScheduler.LRScheduler,
  { fraction }: Case,
  metric: number,
  i: number,
): void {
  if (fraction === undefined) schedule.stepWith(metric);
  else schedule.step((i + 1) * fraction);
}

for (const [name, test] of Object.entries(CASES)) {
  Deno.test(`${name}: the rates of 30 steps are PyTorch's`, () => {
    const optimizer = makeOptimizer(test.optimizer);
    const schedules = test.schedules.map((written) => makeSchedule(optimizer, written));
    assertState(optimizer, test, 0);
    fixture.metrics.forEach((metric, i) => {
      for (const schedule of schedules) stepped(schedule, test, metric, i);
      assertState(optimizer, test, i + 1);
      assert.deepEqual(schedules[0]!.getLastLr(), optimizer.paramGroups.map((group) => group.lr));
    });
  });

  Deno.test(`${name}: goes on from a state at every step, through JSON too`, () => {
    for (let stop = 0; stop < 30; stop += 7) {
      const first = makeOptimizer(test.optimizer);
      const before = test.schedules.map((written) => makeSchedule(first, written));
      fixture.metrics.slice(0, stop).forEach((metric, i) =>
        before.forEach((s) => stepped(s, test, metric, i))
      );
      const states = JSON.parse(JSON.stringify(before.map((schedule) => schedule.stateDict())));
      const second = makeOptimizer(test.optimizer);
      const after = test.schedules.map((written) => makeSchedule(second, written));
      second.loadStateDict(first.stateDict());
      after.forEach((schedule, i) => schedule.loadStateDict(states[i]));
      assertState(second, test, stop);
      fixture.metrics.slice(stop).forEach((metric, i) => {
        for (const schedule of after) stepped(schedule, test, metric, stop + i);
        assertState(second, test, stop + i + 1);
      });
    }
  });
}

Deno.test("a rate that is set by hand between steps is gone on from", () => {
  const sgd = makeOptimizer("SGD");
  const schedule = new lrScheduler.ExponentialLR(sgd, 0.5);
  schedule.step();
  sgd.paramGroups[0]!.lr = 8;
  schedule.step();
  assert.deepEqual(schedule.getLastLr(), [4, 0.005]);
});

Deno.test("base rates come with the state, whatever the optimizer was made with", () => {
  const [first, second] = [0.1, 7].map((lr) =>
    new optim.SGD([new nn.Parameter(zeros([1]))], { lr })
  );
  const halves: lrScheduler.LrLambda = (epoch) => 0.5 ** epoch;
  const before = new lrScheduler.LambdaLR(first!, halves);
  before.step();
  const after = new lrScheduler.LambdaLR(second!, halves);
  after.loadStateDict(before.stateDict());
  after.step();
  assert.deepEqual(after.getLastLr(), [0.025]);
});

Deno.test("OneCycleLR leaves momentum alone when told to, and ends with its last step", () => {
  const sgd = new optim.SGD([new nn.Parameter(zeros([1]))], { momentum: 0.5 });
  const options = { totalSteps: 4, cycleMomentum: false };
  const schedule = new lrScheduler.OneCycleLR(sgd, 1, options);
  for (let i = 0; i < 4; i++) schedule.step();
  assert.equal(sgd.paramGroups[0]!.momentum, 0.5);
  const lr = sgd.paramGroups[0]!.lr;
  assert.throws(() => schedule.step(), {
    name: "RangeError",
    message: "OneCycleLR: at most 4 steps can be taken: this is step 5",
  });
  assert.equal(sgd.paramGroups[0]!.lr, lr);
});

Deno.test("a cycle with no room to rise begins at its highest rate", () => {
  for (const pctStart of [0, 0.1]) { // a rise of 0 steps, and one that ends at step 0
    const sgd = makeOptimizer("SGD");
    const schedule = new lrScheduler.OneCycleLR(sgd, 1, { totalSteps: 10, pctStart });
    const rates = Array.from({ length: 10 }, () => {
      const [rate] = schedule.getLastLr();
      schedule.step();
      return rate!;
    });
    assert.ok(rates.every((rate, i) => rate > 0 && (i === 0 || rate < rates[i - 1]!)), `${rates}`);
    assert.ok(rates[0]! > 0.9);
  }
});

Deno.test("ReduceLROnPlateau takes NaN for no better", () => {
  const sgd = makeOptimizer("SGD");
  const schedule = new lrScheduler.ReduceLROnPlateau(sgd, { patience: 1, factor: 0.5 });
  for (const metric of [1, NaN, NaN]) schedule.step(metric);
  assert.deepEqual(schedule.getLastLr(), [0.05, 0.01]);
});

Deno.test("what a schedule cannot do is refused", () => {
  const sgd = makeOptimizer("SGD");
  const other = makeOptimizer("SGD");
  const { CosineAnnealingLR, LambdaLR, LinearLR, MultiStepLR, OneCycleLR } = lrScheduler;
  const { CosineAnnealingWarmRestarts, ReduceLROnPlateau, SequentialLR, StepLR } = lrScheduler;
  const step = new StepLR(sgd, 1);
  const plateau = new ReduceLROnPlateau(sgd) as lrScheduler.LRScheduler as lrScheduler.EpochLR;
  const cases: [() => unknown, string][] = [
    [() => new StepLR(sgd, 0), "StepLR: stepSize must be a whole number of at least 1: it is 0"],
    [
      () => new MultiStepLR(sgd, [3, 1.5]),
      "MultiStepLR: a milestone must be a whole number of at least 1: it is 1.5",
    ],
    [
      () => new CosineAnnealingLR(sgd, NaN),
      "CosineAnnealingLR: tMax must be a whole number of at least 1: it is NaN",
    ],
    [
      () => new LinearLR(sgd, { startFactor: 0 }),
      "LinearLR: startFactor must be above 0 and at most 1: it is 0",
    ],
    [
      () => new LinearLR(sgd, { endFactor: 2 }),
      "LinearLR: endFactor must be from 0 to 1: it is 2",
    ],
    [
      () => new LambdaLR(sgd, [() => 1]),
      "LambdaLR: 2 functions are needed, one a group: there are 1",
    ],
    [
      () => new OneCycleLR(sgd, 1),
      "OneCycleLR: totalSteps is needed, or epochs and stepsPerEpoch: they are undefined, " +
      "undefined and undefined",
    ],
    [
      () => new OneCycleLR(sgd, [1, 2, 3], { totalSteps: 5 }),
      "OneCycleLR: maxLr must be one number or 2, one a group: there are 3",
    ],
    [
      () => new OneCycleLR(sgd, 1, { totalSteps: 5, pctStart: 2 }),
      "OneCycleLR: pctStart must be from 0 to 1: it is 2",
    ],
    [
      () => new OneCycleLR(sgd, 1, { totalSteps: 5, annealStrategy: "sin" as "cos" }),
      'OneCycleLR: annealStrategy must be "cos" or "linear": it is "sin"',
    ],
    [
      () => new ReduceLROnPlateau(sgd, { factor: 1 }),
      "ReduceLROnPlateau: factor must be from 0 to below 1: it is 1",
    ],
    [
      () => new ReduceLROnPlateau(sgd, { mode: "up" as "max" }),
      'ReduceLROnPlateau: mode must be "min" or "max": it is "up"',
    ],
    [
      () => new ReduceLROnPlateau(sgd, { minLr: [0] }),
      "ReduceLROnPlateau: minLr must be one number or 2, one a group: there are 1",
    ],
    [
      () => new SequentialLR(sgd, [step], [1]),
      "SequentialLR: milestones must be one fewer than schedules: there are 1 and 1",
    ],
    [
      () => new SequentialLR(sgd, [step, step, step], [5, 4]),
      "SequentialLR: milestones must rise: 4 comes after 5",
    ],
    [
      () => new CosineAnnealingWarmRestarts(sgd, 2).step(-1),
      "CosineAnnealingWarmRestarts: the epoch of step(epoch) must be a number of at least 0: it is -1",
    ],
  ];
  for (const [make, message] of cases) assert.throws(make, { name: "RangeError", message });
  const kinds: [() => unknown, string][] = [
    [() => plateau.step(), "ReduceLROnPlateau: step(metric) needs the epoch's metric"],
    [
      () => new SequentialLR(sgd, [step, plateau], [2]),
      "SequentialLR: schedules of the number of steps alone are needed: number 1 is a " +
      "ReduceLROnPlateau",
    ],
    [
      () => new SequentialLR(other, [step], []),
      "SequentialLR: schedules of the same optimizer are needed: number 0 has another",
    ],
  ];
  for (const [make, message] of kinds) assert.throws(make, { name: "TypeError", message });
});

Deno.test("an optimizer without momentum cannot cycle it, and is left as it was", () => {
  class Plain extends optim.Optimizer<{ lr: number }> {
    protected override update(): void {}
  }
  const plain = new Plain([new nn.Parameter(zeros([1]))], { lr: 3 });
  assert.throws(() => new lrScheduler.OneCycleLR(plain, 1, { totalSteps: 5 }), {
    name: "RangeError",
    message: "OneCycleLR: cycleMomentum needs an optimizer with momentum or betas: it has neither",
  });
  assert.deepEqual(plain.paramGroups.map(({ lr, initialLr }) => [lr, initialLr]), [[3, undefined]]);
});
