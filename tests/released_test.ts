/** What keeps a tensor, what ends it, and what its use says then. */
import assert from "node:assert/strict";
import {
  GradientError,
  noGrad,
  ones,
  ReleasedError,
  scope,
  steps,
  type Tensor,
  tensor,
} from "../mod.ts";
import { leavesNothing } from "./leaks.ts";

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

Deno.test("GradientError and ReleasedError are of the built-in kinds that they look like", () => {
  assert(new GradientError("x") instanceof Error);
  assert(new ReleasedError("x") instanceof ReferenceError);
});
