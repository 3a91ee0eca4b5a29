/** `grad`, and gradients of gradients. */
import assert from "node:assert/strict";
import {
  functional,
  grad,
  gradgradcheck,
  hessian,
  jacobian,
  jvp,
  manualSeed,
  memory,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  record,
  ReleasedError,
  scope,
  stack,
  steps,
  type Tensor,
  tensor,
  vjp,
} from "../mod.ts";
import { cases } from "./cases.ts";
import { inputsOf } from "./table.ts";
import { leaf, test } from "./scoped.ts";

test("grad gives the gradients of leaves and of results, and changes no grad", () => {
  const [x, w] = [leaf([1, 2]), leaf([3, 4])];
  const h = x.mul(w);
  const [dh, dx] = grad(h.mul(h).sum(), [h, x]);
  assert.deepEqual([dh.toArray(), dx.toArray()], [[6, 16], [18, 64]]);
  assert.deepEqual([x.grad, w.grad, h.grad], [null, null, null]);
});

test("grad computes only what leads to the inputs", () => {
  const [x, w] = [leaf([2]), leaf([3])];
  const refused = record("refused", x.mul(w).detach(), [
    [x, (dy) => dy.mul(w)],
    [w, () => assert.fail("nobody wants it")],
  ]);
  assert.deepEqual(grad(refused, x)[0].toArray(), [3]);
});

test("grad sums over outputs, weighed by gradOutputs", () => {
  const x = leaf([1, 2]);
  const [dx] = grad([x.mul(3), x.mul(x).sum()], x, { gradOutputs: [tensor([10, 100]), null] });
  assert.deepEqual(dx.toArray(), [32, 304]);
});

test("an input that is not used is an error, or null where that is allowed", () => {
  const [x, w] = [leaf([1, 2]), leaf([3])];
  const y = x.sum();
  assert.throws(() => grad(y, [x, w], { retainGraph: true }), {
    name: "GradientError",
    message: "grad: the outputs must depend on the inputs: they do not on number 1, [1]: pass " +
      "{ allowUnused: true } for null",
  });
  const [dx, dw] = grad(y, [x, w], { allowUnused: true });
  assert.deepEqual([dx!.toArray(), dw], [[1, 1], null]);
});

test("grad uses the graph up, and retainGraph or createGraph keep it", () => {
  const x = leaf([2]);
  const y = x.mul(x);
  grad(y, x, { retainGraph: true });
  grad(y, x, { createGraph: true });
  grad(y, x);
  assert.throws(() => grad(y, x), /grad: the graph of mul has been used: call grad\(\) once/);
});

Deno.test("grad leaves nothing behind but what it returns", () => {
  const x = scope(() => leaf([1, 2, 3])).keep();
  x.requiresGrad = true;
  scope(() => {
    const y = x.exp().mul(x).sum();
    const before = memory().tensors;
    const [dx] = grad(y, x);
    assert.equal(memory().tensors, before + 1);
    dx[Symbol.dispose]();
  });
  let kept: Tensor;
  for (const _ of steps(3)) kept = grad(x.exp().sum(), x)[0];
  assert.throws(() => kept.toArray(), ReleasedError);
  x[Symbol.dispose]();
});

test("every row of the table has the gradients of its gradients", () => {
  let checked = 0;
  for (const c of cases) {
    const n = c.inputs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    if (!c.smooth || n > 40 || n === 0) continue;
    scope(() => {
      const inputs = inputsOf(c);
      if (!inputs.some((x) => x.requiresGrad) || !c.run(functional, ...inputs).requiresGrad) return;
      try {
        gradgradcheck((...xs) => c.run(functional, ...xs), inputs, { rtol: 0.05, atol: 0.01 });
      } catch (error) {
        assert.fail(`${c.name}: ${(error as Error).message}`);
      }
      checked++;
    });
  }
  assert.ok(checked > 800, `${checked} rows were checked`);
});

test("products, norms and moments have gradients of gradients, also beside zeros", () => {
  const f = functional;
  const at = [[0.7, 0, -1.2, 0.4], [1.5, -0.3, 0.6, 0.9], [0, 1.1, 0, -0.8]];
  const away = at.map((row) => row.map((v, i) => v || 0.5 + i / 16));
  const index = tensor([[0, 2, 0, 1], [0, 0, 0, 2]]);
  const from = tensor([[1.3, 0, 0.4, -0.7], [0.6, -0.9, 1.7, 0]], { requiresGrad: true });
  const checks: [string, number[][], (x: Tensor) => Tensor][] = [
    ["prod", at, (x) => f.prod(x)],
    ["prod along a dimension", at, (x) => f.prod(x, 0)],
    ["cumprod", at, (x) => f.cumprod(x, 1)],
    ["cumprod along the first", at, (x) => f.cumprod(x, 0)],
    ["logcumsumexp", at, (x) => f.logcumsumexp(x, 0)],
    ["cumsum", at, (x) => f.cumsum(x.square(), 1)],
    ["var", at, (x) => f.var(x, 1)],
    ["std", at, (x) => f.std(x)],
    ["norm", at, (x) => f.norm(x, 2, 0)],
    ...[1, 1.5, 3, Infinity, -Infinity].map((p): [string, number[][], (x: Tensor) => Tensor] => {
      return [`norm ${p}`, away, (x) => f.norm(x.mul(x), p, 1)];
    }),
    ["normalize", away, (x) => f.normalize(x, { p: 3 })],
    ["clamp", away, (x) => f.clamp(x.square(), { min: tensor(0.3), max: x })],
    ["sinc", at, (x) => f.sinc(x)],
    ["scatter", at, (x) => f.scatter(x.square(), 0, index, from.detach(), { reduce: "multiply" })],
    ["scatterReduce", away, (x) => f.scatterReduce(x, 0, index, from, "prod")],
  ];
  for (const [name, values, op] of checks) {
    const x = tensor(values, { requiresGrad: true });
    try {
      gradgradcheck((x) => op(x!), [x], { rtol: 0.03, atol: 0.01 });
    } catch (error) {
      assert.fail(`${name}: ${(error as Error).message}`);
    }
  }
});

test("attention that drops has the gradients of its gradients, by the mask that it dropped with", () => {
  for (const heads of [false, true]) {
    const x = randn([2, 3, 12]);
    x.requiresGrad = true;
    const dropped = (x: Tensor) => {
      manualSeed(9); // the same mask each time
      const [q, k, v] = [0, 1, 2].map((i) => x.narrow(2, 4 * i, 4));
      return heads
        ? functional.selfAttention(x, 2, { dropout: 0.4 })
        : functional.attend(q!, k!, v!, { dropout: 0.4, isCausal: true });
    };
    gradgradcheck((x) => dropped(x!), [x], { rtol: 0.05, atol: 0.01 });
  }
});

test("an op whose gradient is not made of ops says so", () => {
  const x = leaf([2]);
  const y = record("mine", x.detach(), [[x, (dy) => dy.mul(2)]], { saved: [] });
  assert.throws(() => grad(y, x, { createGraph: true, retainGraph: true }), {
    name: "GradientError",
    message: "grad: createGraph needs gradients that are made of recorded ops: that of mine is not",
  });
  assert.deepEqual(grad(y, x)[0].toArray(), [2], "without createGraph it is as ever");
});

test("convolutions have gradients of gradients, strided, padded, dilated and in groups", () => {
  manualSeed(1);
  const options = [{}, { stride: 2, padding: 1 }, { dilation: 2, padding: 2 }, { groups: 2 }];
  for (const option of options) {
    const x = randn([2, 2, 5, 4]), b = randn([2]);
    const w = randn([2, option.groups === 2 ? 1 : 2, 3, 2]);
    for (const t of [x, w, b]) t.requiresGrad = true;
    gradgradcheck(
      (x, w, b) => functional.conv2d(x!, w!, b!, option).tanh(),
      [x, w, b],
      { rtol: 0.05, atol: 0.02 },
    );
  }
});

test("backward with createGraph gives grads a graph", () => {
  const x = leaf([1, 2]);
  x.pow(3).sum().backward(undefined, { createGraph: true });
  assert.deepEqual(x.grad!.toArray(), [3, 12]);
  assert.equal(x.grad!.requiresGrad, true);
  assert.deepEqual(grad(x.grad!.sum(), x)[0].toArray(), [6, 12]);
  x.zeroGrad();
  x.pow(3).sum().backward();
  assert.equal(x.grad!.requiresGrad, false);
});

test("third derivatives are gradients of gradients of gradients", () => {
  const x = leaf([0.5, -1]);
  const [d1] = grad(x.tanh().sum(), x, { createGraph: true });
  const [d2] = grad(d1.sum(), x, { createGraph: true });
  const [d3] = grad(d2.sum(), x);
  const expected = [0.5, -1].map((v) => {
    const t = Math.tanh(v);
    return (1 - t * t) * (6 * t * t - 2);
  });
  d3.toTypedArray().forEach((v, i) => assert.ok(Math.abs(v - expected[i]!) < 1e-5));
});

for (
  const [name, critic, shape] of [
    [
      "a perceptron",
      () => new nn.Sequential(new nn.Linear(6, 8), new nn.Tanh(), new nn.Linear(8, 1)),
      [4, 6],
    ],
    [
      "a fused layer",
      () => new nn.Sequential(new nn.Linear(6, 8), new nn.ReLU(), new nn.Linear(8, 1)),
      [4, 6],
    ],
    [
      "a convolutional net",
      () =>
        new nn.Sequential(
          new nn.Conv2d(2, 3, 3, { padding: 1 }),
          new nn.SiLU(),
          new nn.Flatten(),
          new nn.Linear(48, 1),
        ),
      [2, 2, 4, 4],
    ],
    [
      "a convolutional net that pools",
      () =>
        new nn.Sequential(
          new nn.Conv2d(2, 3, 3, { padding: 1 }),
          new nn.SiLU(),
          new nn.MaxPool2d(2),
          new nn.Flatten(),
          new nn.Linear(12, 1),
        ),
      [2, 2, 4, 4],
    ],
  ] as const
) {
  test(`a gradient penalty on ${name} trains by the gradients that differences give`, () => {
    manualSeed(3);
    const model = critic();
    const x = randn([...shape]);
    x.requiresGrad = true;
    const penalty = () => {
      const [slope] = grad(model.forward(x).sum(), x, { createGraph: true });
      return slope.flatten(1).square().sum(1).sqrt().sub(1).square().mean();
    };
    const loss = penalty();
    loss.backward();
    const w = [...model.parameters()][0]!;
    const analytic = w.grad!.toTypedArray();
    const values = w.toTypedArray();
    for (const i of [0, 5, values.length - 1]) {
      const at = (value: number) => {
        noGrad(() => void w.copy_(tensor(values.with(i, value), { shape: w.shape })));
        return penalty().item();
      };
      const [high, low] = [Math.fround(values[i]! + 0.01), Math.fround(values[i]! - 0.01)];
      const numeric = (at(high) - at(low)) / (high - low);
      at(values[i]!);
      assert.ok(Math.abs(numeric - analytic[i]!) < 2e-3, `${numeric}, ${analytic[i]}`);
    }
    const sgd = new optim.SGD(model.parameters(), { lr: 0.05 });
    for (const _ of steps(30)) {
      sgd.zeroGrad();
      penalty().backward();
      sgd.step();
    }
    assert.ok(penalty().item() < loss.item() / 2);
  });
}

test("attention has the gradients of its gradients", () => {
  manualSeed(4);
  const [q, k, v] = [[2, 3, 4], [2, 5, 4], [2, 5, 3]].map((shape) => randn(shape));
  for (const x of [q!, k!, v!]) x.requiresGrad = true;
  const how = { rtol: 0.05, atol: 0.01 };
  gradgradcheck((q, k, v) => functional.attend(q, k, v), [q!, k!, v!], how);
  gradgradcheck((q) => functional.attend(q, k!, v!, { isCausal: true }), [q!], how);
  const qkv = randn([2, 3, 12]);
  qkv.requiresGrad = true;
  gradgradcheck((x) => functional.selfAttention(x, 2, { isCausal: true }), [qkv], how);
});

for (const cell of ["LSTM", "GRU", "RNN"] as const) {
  test(`a layer of ${cell} has the gradients of its gradients, in both directions`, () => {
    manualSeed(5);
    const layer = new nn[cell](2, 3, { bidirectional: true });
    const x = randn([3, 2, 2]);
    x.requiresGrad = true;
    const how = { rtol: 0.05, atol: 0.01 };
    gradgradcheck((x) => layer.forward(x)[0], [x], how);
    gradgradcheck((x) => layer.forward(x, undefined, [3, 2])[0], [x], how);
    gradgradcheck(() => layer.forward(x)[0], [[...layer.parameters()][1]!], how);
  });
}

test("jacobian, hessian, vjp and jvp are what PyTorch's are", () => {
  const x = tensor([1, 2, 3], { dtype: "float32" });
  const fn = (x: Tensor) =>
    stack([
      x.select(0, 0).mul(x.select(0, 1)).mul(x.select(0, 2)),
      x.square().sum(),
      x.narrow(0, 0, 1).sum(),
    ]);
  const J = [[6, 3, 2], [2, 4, 6], [1, 0, 0]];
  assert.deepEqual(jacobian(fn, x).toArray(), J);
  const v = tensor([1, -1, 2], { dtype: "float32" });
  const [value, left] = vjp(fn, x, v);
  const [same, right] = jvp(fn, x, v);
  assert.deepEqual([value.toArray(), same.toArray()], [[6, 14, 1], [6, 14, 1]]);
  assert.deepEqual([left.toArray(), right.toArray()], [[6, -1, -4], [7, 10, 1]]);
  assert.deepEqual(hessian((x) => fn(x).select(0, 0), x).toArray(), [
    [0, 3, 2],
    [3, 0, 1],
    [2, 1, 0],
  ]);
  assert.deepEqual(hessian((x) => x.sum(), x).toArray(), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]);
  assert.equal(x.requiresGrad, false);
  assert.throws(() => hessian(fn, x), {
    message: "hessian: the function must give one element: it gives [3]",
  });
});

test("the second derivative of a network by two grads is that of differences", () => {
  manualSeed(2);
  const net = new nn.Sequential(new nn.Linear(1, 8), new nn.Tanh(), new nn.Linear(8, 1));
  const x = tensor([[-0.5], [0.3], [0.9]], { requiresGrad: true });
  const u = net.forward(x);
  const [du] = grad(u, x, { gradOutputs: ones(u.shape), createGraph: true });
  const [d2u] = grad(du, x, { gradOutputs: ones(du.shape), createGraph: true });
  const value = (shift: number) => noGrad(() => net.forward(x.add(shift))).toTypedArray();
  const h = 0.1, above = value(h), here = value(0), below = value(-h);
  d2u.toTypedArray().forEach((v, i) => {
    const numeric = (above[i]! - 2 * here[i]! + below[i]!) / (h * h);
    assert.ok(Math.abs(v - numeric) < 2e-3, `${v}, ${numeric}`);
  });
  d2u.square().mean().backward();
  assert.ok([...net.parameters()].slice(0, 3).every((p) => p.grad !== null));
});

test("activations and logsumexp have gradients of gradients on both sides of their bends", () => {
  const at = [-4.2, -1.7, -0.7, -0.2, 0.3, 0.8, 1.9, 4.4];
  const f = functional;
  const ops: Record<string, (x: Tensor) => Tensor> = {
    elu: (x) => f.elu(x, 0.7),
    celu: (x) => f.celu(x, 1.3),
    selu: f.selu,
    hardshrink: (x) => f.hardshrink(x),
    hardsigmoid: f.hardsigmoid,
    hardswish: f.hardswish,
    hardtanh: (x) => f.hardtanh(x, -1, 1.5),
    relu6: f.relu6,
    logsigmoid: f.logsigmoid,
    mish: f.mish,
    softplus: (x) => f.softplus(x, { beta: 2, threshold: 5 }),
    softshrink: (x) => f.softshrink(x),
    softsign: f.softsign,
    threshold: (x) => f.threshold(x, 0.1, 20),
    logsumexp: (x) => f.logsumexp(x.reshape(2, 4), 1),
  };
  for (const [name, op] of Object.entries(ops)) {
    // a square, so that what is linear between its bends has second derivatives too
    gradgradcheck((x) => op(x!.mul(x!.abs()).add(x!.mul(0.1))), [leaf(at)], {
      rtol: 0.05,
      atol: 0.02,
    });
    const x = leaf(at), [first] = grad(op(x).sum(), x, { createGraph: true, retainGraph: true });
    const y = leaf(at), [plain] = grad(op(y).sum(), y);
    first.toTypedArray().forEach((v, i) =>
      assert.ok(Math.abs(v - plain.toTypedArray()[i]!) < 1e-6, `${name} at ${at[i]}`)
    );
  }
});

test("recorded gradients of recurrent layers are the plain ones, whatever their inputs are made of", () => {
  manualSeed(1);
  const h0 = randn([2, 3, 4]).requiresGrad_();
  const x = randn([5, 3, 2]).requiresGrad_();
  const options = { bidirectional: true };
  const layers = {
    lstm: new nn.LSTM(2, 4, options),
    gru: new nn.GRU(2, 4, options),
    rnn: new nn.RNN(2, 4, options),
  };
  const states: Record<string, () => [Tensor, Tensor]> = {
    "one for both": () => [h0, h0],
    "one made of the other": () => [h0, h0.mul(0.5)],
    "both made of x": () => [x.select(0, 0).sum().mul(h0), h0.mul(x.sum())],
  };
  for (const [kind, layer] of Object.entries(layers)) {
    for (const [what, made] of Object.entries(states)) {
      const gradients = (createGraph: boolean) => {
        const [h, c] = made();
        const lengths = tensor([5, 2, 1]);
        const y = layer instanceof nn.LSTM
          ? layer.forward(x, [h, c], lengths)[0]
          : layer.forward(x, h, lengths)[0];
        const found = grad(y.square().sum(), [x, h0, ...layer.parameters()], { createGraph });
        return found.map((dx) => [...dx.toTypedArray()]);
      };
      const [plain, recorded] = [gradients(false), gradients(true)];
      plain.flat().forEach((v, i) => {
        const least = 1e-4 * Math.max(1, Math.abs(v));
        assert.ok(Math.abs(recorded.flat()[i]! - v) <= least, `${kind}, ${what}: number ${i}`);
      });
    }
  }
});
