/** Layers that write their result over their input. */
import assert from "node:assert/strict";
import { io, manualSeed, nn, noGrad, ones, randn, scope, type Tensor, tensor } from "../../mod.ts";

type Layer = nn.Module<[x: Tensor]>;
type Options = nn.InplaceOptions;

/** Each of them, and what PyTorch prints where it works in place. */
const LAYERS: Record<string, [make: (options?: Options) => Layer, printed: string]> = {
  ReLU: [(o) => new nn.ReLU(o), "ReLU(inplace=True)"],
  LeakyReLU: [(o) => new nn.LeakyReLU(0.1, o), "LeakyReLU(negative_slope=0.1, inplace=True)"],
  ELU: [(o) => new nn.ELU(1, o), "ELU(alpha=1.0, inplace=True)"],
  CELU: [(o) => new nn.CELU(1, o), "CELU(alpha=1.0, inplace=True)"],
  SELU: [(o) => new nn.SELU(o), "SELU(inplace=True)"],
  SiLU: [(o) => new nn.SiLU(o), "SiLU(inplace=True)"],
  Hardtanh: [
    (o) => new nn.Hardtanh(-1, 1, o),
    "Hardtanh(min_val=-1.0, max_val=1.0, inplace=True)",
  ],
  ReLU6: [(o) => new nn.ReLU6(o), "ReLU6(inplace=True)"],
  Hardswish: [(o) => new nn.Hardswish(o), "Hardswish()"],
  Hardsigmoid: [(o) => new nn.Hardsigmoid(o), "Hardsigmoid()"],
  Mish: [(o) => new nn.Mish(o), "Mish(inplace=True)"],
  Threshold: [
    (o) => new nn.Threshold(0.5, 1.5, o),
    "Threshold(threshold=0.5, value=1.5, inplace=True)",
  ],
  RReLU: [
    (o) => new nn.RReLU({ lower: 0.25, upper: 0.5, ...o }),
    "RReLU(lower=0.25, upper=0.5, inplace=True)",
  ],
  Dropout: [(o) => new nn.Dropout(0.5, o), "Dropout(p=0.5, inplace=True)"],
  Dropout1d: [(o) => new nn.Dropout1d(0.5, o), "Dropout1d(p=0.5, inplace=True)"],
  Dropout2d: [(o) => new nn.Dropout2d(0.5, o), "Dropout2d(p=0.5, inplace=True)"],
  Dropout3d: [(o) => new nn.Dropout3d(0.5, o), "Dropout3d(p=0.5, inplace=True)"],
  AlphaDropout: [(o) => new nn.AlphaDropout(0.5, o), "AlphaDropout(p=0.5, inplace=True)"],
};

const shapeOf = (name: string) =>
  name === "Dropout3d" ? [2, 3, 2, 2, 2] : [2, 3, 2, 2].slice(name === "Dropout1d" ? 1 : 0);

Deno.test("layers in place give what they give else, over their input, with the same gradient", () => {
  for (const [name, [make, printed]] of Object.entries(LAYERS)) {
    const inPlace = make({ inplace: true });
    assert.equal(String(inPlace), printed);
    assert.doesNotMatch(String(make()), /=True/);
    scope(() => {
      manualSeed(3);
      const x = randn(shapeOf(name), { requiresGrad: true });
      const run = (layer: Layer) => {
        manualSeed(4);
        x.zeroGrad();
        const h = x.mul(2);
        const y = layer.forward(h);
        y.mul(y).sum().backward();
        return { h, y, values: y.toArray(), grad: x.grad!.toArray() };
      };
      const kept = run(make()), changed = run(inPlace);
      assert.equal(changed.y, changed.h, name);
      assert.notEqual(kept.y, kept.h, name);
      assert.deepEqual([changed.values, changed.grad], [kept.values, kept.grad], name);
    });
  }
});

Deno.test("a layer in place refuses a leaf that requires a gradient, unless nothing is recorded", () => {
  for (const [name, [make]] of Object.entries(LAYERS)) {
    const x = ones(shapeOf(name), { requiresGrad: true });
    assert.throws(
      () => make({ inplace: true }).forward(x),
      /_: a leaf that requires a gradient/,
      name,
    );
    const copy = x.toArray();
    noGrad(() => make({ inplace: true }).eval().forward(x.detach().clone()));
    assert.deepEqual(x.toArray(), copy);
  }
});

Deno.test("dropout in place leaves its input alone in evaluation", () => {
  const x = ones([2, 3], { requiresGrad: true });
  assert.equal(new nn.Dropout(0.5, { inplace: true }).eval().forward(x), x);
});

Deno.test("what a layer before one in place has saved is noticed where it was changed", () => {
  const x = tensor([-1, 2], { requiresGrad: true, dtype: "float32" });
  const y = new nn.ReLU({ inplace: true }).forward(x.mul(1).sigmoid());
  assert.throws(() => y.sum().backward(), /gradient of sigmoid needs was changed in place/);
});

Deno.test("a Sequential does not change its own input but where its first layer is in place", () => {
  for (const inplace of [false, true]) {
    const model = new nn.Sequential(new nn.ReLU({ inplace }), new nn.MaxPool2d(2));
    const x = tensor([[[[-1, -2], [-3, -4]]]], { dtype: "float32" });
    assert.deepEqual(noGrad(() => model.forward(x)).toArray(), [[[[0]]]]);
    assert.deepEqual(x.toArray(), inplace ? [[[[0, 0], [0, 0]]]] : [[[[-1, -2], [-3, -4]]]]);
  }
});

Deno.test("a model with layers in place is written to ONNX as the one without", () => {
  class Block extends nn.Module<[x: Tensor]> {
    first = new nn.Linear(3, 3);
    second = new nn.Linear(3, 3);
    readonly relu: nn.ReLU;
    constructor(inplace: boolean) {
      super();
      this.relu = new nn.ReLU({ inplace });
    }
    forward(x: Tensor): Tensor {
      const h = this.relu.forward(this.first.forward(x));
      const out = this.second.forward(h);
      return this.relu.forward(this.relu.inplace ? out.add_(h) : out.add(h));
    }
  }
  const [plain, inPlace] = [new Block(false), new Block(true)];
  inPlace.loadStateDict(plain.stateDict());
  const input = ones([1, 3]);
  assert.deepEqual(io.exportOnnx(inPlace, input), io.exportOnnx(plain, input));
});

Deno.test("a change in place that ONNX cannot say is refused", () => {
  class Looks extends nn.Module<[x: Tensor]> {
    layer = new nn.Linear(3, 4);
    forward(x: Tensor): Tensor {
      const h = this.layer.forward(x);
      const view = h.reshape(-1, 2, 2);
      new nn.ReLU({ inplace: true }).forward(h);
      return view.mul(2);
    }
  }
  assert.throws(() => io.exportOnnx(new Looks(), ones([1, 3])), /changed in place by another one/);
  class Owned extends nn.Module<[x: Tensor]> {
    layer = new nn.Linear(3, 3);
    forward(x: Tensor): Tensor {
      noGrad(() => this.layer.weight.mul_(2));
      return this.layer.forward(x);
    }
  }
  assert.throws(() => io.exportOnnx(new Owned(), ones([1, 3])), /changed in place/);
});
