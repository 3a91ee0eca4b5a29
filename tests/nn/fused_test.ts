/** Neighbours in a Sequential that one kernel does together: the bits of one after the other. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { functional, io, memory, nn, noGrad, randn, scope, type Tensor, tensor } from "@glim/glim";
import { watcher } from "../../src/device/watch.ts";

/** Whether all ops are watched, as tests with guarded memory do: then none is left out. */
const ARE_WATCHED = watcher !== null;

/** Images that lie channels last, as a convolution leaves them; some are NaN, −0, or equal. */
function images(channels: number, h: number, w: number): Tensor {
  const x = noGrad(() => new nn.Conv2d(3, channels, 1).forward(randn([2, 3, h, w])));
  const values = Float32Array.from({ length: x.numel }, (_, i) => {
    return i % 31 === 30 ? NaN : i % 5 === 3 ? -0 : (i * 7919) % 13 - 7;
  });
  x.copy_(tensor(values, { shape: x.shape }));
  return x;
}

/** What comes out, and x's gradient, by their bits. */
function bitsOf(module: (x: Tensor) => Tensor, x: Tensor): [Uint8Array, Uint8Array] {
  const leaf = noGrad(() => x.mul(1));
  leaf.requiresGrad = true;
  const y = module(leaf);
  y.backward(noGrad(() => y.mul(0.5).add(-0.25)));
  const bytes = (tensor: Tensor) => new Uint8Array(tensor.toTypedArray().slice().buffer);
  return [bytes(y), bytes(leaf.grad!)];
}

const PAIR = () => [new nn.ReLU(), new nn.MaxPool2d(2)] as const;

Deno.test("relu and max pooling in a Sequential have the bits and gradient of both", () => {
  for (
    const [channels, h, w] of [[8, 4, 4], [16, 7, 5], [24, 2, 3], [12, 4, 4], [8, 3, 1]] as const
  ) {
    if (w < 2) continue;
    const x = images(channels, h, w);
    const fused = bitsOf((x) => new nn.Sequential(...PAIR()).forward(x), x);
    const both = bitsOf((x) => functional.maxPool2d(x.relu(), 2), x);
    assert.ok(isDeepStrictEqual(fused, both), `${channels} × ${h} × ${w}`);
  }
});

/** Samples, channels, pixels, then the convolution: by Winograd, directly, by patches, in groups. */
const CONVOLUTIONS = [
  [9, 8, 12, 16, 3, {}],
  [9, 8, 5, 8, 3, { padding: 1 }],
  [17, 16, 3, 8, 3, { padding: 1, bias: false }],
  [5, 1, 9, 8, 3, {}],
  [5, 3, 9, 8, 5, { stride: 2, padding: 1 }],
  [3, 3, 6, 5, 3, {}],
  [3, 8, 6, 8, 3, { groups: 2, dilation: 2, padding: 1 }],
  [2, 8, 4, 4, 1, {}],
] as const;

Deno.test("a convolution and relu in a Sequential have the bits and all gradients of both", () => {
  for (const [n, inputs, size, outputs, kernel, options] of CONVOLUTIONS) {
    const conv = new nn.Conv2d(inputs, outputs, kernel, options);
    const x = randn([n, inputs, size, size]);
    const net = new nn.Sequential(conv, new nn.ReLU());
    const all = [net, (x: Tensor) => conv.forward(x).relu()].map((made) => {
      net.zeroGrad();
      const forward = typeof made === "function" ? made : (x: Tensor) => made.forward(x);
      const parameters = [...net.parameters()];
      return [bitsOf(forward, x), parameters.map((p) => p.grad!.toTypedArray().slice())];
    });
    assert.ok(isDeepStrictEqual(all[0], all[1]), `${conv}, ${n} samples`);
  }
});

/** Samples, inputs, outputs: by dot products, by outer products' path, in tiles and at their edges. */
const LINEARS = [
  [1, 784, 128],
  [2, 3, 9],
  [8, 128, 10],
  [17, 100, 33],
  [64, 4, 24],
  [67, 130, 41],
  [0, 3, 2],
] as const;

Deno.test("a linear layer and relu in a Sequential have the bits and all gradients of both", () => {
  for (const [n, inputs, outputs] of LINEARS) {
    for (const bias of [true, false]) {
      const layer = new nn.Linear(inputs, outputs, { bias });
      const x = randn([n, inputs]);
      if (n > 0) noGrad(() => x.select(0, n - 1).fill_(NaN));
      const net = new nn.Sequential(layer, new nn.ReLU());
      const all = [net, (x: Tensor) => layer.forward(x).relu()].map((made) => {
        net.zeroGrad();
        const forward = typeof made === "function" ? made : (x: Tensor) => made.forward(x);
        const parameters = [...net.parameters()];
        return [bitsOf(forward, x), parameters.map((p) => p.grad!.toTypedArray().slice())];
      });
      assert.ok(isDeepStrictEqual(all[0], all[1]), `${layer}, ${n} samples`);
    }
  }
});

/** Channels, pixels a side, in training, with a bias. */
const NORMS = [
  [24, 6, true, true],
  [16, 3, true, false],
  [5, 4, true, true],
  [40, 2, false, true],
] as const;

Deno.test("a normalisation and relu in a Sequential have the bits and all gradients of both", () => {
  for (const [c, size, training, bias] of NORMS) {
    const norm = new nn.BatchNorm2d(c, { bias }).train(training);
    noGrad(() => norm.weight!.copy_(randn([c])));
    const shift = randn([c]);
    const x = training
      ? noGrad(() => new nn.Conv2d(3, c, 1).forward(randn([7, 3, size, size])))
      : images(c, size, size);
    const net = new nn.Sequential(norm, new nn.ReLU());
    const all = [net, (x: Tensor) => norm.forward(x).relu()].map((made) => {
      net.zeroGrad();
      norm.runningMean!.fill_(0.25);
      norm.runningVar!.fill_(2);
      if (bias) noGrad(() => norm.bias!.copy_(shift));
      const forward = typeof made === "function" ? made : (x: Tensor) => made.forward(x);
      const out = bitsOf((x) => {
        const y = forward(x);
        if (bias) noGrad(() => norm.bias!.add_(1)); // nobody's gradient reads it
        return y;
      }, x);
      const parameters = [...net.parameters()].map((p) => p.grad!.toTypedArray().slice());
      return [out, parameters, norm.runningMean!.toArray(), norm.runningVar!.toArray()];
    });
    assert.ok(isDeepStrictEqual(all[0], all[1]), `${norm}, ${size} pixels a side`);
  }
});

Deno.test("a normalisation and relu write one result less, unless somebody looks between them", () => {
  const norm = new nn.BatchNorm2d(8);
  const net = new nn.Sequential(norm, new nn.ReLU());
  const x = noGrad(() => new nn.Conv2d(3, 8, 1).forward(randn([2, 3, 4, 4])));
  const written = () =>
    scope(() => {
      const before = memory().tensors;
      net.forward(x);
      return memory().tensors - before;
    });
  const alone = written();
  const hook = norm.registerForwardHook(() => {});
  assert.equal(written(), alone); // relu's result, in place of the copy of the bias
  hook.remove();
  const graph = scope(() => {
    const leaf = noGrad(() => x.mul(1));
    leaf.requiresGrad = true;
    return net.forward(leaf).node!.name;
  });
  assert.equal(graph, ARE_WATCHED ? "relu" : "batchNorm");
});

Deno.test("a convolution and relu write one result, unless somebody looks between them", () => {
  const conv = new nn.Conv2d(8, 8, 3);
  const net = new nn.Sequential(conv, new nn.ReLU());
  const x = randn([2, 8, 6, 6]);
  const written = () =>
    scope(() => {
      const before = memory().tensors;
      net.forward(x);
      return memory().tensors - before;
    });
  const alone = written();
  const hook = conv.registerForwardHook((_, __, y) =>
    assert.ok(y.toTypedArray().some((v) => v < 0))
  );
  assert.equal(written(), ARE_WATCHED ? alone : alone + 1);
  hook.remove();
  assert.equal(written(), alone);
  const wrong = () => net.forward(randn([1, 3, 6, 6]));
  assert.throws(wrong, (error: Error) => error.message.startsWith("0 (Conv2d(8, 8,"));
});

Deno.test("between them nothing is written, unless somebody looks there", () => {
  const x = images(8, 32, 32);
  const [relu, pool] = PAIR();
  const net = new nn.Sequential(relu, pool);
  x.requiresGrad = true;
  const written = () =>
    scope(() => {
      const before = memory().tensors;
      const y = net.forward(x);
      assert.deepEqual(y.shape, [2, 8, 16, 16]);
      return memory().tensors - before;
    });
  assert.equal(written(), ARE_WATCHED ? 3 : 2, "the result and its index");
  for (const module of [relu, pool]) {
    const seen: number[][] = [];
    const hook = module.registerForwardHook((_, [from]) => void seen.push([...from.shape]));
    assert.equal(written(), 3);
    assert.deepEqual(seen, [[2, 8, 32, 32]]);
    hook.remove();
  }
  assert.equal(written(), ARE_WATCHED ? 3 : 2, "nobody looks any more");
});

Deno.test("a module that does something of its own does so between them", () => {
  class Doubled extends nn.ReLU {
    override forward(x: Tensor): Tensor {
      return super.forward(x).mul(2);
    }
  }
  const x = images(8, 4, 4);
  const expected = noGrad(() => functional.maxPool2d(x.relu().mul(2), 2)).toTypedArray();
  const inClass = new nn.Sequential(new Doubled(), new nn.MaxPool2d(2));
  assert.deepEqual(noGrad(() => inClass.forward(x)).toTypedArray(), expected);
  const [relu, pool] = PAIR();
  relu.forward = (x) => x.relu().mul(2);
  const inField = new nn.Sequential(relu, pool);
  assert.deepEqual(noGrad(() => inField.forward(x)).toTypedArray(), expected);
});

Deno.test("an exported graph has them as two", () => {
  const net = new nn.Sequential(new nn.Conv2d(1, 8, 3), ...PAIR());
  const text = new TextDecoder("latin1").decode(io.exportOnnx(net, randn([1, 1, 8, 8])));
  assert.match(text, /Relu/);
  assert.match(text, /MaxPool/);
});
