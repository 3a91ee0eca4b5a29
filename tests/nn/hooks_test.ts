/** Hooks around `forward`, and in the backward pass. */
import assert from "node:assert/strict";
import {
  functional as F,
  GradientError,
  memory,
  nn,
  noGrad,
  ones,
  ShapeError,
  steps,
  type Tensor,
  tensor,
} from "../../mod.ts";

/** y = w · x. */
class Scale extends nn.Module<[x: Tensor]> {
  w: nn.Parameter;

  constructor(w: number) {
    super();
    this.w = new nn.Parameter(tensor(w));
  }

  forward(x: Tensor): Tensor {
    return x.mul(this.w);
  }
}

/** Sum and product of two. */
class SumAndProduct extends nn.Module<[a: Tensor, b: Tensor], [Tensor, Tensor]> {
  forward(a: Tensor, b: Tensor): [Tensor, Tensor] {
    return [a.add(b), a.mul(b)];
  }
}

Deno.test("a pre-hook sees the inputs and may return others, a hook inputs and output, in order", () => {
  const layer = new Scale(3);
  const log: unknown[] = [];
  layer.registerForwardPreHook((module, [x]) => {
    log.push(["first", module === layer, x.item()]);
    return [x.add(1)];
  });
  layer.registerForwardPreHook((_, [x]) => void log.push(["second", x.item()]));
  layer.registerForwardHook((_, [x], y) => {
    log.push(["after", x.item(), y.item()]);
    return y.neg();
  });
  layer.registerForwardHook((_, __, y) => void log.push(["last", y.item()]));
  assert.equal(layer.forward(tensor(1)).item(), -6);
  assert.deepEqual(log, [["first", true, 1], ["second", 2], ["after", 2, 6], ["last", -6]]);
});

Deno.test("a hook that was removed runs no more; `using` removes it, and one function may be there twice", () => {
  const layer = new nn.Identity();
  let calls = 0;
  const count = () => void calls++;
  const first = layer.registerForwardHook(count);
  const second = layer.registerForwardHook(count);
  layer.forward(ones([1]));
  first.remove();
  first.remove();
  layer.forward(ones([1]));
  second.remove();
  {
    using _h = layer.registerForwardPreHook(count);
    layer.forward(ones([1]));
  }
  layer.forward(ones([1]));
  assert.equal(calls, 4);
});

Deno.test("a hook that removes itself lets the others run", () => {
  const layer = new nn.Identity();
  const log: string[] = [];
  const handle = layer.registerForwardHook(() => {
    log.push("once");
    handle.remove();
  });
  layer.registerForwardHook(() => void log.push("always"));
  for (const _ of [1, 2]) layer.forward(ones([1]));
  assert.deepEqual(log, ["once", "always", "always"]);
});

Deno.test("hooks run once where a subclass's forward calls its base's, and where forward is a field", () => {
  class Halved extends nn.Linear {
    override forward(x: Tensor): Tensor {
      return super.forward(x).div(2);
    }
  }
  class Field extends nn.Module {
    forward = (x: Tensor): Tensor => x.mul(2);
  }
  for (const layer of [new Halved(2, 2), new Field()]) {
    let calls = 0;
    layer.registerForwardHook(() => void calls++);
    layer.forward(ones([1, 2]));
    assert.equal(calls, 1, layer.constructor.name);
  }
});

Deno.test("an error in a hook names the module, as one in forward does", () => {
  const net = new nn.Sequential(new nn.Identity(), new nn.Linear(2, 2));
  net.at(1)!.registerForwardPreHook(() => [ones([3, 3])]);
  assert.throws(
    () => net.forward(ones([1, 2])),
    (error) => error instanceof ShapeError && /^1 \(Linear\(.*\): linear: /.test(error.message),
  );
  assert.throws(
    () => new nn.Identity().registerForwardHook(1 as never),
    /^TypeError: registerForwardHook: the hook must be a function: it is 1$/,
  );
  const layer = new nn.Identity();
  layer.registerForwardPreHook(() => ones([1]) as never);
  assert.throws(
    () => layer.forward(ones([1])),
    /registerForwardPreHook: the hook must return the list of inputs, or nothing: it returns a Tens/,
  );
});

Deno.test("a backward hook sees the gradients of inputs and outputs", () => {
  const layer = new SumAndProduct();
  const seen: unknown[] = [];
  layer.registerFullBackwardHook((module, inputs, outputs) => {
    seen.push([
      module === layer,
      ...[inputs, outputs].map((list) => list.map((g) => g?.toArray())),
    ]);
  });
  const a = tensor([2, 3], { requiresGrad: true });
  const b = tensor([5, 7]);
  const [sum, product] = layer.forward(a, b);
  sum.mul(10).add(product).sum().backward();
  assert.deepEqual(seen, [[true, [[15, 17], undefined], [[10, 10], [1, 1]]]]);
  assert.deepEqual(a.grad!.toArray(), [15, 17]);
});

Deno.test("an output that has no part in the loss has no gradient there, in each pass anew", () => {
  const layer = new SumAndProduct();
  const seen: unknown[] = [];
  layer.registerFullBackwardHook((_, __, outputs) => void seen.push(outputs.map((g) => g?.item())));
  const a = tensor(2, { requiresGrad: true });
  const [sum, product] = layer.forward(a, tensor(5));
  sum.add(product).backward(undefined, { retainGraph: true });
  product.backward(undefined, { retainGraph: true });
  sum.mul(3).backward();
  assert.deepEqual(seen, [[1, 1], [undefined, 1], [3, undefined]]);
  assert.equal(a.grad!.item(), 6 + 5 + 3);
});

Deno.test("gradients that a hook returns take the place of the inputs', null keeps what there was", () => {
  const layer = new SumAndProduct();
  const leaves = () => [2, 3].map((v) => tensor([v], { requiresGrad: true })) as [Tensor, Tensor];
  using _h = layer.registerFullBackwardHook((_, [a]) => [a!.mul(100), null]);
  for (const twice of [1, 2]) { // through leaves, and through what was computed
    const [a, b] = leaves();
    const [x, y] = twice === 1 ? [a, b] : [a.mul(1), b.mul(1)];
    layer.forward(x, y)[1].backward();
    assert.deepEqual([a.grad!.item(), b.grad!.item()], [300, 2]);
  }
});

Deno.test("one gradient that a hook returns for all inputs is each one's own", () => {
  const layer = new SumAndProduct();
  layer.registerFullBackwardHook((_, [a]) => {
    const both = F.add(a!, 1);
    return [both, both];
  });
  const [a, b] = [2, 3].map((v) => tensor([v], { requiresGrad: true })) as [Tensor, Tensor];
  for (const times of [1, 2]) {
    layer.forward(a, b)[1].backward();
    assert.deepEqual([a.grad!.item(), b.grad!.item()], [4 * times, 4 * times]);
  }
});

Deno.test("a backward hook of a module whose inputs require no gradient sees the outputs'", () => {
  const layer = new Scale(3);
  const seen: unknown[] = [];
  const handle = layer.registerFullBackwardHook((_, inputs, [dy]) => {
    seen.push([inputs, dy!.item()]);
  });
  layer.forward(tensor(2)).mul(5).backward();
  assert.deepEqual(seen, [[[null], 5]]);
  assert.equal(layer.w.grad!.item(), 10);
  noGrad(() => layer.forward(tensor(2)));
  handle.remove();
  layer.registerFullBackwardHook(() => [tensor(1)]);
  const y = layer.forward(tensor(2));
  assert.throws(
    () => y.backward(),
    /a hook of Scale must return nothing or a list, \[null\]: it returns an array of 1/,
  );
});

Deno.test("gradients that do not fit the inputs are refused", () => {
  for (
    const [wrong, message] of [
      [[], /must return nothing or a list, \[a gradient or null\]: it returns \[\]/],
      [[3], /must return nothing or a list, \[a gradient or null\]: it returns \[3\]/],
      [[ones([2])], /a gradient of a backward hook of Scale must be float32 \[\]/],
    ] as const
  ) {
    const layer = new Scale(3);
    layer.registerFullBackwardHook(() => wrong as never);
    const x = tensor(2, { requiresGrad: true });
    assert.throws(
      () => layer.forward(x).backward(),
      (error) => error instanceof GradientError && message.test(error.message),
    );
  }
});

Deno.test("with hooks a step has the gradients that it has without, and leaves nothing in memory", () => {
  const net = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2));
  const x = ones([5, 3]).keep();
  const gradients = () => {
    net.zeroGrad();
    for (const _ of steps(1)) net.forward(x.mul(0.5)).sum().backward();
    return Array.from(net.parameters(), (p) => p.grad!.toArray());
  };
  const expected = gradients();
  let calls = 0;
  for (const module of net.modules()) {
    module.registerForwardPreHook(() => void calls++);
    module.registerForwardHook(() => void calls++);
    module.registerFullBackwardHook((_, inputs) => {
      calls++;
      return inputs;
    });
  }
  assert.deepEqual(gradients(), expected);
  assert.equal(calls, 4 * 2 + 4 - 2 + 1 + 1);
  const before = memory().tensors;
  for (let i = 0; i < 3; i++) gradients();
  assert.equal(memory().tensors, before);
});
