import assert from "node:assert/strict";
import { memory, nn, noGrad, ones, optim, scope, tensor } from "../../mod.ts";

function parameter(values: number[]): nn.Parameter {
  return new nn.Parameter(tensor(values, { dtype: "float32" }));
}

/** One backward pass that gives each parameter the gradient 1. */
function setGradients(params: readonly nn.Parameter[]): void {
  for (const p of params) {
    p.zeroGrad();
    scope(() => p.sum().backward());
  }
}

Deno.test("groups have settings of their own, and the defaults where they have none", () => {
  using a = parameter([0]);
  using b = parameter([0]);
  const sgd = new optim.SGD([{ params: [a] }, { params: [b], lr: 1 }], { lr: 0.5, momentum: 0.9 });
  assert.deepEqual(sgd.paramGroups.map((g) => [g.lr, g.momentum]), [[0.5, 0.9], [1, 0.9]]);
  setGradients([a, b]);
  sgd.step();
  assert.deepEqual([a.item(), b.item()], [-0.5, -1]);
  sgd[Symbol.dispose]();
});

Deno.test("settings may be changed between steps", () => {
  using a = parameter([0]);
  const sgd = new optim.SGD([a], { lr: 0.5 });
  setGradients([a]);
  sgd.step();
  sgd.paramGroups[0]!.lr = 0.25;
  sgd.step();
  assert.equal(a.item(), -0.75);
});

Deno.test("a parameter that is not row-major takes the same steps as one that is", () => {
  const values = [[1, 2, 3], [4, 5, 6]];
  const gradient = tensor([[1, 2], [3, 4], [5, 6]]);
  for (
    const make of [
      (p: nn.Parameter) => new optim.SGD([p], { lr: 0.1, momentum: 0.9 }),
      (p: nn.Parameter) => new optim.Adam([p], { lr: 0.1 }),
      (p: nn.Parameter) => new optim.RMSprop([p], { lr: 0.1 }),
    ]
  ) {
    const [turned, plain] = [false, true].map((rowMajor) => {
      const data = tensor(values, { dtype: "float32" }).t();
      using p = new nn.Parameter(rowMajor ? data.clone() : data);
      assert.equal(p.isContiguous, rowMajor);
      using optimizer = make(p);
      for (let i = 0; i < 3; i++) {
        p.zeroGrad();
        scope(() => p.mul(gradient).sum().backward());
        const { version } = p.storage;
        optimizer.step();
        assert.equal(p.storage.version, version + 1);
      }
      return p.toArray();
    });
    assert.deepEqual(turned, plain);
  }
});

Deno.test("zeroGrad sets every gradient to null", () => {
  using model = new nn.Linear(2, 1);
  const sgd = new optim.SGD(model.parameters(), { lr: 0.1 });
  scope(() => model.forward(ones([1, 2])).sum().backward());
  sgd.zeroGrad();
  assert.deepEqual([model.weight.grad, model.bias?.grad], [null, null]);
});

Deno.test("an optimizer goes on from a state dict as if it had never stopped", () => {
  const before = memory().tensors;
  const run = (resume: boolean) => {
    using a = parameter([1, 2]);
    using b = parameter([3]);
    const make = (lr: number) => new optim.SGD([a, b], { lr, momentum: 0.9 });
    let sgd = make(0.1);
    for (let i = 0; i < 6; i++) {
      if (resume && i === 3) {
        sgd.paramGroups[0]!.lr = 0.05;
        const state = sgd.stateDict();
        sgd.paramGroups[0]!.lr = 7; // a state is a copy
        sgd[Symbol.dispose]();
        sgd = make(99);
        sgd.loadStateDict(state);
        for (const memory of state.state.values()) {
          for (const t of Object.values(memory)) if (typeof t !== "number") t[Symbol.dispose]();
        }
      } else if (i === 3) {
        sgd.paramGroups[0]!.lr = 0.05;
      }
      setGradients([a, b]);
      sgd.step();
    }
    sgd[Symbol.dispose]();
    return [a.toArray(), b.toArray()];
  };
  assert.deepEqual(run(true), run(false));
  assert.equal(memory().tensors, before);
});

Deno.test("a state dict names parameters by their position", () => {
  using a = parameter([1, 2]);
  using b = parameter([3]);
  using sgd = new optim.SGD([{ params: [a] }, { params: [b], lr: 1 }], { momentum: 0.9 });
  setGradients([b]);
  sgd.step();
  const { paramGroups, state } = sgd.stateDict();
  assert.deepEqual(paramGroups.map((g) => [g.params, g.lr]), [[[0], 0.001], [[1], 1]]);
  assert.deepEqual([...state.keys()], [1]);
  const { momentumBuffer } = state.get(1)!;
  assert(typeof momentumBuffer === "object");
  assert.deepEqual(momentumBuffer.toArray(), [1]);
  momentumBuffer[Symbol.dispose]();
});

Deno.test("a state that does not fit is refused", () => {
  using a = parameter([1, 2]);
  using b = parameter([3]);
  using sgd = new optim.SGD([a, b], { momentum: 0.9 });
  using other = new optim.SGD([a], { momentum: 0.9 });
  assert.throws(() => sgd.loadStateDict(other.stateDict()), {
    name: "DataError",
    message: "loadStateDict: the optimizer has groups of [2] parameters, the state of [1]",
  });
  scope(() => {
    const state = sgd.stateDict();
    state.state.set(1, { momentumBuffer: ones([2]) });
    assert.throws(() => sgd.loadStateDict(state), {
      name: "DataError",
      message:
        "loadStateDict: momentumBuffer of parameter 1 must be float32 [1]: it is float32 [2]",
    });
  });
});

Deno.test("an optimizer wants parameters, each once", () => {
  using a = parameter([1]);
  assert.throws(() => new optim.SGD([]), {
    name: "RangeError",
    message: "SGD: at least one parameter is needed",
  });
  assert.throws(() => new optim.SGD(new nn.ReLU().parameters()), RangeError);
  assert.throws(() => new optim.SGD([a, a]), {
    message: "SGD: a parameter must not appear twice",
  });
  assert.throws(() => new optim.SGD([{ params: [a] }, { params: [a] }]), /must not appear twice/);
});

Deno.test("what an optimizer keeps follows a model that moves to another device", () => {
  for (const kind of ["SGD", "Adam", "AdamW", "RMSprop"] as const) {
    const make = () => {
      const model = new nn.Linear(2, 1, { bias: false });
      model.weight.copy_(tensor([[0.5, -1]]).detach());
      return model;
    };
    scope(() => {
      const runs = [false, true].map((moves) => {
        const model = noGrad(make);
        const optimizer = kind === "SGD"
          ? new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })
          : new optim[kind](model.parameters(), { lr: 0.1 });
        for (let i = 0; i < 4; i++) {
          if (moves && i === 2) model.to("reference");
          model.zeroGrad();
          model.forward(tensor([[1, i]]).to(model.weight.device)).square().sum().backward();
          optimizer.step();
        }
        for (const memory of optimizer.stateDict().state.values()) {
          for (const value of Object.values(memory)) {
            if (typeof value !== "number") assert.equal(value.device, model.weight.device, kind);
          }
        }
        return model.weight.toTypedArray();
      });
      runs[0]!.forEach((value, i) => assert.ok(Math.abs(value - runs[1]![i]!) < 1e-5, kind));
    });
  }
});

Deno.test("parameters of half precision are refused, with the cure", () => {
  const half = ones([2]).half() as nn.Parameter;
  assert.throws(() => new optim.SGD([half], { lr: 1 }), {
    name: "TypeError",
    message: "SGD: parameters must be leaves of float32: number 0 is float16: convert it by " +
      'to("float32")',
  });
});
