import assert from "node:assert/strict";
import {
  distributions,
  full,
  memory,
  noGrad,
  ones,
  ReleasedError,
  scope,
  steps,
  type Tensor,
  tensor,
} from "../mod.ts";
import { leavesNothing } from "./leaks.ts";
import { macrotask } from "./waiting.ts";

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

Deno.test("what instances of classes hold moves out with them, however long their chain is", () => {
  class Link {
    constructor(readonly value: Tensor, readonly next: Link | null) {}
  }
  leavesNothing(() => {
    scope(() => {
      const old = tensor([1, 2], { requiresGrad: true });
      const [chain, policy] = scope(() => {
        let chain: Link | null = null;
        for (let i = 0; i < 20_000; i++) {
          chain = new Link(i % 5000 === 0 ? full([2], i) : old, chain);
        }
        return [chain!, new distributions.Independent(new distributions.Normal(old.mul(2), 1), 1)];
      });
      let n = 0;
      for (let at: Link | null = chain; at !== null; at = at.next, n++) {
        assert.deepEqual(
          at.value.toArray(),
          n % 5000 === 4999 ? Array(2).fill(19_999 - n) : [1, 2],
        );
      }
      assert.equal(n, 20_000);
      assert.deepEqual(policy.mean.toArray(), [2, 4]);
      assert.throws(() => policy.mean.sum().backward(), /the graph of \w+ ended with scope\(\)/);
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

Deno.test("what cannot be followed is refused, with the cure: promises and generators", () => {
  const cures = [
    ["scope()", scope, "write `scope(async () => …)`", () => Promise.resolve(ones([10]))],
    ["noGrad()", noGrad, "put noGrad around what is between the awaits", async () => await 1],
  ] as const;
  for (const [name, run, cure, fn] of cures) {
    leavesNothing(() =>
      assert.throws(() => run<unknown>(fn), {
        name: "TypeError",
        message: `${name}: the function must be synchronous: it returned a promise: ${cure}`,
      })
    );
    assert.throws(
      () =>
        run(function* () {
          yield 1;
        }),
      /it returned a generator: use `using _s = scope\(\)` in the generator/,
    );
  }
});

Deno.test("a promise that is refused causes no unhandled rejection", async () => {
  assert.throws(() => noGrad(() => Promise.reject(new Error("inside"))), TypeError);
  await macrotask();
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
