import assert from "node:assert/strict";
import {
  GradientError,
  memory,
  noGrad,
  ones,
  ReleasedError,
  scope,
  steps,
  type Tensor,
  tensor,
} from "../mod.ts";
import { record } from "../src/autograd.ts";
import { alloc, type Buffer } from "../src/buffer.ts";
import { kernels } from "../src/kernels.ts";

function leaf(values: number[]): Tensor {
  return tensor(values, { requiresGrad: true });
}

/** A test whose tensors all go at its end. */
function test(name: string, fn: () => void): void {
  Deno.test(name, () => scope(fn));
}

/** x · k, as an op that counts how often its gradient is computed. */
function counted(x: Tensor, k: number, count: { n: number }): Tensor {
  const scaled = (y: Tensor): Buffer => {
    const out = alloc(y.shape);
    kernels.binary("mul", y, k, out);
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
    () => y.backward(ones([2], { dtype: "int32" })),
    /must be float32 \[2\]: it is int32 \[2\]/,
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

test("createGraph is a clear error", () => {
  const x = leaf([1]);
  assert.throws(() => x.mul(x).backward(undefined, { createGraph: true } as object), {
    name: "GradientError",
    message: "backward: createGraph is not available: gradients have no graph",
  });
});

test("a saved value changed in place is noticed", () => {
  const w = leaf([1, 2]);
  const y = w.exp().mul(w).sum();
  noGrad(() => w.mul_(2));
  assert.throws(() => y.backward(), {
    name: "GradientError",
    message: "backward: a value that the gradient of mul needs was changed in place (1 times " +
      "since): change it after backward()",
  });
  assert.equal(w.grad, null);
});

test("a change through a view is noticed, and each kind of change", () => {
  const changes: ((x: Tensor) => void)[] = [
    (x) => x.add_(1),
    (x) => x.sub_(1),
    (x) => x.mul_(2),
    (x) => x.copy_(tensor([1, 1])),
    (x) => x.fill_(1),
    (x) => x.zero_(),
    (x) => x.narrow(0, 1, 1).fill_(1),
    (x) => x.detach().reshape(2, 1).zero_(),
  ];
  for (const change of changes) {
    const w = leaf([1, 2]);
    const y = w.mul(w).sum();
    noGrad(() => change(w));
    assert.throws(() => y.backward(), /changed in place/, String(change));
  }
});

test("a change is not minded where the gradient reads no values", () => {
  const w = leaf([1, 2]);
  const y = w.add(1).sub(w.neg().narrow(0, 0, 1)).reshape(2, 1).mean();
  noGrad(() => w.zero_());
  y.backward();
  assert.deepEqual(w.grad?.toArray(), [1.5, 0.5]);
});

test("a change after backward is what optimizers do", () => {
  const w = leaf([1, 2]);
  for (const _i of steps(3)) {
    w.zeroGrad();
    w.mul(w).sum().backward();
    noGrad(() => w.sub_(w.grad!.mul(0.5)));
  }
  assert.deepEqual(w.toArray(), [0, 0]);
});

test("what requires a gradient is changed in place only inside noGrad", () => {
  const w = leaf([1, 2]);
  assert.throws(() => w.add_(1), {
    name: "GradientError",
    message: "add_: what requires a gradient can be changed in place only inside noGrad: add_ is " +
      "not recorded",
  });
  assert.throws(() => tensor([0, 0]).copy_(w), GradientError);
  noGrad(() => w.add_(1));
  assert.deepEqual(w.toArray(), [2, 3]);
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

test("a retained gradient and those of leaves share no memory", () => {
  const x = leaf([1, 2]);
  const y = x.add(0).retainGrad();
  y.sum().backward();
  noGrad(() => y.grad!.fill_(5));
  assert.deepEqual(x.grad?.toArray(), [1, 1]);
});

test("two leaves never share a gradient's memory", () => {
  const [a, b, c] = [leaf([1, 2]), leaf([3, 4]), leaf([5, 6])];
  a.add(b).add(c.reshape(2)).sum().backward();
  const storages = new Set([a, b, c].map((x) => x.grad!.storage));
  assert.equal(storages.size, 3);
  noGrad(() => a.grad!.fill_(9));
  assert.deepEqual([b.grad?.toArray(), c.grad?.toArray()], [[1, 1], [1, 1]]);
});

test("a gradient never shares memory with the values it came from", () => {
  const [a, b] = [leaf([1, 2]), leaf([3, 4])];
  const dy = ones([2]);
  const op = record("hand-on", alloc([2]), [[a, () => b], [b, (dy) => dy]], { saved: [] });
  op.backward(dy);
  noGrad(() => {
    a.grad!.fill_(7);
    b.grad!.fill_(8);
  });
  assert.deepEqual([b.toArray(), dy.toArray()], [[3, 4], [1, 1]]);
});

test("a leaf's gradient has memory of its own size", () => {
  const x = leaf([1, 2]);
  x.reshape(2, 1).expand(2, 3).sum().backward();
  assert.deepEqual(x.grad?.toArray(), [3, 3]);
  assert.equal(x.grad?.storage.bytes, 8);
  const y = tensor([[1, 2, 3], [4, 5, 6]], { requiresGrad: true });
  y.t().backward(tensor([[1, 2], [3, 4], [5, 6]]));
  assert.deepEqual(y.grad?.toArray(), [[1, 3, 5], [2, 4, 6]]);
  assert(y.grad?.isContiguous);
});

test("only gradients that somebody needs are computed", () => {
  const [x, w] = [tensor([1, 2]), leaf([3, 4])];
  const calls: string[] = [];
  const op = record("op", alloc([2]), [
    [x, (dy) => (calls.push("dx"), dy)],
    [w, (dy) => (calls.push("dw"), dy)],
  ], { saved: [] });
  op.sum().backward();
  assert.deepEqual(calls, ["dw"]);
});

test("an input that no longer requires a gradient gets none", () => {
  const [x, w] = [leaf([1]), leaf([2])];
  const y = x.mul(w);
  x.requiresGrad = false;
  y.backward();
  assert.equal(x.grad, null);
  assert.deepEqual(w.grad?.toArray(), [1]);
});

test("shared work is done once, before the first gradient that is needed", () => {
  const [x, w, fixed] = [leaf([1, 2]), leaf([3, 4]), tensor([5, 6])];
  const calls: string[] = [];
  let work!: Tensor;
  const op = record<Tensor>("op", alloc([2]), [
    [fixed, (dy) => (calls.push("fixed"), dy)],
    [x, (_dy, s) => (calls.push("dx"), s)],
    [w, (_dy, s) => (calls.push("dw"), s)],
  ], { saved: [], shared: (dy) => (calls.push("shared"), work = dy.mul(10)) });
  const before = memory().tensors;
  op.sum().backward();
  assert.deepEqual(calls, ["shared", "dx", "dw"]);
  assert.deepEqual([x.grad?.toArray(), w.grad?.toArray()], [[10, 10], [10, 10]]);
  assert.notEqual(x.grad?.storage, w.grad?.storage);
  assert.throws(() => work.toArray(), ReleasedError);
  assert.equal(memory().tensors - before, 3); // two gradients and the sum
});

test("shared work that nobody needs is not done", () => {
  const op = record("op", alloc([2]), [[tensor([1, 2]), (dy) => dy]], {
    saved: [],
    shared: () => assert.fail("shared was called"),
  });
  assert.equal(op.requiresGrad, false);
});

test("shared work that reaches leaves through other ops is released too", () => {
  const x = leaf([1, 2]);
  const before = memory().tensors;
  const [a, b] = [x.add(0), x.add(0)];
  const op = record<Tensor>("op", alloc([2]), [[a, (_dy, s) => s], [b, (_dy, s) => s]], {
    saved: [],
    shared: (dy) => dy.mul(10),
  });
  op.backward(ones([2]));
  assert.deepEqual(x.grad?.toArray(), [20, 20]);
  assert.equal(memory().tensors - before, 3 + 1 + 1); // a, b, op; dy; the gradient
});

test("a gradient of another shape than its input is refused for every op", () => {
  const x = leaf([1, 2]);
  const wrong = record("wrong", alloc([2]), [[x, () => ones([3])]], { saved: [] });
  assert.throws(() => wrong.sum().backward(), {
    name: "GradientError",
    message: "backward: a gradient of wrong must be float32 [2] like its input: it is float32 [3]",
  });
  const before = memory().tensors;
  const again = record("wrong", alloc([2]), [[x, (dy) => dy.gt(0)]], { saved: [] });
  const loss = again.sum();
  assert.throws(() => loss.backward(), /must be float32 \[2\] like its input: it is bool \[2\]/);
  assert.equal(memory().tensors - before, 2, "a pass that fails leaves nothing behind");
  assert.equal(x.grad, null);
});

test("gradient functions record nothing", () => {
  const x = leaf([1, 2]);
  let inside!: Tensor;
  record("op", alloc([2]), [[x, (dy) => inside = dy.mul(x)]], { saved: [] }).backward(ones([2]));
  assert.equal(inside.requiresGrad, false);
  assert.equal(x.grad?.requiresGrad, false);
});

test("a graph of 20,000 ops does not overflow the stack", () => {
  const x = leaf([1]);
  let y: Tensor = x;
  for (let i = 0; i < 20_000; i++) y = y.add(1);
  y.backward();
  assert.deepEqual(x.grad?.toArray(), [1]);
  assert.equal(y.item(), 20_001);
});

test("after backward and its scope only the gradients of older leaves are left", () => {
  const w = leaf([1, 2]);
  const before = memory();
  scope(() => {
    const h = w.exp();
    const loss = h.mul(w).sum();
    const made = memory().tensors;
    loss.backward();
    assert.equal(memory().tensors - made, 1, "intermediate gradients go at once");
    assert.deepEqual(h.argmax().item(), 1, "activations stay usable");
  });
  const after = memory();
  assert.deepEqual([after.tensors - before.tensors, after.liveBytes - before.liveBytes], [1, 8]);
});

test("integers have no gradient", () => {
  assert.throws(() => tensor(new Int32Array(2), { requiresGrad: true }), {
    name: "DTypeError",
    message: "requiresGrad: only float32 has gradients: it is int32",
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
