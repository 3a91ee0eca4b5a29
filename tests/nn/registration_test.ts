/** What belongs to a module, and how it is found. */
import assert from "node:assert/strict";
import { nn, ones, type Tensor, tensor, zeros } from "../../mod.ts";
import { catchWarnings } from "../warnings.ts";

class Net extends nn.Module {
  stem = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2));
  head = new nn.Linear(2, 1);

  constructor() {
    super();
    this.registerBuffer("scale", tensor(2));
  }

  forward(x: Tensor): Tensor {
    return this.head.forward(this.stem.forward(x).mean([2, 3]));
  }
}

Deno.test("buffers are found by path, each once, and stand in fields", () => {
  const net = new Net();
  const names = ["running_mean", "running_var", "num_batches_tracked"];
  assert.deepEqual(
    Array.from(net.namedBuffers(), ([name]) => name),
    ["scale", ...names.map((name) => `stem.1.${name}`)],
  );
  const { scale } = net as unknown as { scale: Tensor };
  assert.deepEqual([...net.buffers()][0], scale);
  assert.equal([...net.buffers()].length, 4);
  const twice = new nn.ModuleList([net, net]);
  assert.equal([...twice.buffers()].length, 4);
});

Deno.test("a buffer's field may be given another tensor, which then counts", () => {
  class Mean extends nn.Module {
    mean: Tensor = this.registerBuffer("mean", zeros([2]));
    forward(x: Tensor): Tensor {
      return x.sub(this.mean);
    }
  }
  const module = new Mean();
  module.mean = ones([2]).keep();
  assert.deepEqual(module.stateDict().get("mean")!.toArray(), [1, 1]);
  module.registerBuffer("mean", tensor([3, 4]));
  assert.deepEqual(module.mean.toArray(), [3, 4]);
  assert.deepEqual([...module.buffers()].map((b) => b.toArray()), [[3, 4]]);
});

Deno.test("a name that is taken, or can be no part of a path, is refused", () => {
  const net = new Net();
  assert.throws(
    () => net.registerBuffer("head", ones([1])),
    /^TypeError: registerBuffer: Net has something else called "head"$/,
  );
  assert.throws(() => net.registerBuffer("forward", ones([1])), /something else called "forward"/);
  assert.throws(() => net.registerBuffer("training", ones([1])), /called "training"/);
  assert.throws(() => net.addModule("scale", new nn.ReLU()), /addModule: Net has something else/);
  assert.throws(() => net.addModule("a.b", new nn.ReLU()), /^RangeError: addModule: the name must/);
  assert.throws(() => net.addModule("", new nn.ReLU()), /must be a name without dots: it is ""/);
  assert.throws(
    () => net.addModule("a", ones([1]) as never),
    /^TypeError: addModule: the module must be a module: it is a Tensor$/,
  );
  assert.deepEqual([...net.stateDict().keys()].length, 2 + 2 + 3 + 2 + 1);
});

Deno.test("modules can be added by name, replaced, and found by path", () => {
  const net = new Net();
  net.addModule("extra", new nn.Linear(2, 2));
  net.registerModule("head", new nn.Linear(2, 3));
  assert.equal(net.head.outFeatures, 3);
  assert.deepEqual(Array.from(net.namedChildren(), ([name]) => name), ["stem", "head", "extra"]);
  assert.deepEqual([...net.children()], [net.stem, net.head, net.getSubmodule("extra")]);
  assert.equal(net.getSubmodule(""), net);
  assert.equal(net.getSubmodule("stem.1"), net.stem.at(1));
  assert.throws(
    () => net.getSubmodule("stem.2.x"),
    /^RangeError: getSubmodule: there is no "stem.2.x": Sequential has no module "2": its modules are 0, 1$/,
  );
  assert.ok(net.stateDict().has("extra.weight"));
});

Deno.test("apply goes through all modules, those below first", () => {
  const net = new Net();
  const order: string[] = [];
  assert.equal(net.apply((module) => void order.push(module.constructor.name)), net);
  assert.deepEqual(order, ["Conv2d", "BatchNorm2d", "Sequential", "Linear", "Net"]);
  net.apply((module) => {
    if (module instanceof nn.Linear) nn.init.zeros_(module.weight);
  });
  assert.deepEqual(net.head.weight.toArray(), [[0, 0]]);
});

Deno.test("requiresGrad_ freezes a part, which then gets no gradient", () => {
  const net = new Net();
  assert.equal(net.stem.requiresGrad_(false), net.stem);
  net.forward(ones([2, 1, 4, 4])).sum().backward();
  assert.ok([...net.stem.parameters()].every((p) => p.grad === null && !p.requiresGrad));
  assert.ok(net.head.weight.grad !== null);
  net.requiresGrad_();
  assert.ok([...net.parameters()].every((p) => p.requiresGrad));
});

Deno.test("fields of subclasses of Sequential and ModuleList register, and print", () => {
  class Chain extends nn.Sequential {
    gate = new nn.Linear(1, 1);
    bias = new nn.Parameter(zeros([1]));
  }
  class Blocks extends nn.ModuleList {
    norm = new nn.LayerNorm(2);
  }
  const chain = new Chain(new nn.ReLU(), new nn.Linear(2, 2));
  assert.deepEqual(
    Array.from(chain.namedParameters(), ([name]) => name),
    ["bias", "1.weight", "1.bias", "gate.weight", "gate.bias"],
  );
  const blocks = new Blocks([new nn.ReLU(), new nn.ReLU()]);
  assert.deepEqual(Array.from(blocks.namedParameters(), ([name]) => name), [
    "norm.weight",
    "norm.bias",
  ]);
  assert.equal(
    String(blocks),
    "Blocks(\n  (0-1): 2 x ReLU()\n  (norm): LayerNorm((2,), eps=1e-05, elementwise_affine=True, " +
      "bias=True)\n)",
  );
});

Deno.test("a module without parameters is told once of private fields, others are not", () => {
  class Hidden extends nn.Module {
    #fc: nn.Linear = new nn.Linear(2, 2);
    forward(x: Tensor): Tensor {
      return this.#fc.forward(x);
    }
  }
  class Also extends nn.Module {
    #scale = 2;
    fc = new nn.Linear(2, 2);
    forward(x: Tensor): Tensor {
      return this.fc.forward(x).mul(this.#scale);
    }
  }
  using warnings = catchWarnings();
  for (const module of [new Hidden(), new Hidden(), new Also(), new nn.ReLU()]) {
    assert.ok([...module.parameters()].length < 3);
  }
  assert.equal(warnings.texts.length, 1);
  assert.match(
    warnings.texts[0]!,
    /^glim: Hidden has no parameters but private fields such as #fc, which JavaScript hides .* `private fc` instead$/,
  );
});

Deno.test("a tensor in a field that requires a gradient and is no parameter is warned of", () => {
  class Scaled extends nn.Module {
    scale = tensor([1, 2], { requiresGrad: true });
    offset = new nn.Parameter(zeros([2]));
    fixed = ones([2]);
    last: Tensor | null = null;
    forward(x: Tensor): Tensor {
      return this.last = x.mul(this.scale).mul(this.fixed).add(this.offset);
    }
  }
  using warnings = catchWarnings();
  const module = new Scaled();
  module.forward(ones([2]));
  assert.equal([...module.parameters()].length, 1);
  assert.deepEqual(warnings.texts, [
    "glim: Scaled.scale is a tensor that requires a gradient but no parameter: no optimizer or " +
    "state dict sees it: use new nn.Parameter(tensor)",
  ]);
});

Deno.test("a buffer that is not persistent moves with its module, and is in no state dict", () => {
  class Masked extends nn.Module {
    weight = new nn.Parameter(ones([2]));
    declare mask: Tensor;
    constructor() {
      super();
      this.registerBuffer("mask", zeros([2]), { persistent: false });
    }
    forward(x: Tensor): Tensor {
      return x.mul(this.weight).add(this.mask);
    }
  }
  const module = new Masked();
  assert.deepEqual([...module.stateDict().keys()], ["weight"]);
  module.loadStateDict(new Map([["weight", zeros([2])]]));
  assert.deepEqual(Array.from(module.namedBuffers(), ([name]) => name), ["mask"]);
  assert.equal(module.to("reference").mask.device, "reference");
  module.registerBuffer("mask", ones([2])); // as usual again
  assert.deepEqual([...module.stateDict().keys()], ["weight", "mask"]);
});

Deno.test("a module that is a part of itself is refused where its tensors are asked for, by its path", () => {
  class Child extends nn.Module {
    constructor(public parent: nn.Module) {
      super();
    }
    forward(x: Tensor): Tensor {
      return x;
    }
  }
  class Parent extends nn.Module {
    linear = new nn.Linear(1, 1);
    child = new Child(this);
    forward(x: Tensor): Tensor {
      return this.child.forward(x);
    }
  }
  const message = 'stateDict: "child.parent" is what it is a part of: hold it in a #private field';
  for (const call of [() => new Parent().stateDict(), () => new Parent().to("cpu")]) {
    assert.throws(call, { name: "TypeError", message });
  }
});

Deno.test("modules are put into lists and sequences, and taken out, at any position", () => {
  for (const list of [new nn.ModuleList([new nn.Tanh()]), new nn.Sequential(new nn.Tanh())]) {
    list.append(new nn.ReLU()).extend([new nn.SiLU()]).insert(1, new nn.GELU()).insert(
      -1,
      new nn.ELU(),
    );
    const names = () => Array.from(list, (module) => module.constructor.name).join(" ");
    assert.equal(names(), "Tanh GELU ReLU ELU SiLU");
    assert.deepEqual([list.pop(0), list.pop()].map((m) => m!.constructor.name), ["Tanh", "SiLU"]);
    assert.deepEqual([names(), list.pop(7)], ["GELU ReLU ELU", undefined]);
  }
  const net = new nn.Sequential(new nn.Linear(2, 2)).append(new nn.ReLU());
  assert.deepEqual([...net.stateDict().keys()], ["0.weight", "0.bias"]);
  assert.deepEqual(net.forward(ones([1, 2])).shape, [1, 2]);
});
