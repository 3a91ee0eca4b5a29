import assert from "node:assert/strict";
import { memory, noGrad, ones, scope, steps, tensor, zeros } from "../mod.ts";
import { leavesNothing, live } from "./leaks.ts";

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
        assert.equal(memory().tensors, before.tensors + 1);
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

Deno.test("a running average is one tensor outside the loop", () => {
  using average = zeros([1]).keep();
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
