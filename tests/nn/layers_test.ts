import assert from "node:assert/strict";
import {
  functional,
  manualSeed,
  nn,
  noGrad,
  ones,
  randn,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";

Deno.test("each activation is the op of its name", () =>
  scope(() => {
    const x = tensor([[-1, 0, 2], [3, -4, 0.5]]);
    const pairs = [
      [new nn.ReLU(), functional.relu(x)],
      [new nn.Tanh(), functional.tanh(x)],
      [new nn.Sigmoid(), functional.sigmoid(x)],
      [new nn.Softmax(1), functional.softmax(x, 1)],
      [new nn.Softmax(0), functional.softmax(x, 0)],
      [new nn.LogSoftmax(-1), functional.logSoftmax(x, -1)],
      [new nn.GELU(), functional.gelu(x)],
      [new nn.GELU({ approximate: "tanh" }), functional.gelu(x, { approximate: "tanh" })],
      [new nn.SiLU(), functional.silu(x)],
      [new nn.LeakyReLU(), functional.leakyRelu(x, 0.01)],
      [new nn.LeakyReLU(0.5), functional.leakyRelu(x, 0.5)],
      [new nn.Identity(), x],
    ] as const;
    for (const [module, expected] of pairs) {
      assert.deepEqual(module.forward(x).toArray(), expected.toArray());
    }
  }));

Deno.test("each pooling is the op of its name, with its options", () =>
  scope(() => {
    const x = tensor(Float32Array.from({ length: 50 }, (_, i) => i * 7 % 11), {
      shape: [1, 2, 5, 5],
    });
    const options = { stride: 1, padding: [1, 0] } as const;
    const pairs = [
      [new nn.MaxPool2d(2), functional.maxPool2d(x, 2)],
      [new nn.MaxPool2d([2, 3], options), functional.maxPool2d(x, [2, 3], options)],
      [new nn.AvgPool2d([2, 3], options), functional.avgPool2d(x, [2, 3], options)],
      [new nn.AdaptiveAvgPool2d([1, 2]), functional.adaptiveAvgPool2d(x, [1, 2])],
    ] as const;
    for (const [module, expected] of pairs) {
      assert.deepEqual(module.forward(x).toArray(), expected.toArray());
    }
  }));

Deno.test("Embedding looks up rows of its weight, and gradients go to those rows", () => {
  using layer = new nn.Embedding(4, 2);
  scope(() => {
    const rows = layer.forward(tensor(Int32Array.of(3, 0, 3)));
    const weight = layer.weight.toArray() as number[][];
    assert.deepEqual(rows.toArray(), [weight[3], weight[0], weight[3]]);
    rows.sum().backward();
    assert.deepEqual(layer.weight.grad!.toArray(), [[1, 1], [0, 0], [0, 0], [2, 2]]);
  });
});

Deno.test("the padding of an Embedding starts as zeros and learns nothing", () => {
  using layer = new nn.Embedding(3, 2, { paddingIdx: -2 });
  scope(() => {
    assert.equal(layer.paddingIdx, 1);
    layer.forward(tensor([1, 0, 1])).sum().backward();
    assert.deepEqual(layer.weight.grad!.toArray(), [[1, 1], [0, 0], [0, 0]]);
    assert.deepEqual(layer.weight.select(0, 1).toArray(), [0, 0]);
  });
});

Deno.test("rows that are looked up become as short as maxNorm in the table itself, others stay", () => {
  using layer = new nn.Embedding(3, 2, { maxNorm: 1 });
  noGrad(() => layer.weight.copy_(tensor([[3, 4], [0.25, 0], [6, 8]])));
  const before = layer.weight.storage.version;
  const y = layer.forward(tensor([0, 1, 0], { dtype: "int32" }));
  const short = tensor([[0.6, 0.8], [0.25, 0], [6, 8]]);
  assert.ok(functional.allclose(layer.weight.detach(), short), String(layer.weight));
  assert.deepEqual(layer.weight.select(0, 1).toArray(), [0.25, 0]);
  assert.deepEqual(y.toArray(), [0, 1, 0].map((i) => layer.weight.select(0, i).toArray()));
  assert.ok(layer.weight.storage.version > before, "the change is told to backward()");
  y.sum().backward();
  assert.deepEqual(layer.weight.grad!.toArray(), [[2, 2], [1, 1], [0, 0]]);
});

Deno.test("a value that a gradient needs is told when maxNorm has changed it", () => {
  const table = tensor([[3, 4]], { requiresGrad: true });
  const squared = table.square().sum();
  functional.embedding(tensor([0], { dtype: "int32" }), table, { maxNorm: 1 });
  assert.throws(() => squared.backward(), /GradientError|changed in place/);
  const whole = tensor([[3, 4]], { dtype: "int32" });
  assert.throws(
    () => functional.embedding(tensor([0], { dtype: "int32" }), whole, { maxNorm: 1 }),
    /embedding: float32 is needed/,
  );
});

Deno.test("an EmbeddingBag divides gradients by how often rows are looked up, as Embedding does", () => {
  const options = { scaleGradByFreq: true };
  const at = tensor([[1, 2, 2], [0, 4, 1]], { dtype: "int32" });
  using bag = new nn.EmbeddingBag(5, 2, { ...options, mode: "sum" });
  using table = new nn.Embedding(5, 2, options);
  bag.forward(at).sum().backward();
  table.forward(at).sum().backward();
  assert.deepEqual(bag.weight.grad!.toArray(), [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1]]);
  assert.deepEqual(table.weight.grad!.toArray(), bag.weight.grad!.toArray());
  assert.throws(
    () => new nn.EmbeddingBag(5, 2, { ...options, mode: "max" }).forward(at),
    /embeddingBag: scaleGradByFreq needs mode "sum" or "mean": the mode is "max"/,
  );
});

Deno.test("an EmbeddingBag of given vectors is a copy of them that learns only if told to", () => {
  const vectors = tensor([[1, 2], [3, 5]]);
  using still = nn.EmbeddingBag.fromPretrained(vectors, { mode: "sum" });
  using learning = nn.EmbeddingBag.fromPretrained(vectors, { freeze: false });
  assert.deepEqual([still, learning].map((m) => m.weight.requiresGrad), [false, true]);
  vectors.zero_();
  const at = tensor([[0, 1]], { dtype: "int32" });
  assert.deepEqual(still.forward(at).toArray(), [[4, 7]]);
  assert.deepEqual(learning.forward(at).toArray(), [[2, 3.5]]);
});

Deno.test("an Embedding of given vectors is a copy of them that learns only if told to", () => {
  scope(() => {
    const vectors = tensor([[1, 2], [3, 4]], { dtype: "float32" });
    using still = nn.Embedding.fromPretrained(vectors);
    using learning = nn.Embedding.fromPretrained(vectors, { freeze: false, paddingIdx: 0 });
    vectors.zero_();
    assert.deepEqual(still.forward(tensor([1])).toArray(), [[3, 4]]);
    assert.deepEqual([still, learning].map((layer) => layer.weight.requiresGrad), [false, true]);
    assert.deepEqual(learning.weight.toArray(), [[1, 2], [3, 4]]);
  });
});

Deno.test("a loss keeps the weights of its classes as a buffer", () => {
  using loss = new nn.CrossEntropyLoss({ weight: tensor([1, 3]) });
  scope(() => {
    assert.deepEqual([...loss.stateDict()].map(([k, v]) => [k, v.toArray()]), [["weight", [1, 3]]]);
    const x = tensor([[0, 0], [0, 5]]);
    const y = tensor(Int32Array.of(0, 1));
    const [a, b] = [Math.log(2), Math.log(1 + Math.exp(-5))];
    assert(Math.abs(loss.forward(x, y).item() - (a + 3 * b) / 4) < 1e-6);
  });
});

Deno.test("each loss is the op of its name, with its options", () =>
  scope(() => {
    const [x, y] = [tensor([[1, 2], [3, 5]]), tensor(new Int32Array([0, 1]))];
    for (const reduction of ["mean", "sum", "none"] as const) {
      const options = { reduction };
      const pairs = [
        [new nn.CrossEntropyLoss(options).forward(x, y), functional.crossEntropy(x, y, options)],
        [new nn.NLLLoss(options).forward(x, y), functional.nllLoss(x, y, options)],
        [
          new nn.MSELoss(options).forward(x, ones([2, 2])),
          functional.mseLoss(x, ones([2, 2]), options),
        ],
      ] as const;
      for (const [a, b] of pairs) assert.deepEqual(a.toArray(), b.toArray());
    }
    const mean = new nn.CrossEntropyLoss().forward(x, y).item();
    const sum = new nn.CrossEntropyLoss({ reduction: "sum" }).forward(x, y).item();
    assert(Math.abs(2 * mean - sum) < 1e-6);
  }));

Deno.test("Linear takes any leading dimensions and can go without a bias", () => {
  using layer = new nn.Linear(3, 2);
  using plain = new nn.Linear(3, 2, { bias: false });
  scope(() => {
    assert.deepEqual(layer.forward(ones([3])).shape, [2]);
    assert.deepEqual(layer.forward(ones([5, 4, 3])).shape, [5, 4, 2]);
    assert.equal(plain.bias, null);
    assert.deepEqual(plain.forward(zeros([1, 3])).toArray(), [[0, 0]]);
    assert.deepEqual(layer.forward(zeros([1, 3])).toArray(), [layer.bias!.toArray()]);
  });
  for (const n of [0, -1, 1.5]) {
    assert.throws(() => new nn.Linear(n, 2), {
      name: "RangeError",
      message: `Linear: lengths must be whole numbers of at least 1: they are ${n} and 2`,
    });
  }
});

Deno.test("Dropout zeroes a share p in training, scales the rest, and rests in evaluation", () => {
  manualSeed(1);
  const n = 100_000;
  scope(() => {
    const x = ones([n]);
    for (const p of [0.1, 0.5, 0.9]) {
      const layer = new nn.Dropout(p);
      const y = layer.forward(x).toTypedArray();
      const zeros = Array.from(y).filter((v) => v === 0).length;
      const deviation = Math.sqrt(n * p * (1 - p));
      assert(Math.abs(zeros - n * p) < 5 * deviation, `${zeros} zeros at p = ${p}`);
      const kept = Math.fround(1 / (1 - p));
      assert(Array.from(y).every((v) => v === 0 || Math.abs(v - kept) < 1e-6 * kept));
      assert.equal(layer.eval().forward(x), x);
    }
    assert.equal(new nn.Dropout(0).forward(x), x);
    assert.equal(new nn.Dropout(1).forward(x).sum().item(), 0);
  });
  assert.throws(() => new nn.Dropout(1.5), {
    name: "RangeError",
    message: "Dropout: the probability must be a number from 0 to 1: it is 1.5",
  });
});

Deno.test("Dropout passes gradients where it passed values, and follows manualSeed", () => {
  const run = () => {
    manualSeed(5);
    return scope(() => {
      const x = tensor(new Float32Array(50).fill(1), { requiresGrad: true });
      const y = new nn.Dropout(0.5).forward(x);
      y.sum().backward();
      assert.deepEqual(x.grad?.toArray(), y.toArray());
      return y.toArray();
    });
  };
  const first = run();
  assert.deepEqual(run(), first);
  assert.notDeepEqual(scope(() => new nn.Dropout(0.5).forward(ones([50])).toArray()), first);
});

Deno.test("a batch of no samples goes through recurrent layers, and their gradients are 0", () =>
  scope(() => {
    for (const make of [nn.LSTM, nn.GRU, nn.RNN]) {
      const layer = new make(4, 6, { bidirectional: true, batchFirst: true });
      const x = zeros([0, 5, 4], { requiresGrad: true });
      const [y, h] = layer.forward(x);
      const state = Array.isArray(h) ? h[0] : h;
      assert.deepEqual([y.shape, state.shape], [[0, 5, 12], [2, 0, 6]]);
      y.sum().backward();
      assert.deepEqual(x.grad?.shape, [0, 5, 4]);
      for (const p of layer.parameters()) assert.equal(p.grad?.abs().sum().item(), 0);
      assert.throws(() => layer.forward(zeros([2, 0, 4])), /of at least one step/);
    }
  }));

Deno.test("what convolutions and pools give can be seen in another shape, though channels lie last", () =>
  scope(() => {
    const images = new nn.MaxPool2d(2).forward(new nn.Conv2d(1, 3, 3).forward(ones([2, 1, 8, 8])));
    assert.equal(images.isContiguous, false);
    assert.deepEqual(images.view(-1, 27).toArray(), images.contiguous().view(-1, 27).toArray());
    assert.deepEqual(images.select(0, 1).view(27).shape, [27]);
    assert.throws(() => zeros([2, 3]).t().view(6), /cannot be seen as \[6\] without a copy/);
    assert.throws(() => zeros([2, 3, 4]).permute(2, 1, 0).view(24), /without a copy/);
  }));

Deno.test("a pooling that is told to gives indices, too, which unpooling takes", () =>
  scope(() => {
    const x = tensor([[[[1, 5, 2], [4, 3, 6], [9, 8, 7]]]], { dtype: "float32" });
    const [y, at] = new nn.MaxPool2d(2, { stride: 1, returnIndices: true }).forward(x);
    assert.deepEqual(y.toArray(), [[[[5, 6], [9, 8]]]]);
    assert.deepEqual(at.toArray(), [[[[1, 5], [6, 7]]]]);
    const line = x.flatten(1), volume = x.unsqueeze(0);
    const [, ofLine] = new nn.MaxPool1d(3, { returnIndices: true }).forward(line);
    assert.deepEqual(ofLine.toArray(), [[1, 5, 6]]);
    const [most, place] = new nn.MaxPool3d([1, 3, 3], { returnIndices: true }).forward(volume);
    assert.deepEqual([most.item(), place.item()], [9, 6]);
    const both = new nn.Sequential(new nn.ReLU(), new nn.MaxPool2d(3, { returnIndices: true }));
    assert.equal((both.forward(x) as unknown as unknown[]).length, 2); // though one kernel could do both
    const back = new nn.MaxUnpool2d(2, { stride: 1 }).forward(y, at);
    assert.deepEqual(back.toArray(), [[[[0, 5, 0], [0, 0, 6], [9, 8, 0]]]]);
  }));

Deno.test("adaptive pools of maxima give indices, too, which the functions give", () => {
  const volume = randn([2, 3, 4, 6, 5]);
  const image = volume.select(0, 0), lines = image.select(0, 0);
  const with_ = { returnIndices: true } as const;
  const pairs: [nn.AnyModule, Tensor, [Tensor, Tensor]][] = [
    [new nn.AdaptiveMaxPool1d(2, with_), lines, functional.adaptiveMaxPool1d(lines, 2, with_)],
    [
      new nn.AdaptiveMaxPool2d([2, 3], with_),
      image,
      functional.adaptiveMaxPool2d(image, [2, 3], with_),
    ],
    [new nn.AdaptiveMaxPool3d(2, with_), volume, functional.adaptiveMaxPool3d(volume, 2, with_)],
  ];
  for (const [layer, x, expected] of pairs) {
    const found = layer.forward(x) as [Tensor, Tensor];
    assert.deepEqual(found.map((t) => t.toArray()), expected.map((t) => t.toArray()), `${layer}`);
    assert.equal(found[1].dtype, "int32");
  }
});
