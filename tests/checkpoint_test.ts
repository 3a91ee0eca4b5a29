/** `checkpoint` and `anomaly`. */
import assert from "node:assert/strict";
import {
  anomaly,
  checkpoint,
  grad,
  manualSeed,
  memory,
  nn,
  noGrad,
  randn,
  type Tensor,
  tensor,
} from "../mod.ts";
import { test } from "./scoped.ts";

function bits(tensors: readonly (Tensor | null)[]): number[][] {
  return tensors.map((x) => Array.from(x!.toTypedArray()));
}

test("checkpoint gives the bits of a plain call, dropout and the numbers after it included", () => {
  const run = (call: (fn: (x: Tensor) => Tensor, x: Tensor) => Tensor) => {
    manualSeed(5);
    const model = new nn.Sequential(
      new nn.Linear(4, 8),
      new nn.Tanh(),
      new nn.Dropout(0.5),
      new nn.Linear(8, 3),
    );
    const x = randn([5, 4]);
    x.requiresGrad = true;
    const h = x.exp();
    const y = call((x) => model.forward(x), h);
    const after = randn([2]);
    y.square().sum().backward();
    const behind = randn([2]);
    return bits([y, after, behind, x.grad, ...Array.from(model.parameters(), (p) => p.grad)]);
  };
  assert.deepEqual(run((fn, x) => checkpoint(fn, x)), run((fn, x) => fn(x)));
});

test("checkpoint keeps nothing of what is computed on the way", () => {
  const x = randn([1000]);
  x.requiresGrad = true;
  const before = memory().liveBytes;
  const y = checkpoint((x) => x.exp().mul(x).tanh().add(x), x);
  assert.ok(memory().liveBytes - before < 2 * 4096, `${memory().liveBytes - before}`);
  y.sum().backward();
});

test("checkpoint takes several tensors, gives several, and lets values pass that need no gradient", () => {
  const run = (call: typeof checkpoint) => {
    const [a, b] = [tensor([1, 2], { requiresGrad: true }), tensor([3, 4], { requiresGrad: true })];
    const c = b.mul(2);
    const [sum, product, sign, same] = call(
      (a: Tensor, k: number, b: Tensor) => [a.add(b), a.mul(b).mul(c).mul(k), a.gt(1), b],
      a,
      2,
      b,
    );
    assert.equal(sign!.requiresGrad, false);
    sum!.square().add(product!).add(same!.mul(same!)).sum().backward();
    return bits([a.grad, b.grad]);
  };
  assert.deepEqual(run(checkpoint), run(((fn, ...xs) => fn(...xs)) as typeof checkpoint));
});

test("checkpoint nests, works with grad, and has gradients of gradients", () => {
  const run = (call: typeof checkpoint) => {
    const x = tensor([0.5, -1], { requiresGrad: true });
    const w = tensor([2, 3], { requiresGrad: true });
    const y = call((x: Tensor) => call((x: Tensor) => x.tanh().mul(w), x.mul(w)).mul(x), x);
    const [d1] = grad(y.sum(), x, { createGraph: true });
    const [d2, dw] = grad(d1.sum(), [x, w]);
    return bits([d1, d2, dw]);
  };
  const [plain, again] = [run(((fn, ...xs) => fn(...xs)) as typeof checkpoint), run(checkpoint)];
  plain.forEach((row, i) => row.forEach((v, j) => assert.ok(Math.abs(v - again[i]![j]!) < 1e-5)));
});

test("inside noGrad, and where nothing requires a gradient, checkpoint is the plain call", () => {
  const w = tensor([1], { requiresGrad: true });
  let calls = 0;
  const fn = (x: Tensor) => (calls++, x.mul(w));
  assert.equal(noGrad(() => checkpoint(fn, tensor([3]))).requiresGrad, false);
  assert.equal(checkpoint((x: Tensor) => (calls++, x.mul(2)), tensor([3])).requiresGrad, false);
  assert.equal(calls, 2);
  assert.throws(() => checkpoint((() => 3) as never), {
    message: "checkpoint: the function must give a tensor or a list of tensors: it gives 3",
  });
});

function lineOf(mark: string): number {
  const text = Deno.readTextFileSync(new URL(import.meta.url));
  return text.split("\n").findIndex((line) => line.endsWith(mark)) + 1;
}

test("anomaly names the op and the line that made the first NaN or infinity", () => {
  const x = tensor([-1, 1], { requiresGrad: true });
  const cases: [run: () => unknown, message: RegExp, mark: string][] = [
    [
      () => x.mul(2).log().add(1), // the logarithm
      /^anomaly: log made the first NaN, called at .*checkpoint_test\.ts:(\d+)/,
      "// the logarithm",
    ],
    [
      () => x.add(1).log().add(1), // minus infinity
      /^anomaly: log made the first infinity, called at .*checkpoint_test\.ts:(\d+)/,
      "// minus infinity",
    ],
    [
      () => x.sub(1).pow(0.5).mul(2), // a power
      /^anomaly: pow made the first NaN, called at .*checkpoint_test\.ts:(\d+)/,
      "// a power",
    ],
    [
      () => {
        const root = x.add(1).sqrt(); // the root
        root.mul(3).sum().backward();
      },
      /^anomaly: the gradient of sqrt made the first infinity; the op was called at .*checkpoint_test\.ts:(\d+)/,
      "// the root",
    ],
    [
      () => tensor([1, NaN]).add(1), // a leaf
      /^anomaly: add was given a NaN by its input number 0, called at .*checkpoint_test\.ts:(\d+)/,
      "// a leaf",
    ],
  ];
  for (const [run, message, mark] of cases) {
    using _a = anomaly();
    assert.throws(run, (error: Error) => {
      const line = message.exec(error.message)?.[1];
      assert.equal(Number(line), lineOf(mark), error.message);
      return true;
    });
  }
  assert.ok(Number.isNaN(x.log().sum().item()), "it ends with its block");
});

test("anomaly lets masks by infinity pass", () => {
  using _a = anomaly();
  const x = tensor([[1, 2, 3]], { requiresGrad: true });
  const masked = x.where(tensor([[true, true, false]]), -Infinity);
  masked.softmax(-1).select(1, 0).sum().backward();
  assert.ok(x.grad!.toTypedArray().every(Number.isFinite));
});
