import assert from "node:assert/strict";
import {
  memory,
  nn,
  noGrad,
  ones,
  optim,
  scope,
  steps,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
import fixture from "../fixtures/state.json" with { type: "json" };
import { uniformArray } from "../prng.ts";

/** A block with a parameter, a buffer and a sub-module of its own, in this order. */
class Block extends nn.Module {
  scale: nn.Parameter = new nn.Parameter(ones([2]));
  inner: nn.Linear = new nn.Linear(2, 2, { bias: false });
  note = "not a parameter";
  nothing: nn.Linear | null = null;

  constructor() {
    super();
    this.registerBuffer("mean", zeros([2]));
  }

  forward(x: Tensor): Tensor {
    return this.inner.forward(x).mul(this.scale);
  }
}

class Net extends nn.Module {
  layers: nn.ModuleList = new nn.ModuleList([new Block(), new Block()]);
  head: nn.Sequential = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Dropout());

  forward(x: Tensor): Tensor {
    for (const layer of this.layers) x = layer.forward(x);
    return this.head.forward(x);
  }
}

Deno.test("parameters are named by their path, in the order of their fields", () => {
  using net = new Net();
  assert.deepEqual(Array.from(net.namedParameters(), ([name]) => name), [
    "layers.0.scale",
    "layers.0.inner.weight",
    "layers.1.scale",
    "layers.1.inner.weight",
    "head.0.weight",
    "head.0.bias",
  ]);
  assert.equal([...net.parameters()].length, 6);
  assert(Array.from(net.parameters()).every((p) => p instanceof nn.Parameter && p.requiresGrad));
});

Deno.test("a state dict holds parameters and buffers under PyTorch's names and in its order", () => {
  using net = new Net();
  const state = net.stateDict();
  assert.deepEqual([...state.keys()], [
    "layers.0.scale",
    "layers.0.mean",
    "layers.0.inner.weight",
    "layers.1.scale",
    "layers.1.mean",
    "layers.1.inner.weight",
    "head.0.weight",
    "head.0.bias",
  ]);
  for (const t of state.values()) t[Symbol.dispose]();
});

Deno.test("a state dict holds copies, which loading copies", () => {
  using net = new nn.Linear(2, 2);
  scope(() => {
    const state = net.stateDict();
    const before = state.get("weight")!.toArray();
    noGrad(() => net.weight.fill_(9));
    assert.deepEqual(state.get("weight")!.toArray(), before);
    assert.equal(state.get("weight")!.requiresGrad, false);
    net.loadStateDict(state);
    assert.deepEqual(net.weight.toArray(), before);
    noGrad(() => state.get("weight")!.fill_(5));
    assert.deepEqual(net.weight.toArray(), before);
  });
});

Deno.test("state dicts belong to the scope they were made in, unless they are kept or returned", () => {
  using net = new nn.Linear(2, 2);
  using sgd = new optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
  using ema = new optim.swaUtils.AveragedModel(net);
  scope(() => net.forward(ones([1, 2])).sum().backward());
  sgd.step();
  const before = memory().tensors;
  let lost!: nn.StateDict;
  let kept!: nn.StateDict;
  for (const i of steps(3)) {
    lost = net.stateDict();
    ema.stateDict();
    sgd.loadStateDict(sgd.stateDict()); // the optimizer's own are kept
    ema.loadStateDict(ema.stateDict());
    net.loadStateDict(net.stateDict());
    if (i === 0) ema.apply(); // sets copies of the weights aside, beyond the turn
    if (i < 2) continue;
    kept = net.stateDict();
    for (const t of kept.values()) t.keep();
  }
  ema.restore();
  assert.throws(() => lost.get("bias")!.toArray(), {
    name: "ReleasedError",
    message: "released tensor: stateDict() [2] was released by a turn of steps(): use it inside, " +
      "return it from the scope, or keep() it",
  });
  sgd.step();
  net.loadStateDict(kept);
  net.loadStateDict(scope(() => scope(() => kept)));
  for (const t of kept.values()) t[Symbol.dispose]();
  assert.equal(memory().tensors, before);
});

Deno.test("a model has PyTorch's names and answers with PyTorch's logits", () => {
  using model = new nn.Sequential(new nn.Linear(5, 4), new nn.ReLU(), new nn.Linear(4, 3));
  scope(() => {
    const state = new Map(fixture.keys.map((key, i) => {
      const shape = fixture.shapes[i]!;
      const data = uniformArray(i + 1, shape.reduce((n, size) => n * size));
      return [key, tensor(data, { shape })];
    }));
    model.loadStateDict(state);
    const logits = model.forward(tensor(fixture.input).reshape(fixture.inputShape)).toTypedArray();
    fixture.logits.forEach((v, i) => assert(Math.abs(logits[i]! - v) < 1e-6));
    assert.deepEqual([...model.stateDict().keys()], fixture.keys);
  });
});

Deno.test("loading tells all that is wrong in one message and changes nothing", () => {
  using net = new nn.Sequential(new nn.Linear(2, 2), new nn.Linear(2, 1));
  scope(() => {
    noGrad(() => (net.at(0) as nn.Linear).weight.fill_(1));
    const state = new Map([
      ["0.weight", zeros([2, 2])],
      ["0.bias", zeros([3])],
      ["1.weight", zeros([2, 1])],
      ["2.weight", zeros([1])],
    ]);
    assert.throws(() => net.loadStateDict(state), {
      name: "DataError",
      message:
        "loadStateDict: names and shapes must agree: missing: 1.bias; unexpected: 2.weight; " +
        "of another shape: 0.bias ([2] is needed: it is [3]), 1.weight ([1, 2] is needed: it is " +
        "[2, 1])",
    });
    assert.deepEqual((net.at(0) as nn.Linear).weight.toArray(), [[1, 1], [1, 1]]);
  });
});

Deno.test("strict: false minds shapes only", () => {
  using net = new nn.Linear(2, 1);
  scope(() => {
    net.loadStateDict(new Map([["bias", tensor([7])], ["other", zeros([1])]]), { strict: false });
    assert.deepEqual(net.bias?.toArray(), [7]);
    assert.throws(
      () => net.loadStateDict(new Map([["bias", zeros([2])]]), { strict: false }),
      /loadStateDict: names and shapes must agree: of another shape: bias/,
    );
  });
});

Deno.test("train and eval reach every module below", () => {
  using net = new Net();
  const modes = () => new Set(Array.from(net.modules(), (m) => m.training));
  assert.deepEqual(modes(), new Set([true]));
  assert.equal(net.eval(), net);
  assert.deepEqual(modes(), new Set([false]));
  net.head.train();
  assert.deepEqual(modes(), new Set([true, false]));
  net.train();
  assert.deepEqual(modes(), new Set([true]));
});

Deno.test("shared modules and parameters are counted once", () => {
  const shared = new nn.Linear(2, 2);
  class Twice extends nn.Module {
    a: nn.Linear = shared;
    b: nn.Linear = shared;
    tied: nn.Parameter = shared.weight;
    forward(x: Tensor): Tensor {
      return this.b.forward(this.a.forward(x));
    }
  }
  using net = new Twice();
  assert.deepEqual(Array.from(net.namedParameters(), ([name]) => name), ["tied", "a.bias"]);
  assert.equal([...net.modules()].length, 2);
  scope(() => {
    net.forward(ones([1, 2])).sum().backward();
    assert.equal([...net.parameters()].filter((p) => p.grad !== null).length, 2);
  });
});

Deno.test("zeroGrad releases every gradient", () => {
  using net = new nn.Linear(2, 1);
  scope(() => net.forward(ones([1, 2])).sum().backward());
  const before = memory().tensors;
  net.zeroGrad();
  assert.deepEqual([net.weight.grad, net.bias?.grad], [null, null]);
  assert.equal(memory().tensors, before - 2);
});

Deno.test("disposal frees parameters, buffers and gradients", () => {
  const before = memory();
  {
    using net = new Net();
    scope(() => net.forward(ones([1, 2])).sum().backward());
    assert(memory().tensors > before.tensors);
  }
  const after = memory();
  assert.deepEqual([after.liveBytes, after.tensors], [before.liveBytes, before.tensors]);
});

Deno.test("parameters made inside a scope outlive it", () => {
  using net = scope(() => new Net());
  scope(() => assert.deepEqual(net.forward(ones([4, 2])).shape, [4, 3]));
});

Deno.test("a module list registers, iterates and has no forward", () => {
  using list = new nn.ModuleList([new nn.Linear(1, 2)]);
  list.append(new nn.Linear(2, 3)).extend([new nn.ReLU(), new nn.Identity()]);
  assert.equal(list.length, 4);
  assert(list.at(-1) instanceof nn.Identity && list.at(4) === undefined);
  assert(list.pop() instanceof nn.Identity);
  assert.deepEqual(Array.from(list.namedParameters(), ([name]) => name), [
    "0.weight",
    "0.bias",
    "1.weight",
    "1.bias",
  ]);
  assert.equal([...list].length, 3);
  assert.throws(() => list.forward(), TypeError);
});

Deno.test("Sequential hands each module's output to the next, and none is the identity", () => {
  using net = new nn.Sequential(new nn.Flatten(), new nn.Linear(4, 2), new nn.ReLU());
  scope(() => {
    assert.deepEqual(net.forward(ones([3, 2, 2])).shape, [3, 2]);
    const x = ones([1]);
    assert.equal(new nn.Sequential().forward(x), x);
  });
  assert.equal(net.length, 3);
  assert(net.at(-1) instanceof nn.ReLU);
  assert.deepEqual([...net].map((m) => m.constructor.name), ["Flatten", "Linear", "ReLU"]);
});

Deno.test("a module that is held by one of its own parts is printed and walked once", () => {
  class Part extends nn.Module<[x: Tensor]> {
    whole: nn.AnyModule | null = null;
    forward(x: Tensor): Tensor {
      return x;
    }
  }
  class Whole extends nn.Module<[x: Tensor]> {
    part: Part = new Part();
    constructor() {
      super();
      this.part.whole = this;
    }
    forward(x: Tensor): Tensor {
      return this.part.forward(x);
    }
  }
  const model = new Whole();
  const printed = "Whole(\n  (part): Part(\n    (whole): Whole(...)\n  )\n)";
  const seen: string[] = [];
  model.apply((module) => void seen.push(String(module)));
  assert.deepEqual(seen.length, 2);
  assert.equal(seen[1], printed);
  assert.equal(String(model), printed);
});

Deno.test("a parameter is put in before a position of a ParameterList", () => {
  const list = new nn.ParameterList([ones([1]), ones([3])]);
  list.insert(1, ones([2])).insert(-1, ones([4]));
  assert.deepEqual([...list].map(({ numel }) => numel), [1, 2, 4, 3]);
  assert.deepEqual([...list.namedParameters()].map(([name]) => name), ["0", "1", "2", "3"]);
  assert.throws(() => list.insert(0.5, ones([1])), /^TypeError|^RangeError/);
});
