import assert from "node:assert/strict";
import {
  enableGrad,
  grad,
  GradientError,
  isGradEnabled,
  memory,
  noGrad,
  ones,
  setGradEnabled,
  type Tensor,
  tensor,
} from "../mod.ts";
import { record } from "../src/autograd/autograd.ts";
import { MUL } from "../src/device/arithmetic.ts";
import { alloc, type Buffer } from "../src/device/buffer.ts";
import { kernels } from "../src/wasm/kernels.ts";
import { leaf, test } from "./scoped.ts";

/** x · k, as an op that counts how often its gradient is computed. */
function counted(x: Tensor, k: number, count: { n: number }): Tensor {
  const scaled = (y: Tensor): Buffer => {
    const out = alloc(y, y.shape);
    kernels.binary(MUL, y, k, out);
    return out;
  };
  return record("counted", scaled(x), [[x, (dy) => {
    count.n++;
    return record("counted", scaled(dy), []);
  }]], { saved: [] });
}

test("a second backward adds to the gradients of the first", () => {
  const w = leaf([1, 2]);
  w.mul(w).sum().backward();
  w.mul(3).sum().backward();
  assert.deepEqual(w.grad?.toArray(), [5, 7]);
});

test("a tensor that is recorded as a result stays what it was, and its memory is the result's", () => {
  const x = leaf([2]);
  const y = noGrad(() => x.mul(3));
  const z = record("mine", y, [[x, (dz) => dz.mul(3)]], { saved: [] });
  assert.notEqual(z, y);
  assert.deepEqual([y.isLeaf, y.requiresGrad, z.isLeaf, z.requiresGrad], [
    true,
    false,
    false,
    true,
  ]);
  z.backward(tensor([1]));
  assert.deepEqual([y.grad, x.grad!.toArray()], [null, [3]]);
  y[Symbol.dispose]();
  assert.deepEqual(z.toArray(), [6]);
  z[Symbol.dispose]();
  assert.throws(() => y.toArray(), { message: /was released by disposal/ });
});

test("zeroGrad releases the gradient and sets it to null", () => {
  const w = leaf([1, 2]);
  w.mul(w).sum().backward();
  const { grad } = w;
  const before = memory().tensors;
  w.zeroGrad();
  assert.equal(w.grad, null);
  assert.equal(memory().tensors, before - 1);
  assert.throws(() => grad!.toArray(), { message: /grad \[2\] was released by zeroGrad\(\)/ });
  w.zeroGrad();
});

test("in a diamond both ways add up, each op once", () => {
  const x = leaf([2]);
  const count = { n: 0 };
  const h = counted(x, 5, count);
  h.mul(h).add(h.exp().mul(0)).add(h).backward();
  assert.deepEqual(x.grad?.toArray(), [105]); // 5 · (2 · 10 + 0 + 1)
  assert.equal(count.n, 1);
});

test("a tensor that is used many times gets all its gradients", () => {
  const x = leaf([3]);
  x.mul(x).mul(x).add(x).backward();
  assert.deepEqual(x.grad?.toArray(), [28]);
  const y = leaf([1, 2]);
  y.add(y).sum().backward();
  assert.deepEqual(y.grad?.toArray(), [2, 2]);
});

test("a second backward over the same graph says so, and retainGraph allows it", () => {
  const x = leaf([2]);
  const once = x.mul(x).sum();
  once.backward();
  assert.throws(() => once.backward(), {
    name: "GradientError",
    message: "backward: the graph of sum has been used: call backward() once, or pass { " +
      "retainGraph: true } the first time",
  });
  assert.equal(x.mul(2).requiresGrad, true, "recording goes on after the error");
  x.zeroGrad();
  const twice = x.mul(x).sum();
  twice.backward(undefined, { retainGraph: true });
  twice.backward(undefined, { retainGraph: true });
  twice.backward();
  assert.deepEqual(x.grad?.toArray(), [12]);
  assert.throws(() => twice.backward(), GradientError);
});

test("backward wants one element or a gradient", () => {
  const x = leaf([1, 2]);
  assert.throws(() => x.mul(2).backward(), {
    name: "GradientError",
    message:
      "backward: a tensor of one element is needed, or a gradient of its shape: it is [2]: " +
      "reduce it by sum() or mean(), or call backward(gradient)",
  });
  x.mul(2).backward(tensor([10, 100]));
  assert.deepEqual(x.grad?.toArray(), [20, 200]);
});

test("backward refuses a gradient of another shape or dtype", () => {
  const y = leaf([1, 2]).mul(2);
  assert.throws(() => y.backward(ones([3])), {
    name: "GradientError",
    message: "backward: the gradient must be float32 [2]: it is float32 [3]",
  });
  assert.throws(
    () => y.backward(ones([2], { dtype: "uint8" })),
    /must be float32 \[2\]: it is uint8 \[2\]/,
  );
});

test("backward says where nothing requires a gradient", () => {
  const message = "backward: [] does not depend on anything that requires a gradient: make the " +
    "leaves with requiresGrad: true, and compute outside noGrad";
  assert.throws(() => tensor([1]).sum().backward(), { name: "GradientError", message });
  const w = leaf([1]);
  assert.throws(() => noGrad(() => w.sum()).backward(), { message });
});

test("backward on a leaf gives it the gradient itself", () => {
  const x = leaf([5]);
  x.backward();
  assert.deepEqual(x.grad?.toArray(), [1]);
  const dy = tensor([7]);
  x.backward(dy);
  assert.deepEqual(x.grad?.toArray(), [8]);
  assert.deepEqual(dy.toArray(), [7]);
  const y = leaf([5]);
  y.backward(dy);
  noGrad(() => dy.fill_(0));
  assert.deepEqual(y.grad?.toArray(), [7], "the gradient is a copy of the caller's");
});

test("a hook sees a leaf's gradient once a pass, all of it, and may replace it", () => {
  const x = leaf([1, 2]);
  const seen: unknown[] = [];
  const handle = x.registerHook((gradient) => {
    seen.push(gradient.toArray());
    return gradient.mul(10);
  });
  x.mul(3).add(x).sum().backward();
  assert.deepEqual([seen, x.grad!.toArray()], [[[4, 4]], [40, 40]]);
  x.mul(2).sum().backward();
  assert.deepEqual([seen.length, x.grad!.toArray()], [2, [60, 60]]);
  handle.remove();
  x.sum().backward();
  assert.deepEqual([seen.length, x.grad!.toArray()], [2, [61, 61]]);
});

test("a hook of a result changes what its inputs receive, and what was retained", () => {
  const x = leaf([1, 2]);
  const y = x.mul(3).retainGrad();
  const order: string[] = [];
  y.registerHook((gradient) => (order.push("first"), gradient.mul(2)));
  y.registerHook((gradient) => void order.push(`second ${gradient.toArray()}`));
  y.mul(y).sum().backward();
  assert.deepEqual(order, ["first", "second 12,24"]);
  assert.deepEqual([y.grad!.toArray(), x.grad!.toArray()], [[12, 24], [36, 72]]);
});

test("what a hook keeps of a gradient lives as long as the caller's scope", () => {
  const x = leaf([1, 2]);
  const kept: Tensor[] = [];
  const y = x.exp();
  y.registerHook((gradient) => void kept.push(gradient, gradient.mul(2)));
  x.registerHook((gradient) => void kept.push(gradient));
  y.mul(5).sum().backward();
  noGrad(() => x.grad!.fill_(0));
  assert.deepEqual(kept.slice(0, 2).map((g) => g.toArray()), [[5, 5], [10, 10]]);
  assert.ok(Math.abs(kept[2]!.select(0, 0).item() - 5 * Math.E) < 1e-5);
});

test("hooks work with grad, recorded too", () => {
  const x = leaf([3]);
  x.registerHook((gradient) => gradient.mul(x));
  for (const createGraph of [false, true]) {
    const [dx] = grad(x.mul(2).sum(), x, { createGraph });
    assert.deepEqual([dx.item(), dx.requiresGrad], [6, createGraph]);
  }
});

test("a hook that returns what is no gradient of the tensor is refused", () => {
  const x = leaf([1, 2]);
  x.registerHook(() => tensor([1]));
  assert.throws(() => x.sum().backward(), {
    name: "GradientError",
    message: "registerHook: the gradient must be float32 [2]: it is int32 [1]",
  });
  assert.throws(() => tensor([1]).registerHook(() => {}), GradientError);
});

test("detach shares the memory and cuts the graph", () => {
  const x = leaf([1, 2]);
  const y = x.mul(3);
  const cut = y.detach();
  assert.equal(cut.requiresGrad, false);
  assert.equal(cut.isLeaf, true);
  assert.equal(cut.storage, y.storage);
  y.mul(cut).sum().backward();
  assert.deepEqual(x.grad?.toArray(), [9, 18]); // 3 · cut
});

test("retainGrad keeps the gradient of a tensor that is not a leaf", () => {
  const x = leaf([1, 2]);
  const y = x.mul(3).retainGrad();
  const z = x.mul(2);
  y.mul(y).add(z).sum().backward();
  assert.deepEqual(y.grad?.toArray(), [6, 12]);
  assert.equal(z.grad, null);
  assert.deepEqual(x.grad?.toArray(), [20, 38]);
  assert.throws(() => tensor([1]).retainGrad(), GradientError);
});

test("a graph of 20,000 ops does not overflow the stack", () => {
  const x = leaf([1]);
  let y: Tensor = x;
  for (let i = 0; i < 20_000; i++) y = y.add(1);
  y.backward();
  assert.deepEqual(x.grad?.toArray(), [1]);
  assert.equal(y.item(), 20_001);
});

test("integers have no gradient", () => {
  assert.throws(() => tensor(new Int32Array(2), { requiresGrad: true }), {
    name: "DTypeError",
    message: "tensor: requiresGrad: only float32 has gradients: it is int32",
  });
});

test("only leaves can be told whether they require a gradient", () => {
  const x = leaf([1]);
  const y = x.mul(2);
  assert.throws(() => y.requiresGrad = false, {
    name: "GradientError",
    message: "requiresGrad: only leaves can be told: this is the result of mul: detach() it",
  });
  x.requiresGrad = false;
  assert.equal(x.mul(2).requiresGrad, false);
});

test("losses that share a graph that was used say so", () => {
  const x = leaf([1, 2]);
  const h = x.exp();
  h.sum().backward();
  assert.throws(() => h.mean().backward(), /the graph of exp has been used/);
});

test("enableGrad and setGradEnabled record or not, for a function or until they are told again", () => {
  const w = leaf([1, 2]);
  const kept = setGradEnabled(true, () => w.mul(2)); // its graph stays
  const inside = noGrad(() => [enableGrad(() => w.mul(3).requiresGrad), w.mul(3).requiresGrad]);
  assert.deepEqual(inside, [true, false]);
  assert.equal(setGradEnabled(false, () => w.mul(2)).requiresGrad, false);
  setGradEnabled(false);
  assert.deepEqual([isGradEnabled(), w.mul(2).requiresGrad], [false, false]);
  noGrad(() => setGradEnabled(true)); // ends with the noGrad around it
  assert.equal(isGradEnabled(), false);
  setGradEnabled(true);
  kept.sum().backward();
  assert.deepEqual(w.grad!.toArray(), [2, 2]);
});

test("isGradEnabled tells whether ops are recorded: not inside noGrad, nor in a gradient function", () => {
  const seen: boolean[] = [isGradEnabled()];
  noGrad(() => {
    seen.push(isGradEnabled());
    noGrad(() => seen.push(isGradEnabled()));
    seen.push(isGradEnabled());
  });
  assert.throws(() =>
    noGrad(() => {
      throw new Error("inside");
    })
  );
  seen.push(isGradEnabled());
  assert.deepEqual(seen, [true, false, false, false, true]);
  const x = tensor([1], { requiresGrad: true });
  assert.equal(x.mul(2).requiresGrad, isGradEnabled());
});
