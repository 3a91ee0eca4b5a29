import assert from "node:assert/strict";
import { data, DivergedError, lrScheduler, nn, optim, tensor, train } from "../../mod.ts";
import { live } from "../leaks.ts";
import { sleep } from "../waiting.ts";
import { everything } from "./everything.ts";

/** Six samples x = y = i, two a batch. */
function loader(): data.DataLoader {
  const x = tensor(Float32Array.from({ length: 6 }, (_, i) => i), { shape: [6, 1] });
  return new data.DataLoader(new data.TensorDataset(x, x), { batchSize: 2 });
}

/** A trainer of one weight. */
function trainer(
  { lr = 0.01, ...options }: Partial<train.TrainerOptions> & { lr?: number } = {},
): { trainer: train.Trainer; model: nn.Linear; sgd: optim.SGD } {
  const model = new nn.Linear(1, 1);
  const sgd = new optim.SGD(model.parameters(), { lr });
  const loss = new nn.MSELoss();
  return { model, sgd, trainer: new train.Trainer({ model, loss, optimizer: sgd, ...options }) };
}

Deno.test("fit holds no memory but what its parts keep", async () => {
  using training = everything({ averaged: true });
  await training.fit(1);
  const before = live();
  await training.fit(1);
  assert.deepEqual(live(), before);
});

Deno.test("a scheduler steps after each epoch, or with the interval step after each step", async () => {
  for (const [schedulerInterval, expected] of [["epoch", 0.25], ["step", 1 / 64]] as const) {
    const model = new nn.Linear(1, 1);
    const sgd = new optim.SGD(model.parameters(), { lr: 1e-3 });
    const scheduler = new lrScheduler.ExponentialLR(sgd, 0.5);
    const rates: number[] = [];
    const history = await new train.Trainer({
      model,
      loss: new nn.MSELoss(),
      optimizer: sgd,
      scheduler,
      schedulerInterval,
      callbacks: [{ onStepEnd: () => void rates.push(sgd.paramGroups[0]!.lr * 1e3) }],
    }).fit(loader(), loader(), { epochs: 2 });
    assert.equal(sgd.paramGroups[0]!.lr, 1e-3 * expected);
    const perStep = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64];
    const perEpoch = [1, 1, 1, 1 / 2, 1 / 2, 1 / 2];
    assert.deepEqual(rates, schedulerInterval === "step" ? perStep : perEpoch);
    assert.deepEqual(
      history.map(({ learningRate }) => learningRate * 1e3),
      schedulerInterval === "step" ? [1, 1 / 8] : [1, 1 / 2],
    );
  }
});

Deno.test("a scheduler that looks at a metric gets the loss of its interval", async () => {
  const seen: number[] = [];
  class Listening extends lrScheduler.DecayOnRise {
    override step(metric?: number): void {
      seen.push(metric!);
    }
  }
  const losses: number[] = [];
  const callbacks: train.Callback[] = [{ onStepEnd: ({ loss }) => void losses.push(loss) }];
  const { model, sgd } = trainer();
  const options = { model, loss: new nn.MSELoss(), optimizer: sgd, scheduler: new Listening(sgd) };
  await new train.Trainer({ ...options, schedulerInterval: "step", callbacks })
    .fit(loader(), loader(), { epochs: 1 });
  assert.deepEqual(seen.splice(0), losses);
  const [record] = await new train.Trainer(options).fit(loader(), loader(), { epochs: 1 });
  assert.deepEqual(seen, [record!.trainLoss]);
});

Deno.test("callbacks are told of every step, and what they count is right", async () => {
  const infos: train.StepInfo[] = [];
  const { trainer: t } = trainer({ callbacks: [{ onStepEnd: (info) => void infos.push(info) }] });
  const history = await t.fit(loader(), loader(), { epochs: 2 });
  const counted = infos.map((
    { epoch, step, totalSteps, samples },
  ) => [epoch, step, totalSteps, samples]);
  assert.deepEqual(counted, [
    [0, 0, 1, 2],
    [0, 1, 2, 4],
    [0, 2, 3, 6],
    [1, 0, 4, 2],
    [1, 1, 5, 4],
    [1, 2, 6, 6],
  ]);
  const first = infos.slice(0, 3);
  const mean = first.reduce((sum, { loss }) => sum + 2 * loss, 0) / 6;
  assert.equal(first[2]!.meanLoss, mean);
  assert.equal(history[0]!.trainLoss, mean);
});

Deno.test("all callbacks are told of a step before promises are waited for, and then it goes on", async () => {
  const told: string[] = [];
  const slow: train.Callback = {
    onStepEnd: async ({ totalSteps }) => {
      told.push(`slow ${totalSteps}`);
      await sleep(5);
      told.push(`done ${totalSteps}`);
    },
  };
  const quick: train.Callback = {
    onStepEnd: ({ totalSteps }) => void told.push(`quick ${totalSteps}`),
  };
  const { trainer: t } = trainer({ callbacks: [slow, quick] });
  await t.fit(loader(), loader(), { epochs: 1 });
  assert.deepEqual(told, [1, 2, 3].flatMap((i) => [`slow ${i}`, `quick ${i}`, `done ${i}`]));
});

Deno.test("stop() ends the training after the step in which it is called", async () => {
  let steps = 0;
  const { trainer: t } = trainer({
    callbacks: [{
      onStepEnd: ({ totalSteps }) => {
        steps = totalSteps;
        if (totalSteps === 4) t.stop();
      },
    }],
  });
  const history = await t.fit(loader(), loader(), { epochs: 5 });
  assert.deepEqual([steps, history.length, t.isStopped], [4, 1, true]);
});

Deno.test("averages are moved after each step, evaluated and kept as the best, and not left in", async () => {
  const { model, sgd } = trainer();
  const averagedModel = new optim.swaUtils.AveragedModel(model);
  const best = new train.BestWeights(model);
  const weights: number[] = [];
  const seen: [applied: boolean, weight: number][] = [];
  const t = new train.Trainer({
    model,
    loss: new nn.MSELoss(),
    optimizer: sgd,
    averagedModel,
    callbacks: [best, {
      onStepEnd: () => void weights.push(model.weight.item()),
      onEpochEnd: () => void seen.push([averagedModel.isApplied, model.weight.item()]),
    }],
  });
  const [record] = await t.fit(loader(), loader(), { epochs: 1 });
  assert.equal(averagedModel.nAveraged, 3);
  assert.equal(model.weight.item(), weights[2]);
  const mean = weights.reduce((sum, w) => sum + w) / 3;
  assert.equal(seen[0]![0], true);
  assert.ok(Math.abs(seen[0]![1] - mean) < 1e-6, `${seen[0]![1]}, ${mean}`);
  best.restore();
  assert.equal(model.weight.item(), seen[0]![1]);
  assert.equal((await t.evaluate(loader())).loss, record!.devLoss);
});

Deno.test("a loss that is no number ends fit with DivergedError, before the step that it would spoil", async () => {
  const { model, trainer: diverging } = trainer({ lr: 1e30 });
  await assert.rejects(diverging.fit(loader(), loader(), { epochs: 3 }), (error) => {
    assert.ok(error instanceof DivergedError);
    assert.equal(error.name, "DivergedError");
    assert.match(error.message, /^fit: the loss is (NaN|Infinity) in epoch 0, step 1: /);
    return true;
  });
  assert.ok(Number.isFinite(model.weight.item()));
});

Deno.test("an optimizer of another model is refused, and one of a part of it is not", () => {
  const [model, other] = [new nn.Sequential(new nn.Linear(2, 2)), new nn.Linear(2, 2)];
  const loss = new nn.CrossEntropyLoss();
  const trainer = (of: nn.AnyModule) =>
    new train.Trainer({ model, loss, optimizer: new optim.SGD(of.parameters(), { lr: 0.1 }) });
  assert.throws(() => trainer(other), {
    name: "TypeError",
    message: "Trainer: the optimizer must have parameters of the model: it has none: make it of " +
      "model.parameters(), of this very model",
  });
  trainer(model.at(0)!);
});
