import assert from "node:assert/strict";
import {
  GradientError,
  memory,
  noGrad,
  ones,
  ReleasedError,
  scope,
  steps,
  Tensor,
  tensor,
} from "../mod.ts";

/** Live bytes and storages: what a leak would raise. */
function live(): [bytes: number, tensors: number] {
  const { liveBytes, tensors } = memory();
  return [liveBytes, tensors];
}

/** Checks that nothing is left of what a function makes. */
function leavesNothing(fn: () => void): void {
  const before = live();
  fn();
  assert.deepEqual(live(), before);
}

Deno.test("a scope releases at its end what was made in it", () => {
  leavesNothing(() => {
    scope(() => {
      const x = ones([10]);
      assert.deepEqual(x.add(1).toArray(), Array(10).fill(2));
      assert.equal(memory().liveBytes > 0, true);
    });
    {
      using _s = scope();
      ones([10]).mul(3);
    }
    noGrad(() => void ones([10]).exp());
  });
});

Deno.test("what a scope returns moves out, to any depth", () => {
  leavesNothing(() => {
    scope(() => {
      const before = memory().tensors;
      const made = scope(() => ({
        one: ones([1]),
        list: [ones([2]), [ones([3])]],
        map: new Map<unknown, unknown>([["a", ones([4])], [ones([5]), new Set([ones([6])])]]),
        bare: Object.assign(Object.create(null), { x: ones([7]) }),
        waste: ones([100]).sum().item(),
      }));
      assert.equal(memory().tensors - before, 7);
      const [key, set] = [...made.map].at(-1) as [Tensor, Set<Tensor>];
      const all = [
        made.one,
        made.list[0],
        (made.list[1] as Tensor[])[0],
        made.map.get("a"),
        key,
        [...set][0],
        made.bare.x,
      ] as Tensor[];
      assert.deepEqual(all.map((t) => t.sum().item()), [1, 2, 3, 4, 5, 6, 7]);
      assert.equal(made.waste, 100);
    });
  });
});

Deno.test("what a function returns in a cycle moves out once", () => {
  scope(() => {
    const ring = scope(() => {
      const list: unknown[] = [ones([2])];
      list.push(list);
      return list;
    });
    assert.equal((ring[0] as Tensor).sum().item(), 2);
  });
});

Deno.test("what noGrad returns moves out and requires no gradient", () => {
  const w = tensor([1, 2], { requiresGrad: true });
  scope(() => {
    const y = noGrad(() => w.mul(2));
    assert.equal(y.requiresGrad, false);
    assert.deepEqual(y.toArray(), [2, 4]);
  });
  w[Symbol.dispose]();
});

Deno.test("a returned view takes its storage along", () => {
  leavesNothing(() => {
    scope(() => {
      const row = scope(() => tensor([[1, 2], [3, 4]]).select(0, 1));
      assert.deepEqual(row.toArray(), [3, 4]);
    });
  });
});

Deno.test("a returned view of something older leaves that where it was", () => {
  leavesNothing(() => {
    scope(() => {
      const x = tensor([[1, 2], [3, 4]]);
      const row = scope(() => scope(() => x.select(0, 1)));
      assert.deepEqual(row.toArray(), [3, 4]);
      assert.deepEqual(x.toArray(), [[1, 2], [3, 4]]);
    });
  });
});

Deno.test("the graph of what leaves a scope ends there", () => {
  scope(() => {
    const w = tensor([1, 2], { requiresGrad: true });
    const loss = scope(() => w.mul(w).sum());
    assert.equal(loss.item(), 5);
    assert.throws(() => loss.backward(), {
      name: "GradientError",
      message: "backward: the graph of sum ended with scope(): call backward inside, or detach() " +
        "what runs along",
    });
    assert.throws(() => loss.mul(2).backward(), /the graph of sum ended with scope\(\)/);
    loss.detach().mul(w).sum().backward();
    assert.deepEqual(w.grad?.toArray(), [5, 5]);
  });
});

Deno.test("a view that leaves beside its base leaves its graph too", () => {
  scope(() => {
    const w = tensor([1, 2], { requiresGrad: true });
    for (const flip of [false, true]) {
      const [a, b] = scope(() => {
        const base = w.exp();
        const pair = [base, base.reshape(2, 1)] as [Tensor, Tensor];
        return flip ? pair.reverse() as [Tensor, Tensor] : pair;
      });
      assert.throws(() => a.sum().backward(), /ended with scope\(\)/);
      assert.throws(() => b.sum().backward(), /ended with scope\(\)/);
    }
  });
});

Deno.test("a leaf that leaves takes its gradient along", () => {
  leavesNothing(() => {
    scope(() => {
      const w = scope(() => {
        const w = tensor([1, 2], { requiresGrad: true });
        w.mul(w).sum().backward();
        return w;
      });
      assert.deepEqual(w.grad?.toArray(), [2, 4]);
    });
  });
});

Deno.test("a kept tensor outlives every scope, its gradient with it, until it is disposed", () => {
  leavesNothing(() => {
    let w!: Tensor;
    scope(() =>
      scope(() => {
        w = tensor([1, 2], { requiresGrad: true });
        w.mul(w).sum().backward();
        w.keep();
      })
    );
    assert.deepEqual(w.toArray(), [1, 2]);
    assert.deepEqual(w.grad?.toArray(), [2, 4]);
    w[Symbol.dispose]();
    assert.throws(() => w.toArray(), ReleasedError);
  });
});

Deno.test("a kept tensor can be held by using", () => {
  leavesNothing(() => {
    scope(() => {
      const x = ones([3]).keep();
      using held = x;
      assert.equal(held.sum().item(), 3);
    });
  });
});

Deno.test("disposing of a view leaves its base alone, and of the base ends the view", () => {
  scope(() => {
    const base = tensor([1, 2, 3]);
    const view = base.narrow(0, 1, 2);
    view[Symbol.dispose]();
    assert.deepEqual(view.toArray(), [2, 3]);
    base[Symbol.dispose]();
    base[Symbol.dispose](); // again: nothing happens
    assert.throws(() => view.toArray(), {
      name: "ReleasedError",
      message: "released tensor: tensor [2] was released by disposal: use it inside, return it " +
        "from the scope, or keep() it",
    });
  });
});

Deno.test("a released tensor says the op that made it, its shape and what released it", () => {
  let x!: Tensor, y!: Tensor, z!: Tensor;
  scope(() => {
    x = ones([64, 10]).exp();
  });
  for (const _i of steps(1)) y = x = ones([2, 3]).matmul(ones([3, 4]));
  noGrad(() => {
    z = ones([2]).add(1);
  });
  const after = "use it inside, return it from the scope, or keep() it";
  const message = (what: string) => `released tensor: ${what}: ${after}`;
  assert.throws(() => y.sum(), {
    name: "ReleasedError",
    message: message("matmul [2, 4] was released by a turn of steps()"),
  });
  assert.throws(() => z.item(), { message: message("add [2] was released by noGrad()") });
  assert.throws(() => scope(() => y.add(1)), ReleasedError);
  assert.equal(String(x), "tensor(released by a turn of steps())");
});

Deno.test("break, continue, return and throw end a turn as its end does", () => {
  leavesNothing(() => {
    for (const i of steps(5)) {
      ones([10]);
      if (i < 2) continue;
      break;
    }
    (() => {
      for (const _i of steps(5)) {
        ones([10]);
        return;
      }
    })();
    assert.throws(() => {
      for (const _i of steps(5)) {
        for (const _j of steps(5)) {
          using _s = scope();
          ones([10]);
          throw new Error("within");
        }
      }
    }, /within/);
    assert.throws(() =>
      scope(() => {
        ones([10]);
        noGrad(() => {
          throw new Error("deeper");
        });
      }), /deeper/);
  });
});

Deno.test("an ended loop stays ended", () => {
  const loop = steps(5);
  for (const i of loop) if (i === 1) break;
  assert.deepEqual(loop.next(), { value: undefined, done: true });
  assert.deepEqual([...steps(3)], [0, 1, 2]);
});

Deno.test("nested loops release the inner turn's tensors each inner turn", () => {
  leavesNothing(() => {
    for (const _i of steps(2)) {
      const outer = ones([100]);
      const before = live();
      for (const _j of steps(3)) {
        ones([50]);
        assert.equal(memory().tensors, before[1] + 1);
      }
      assert.deepEqual(live(), before);
      assert.equal(outer.sum().item(), 100);
    }
  });
});

Deno.test("zipped loops close their turns out of order, each its own", () => {
  leavesNothing(() => {
    const left = steps(4), right = steps(3);
    for (;;) {
      const l = left.next();
      const a = ones([10]);
      const r = right.next();
      if (r.done) break;
      const b = ones([20]);
      assert.equal(a.sum().item() + b.sum().item(), 30);
      assert.equal(l.value, r.value);
    }
    left.return?.();
  });
});

Deno.test("a function scope closes what is still open inside", () => {
  leavesNothing(() => {
    scope(() => {
      const loop = steps(3);
      loop.next();
      ones([10]);
      scope(); // never disposed of
      ones([10]);
    });
    ones([1])[Symbol.dispose]();
  });
});

Deno.test("a scope disposed of before those inside it closes them too", () => {
  leavesNothing(() => {
    const outer = scope();
    const inner = scope();
    const x = ones([10]);
    outer[Symbol.dispose]();
    assert.throws(() => x.toArray(), ReleasedError);
    inner[Symbol.dispose](); // again: nothing happens
  });
});

Deno.test("function scopes refuse promises and generators", () => {
  for (const [name, run] of [["scope()", scope], ["noGrad()", noGrad]] as const) {
    assert.throws(() => run(async () => await 1), {
      name: "TypeError",
      message: `${name}: the function must be synchronous: it returned a promise: use ` +
        "`using _s = scope()`, and `await outside(promise)` inside it",
    });
    assert.throws(
      () =>
        run(function* () {
          yield 1;
        }),
      /it returned a generator/,
    );
    leavesNothing(() => assert.throws(() => run(async () => await ones([10])), TypeError));
  }
});

Deno.test("noGrad ends with its function, however that ends", () => {
  scope(() => {
    const w = tensor([1], { requiresGrad: true });
    assert.throws(() =>
      noGrad(() => {
        throw new Error("inside");
      }), /inside/);
    assert.equal(w.mul(2).requiresGrad, true);
    noGrad(() => {
      noGrad(() => 0);
      assert.equal(w.mul(2).requiresGrad, false);
    });
  });
});

Deno.test("a running average is one tensor outside the loop", () => {
  using average = tensor([0]).keep();
  const before = live();
  for (const i of steps(100)) {
    const x = tensor([i]);
    noGrad(() => average.copy_(average.mul(0.9).add(x.mul(0.1))));
  }
  assert.deepEqual(live(), before);
  assert(Math.abs(average.item() - 90) < 0.01);
});

Deno.test("10,000 turns hold live bytes and the memory's size from the second turn on", () => {
  const w = tensor(new Float32Array(100), { shape: [10, 10], requiresGrad: true }).keep();
  const turn = () => {
    w.zeroGrad();
    ones([5, 10]).matmul(w).tanh().sum().backward();
    return memory();
  };
  const check = (i: number, now: ReturnType<typeof memory>, then: typeof now | null) => {
    if (then === null || i < 2) return now;
    assert.deepEqual([now.liveBytes, now.tensors, now.heapBytes], [
      then.liveBytes,
      then.tensors,
      then.heapBytes,
    ]);
    return then;
  };
  let then: ReturnType<typeof memory> | null = null;
  for (const i of steps(10_000)) then = check(i, turn(), then);
  then = null;
  for (let i = 0; i < 10_000; i++) {
    using _s = scope();
    then = check(i, turn(), then);
  }
  w[Symbol.dispose]();
});

Deno.test("memory() counts bytes as asked for, storages once, and the peak", () => {
  scope(() => {
    const before = memory();
    const x = ones([100]);
    x.reshape(10, 10).t().narrow(0, 0, 2);
    tensor(new Uint8Array(3));
    const after = memory();
    assert.equal(after.liveBytes - before.liveBytes, 403);
    assert.equal(after.tensors - before.tensors, 2);
    assert(after.peakBytes >= after.liveBytes);
    assert.equal(after.heapBytes % 65536, 0);
  });
});

Deno.test("GradientError and ReleasedError are of the built-in kinds that they look like", () => {
  assert(new GradientError("x") instanceof Error);
  assert(new ReleasedError("x") instanceof ReferenceError);
});
