/** Fit without a dev set, with metrics, in accumulated steps; and what ends, shows and logs it. */
import assert from "node:assert/strict";
import {
  data,
  manualSeed,
  metrics,
  nn,
  noGrad,
  optim,
  randn,
  type Tensor,
  tensor,
  train,
  zeros,
} from "../../mod.ts";
import { crc32c } from "../../src/train/event_file.ts";
import { live } from "../leaks.ts";

manualSeed(3);
const x = randn([60, 4]).keep();
const y = x.argmax(1).keep();

/** 40 samples to learn from, 20 to judge by. */
function loaders(batchSize = 8): { learn: data.DataLoader; judge: data.DataLoader } {
  const part = (from: number, n: number) =>
    new data.TensorDataset(x.narrow(0, from, n), y.narrow(0, from, n));
  return {
    learn: new data.DataLoader(part(0, 40), { batchSize, shuffle: true, seed: 1 }),
    judge: new data.DataLoader(part(40, 20), { batchSize: 20 }),
  };
}

function trainer(options: Partial<train.TrainerOptions> & { lr?: number } = {}) {
  const { lr = 0.1, ...more } = options;
  manualSeed(1);
  const model = new nn.Linear(4, 4);
  const optimizer = new optim.SGD(model.parameters(), { lr, momentum: 0.9 });
  const made = new train.Trainer({ model, loss: new nn.CrossEntropyLoss(), optimizer, ...more });
  return { model, trainer: made, weights: () => Array.from(model.weight.toTypedArray()) };
}

Deno.test("both forms of fit train to the same bits; without a dev set its figures are NaN", async () => {
  const first = trainer(), second = trainer(), third = trainer();
  const { learn, judge } = loaders();
  const before = await first.trainer.fit(learn, judge, { epochs: 3 });
  const now = await second.trainer.fit(loaders().learn, { dev: judge, epochs: 3 });
  const none = await third.trainer.fit(loaders().learn, { epochs: 3 });
  assert.deepEqual(second.weights(), first.weights());
  assert.deepEqual(third.weights(), first.weights());
  const figures = (history: train.EpochRecord[]) => history.map(({ seconds: _, ...rest }) => rest);
  assert.deepEqual(figures(now), figures(before));
  assert.deepEqual(
    none.map(({ devLoss, devAccuracy }) => [devLoss, devAccuracy]),
    Array(3).fill([NaN, NaN]),
  );
  assert.deepEqual(
    none.map(({ trainLoss }) => trainLoss),
    before.map(({ trainLoss }) => trainLoss),
  );
  assert.equal(train.bestEpoch(none).epoch, 2); // by training accuracy or loss
});

Deno.test("metrics of the dev set are in each record, as they are by themselves", async () => {
  const { trainer: made, model } = trainer();
  const { learn, judge } = loaders();
  const history = await made.fit(learn, {
    dev: judge,
    epochs: 2,
    metrics: [metrics.f1({ average: "macro" }), metrics.rocAuc(), metrics.logLoss()],
  });
  const f1 = metrics.f1({ average: "macro" });
  const [xs, ys] = judge.first();
  f1.update(noGrad(() => model.forward(xs)), ys);
  const last = history.at(-1)!;
  assert.equal(last.metrics!["f1 (macro)"], f1.compute());
  assert.ok(Math.abs(last.metrics!.logLoss! - last.devLoss) < 1e-6);
  const { metrics: told } = await made.evaluate(judge, { metrics: [f1] });
  assert.equal(told!["f1 (macro)"], last.metrics!["f1 (macro)"]);
  await assert.rejects(made.fit(learn, { epochs: 1, metrics: [{}] } as never), /a list of metrics/);
});

Deno.test("regression is trained and judged by its own metrics", async () => {
  manualSeed(1);
  const model = new nn.Linear(4, 1);
  const set = new data.TensorDataset(x, x.narrow(1, 0, 1).mul(3).add(5));
  const loader = new data.DataLoader(set, { batchSize: 10 });
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.2 });
  const history = await new train.Trainer({ model, loss: new nn.MSELoss(), optimizer }).fit(
    loader,
    {
      dev: loader,
      epochs: 40,
      metrics: [metrics.r2(), metrics.rmse()],
    },
  );
  const { metrics: told, devLoss } = history.at(-1)!;
  assert.ok(told!.r2! > 0.99, String(told!.r2));
  assert.ok(Math.abs(told!.rmse! ** 2 - devLoss) < 1e-4);
});

Deno.test("gradients of some batches are summed for a step, as of one batch", async () => {
  const whole = trainer(), parts = trainer({ accumulate: 2 });
  const steps: number[] = [];
  const counting = trainer({
    accumulate: 3,
    callbacks: [{ onStepEnd: ({ step, totalSteps }) => void steps.push(step, totalSteps) }],
  });
  await whole.trainer.fit(loaders(16).learn, { epochs: 2 });
  await parts.trainer.fit(loaders(8).learn, { epochs: 2 });
  whole.weights().forEach((w, i) => assert.ok(Math.abs(w - parts.weights()[i]!) < 1e-6));
  await counting.trainer.fit(loaders(8).learn, { epochs: 1 }); // 5 batches: 3 and 2
  assert.deepEqual(steps, [2, 1, 4, 2]);
});

Deno.test("a training of accumulated steps goes on from a checkpoint to the same bits", async () => {
  const whole = trainer({ accumulate: 2 });
  await whole.trainer.fit(loaders().learn, { epochs: 2 });
  const first: ReturnType<typeof trainer> = trainer({
    accumulate: 2,
    callbacks: [{
      onStepEnd: ({ totalSteps }) => totalSteps === 4 ? first.trainer.stop() : undefined,
    }],
  });
  await first.trainer.fit(loaders().learn, { epochs: 2 });
  const second = trainer({ accumulate: 2 });
  second.trainer.resume(train.decodeCheckpoint(train.encodeCheckpoint(first.trainer.checkpoint())));
  await second.trainer.fit(loaders().learn, { epochs: 2 });
  assert.notDeepEqual(first.weights(), whole.weights());
  assert.deepEqual(second.weights(), whole.weights());
});

Deno.test("a fit whose signal is aborted rejects with its reason, leaves nothing, and goes on elsewhere", async () => {
  const whole = trainer();
  await whole.trainer.fit(loaders().learn, { epochs: 2 });
  const controller = new AbortController();
  const first = trainer({
    callbacks: [{
      onStepEnd: ({ totalSteps }) => totalSteps === 7 ? controller.abort("enough") : undefined,
    }],
  });
  const { learn } = loaders();
  const { signal } = controller;
  const before = live().tensors;
  await assert.rejects(first.trainer.fit(learn, { epochs: 2, signal }), (e) => e === "enough");
  // gradients and momenta of two parameters, and nothing of a step
  assert.equal(live().tensors, before + 4);
  const second = trainer();
  second.trainer.resume(first.trainer.checkpoint());
  await second.trainer.fit(loaders().learn, { epochs: 2, signal: new AbortController().signal });
  assert.deepEqual(second.weights(), whole.weights());
  // one that is aborted before: nothing is trained, and the trainer is free
  const third = trainer();
  const untouched = third.weights();
  await assert.rejects(third.trainer.fit(learn, { epochs: 2, signal }), (e) => e === "enough");
  assert.deepEqual(third.weights(), untouched);
  // of a time, in the middle of a fit that never awaits anything else
  const late = third.trainer.fit(learn, { epochs: 1e9, signal: AbortSignal.timeout(1) });
  await assert.rejects(late, { name: "TimeoutError" });
  await third.trainer.fit(learn, { epochs: 1 });
});

Deno.test("a checkpoint without a dev set is none of a training with one", async () => {
  const { learn, judge } = loaders();
  const first = trainer();
  await first.trainer.fit(learn, { epochs: 1 });
  const second = trainer();
  second.trainer.resume(first.trainer.checkpoint());
  await assert.rejects(second.trainer.fit(loaders().learn, { dev: judge, epochs: 2 }), {
    name: "DataError",
    message: /a dev set: the checkpoint has none, there is one/,
  });
});

Deno.test("gradients are clipped before each step", async () => {
  const { trainer: made, model } = trainer({ clipNorm: 1e-4, lr: 1 });
  const before = Array.from(model.weight.toTypedArray());
  await made.fit(loaders(40).learn, { epochs: 1 });
  const moved = Math.hypot(...Array.from(model.weight.toTypedArray(), (w, i) => w - before[i]!));
  assert.ok(moved > 0 && moved <= 1.01e-4, String(moved));
});

Deno.test("a fast run tries one batch; a few batches are learnt by heart", async () => {
  const { learn, judge } = loaders();
  let steps = 0;
  const fast = trainer({ callbacks: [{ onStepEnd: () => void steps++ }] });
  assert.equal(
    (await fast.trainer.fit(learn, { dev: judge, epochs: 50, fastDevRun: true })).length,
    1,
  );
  assert.equal(steps, 1);
  const few = trainer({ lr: 1 });
  const history = await few.trainer.fit(learn, { epochs: 60, overfit: 1 });
  assert.ok(history.at(-1)!.devAccuracy === 1, "the same batch is judged by");
});

/** Dev losses that a scripted model has, one an epoch. */
async function early(losses: number[], options: train.EarlyStoppingOptions, resumeAt?: number) {
  const run = (stopAt?: number) => {
    const model = new nn.Linear(1, 1, { bias: false });
    noGrad(() => model.weight.fill_(0));
    let epoch = -1;
    const made: train.Trainer = new train.Trainer({
      model,
      optimizer: new optim.SGD(model.parameters(), { lr: 1 }),
      // each training step moves the weight by 1
      loss: (output, target) =>
        model.training ? output.sum().mul(-1) : target.sum().mul(0).add(losses[epoch]!),
      callbacks: [
        { onEpochBegin: (e) => void (epoch = e) },
        train.earlyStopping(options),
        { onEpochBegin: (e) => e === stopAt ? made.stop() : undefined },
      ],
    });
    return { made, model, goOn: (e: number) => epoch = e };
  };
  const set = new data.DataLoader(
    new data.TensorDataset(
      tensor(Float32Array.of(1), { shape: [1, 1] }),
      tensor(Float32Array.of(1)),
    ),
  );
  const first = run(resumeAt);
  let history = await first.made.fit(set, { dev: set, epochs: losses.length });
  let { model } = first;
  if (resumeAt !== undefined) {
    const second = run();
    const bytes = train.encodeCheckpoint(first.made.checkpoint());
    second.made.resume(train.decodeCheckpoint(bytes));
    second.goOn(resumeAt);
    history = await second.made.fit(set, { dev: set, epochs: losses.length });
    model = second.model;
  }
  return { epochs: history.length, weight: model.weight.item() };
}

Deno.test("early stopping waits, and gives the model the weights of the best epoch", async () => {
  const losses = [5, 4, 3, 3.5, 3.2, 3.1, 1, 1];
  assert.deepEqual(await early(losses, { patience: 3 }), { epochs: 6, weight: 3 });
  assert.deepEqual(await early(losses, { patience: 4 }), { epochs: 8, weight: 7 });
  assert.deepEqual(await early(losses, { patience: 3, restoreBest: false }), {
    epochs: 6,
    weight: 6,
  });
  assert.deepEqual(await early(losses, { patience: 1, minDelta: 2 }), { epochs: 2, weight: 2 });
  assert.deepEqual(await early(losses, { patience: 2, monitor: "devLoss", mode: "max" }), {
    epochs: 3,
    weight: 1,
  });
  await assert.rejects(
    early(losses, { monitor: "f1" }),
    /monitor: there must be such a figure: it is "f1"/,
  );
});

Deno.test("early stopping goes on from a checkpoint as if nothing had been", async () => {
  const losses = [5, 4, 3, 3.5, 3.2, 3.1, 1, 1];
  assert.deepEqual(await early(losses, { patience: 3 }, 4), { epochs: 6, weight: 3 });
});

Deno.test("best weights are kept by any figure, in either direction", async () => {
  const { trainer: made, model } = trainer();
  for (
    const [monitor, mode, epoch] of [["trainLoss", "max", 0], ["trainLoss", undefined, 2]] as const
  ) {
    const best = new train.BestWeights(model, { monitor, ...mode && { mode } });
    const history = await made.fit(loaders().learn, { epochs: 3 });
    history.forEach((record) => best.onEpochEnd(record));
    assert.equal(best.best!.epoch, epoch);
  }
});

Deno.test("a progress bar writes a line an epoch, or the text of an element", async () => {
  const { learn, judge } = loaders();
  const lines: string[] = [];
  const shown = { textContent: null as string | null };
  const callbacks = [
    train.progressBar({ write: (line) => void lines.push(line) }),
    train.progressBar({ element: shown }),
  ];
  await trainer({ callbacks }).trainer.fit(learn, { dev: judge, epochs: 2 });
  assert.equal(lines.length, 2);
  assert.match(
    lines[1]!,
    /^epoch 2\/2 loss \d\.\d{4}, accuracy \d\.\d{4}; dev loss \d\.\d{4}, accuracy \d\.\d{4}; \d\.\d s$/,
  );
  assert.equal(shown.textContent, lines[1]);
});

Deno.test("epochs are logged as JSON lines, CSV, and events that TensorBoard reads", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const callbacks = [
      train.jsonlLogger(`${folder}/log.jsonl`),
      train.csvLogger(`${folder}/log.csv`),
      train.tensorBoard(`${folder}/events`),
    ];
    const { learn, judge } = loaders();
    const history = await trainer({ callbacks }).trainer.fit(learn, {
      dev: judge,
      epochs: 2,
      metrics: [metrics.f1()],
    });
    const lines = (await Deno.readTextFile(`${folder}/log.jsonl`)).trim().split("\n");
    assert.deepEqual(lines.map((line) => JSON.parse(line)), history);
    const table = await data.csv(`${folder}/log.csv`);
    assert.deepEqual(
      Array.from(table.column("trainLoss").values),
      history.map(({ trainLoss }) => trainLoss),
    );
    assert.equal(table.column("f1").values[1], history[1]!.metrics!.f1);
    const [file] = Array.from(Deno.readDirSync(`${folder}/events`), ({ name }) => name);
    const scalars = eventsIn(await Deno.readFile(`${folder}/events/${file}`));
    assert.deepEqual(scalars.slice(0, 2), [
      "brain.Event:2",
      `0 loss/train ${Math.fround(history[0]!.trainLoss)}`,
    ]);
    assert.equal(scalars.length, 1 + 2 * 6);
    assert.ok(scalars.includes(`1 f1 ${Math.fround(history[1]!.metrics!.f1!)}`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Reads events by the format's description: each record's checksums, then fields by their numbers. */
function eventsIn(bytes: Uint8Array): string[] {
  const out: string[] = [];
  const masked = (crc: number) => ((crc >>> 15 | crc << 17) + 0xa282ead8) >>> 0;
  for (let at = 0; at < bytes.length;) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const length = view.getUint32(0, true);
    const event = bytes.slice(at + 12, at + 12 + length);
    assert.equal(view.getUint32(8, true), masked(crc32c(bytes.slice(at, at + 8))));
    assert.equal(view.getUint32(12 + length, true), masked(crc32c(event)));
    const fields = fieldsOf(event);
    if (fields.has(3)) out.push(new TextDecoder().decode(fields.get(3) as Uint8Array));
    else {
      const value = fieldsOf(fieldsOf(fields.get(5) as Uint8Array).get(1) as Uint8Array);
      out.push(
        `${fields.get(2)} ${new TextDecoder().decode(value.get(1) as Uint8Array)} ${value.get(2)}`,
      );
    }
    at += 16 + length;
  }
  return out;
}

function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const [field, type] = [bytes[at]! >> 3, bytes[at]! & 7];
    at++;
    if (type === 0) fields.set(field, bytes[at++]!);
    else if (type === 1) {
      fields.set(field, view.getFloat64(at, true));
      at += 8;
    } else if (type === 5) {
      fields.set(field, view.getFloat32(at, true));
      at += 4;
    } else {
      fields.set(field, bytes.slice(at + 1, at + 1 + bytes[at]!));
      at += 1 + bytes[at]!;
    }
  }
  return fields;
}

Deno.test("crc32c is Castagnoli's", () => {
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283); // the check value of RFC 3720
});

Deno.test("a learning rate is found, and all is afterwards as it was", async () => {
  const { trainer: made, weights } = trainer();
  const before = weights();
  const { learn } = loaders();
  const { rates, losses, suggestion } = made.findLearningRate(learn, {
    from: 1e-4,
    to: 100,
    steps: 60,
  });
  assert.equal(rates.length, losses.length);
  assert.ok(suggestion > 1e-3 && suggestion < 100, String(suggestion));
  assert.deepEqual(weights(), before);
  await made.fit(learn, { epochs: 2 });
  const other = trainer();
  await other.trainer.fit(loaders().learn, { epochs: 2 });
  assert.deepEqual(weights(), other.weights());
  assert.throws(() => made.findLearningRate(learn, { from: 1, to: 0.1 }), /from must be below to/);
});

Deno.test("where there is no batch fit and evaluate say so: all are left out, or there is no sample", async () => {
  const model = new nn.Linear(4, 2), optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const trainer = new train.Trainer({ model, loss: new nn.CrossEntropyLoss(), optimizer });
  const set = new data.TensorDataset(zeros([3, 4]), zeros([3], { dtype: "int32" }));
  const none = new data.DataLoader(set, { batchSize: 4, dropLast: true });
  const stream = new data.StreamLoader<[Tensor, Tensor]>(async function* () {}, { batchSize: 4 });
  for (const loader of [none, stream]) {
    await assert.rejects(trainer.fit(loader, { epochs: 1 }), {
      name: "RangeError",
      message: "fit: the training set has no batch",
    });
    await assert.rejects(
      trainer.evaluate(loader),
      /^RangeError: evaluate: the loader has no batch/,
    );
  }
});
