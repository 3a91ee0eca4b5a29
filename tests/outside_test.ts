/** Where scopes do not follow an `await`: what `outside` and `data()` are for. */
import "./without_async_context.ts";
import assert from "node:assert/strict";
import {
  data,
  full,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  outside,
  randn,
  ReleasedError,
  scope,
  steps,
  task,
  type Tensor,
  tensor,
} from "../mod.ts";
import { currentScope } from "../src/device/current_scope.ts";
import { live } from "./leaks.ts";
import { sleep } from "./waiting.ts";
import { catchWarnings } from "./warnings.ts";

/** Runs a function and returns the warnings that it caused, together with the rest of the queue. */
async function warningsOf(fn: () => Promise<void>): Promise<string[]> {
  using caught = catchWarnings();
  await fn();
  await sleep(0);
  return caught.texts;
}

Deno.test("outside() sets the scope aside while it waits and puts it back after", async () => {
  const before = live().tensors;
  for (const _i of steps(3)) {
    const inside = currentScope();
    assert(inside !== null);
    const waiting = outside(sleep(1));
    assert.equal(currentScope(), null);
    await waiting;
    assert.equal(currentScope(), inside);
    ones([10]);
  }
  assert.equal(currentScope(), null);
  assert.equal(live().tensors, before);
});

Deno.test("outside() hands on values and errors, with the scope back in place", async () => {
  using s = scope();
  assert.equal(await outside(Promise.resolve(5)), 5);
  assert.equal(currentScope(), s);
  await assert.rejects(async () => await outside(Promise.reject(new Error("late"))), /late/);
  await outside({ then: (done: (value: number) => void) => done(1) } as PromiseLike<number>);
  assert.equal(currentScope(), s);
});

Deno.test("data() awaited inside a turn leaves the turn in place", async () => {
  const before = live().tensors;
  for (const i of steps(3)) {
    const x = ones([2, 2]).mul(i).t();
    assert.deepEqual(Array.from(await x.data()), [i, i, i, i]);
    assert.deepEqual(x.add(1).toArray(), [[i + 1, i + 1], [i + 1, i + 1]]);
  }
  assert.equal(live().tensors, before);
});

Deno.test("a scope that ended meanwhile is not put back: the one around it is", async () => {
  using outer = scope();
  const inner = scope();
  const waiting = outside(sleep(1));
  inner[Symbol.dispose]();
  await waiting;
  assert.equal(currentScope(), outer);
});

Deno.test("break, errors and ends of turns after an await release what the turn made", async () => {
  const before = live().tensors;
  for (const i of steps(9)) {
    ones([3]);
    await outside(sleep(0));
    ones([3]);
    if (i === 2) break;
  }
  await assert.rejects(async () => {
    for (const _i of steps(9)) {
      ones([3]);
      await outside(sleep(0));
      throw new Error("within");
    }
  }, /within/);
  assert.equal(live().tensors, before);
  assert.equal(currentScope(), null);
});

/** A training that awaits at every step, and the bits of its weights after the last. */
async function train(model: nn.Module, seed: number, waits: () => Promise<unknown>) {
  const x = scope(() => tensor(Float32Array.from({ length: 48 }, (_, i) => Math.sin(i + seed))));
  const set = new data.TensorDataset(
    scope(() => x.reshape(16, 3)).keep(),
    scope(() => tensor(Int32Array.from({ length: 16 }, (_, i) => (i + seed) % 4))),
  );
  const loader = new data.DataLoader(set, { batchSize: 4, shuffle: true, seed });
  const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const loss = new nn.CrossEntropyLoss();
  for (let epoch = 0; epoch < 5; epoch++) {
    for (const [x, y] of loader) {
      sgd.zeroGrad();
      const logits = model.forward(x);
      await outside(waits());
      const l = loss.forward(logits, y);
      await l.data();
      l.backward();
      await outside(waits());
      sgd.step();
      assert.equal(logits.argmax(1).shape[0], 4);
    }
    await waits();
  }
  return Array.from(model.parameters(), (p) => Array.from(p.toTypedArray()));
}

function mlp(seed: number): nn.Module {
  manualSeed(seed);
  return new nn.Sequential(new nn.Linear(3, 8), new nn.ReLU(), new nn.Linear(8, 4));
}

Deno.test("three trainings and a foreign task side by side keep their tensors apart", async () => {
  const warnings = await warningsOf(async () => {
    const alone: number[][][] = [];
    for (const seed of [1, 2, 3]) alone.push(await train(mlp(seed), seed, () => sleep(0)));

    const before = live().tensors;
    const models = [1, 2, 3].map(mlp);
    let running = true;
    const foreign = (async () => {
      const kept: Tensor[] = [];
      for (let i = 0; running; i++) {
        kept.push(full([4], i));
        await sleep(i % 2);
        kept.push(full([4], i));
        await Promise.resolve();
      }
      return kept;
    })();
    // promises that settle after no time, in a microtask or two, and after a millisecond
    let turn = 0;
    const waits = () => [() => sleep(0), () => Promise.resolve(), () => sleep(1)][turn++ % 3]!();
    const results = await Promise.all(models.map((model, i) => train(model, i + 1, waits)));
    running = false;
    const kept = await foreign;

    assert.deepEqual(results, alone);
    assert(kept.length > 20);
    kept.forEach((t, i) => assert.deepEqual(t.toArray(), Array(4).fill(i >> 1)));
    for (const t of kept) t[Symbol.dispose]();
    for (const model of models) model[Symbol.dispose]();
    // of each training there remain its momentum (4) and its data (2), nothing of its turns
    assert.equal(live().tensors - before, 3 * (4 + 2));
  });
  assert.deepEqual(warnings, []);
});

Deno.test("several data() awaited at once leave the turn in place", async () => {
  const before = live().tensors;
  const warnings = await warningsOf(async () => {
    for (const i of steps(3)) {
      const inside = currentScope();
      const [x, y] = [ones([2]), ones([3])];
      const arrays = await Promise.all([x.data(), y.data()]);
      assert.equal(currentScope(), inside);
      assert.deepEqual(arrays.map((a) => a.length), [2, 3]);
      x.add(i);
      await outside(Promise.all([x.data(), y.data()]));
      assert.equal(currentScope(), inside);
      y.add(i);
    }
  });
  assert.deepEqual(warnings, []);
  assert.equal(live().tensors, before);
});

Deno.test("a turn may await a function that has turns of its own", async () => {
  const before = live().tensors;
  const warnings = await warningsOf(async () => {
    const epoch = async () => {
      for (const _j of steps(2)) {
        ones([2]);
        await outside(sleep(0));
        ones([2]);
      }
    };
    for (const _i of steps(2)) {
      const inside = currentScope();
      await epoch();
      assert.equal(currentScope(), inside);
      await outside(epoch());
      assert.equal(currentScope(), inside);
      ones([2]);
    }
  });
  assert.deepEqual(warnings, []);
  assert.equal(live().tensors, before);
});

Deno.test("tensors made outside while a scope waits are not the scope's", async () => {
  const task = (async () => {
    for (const _i of steps(1)) await outside(sleep(2));
  })();
  const made = ones([3]);
  await task;
  assert.equal(made.sum().item(), 3);
  made[Symbol.dispose]();
});

Deno.test("loops, scopes and awaits through Glim cause no warning", async () => {
  const warnings = await warningsOf(async () => {
    for (const _i of steps(100)) {
      using _s = scope();
      ones([3]);
    }
    await sleep(0);
    for (const i of steps(5)) {
      const x = ones([i + 1]);
      await x.data();
      await outside(sleep(0));
      scope(() => noGrad(() => x.add(1)));
      await x.data();
    }
    await Promise.resolve();
  });
  assert.deepEqual(warnings, []);
});

Deno.test("[...loader] is a mistake that the error names", () => {
  const set = new data.TensorDataset(randn([4, 2]), randn([4]));
  const batches = [...new data.DataLoader(set, { batchSize: 2 })];
  assert.throws(() => batches[0]![0].toArray(), (error: Error) => {
    assert(error instanceof ReleasedError);
    assert.match(error.message, /^released tensor: indexSelect \[2, 2\] was released by a turn of/);
    assert.match(error.message, /a turn of a DataLoader: use it inside/);
    return true;
  });
});

Deno.test("tasks run one after the other, and those of a task at once", async () => {
  const before = live().tensors;
  const told: string[] = [];
  const work = async (name: string) => {
    const x = full([2], 1);
    for (const i of steps(2)) {
      told.push(`${name}${i}`);
      await outside(sleep(0));
      x.add(ones([2]));
    }
    return x.add(1);
  };
  const warnings = await warningsOf(async () => {
    for (const i of steps(2)) {
      const inside = currentScope();
      const results = await Promise.all([task(() => work("a")), task(() => work("b"))]);
      assert.equal(currentScope(), inside, `turn ${i}`);
      results.forEach((x) => assert.deepEqual(x.toArray(), [2, 2]));
    }
    const inner = await task(async () => {
      const x = await task(() => work("c"));
      return x.add(1).toArray();
    });
    assert.deepEqual(inner, [3, 3]);
    await assert.rejects(task(() => Promise.reject(new Error("within"))), /within/);
  });
  assert.deepEqual(warnings, []);
  assert.equal(told.join(" "), "a0 a1 b0 b1 a0 a1 b0 b1 c0 c1");
  assert.equal(live().tensors, before);
});

Deno.test("scope(async) releases when its promise settles, and what it returns goes to the caller", async () => {
  const before = live().tensors;
  const warnings = await warningsOf(async () => {
    for (const _i of steps(2)) {
      const inside = currentScope();
      const x = await scope(async () => {
        const y = ones([2]);
        await y.data();
        return y.add(ones([2]));
      });
      assert.equal(currentScope(), inside);
      assert.equal(x.storage.scope, inside);
      assert.deepEqual(x.toArray(), [2, 2]);
    }
  });
  assert.deepEqual(warnings, []);
  assert.equal(live().tensors, before);
});

Deno.test("data() and outside() awaited together are no foreign await", async () => {
  const before = live().tensors;
  const warnings = await warningsOf(async () => {
    for (const i of steps(3)) {
      const inside = currentScope();
      const x = ones([2]);
      await Promise.all([x.data(), outside(sleep(2)), outside(Promise.resolve())]);
      assert.equal(currentScope(), inside, `turn ${i}`);
      assert.deepEqual(x.add(1).toArray(), [2, 2]);
      await Promise.all([outside(sleep(1)), x.data()]);
      assert.equal(currentScope(), inside);
    }
  });
  assert.deepEqual(warnings, []);
  assert.equal(live().tensors, before);
});
