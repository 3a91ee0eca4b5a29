/** Running statistics: where they are written, and what batches without samples do. */
import assert from "node:assert/strict";
import { functional as F, nn, ones, randn, type Tensor, tensor, zeros } from "../../mod.ts";

/** Running statistics of three channels at other places than a row of their own, and all memory. */
const places: Record<string, () => [mean: Tensor, variance: Tensor, table: Tensor]> = {
  "columns of a table": () => {
    const table = tensor([[0, 1, 5], [0, 1, 5], [0, 1, 5]], { dtype: "float32" });
    return [table.select(1, 0), table.select(1, 1), table];
  },
  "every second of a vector": () => {
    const table = tensor([0, 1, 0, 1, 0, 1, 5, 5], { dtype: "float32" });
    const pairs = table.narrow(0, 0, 6).reshape(3, 2);
    return [pairs.select(1, 0), pairs.select(1, 1), table];
  },
  "rows of a table": () => {
    const table = tensor([[5, 5, 5], [0, 0, 0], [1, 1, 1]], { dtype: "float32" });
    return [table.select(0, 1), table.select(0, 2), table];
  },
};

for (const [place, make] of Object.entries(places)) {
  Deno.test(`running moments in ${place} are updated there and nowhere else`, () => {
    for (const x of [randn([5, 3]), randn([4, 3, 2, 5])]) {
      const [mean, variance, table] = make();
      const [m, v] = [zeros([3]), ones([3])];
      const options = { training: true, momentum: 0.25 };
      const y = F.batchNorm(x, mean, variance, options);
      assert.deepEqual(y.toArray(), F.batchNorm(x, m, v, options).toArray());
      assert.deepEqual(mean.toArray(), m.toArray());
      assert.deepEqual(variance.toArray(), v.toArray());
      const others = Array.from(table.toTypedArray(), Number).filter((value) => value === 5).length;
      assert.equal(others, table.numel - 6, "what stands beside them");
    }
  });
}

Deno.test("running moments that repeat one element, or one without the other, are refused", () => {
  const x = randn([5, 3]);
  const [mean, variance] = [zeros([3]), ones([3])];
  assert.throws(() => F.batchNorm(x, mean, ones([1]).expand([3]), { training: true }), {
    name: "ShapeError",
    message: /^batchNorm: an expanded or unfolded tensor repeats its elements/,
  });
  assert.deepEqual(mean.toArray(), [0, 0, 0], "neither is changed");
  for (const [m, v] of [[mean, null], [null, variance]] as const) {
    assert.throws(() => F.batchNorm(x, m, v, { training: true }), {
      name: "ShapeError",
      message: /^batchNorm: both running moments are needed, or neither: there is a running/,
    });
  }
});

for (
  const [module, shape] of [
    [new nn.BatchNorm1d(3), [0, 3]],
    [new nn.BatchNorm1d(3), [2, 3, 0]],
    [new nn.BatchNorm2d(3), [0, 3, 4, 4]],
    [new nn.BatchNorm2d(3, { momentum: null }), [0, 3, 4, 4]],
  ] as const
) {
  Deno.test(`a batch without values leaves running moments as they are: ${module} of [${shape}]`, () => {
    const y = module.forward(zeros([...shape]));
    assert.deepEqual(y.shape, shape);
    y.sum().backward();
    assert.deepEqual(module.runningMean!.toArray(), [0, 0, 0]);
    assert.deepEqual(module.runningVar!.toArray(), [1, 1, 1]);
    assert.deepEqual(module.weight!.grad!.toArray(), [0, 0, 0]);
    assert.deepEqual(module.bias!.grad!.toArray(), [0, 0, 0]);
  });
}

Deno.test("the mean of no losses is NaN, their sum 0, and none of them is a list", () => {
  const [scores, labels] = [zeros([0, 3]), zeros([0], { dtype: "int32" })];
  const losses: Record<string, (reduction: "mean" | "sum" | "none") => Tensor> = {
    crossEntropy: (reduction) => F.crossEntropy(scores, labels, { reduction }),
    "crossEntropy with weights": (reduction) =>
      F.crossEntropy(scores, labels, { reduction, weight: ones([3]) }),
    "crossEntropy with smoothing": (reduction) =>
      F.crossEntropy(scores, labels, { reduction, labelSmoothing: 0.1 }),
    nllLoss: (reduction) => F.nllLoss(scores, labels, { reduction }),
    mseLoss: (reduction) => F.mseLoss(zeros([0]), zeros([0]), { reduction }),
  };
  for (const [name, loss] of Object.entries(losses)) {
    assert.equal(loss("mean").item(), NaN, name);
    assert.equal(loss("sum").item(), 0, name);
    assert.deepEqual(loss("none").toArray(), [], name);
  }
  const all = F.crossEntropy(zeros([2, 3]), zeros([2], { dtype: "int32" }), { ignoreIndex: 0 });
  assert.equal(all.item(), NaN, "where all labels are ignored");
});

Deno.test("ops on no elements do what PyTorch does", () => {
  const none = zeros([0]);
  assert.equal(none.mean().item(), NaN);
  assert.equal(none.sum().item(), 0);
  assert.deepEqual(zeros([0, 2]).mean(0).toArray(), [NaN, NaN]);
  assert.deepEqual(zeros([0, 2]).sum(0).toArray(), [0, 0]);
  for (const op of ["amax", "amin", "argmax", "argmin", "max", "min"] as const) {
    assert.throws(() => none[op](), { name: "ShapeError", message: /at least one element/ }, op);
    assert.deepEqual(zeros([0, 3]).amax(1).shape, [0]);
  }
  const shapes: [Tensor, number[]][] = [
    [none.softmax(0), [0]],
    [zeros([2, 0]).softmax(1), [2, 0]],
    [zeros([2, 0]).logSoftmax(1), [2, 0]],
    [zeros([2, 0]).matmul(zeros([0, 3])), [2, 3]],
    [F.maxPool2d(zeros([0, 1, 4, 4]), 2), [0, 1, 2, 2]],
    [F.avgPool2d(zeros([0, 1, 4, 4]), 2), [0, 1, 2, 2]],
    [F.adaptiveAvgPool2d(zeros([0, 1, 4, 4]), 2), [0, 1, 2, 2]],
    [F.conv2d(zeros([0, 1, 4, 4]), zeros([2, 1, 3, 3])), [0, 2, 2, 2]],
    [F.layerNorm(zeros([0, 4]), 4), [0, 4]],
    [F.embedding(zeros([0], { dtype: "int32" }), zeros([3, 2])), [0, 2]],
    [F.scaledDotProductAttention(zeros([2, 4]), zeros([0, 4]), zeros([0, 4])), [2, 4]],
    [F.dropout(none, 0.5), [0]],
  ];
  for (const [y, shape] of shapes) {
    assert.deepEqual(y.shape, shape);
    assert.ok(y.toTypedArray().every((v) => v === 0), "of nothing comes 0");
  }
  assert.deepEqual(F.linear(zeros([2, 0]), zeros([3, 0]), ones([3])).toArray(), [[1, 1, 1], [
    1,
    1,
    1,
  ]]);
});

Deno.test("a deviation is there where its square is beyond float32, and so is its gradient", () => {
  const numbers = tensor([1, 2, 4, 8, -1, 0], { dtype: "float32" });
  for (const scale of [1e-37, 1e-25, 1, 1e20, 1e30]) {
    const [of1, x] = [numbers.clone(), numbers.mul(scale)];
    of1.requiresGrad = x.requiresGrad = true;
    const deviation = x.std(), expected = of1.std();
    assert.ok(Math.abs(deviation.item() / scale / expected.item() - 1) < 1e-5, `${scale}`);
    for (const y of [deviation, expected]) y.backward();
    assert.ok(F.allclose(x.grad!, of1.grad!, { rtol: 1e-4, atol: 1e-6 }), `${scale}`);
  }
  assert.equal(tensor([3e-30, 3e-30]).std().item(), 0);
});

Deno.test("where the extreme of all elements is NaN, what is NaN has the gradient", () => {
  for (const extreme of [F.max, F.min, F.median]) {
    const x = tensor([1, NaN, 3, NaN], { requiresGrad: true });
    extreme(x).backward();
    assert.deepEqual(x.grad!.toArray(), [0, 0.5, 0, 0.5]);
  }
});

Deno.test("attention of a query whose keys are all masked is 0, and so are its gradients", () => {
  const seen = tensor([[true, false, false], [false, false, false]]);
  const added = F.where(seen, zeros([]), tensor(-Infinity));
  for (const attnMask of [seen, added, seen.expand([2, 2, 3])]) {
    const [q, k, v] = [[2, 2, 4], [2, 3, 4], [2, 3, 4]].map((shape) =>
      ones(shape, { requiresGrad: true })
    );
    const y = F.scaledDotProductAttention(q!, k!, v!, { attnMask });
    assert.deepEqual(y.toArray(), [[[1, 1, 1, 1], [0, 0, 0, 0]], [[1, 1, 1, 1], [0, 0, 0, 0]]]);
    y.sum().backward();
    for (const x of [q!, k!]) assert.ok(x.grad!.toTypedArray().every((g) => g === 0));
    assert.deepEqual(v!.grad!.select(0, 1).toArray(), [[1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]);
  }
  const q = tensor([[1, NaN, 1, 1], [1, 1, 1, 1]]);
  const y = F.scaledDotProductAttention(q, ones([3, 4]), ones([3, 4]), { attnMask: seen });
  assert.ok(y.select(0, 0).toTypedArray().every(Number.isNaN), "NaN stays");
});

Deno.test("an ignored label is one that int32 holds", () => {
  const [scores, labels] = [zeros([2, 3]), zeros([2], { dtype: "int32" })];
  for (const ignoreIndex of [2 ** 32, 2 ** 31, 0.5, NaN, Infinity]) {
    for (const loss of [F.crossEntropy, F.nllLoss]) {
      assert.throws(
        () => loss(scores, labels, { ignoreIndex }),
        /ignoreIndex must be a whole number/,
      );
    }
  }
  assert.ok(F.crossEntropy(scores, labels, { ignoreIndex: -(2 ** 31) }).item() > 1);
});
