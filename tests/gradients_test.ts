/** Whose memory gradients are, and which of them are computed. */
import assert from "node:assert/strict";
import {
  functional,
  memory,
  noGrad,
  ones,
  ReleasedError,
  scope,
  type Tensor,
  tensor,
} from "../mod.ts";
import { record } from "../src/autograd/autograd.ts";
import { allocOn } from "../src/device/buffer.ts";
import { cpu } from "../src/wasm/kernels.ts";
import { leaf, test } from "./scoped.ts";

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
  const op = record("hand-on", allocOn(cpu, [2]), [[a, () => b], [b, (dy) => dy]], { saved: [] });
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
  const op = record("op", allocOn(cpu, [2]), [
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
  const op = record<Tensor>("op", allocOn(cpu, [2]), [
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
  const op = record("op", allocOn(cpu, [2]), [[tensor([1, 2]), (dy) => dy]], {
    saved: [],
    shared: () => assert.fail("shared was called"),
  });
  assert.equal(op.requiresGrad, false);
});

test("shared work that reaches leaves through other ops is released too", () => {
  const x = leaf([1, 2]);
  const before = memory().tensors;
  const [a, b] = [x.add(0), x.add(0)];
  const op = record<Tensor>("op", allocOn(cpu, [2]), [[a, (_dy, s) => s], [b, (_dy, s) => s]], {
    saved: [],
    shared: (dy) => dy.mul(10),
  });
  op.backward(ones([2]));
  assert.deepEqual(x.grad?.toArray(), [20, 20]);
  assert.equal(memory().tensors - before, 3 + 1 + 1); // a, b, op; dy; the gradient
});

test("a gradient of another shape than its input is refused for every op", () => {
  const x = leaf([1, 2]);
  const wrong = record("wrong", allocOn(cpu, [2]), [[x, () => ones([3])]], { saved: [] });
  assert.throws(() => wrong.sum().backward(), {
    name: "GradientError",
    message: "backward: a gradient of wrong must be float32 [2] like its input: it is float32 [3]",
  });
  const before = memory().tensors;
  const again = record("wrong", allocOn(cpu, [2]), [[x, (dy) => dy.gt(0)]], { saved: [] });
  const loss = again.sum();
  assert.throws(() => loss.backward(), /must be float32 \[2\] like its input: it is bool \[2\]/);
  assert.equal(memory().tensors - before, 2, "a pass that fails leaves nothing behind");
  assert.equal(x.grad, null);
});

test("a graph that needs a gradient notices that a later pass has added to it", () => {
  const x = leaf([1, 2]);
  x.mul(x).sum().backward();
  const w = leaf([3, 4]);
  const loss = w.mul(x.grad!).sum();
  x.mul(3).sum().backward();
  assert.deepEqual(x.grad?.toArray(), [5, 7]);
  assert.throws(() => loss.backward(), /gradient of mul needs was changed in place \(1 times/);
});

test("a graph that needs running moments notices that batch normalisation has moved them", () => {
  const [mean, variance] = [ones([2]).sub(1), ones([2])];
  for (const moments of [mean, variance]) {
    const loss = leaf([3, 4]).mul(moments).sum();
    functional.batchNorm(tensor([[1, 2], [3, 5]]), mean, variance, { training: true });
    assert.throws(() => loss.backward(), /gradient of mul needs was changed in place/);
  }
});

test("a loss's class weights are constants, whatever they require", () => {
  const [logits, weight] = [leaf([1, 2, 3]), leaf([0.5, 1, 2])];
  const y = tensor([2], { dtype: "int32" });
  functional.crossEntropy(logits.reshape(1, 3), y, { weight }).backward();
  assert.equal(weight.grad, null);
  assert(logits.grad !== null);
});

test("gradient functions record nothing", () => {
  const x = leaf([1, 2]);
  let inside!: Tensor;
  record("op", allocOn(cpu, [2]), [[x, (dy) => inside = dy.mul(x)]], { saved: [] }).backward(
    ones([2]),
  );
  assert.equal(inside.requiresGrad, false);
  assert.equal(x.grad?.requiresGrad, false);
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
