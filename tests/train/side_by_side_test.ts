/** Trainings side by side: scopes and random numbers of each are its own. */
import assert from "node:assert/strict";
import { data, manualSeed, nn, optim, rand, scope, steps, task, train } from "../../mod.ts";
import { live } from "../leaks.ts";
import { macrotask } from "../waiting.ts";

const samples = scope(() => rand([40, 6]).keep());
const targets = scope(() => samples.argmax(1)).keep();
const set = new data.TensorDataset(samples, targets);

/** How a training lets others run after each step. */
const ways: Record<string, () => Promise<void> | void> = {
  "not at all": () => {},
  "for a microtask": () => Promise.resolve(),
  "for a macrotask": macrotask,
};

/** A network with dropout and a loader without a seed: both draw from the training's numbers. */
class Run implements Disposable {
  readonly model: nn.Sequential;
  readonly trainer: train.Trainer;
  readonly loader = new data.DataLoader(set, { batchSize: 8, shuffle: true });
  readonly #sgd: optim.SGD;

  constructor(seed: number | undefined, way: () => Promise<void> | void, stopAt = Infinity) {
    this.model = new nn.Sequential(new nn.Linear(6, 8), new nn.Dropout(0.5), new nn.Linear(8, 6));
    [...this.model.parameters()].forEach((p, i) => nn.init.constant_(p, 0.1 * (i + 1)));
    this.#sgd = new optim.SGD(this.model.parameters(), { lr: 0.1, momentum: 0.9 });
    this.trainer = new train.Trainer({
      model: this.model,
      loss: new nn.CrossEntropyLoss(),
      optimizer: this.#sgd,
      seed,
      callbacks: [{
        onStepEnd: ({ totalSteps }) => {
          if (totalSteps === stopAt) this.trainer.stop();
          return way();
        },
      }],
    });
  }

  async fit(): Promise<number[][]> {
    await this.trainer.fit(this.loader, this.loader, { epochs: 3 });
    return Array.from(this.model.parameters(), (p) => Array.from(p.toTypedArray()));
  }

  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
    this.#sgd[Symbol.dispose]();
  }
}

async function fit(seed: number | undefined, way = ways["not at all"]!): Promise<number[][]> {
  using run = new Run(seed, way);
  return await run.fit();
}

for (const [name, way] of Object.entries(ways)) {
  Deno.test(`two seeded fits at once, letting others run ${name}, end as each does alone`, async () => {
    const alone = [await fit(1), await fit(2)];
    assert.notDeepEqual(alone[0], alone[1]);
    assert.deepEqual(await Promise.all([fit(1, way), fit(2, way)]), alone);
    assert.deepEqual(await Promise.all([fit(1, way), fit(2), fit(1), fit(2, way)]), [
      ...alone,
      ...alone,
    ]);
  });

  Deno.test(`fits without a seed at once, letting others run ${name}, follow manualSeed`, async () => {
    manualSeed(3);
    const first = await fit(undefined);
    const results = [];
    for (const other of [way, ways["for a macrotask"]!]) {
      manualSeed(3);
      results.push(await Promise.all([fit(undefined, way), fit(undefined, other)]));
    }
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[0]![0], first, "the first draws as if it were alone");
    assert.notDeepEqual(results[0]![1], first);
  });

  Deno.test(`tasks, letting others run ${name}, draw what the seed and their number tell`, async () => {
    const draw = async () => {
      const drawn = [];
      for (const _i of steps(3)) {
        drawn.push(rand([2]).toArray());
        await way();
      }
      return [...drawn, await fit(undefined, way)];
    };
    const seeded = async () => {
      manualSeed(5);
      return await draw();
    };
    manualSeed(4);
    const together = await Promise.all([task(draw), task(draw), task(seeded)]);
    const mine = scope(() => rand([2]).toArray());
    manualSeed(4);
    const apart = [await task(draw), await task(draw), await task(seeded)];
    assert.deepEqual(together, apart);
    assert.notDeepEqual(together[0], together[1]);
    assert.deepEqual(scope(() => rand([2]).toArray()), mine, "tasks draw nothing from others");
    assert.deepEqual(together[2], await seeded(), "a seed tells the same in a task");
  });

  Deno.test(`one of two fits at once, ${name}, goes on from a checkpoint to the same bits`, async () => {
    const whole = await fit(1);
    using run = new Run(1, way, 7);
    const other = fit(2, way);
    await run.fit();
    const checkpoint = run.trainer.checkpoint();
    using next = new Run(9, way);
    next.trainer.resume(checkpoint);
    assert.deepEqual((await Promise.all([next.fit(), fit(8, way), other]))[0], whole);
  });
}

Deno.test("a checkpoint that others take while two fits run goes on to the same bits", async () => {
  const whole = await fit(1);
  const way = ways["for a macrotask"]!;
  using run = new Run(1, way);
  let checkpoint: train.Checkpoint | null = null;
  const watch = (async () => {
    for (let i = 0; i < 5; i++) await way();
    checkpoint = run.trainer.checkpoint();
  })();
  assert.deepEqual((await Promise.all([fit(2, way), run.fit(), watch]))[1], whole);
  using next = new Run(1, ways["not at all"]!);
  next.trainer.resume(checkpoint!);
  assert.deepEqual(await next.fit(), whole);
});

Deno.test("fit in a task in a turn, and another fit in a callback, hold no memory", async () => {
  const runs = [1, 2, 3].map((seed) => new Run(seed, ways["for a macrotask"]!));
  for (const run of runs) await run.fit(); // momentum and gradients are there now
  const before = live().tensors;
  for (const i of steps(2)) {
    rand([3]);
    await Promise.all([task(() => runs[0]!.fit()), runs[1]!.fit(), task(() => runs[2]!.fit())]);
    assert.equal(live().tensors, before + 1, `in turn ${i}`);
  }
  assert.equal(live().tensors, before);
  for (const run of runs) run[Symbol.dispose]();
});
