/** JavaScript writes 1.0 and 1 alike: which numbers make integers, and who takes these for floats. */
import assert from "node:assert/strict";
import {
  arange,
  type DType,
  full,
  functional as F,
  nn,
  ones,
  Parameter,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";

function test(name: string, body: () => void): void {
  Deno.test(name, () => scope(body));
}

const MADE: Record<DType & ("float32" | "int32" | "bool"), (() => Tensor)[]> = {
  int32: [
    () => tensor(3),
    () => tensor([[1, 2], [3, 4]]),
    () => tensor([2 ** 31 - 1, -(2 ** 31)]),
    () => tensor([true, 2]),
    () => arange(3),
    () => arange(5, 0, -2),
    () => full([2], 7),
    () => F.where(tensor([true, false]), 1, 0),
  ],
  float32: [
    () => tensor(0.5),
    () => tensor([0, 1.5]),
    () => tensor([]),
    () => tensor([[], []]),
    () => tensor([2 ** 31]),
    () => tensor([1, -0]),
    () => tensor([1, NaN]),
    () => tensor([1, -Infinity]),
    () => tensor([true, 0.5]),
    () => tensor([1, 2], { dtype: "float32" }),
    () => tensor([1, 2], { requiresGrad: true }),
    () => arange(0, 1, 0.25),
    () => arange(3, { requiresGrad: true }),
    () => full([2], 0.5),
    () => full([2], 1, { requiresGrad: true }),
    () => tensor(new Float32Array([1, 2])),
    () => zeros([2]),
    () => ones([2]),
    () => F.where(tensor([true, false]), 1, 0.5),
  ],
  bool: [() => tensor(true), () => tensor([true, false]), () => full([2], true)],
};

for (const [dtype, makers] of Object.entries(MADE)) {
  test(`numbers and booleans that make ${dtype}`, () => {
    for (const make of makers) assert.equal(make().dtype, dtype, String(make));
  });
}

test("what needs floats takes whole numbers as float32", () => {
  const x = tensor([[1, 2], [3, 5]]);
  const same = tensor([[1, 2], [3, 5]], { dtype: "float32" });
  const layer = new nn.Linear(2, 3);
  const image = (t: Tensor) => t.reshape(1, 1, 2, 2);
  const ops: ((x: Tensor) => Tensor)[] = [
    (x) => layer.forward(x),
    (x) => x.matmul(ones([2, 2])),
    (x) => ones([2, 2]).matmul(x),
    (x) => x.softmax(0),
    (x) => x.mean(),
    (x) => x.exp(),
    (x) => F.layerNorm(x, 2),
    (x) => F.batchNorm(x, null, null, { training: true }),
    (x) => F.conv2d(image(x), ones([1, 1, 2, 2])),
    (x) => F.crossEntropy(x, tensor([0, 1])),
    (x) => F.mseLoss(x, ones([2, 2])),
    (x) => F.mseLoss(ones([2, 2]), x),
    (x) => F.scaledDotProductAttention(x, x, x),
    (x) => F.leakyRelu(x),
    (x) => F.dropout(x, 0),
  ];
  for (const op of ops) {
    assert.deepEqual(op(x).toTypedArray(), op(same).toTypedArray(), String(op));
  }
});

test("products of integers are int32 and wrap around, whatever their shapes", () => {
  const a = tensor([[1, 2, 3], [4, 5, 6]]);
  assert.equal(a.matmul(a.t()).dtype, "int32");
  assert.deepEqual(a.matmul(a.t()).toArray(), [[14, 32], [32, 77]]);
  assert.deepEqual(a.matmul(tensor([1, 0, -1])).toArray(), [-2, -2]);
  assert.deepEqual(tensor([2, 1]).matmul(a).toArray(), [6, 9, 12]);
  assert.equal(tensor([2 ** 30, 1]).matmul(tensor([4, 7])).item(), 7);
  const batch = a.reshape(2, 1, 3).expand(2, 2, 3);
  assert.deepEqual(batch.matmul(a.t()).toArray(), [[[14, 32], [14, 32]], [[32, 77], [32, 77]]]);
  assert.deepEqual(
    zeros([2, 0], { dtype: "int32" }).matmul(zeros([0, 2], { dtype: "int32" })).toArray(),
    [
      [0, 0],
      [0, 0],
    ],
  );
});

test("gradients and parameters of whole numbers are float32", () => {
  const x = tensor([1, 2], { requiresGrad: true });
  x.mul(3).backward(tensor([1, 10]));
  assert.deepEqual(x.grad!.toArray(), [3, 30]);
  x.grad = tensor([4, 5]);
  assert.equal(x.grad!.dtype, "float32");
  assert.equal(new Parameter(tensor([0, 0])).dtype, "float32");
});

test("a leaf of integers cannot be told to require a gradient: the error has the cure", () => {
  assert.throws(() => tensor([1, 2]).requiresGrad = true, {
    message: "requiresGrad: only float32 has gradients: it is int32: make it with " +
      '{ requiresGrad: true } or { dtype: "float32" }',
  });
});
