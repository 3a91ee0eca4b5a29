/** Scopes follow code across `await`: in turns, in scopes and in tasks. */
import assert from "node:assert/strict";
import {
  data,
  full,
  nn,
  noGrad,
  ones,
  optim,
  outside,
  randn,
  scope,
  steps,
  task,
  type Tensor,
  tensor,
} from "../mod.ts";
import { currentScope } from "../src/device/current_scope.ts";
import { leavesNothingAsync } from "./leaks.ts";
import { macrotask } from "./waiting.ts";

/** Data sets, alive for all tests. */
const sixRandom = new data.TensorDataset(randn([6, 2]), randn([6]));
const zeroToFive = new data.TensorDataset(
  tensor([0, 1, 2, 3, 4, 5]),
  tensor([0, 1, 2, 3, 4, 5]),
);

/** Ways to wait, from no time at all to a few functions deep. */
const pause = async () => void await outside(Promise.resolve());
const waits: Record<string, () => Promise<unknown>> = {
  "a settled promise": () => Promise.resolve(),
  "a timer": macrotask,
  "data()": () => tensor([1]).data(),
  "outside()": () => outside(macrotask()),
  "a function that awaits": pause,
  "a function that awaits a function": async () => await pause(),
  "a function that awaits data()": async () => void await tensor([1]).data(),
  "all of several": () => Promise.all([tensor([1]).data(), outside(macrotask()), macrotask()]),
  "the first of several": () => Promise.race([tensor([1]).data(), macrotask()]),
  "a loop of its own": async () => {
    for (const _i of steps(2)) {
      ones([2]);
      await macrotask();
    }
  },
};

for (const [name, wait] of Object.entries(waits)) {
  Deno.test(`a turn goes on after ${name}, and releases what it made before and after`, async () => {
    await leavesNothingAsync(async () => {
      for (const i of steps(4)) {
        const inside = currentScope();
        const x = full([3], i);
        await wait();
        assert.equal(currentScope(), inside);
        const y = x.add(1);
        await wait();
        assert.deepEqual(y.add(x).toArray(), Array(3).fill(2 * i + 1));
        if (i === 2) break;
      }
      assert.equal(currentScope(), null);
      {
        using s = scope();
        ones([3]);
        await wait();
        assert.equal(currentScope(), s);
        ones([3]);
      }
      await assert.rejects(async () => {
        for (const _i of steps(2)) {
          ones([3]);
          await wait();
          ones([3]);
          throw new Error("within");
        }
      }, /within/);
      assert.equal(currentScope(), null);
    });
  });

  Deno.test(`loops side by side that await ${name} keep their tensors apart`, async () => {
    const loop = async (id: number, n: number) => {
      for (const i of steps(n)) {
        const a = tensor([id, i]);
        await wait();
        const b = tensor([id * 10, i]);
        await wait();
        assert.deepEqual(a.add(b).toArray(), [id * 11, 2 * i]);
      }
    };
    await leavesNothingAsync(async () => {
      await Promise.all([loop(1, 10), loop(2, 5), loop(3, 8)]);
      await Promise.all([task(() => loop(1, 10)), task(() => loop(2, 5)), loop(3, 8)]);
    });
  });
}

Deno.test("scope(async) releases when its promise settles what was made before and after", async () => {
  await leavesNothingAsync(async () => {
    const value = await scope(async () => {
      const x = ones([3]);
      await macrotask();
      return x.add(1).sum().item();
    });
    assert.equal(value, 6);
    await assert.rejects(
      scope(async () => {
        ones([3]);
        await macrotask();
        ones([3]);
        throw new Error("within");
      }),
      /within/,
    );
  });
});

for (const name of ["scope(async)", "task"]) {
  const run: <T>(fn: () => Promise<T>) => Promise<T> = name === "task" ? task : scope;
  Deno.test(`what ${name} returns belongs to who awaits it, to any depth, and has no graph`, async () => {
    await leavesNothingAsync(async () => {
      const w = tensor([1, 2], { requiresGrad: true });
      for (const i of steps(3)) {
        const made = await run(async () => {
          const y = w.mul(i);
          await macrotask();
          return { y, list: [y.sum(), new Map([["z", y.add(1)]])] as const, waste: y.mul(3).ndim };
        });
        assert.deepEqual(made.y.toArray(), [i, 2 * i]);
        assert.equal(made.list[0].item(), 3 * i);
        assert.deepEqual(made.list[1].get("z")!.toArray(), [i + 1, 2 * i + 1]);
        assert.throws(() => made.y.sum().backward(), /ended with (task|scope)\(\)/);
      }
      w[Symbol.dispose]();
    });
  });
}

Deno.test("what a task returns may be awaited in a later turn than it was started in", async () => {
  await leavesNothingAsync(async () => {
    const prepare = async (i: number) => {
      const x = full([2], i);
      if (i % 3 > 0) await macrotask();
      return x.add(1);
    };
    let next = task(() => prepare(0));
    for (const i of steps(9)) {
      const x = await next;
      next = task(() => prepare(i + 1));
      if (i % 2 === 0) await macrotask(); // then it has settled before the turn ends
      assert.deepEqual(x.toArray(), [i + 1, i + 1]);
    }
    (await next)[Symbol.dispose]();
  });
});

Deno.test("a task has scopes of its own from its first line to its last", async () => {
  await leavesNothingAsync(async () => {
    const work = async (id: number) => {
      const before = full([2], id);
      for (const _i of steps(id)) {
        ones([3]);
        await macrotask();
      }
      const after = before.add(1);
      await macrotask();
      assert.deepEqual(after.add(before).toArray(), [2 * id + 1, 2 * id + 1]);
    };
    for (const i of steps(3)) {
      const first = task(() => work(1));
      const mine = full([2], i); // made while the task is in a turn of its own
      await Promise.all([first, task(() => work(2)), task(() => work(3))]);
      assert.deepEqual(mine.toArray(), [i, i]);
    }
  });
});

Deno.test("a function that runs beside its caller without task() is named by the error", async () => {
  const beside = async () => {
    for (const _i of steps(2)) await macrotask();
  };
  const promise = beside();
  const mine = ones([2]); // in the turn that the other one has opened
  await promise;
  assert.throws(() => mine.toArray(), {
    name: "ReleasedError",
    message:
      "released tensor: ones [2] was released by a turn of steps(), which awaited (if that " +
      "is in a function that runs beside this one, start it by task(fn)): use it inside, return it " +
      "from the scope, or keep() it",
  });
  let own!: Tensor;
  for (const _i of steps(2)) {
    await macrotask();
    own = ones([2]);
  }
  assert.throws(() => own.toArray(), /by a turn of steps\(\): use it inside/);
});

Deno.test("a task outlives the turn, the scope and the function that started it", async () => {
  const tasks: Promise<number>[] = [];
  await leavesNothingAsync(async () => {
    const work = async (id: number) => {
      const x = full([2], id);
      for (const _i of steps(3)) await macrotask();
      return x.sum().item();
    };
    for (const i of steps(3)) tasks.push(task(() => work(i)));
    scope(() => void tasks.push(task(() => work(3))));
    noGrad(() => void tasks.push(task(() => work(4))));
    await scope(async () => {
      await macrotask();
      tasks.push(task(() => work(5)));
    });
    assert.deepEqual(await Promise.all(tasks), [0, 2, 4, 6, 8, 10]);
  });
});

Deno.test("a task that is not awaited leaves an error where it was started: unhandled once", async () => {
  const reasons: unknown[] = [];
  const listener = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.push(event.reason.message);
  };
  addEventListener("unhandledrejection", listener);
  void task(() => Promise.reject(new Error("lost")));
  await task(() => Promise.reject(new Error("seen"))).catch(() => {});
  await macrotask();
  removeEventListener("unhandledrejection", listener);
  assert.deepEqual(reasons, ["lost"]);
});

Deno.test("what runs after its turn has ended belongs to what is around the turn", async () => {
  await leavesNothingAsync(async () => {
    const made: Tensor[] = [];
    using outer = scope();
    for (const i of steps(4)) {
      setTimeout(() => made.push(full([2], i)), 0); // runs in the turn, or after it
      queueMicrotask(() => made.push(full([2], i)));
      if (i === 1) await macrotask();
    }
    await macrotask();
    await macrotask();
    assert.equal(currentScope(), outer);
    // what ran while the second turn waited went with it
    const alive = made.filter((t) => t.storage.block !== null);
    assert(alive.length >= 4, `${alive.length}`);
    for (const t of alive) assert.equal(t.storage.scope, outer);
  });
});

Deno.test("what a turn has started finds itself in no later turn", async () => {
  await leavesNothingAsync(async () => {
    using outer = scope();
    let open = () => {};
    const gate = new Promise<void>((resolve) => open = resolve);
    const made: Tensor[] = [];
    const started = async () => {
      await gate;
      made.push(full([2], 1));
    };
    for (const i of steps(5)) {
      if (i === 1) {
        gate.then(() => made.push(full([2], 0)));
        void started();
      }
      await macrotask();
      if (i === 3) open();
      await macrotask();
    }
    assert.deepEqual(made.map((t) => t.storage.scope), [outer, outer]);
    made.forEach((t, i) => assert.deepEqual(t.toArray(), [i, i]));
  });
});

Deno.test("a synchronous scope amid other tasks' awaits is only its function's", async () => {
  await leavesNothingAsync(async () => {
    const sync = async () => {
      for (let i = 0; i < 20; i++) {
        const kept = scope(() => ones([2]).add(noGrad(() => ones([2]).mul(i))));
        await Promise.resolve();
        assert.deepEqual(kept.toArray(), [i + 1, i + 1]);
      }
    };
    const loop = async () => {
      for (const i of steps(20)) {
        const x = full([2], i);
        await Promise.resolve();
        assert.deepEqual(x.toArray(), [i, i]);
      }
    };
    await Promise.all([task(sync), task(loop), task(sync), task(loop)]);
  });
});

Deno.test("async generators, and what loops over them, keep a batch until the next", async () => {
  await leavesNothingAsync(async () => {
    for (const waits of [[], [0], [1], [0, 1]]) {
      const batches = async function* () {
        for (const [x, y] of new data.DataLoader(sixRandom, { batchSize: 2 })) {
          if (waits.includes(0)) await macrotask();
          yield [x.add(0), y];
          if (waits.includes(1)) await macrotask();
        }
      };
      let n = 0;
      for await (const [x, y] of batches()) {
        using _s = scope();
        const z = x!.sum();
        await macrotask();
        assert.equal(z.add(y!.sum()).shape.length, 0);
        n++;
      }
      assert.equal(n, 3);
    }
  });
});

Deno.test("generators and zipped loops hold each its own turn across awaits", async () => {
  await leavesNothingAsync(async () => {
    const squares = function* () {
      for (const i of steps(3)) yield tensor([i * i]);
    };
    for (const square of squares()) {
      await macrotask();
      square.add(1).item();
    }
    const left = steps(5), right = steps(4);
    for (;;) {
      const l = left.next();
      const a = full([2], 1);
      await macrotask();
      const r = right.next();
      if (r.done) break;
      const b = a.add(1);
      await macrotask();
      assert.equal(l.value, r.value);
      assert.deepEqual(a.add(b).toArray(), [3, 3]);
    }
    left.return!();
  });
});

Deno.test("a batch that is fetched one turn ahead lives until the iterator goes on", async () => {
  for (const waits of [false, true]) {
    await leavesNothingAsync(async () => {
      const batches = new data.DataLoader(zeroToFive)[Symbol.iterator]();
      let batch = batches.next().value as [Tensor, Tensor];
      for (const i of steps(5)) {
        if (waits) await macrotask();
        assert.equal(batch[0].item(), i);
        batch = batches.next().value as [Tensor, Tensor];
      }
      batches.return!();
    });
  }
});

Deno.test("an iterator left after next() ends with the scope that it was begun in", async () => {
  const loader = new data.DataLoader(zeroToFive);
  const left: Iterator<[Tensor, Tensor]>[] = []; // held, or the collector might end them before
  const first = () => {
    const batches = loader[Symbol.iterator]();
    left.push(batches);
    return batches.next().value as [Tensor, Tensor];
  };
  await leavesNothingAsync(async () => {
    for (const _i of steps(3)) {
      await macrotask();
      const [x] = first();
      assert.equal(x.add(1).item(), 1);
      assert.equal(first()[0].item(), 0);
    }
    await task(async () => {
      first();
      ones([3]);
      await macrotask();
      ones([3]);
    });
    scope(() => void first());
  });
  assert.equal(left.length, 8);
});

Deno.test("trainings side by side reach the bits that each reaches alone", async () => {
  const train = async (seed: number) => {
    const numbers = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i + seed));
    using x = tensor(numbers, { shape: [16, 3] }).keep();
    using y = tensor(Int32Array.from({ length: 16 }, (_, i) => (i + seed) % 4)).keep();
    const set = new data.TensorDataset(x, y);
    const loader = new data.DataLoader(set, { batchSize: 4, shuffle: true, seed });
    const model = new nn.Linear(3, 4);
    noGrad(() => [...model.parameters()].forEach((p) => p.fill_(0.1)));
    const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const loss = new nn.CrossEntropyLoss();
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const [x, y] of loader) {
        sgd.zeroGrad();
        const logits = model.forward(x);
        await macrotask();
        const l = loss.forward(logits, y);
        await l.data();
        l.backward();
        await Promise.resolve();
        sgd.step();
      }
    }
    const weights = Array.from(model.parameters(), (p) => p.toArray());
    model[Symbol.dispose]();
    sgd[Symbol.dispose]();
    return weights;
  };
  await leavesNothingAsync(async () => {
    const alone = [];
    for (const seed of [1, 2, 3]) alone.push(await task(() => train(seed)));
    assert.deepEqual(
      await Promise.all([1, 2, 3].map((seed) => task(() => train(seed)))),
      alone,
    );
  });
});
