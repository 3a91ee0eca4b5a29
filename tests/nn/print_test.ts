import assert from "node:assert/strict";
import { nn, scope, type Tensor } from "../../mod.ts";
import fixture from "../fixtures/print.json" with { type: "json" };

class Net extends nn.Module {
  hidden: nn.Linear = new nn.Linear(784, 128);
  out: nn.Linear = new nn.Linear(128, 10);
  forward(x: Tensor): Tensor {
    return this.out.forward(this.hidden.forward(x).relu());
  }
}

class Deep extends nn.Module {
  flatten: nn.Flatten = new nn.Flatten();
  body: nn.Sequential = new nn.Sequential(new nn.Linear(4, 4), new nn.Tanh());
  heads: nn.ModuleList = new nn.ModuleList([new nn.Linear(4, 2), new nn.Linear(4, 3)]);
  drop: nn.Dropout = new nn.Dropout(0.25);
  forward(x: Tensor): Tensor {
    return this.body.forward(this.flatten.forward(x));
  }
}

class Empty extends nn.Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

const linear = (a: number, b: number) => new nn.Linear(a, b);

/** The fixture's Python expressions, in TypeScript. */
const modules: Record<string, () => nn.Module> = {
  "nn.Linear(784, 128)": () => linear(784, 128),
  "nn.Linear(3, 2, bias=False)": () => new nn.Linear(3, 2, { bias: false }),
  "nn.ReLU()": () => new nn.ReLU(),
  "nn.Tanh()": () => new nn.Tanh(),
  "nn.Sigmoid()": () => new nn.Sigmoid(),
  "nn.Softmax(dim=1)": () => new nn.Softmax(1),
  "nn.LogSoftmax(dim=-1)": () => new nn.LogSoftmax(-1),
  "nn.Flatten()": () => new nn.Flatten(),
  "nn.Flatten(0, 2)": () => new nn.Flatten(0, 2),
  "nn.Dropout()": () => new nn.Dropout(),
  "nn.Dropout(0.25)": () => new nn.Dropout(0.25),
  "nn.Identity()": () => new nn.Identity(),
  "nn.NLLLoss()": () => new nn.NLLLoss(),
  "nn.CrossEntropyLoss()": () => new nn.CrossEntropyLoss(),
  "nn.MSELoss()": () => new nn.MSELoss(),
  "nn.Sequential()": () => new nn.Sequential(),
  "nn.ModuleList([])": () => new nn.ModuleList([]),
  "nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))": () =>
    new nn.Sequential(linear(784, 128), new nn.ReLU(), linear(128, 10)),
  "nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 3), nn.Tanh()), nn.LogSoftmax(dim=1))":
    () =>
      new nn.Sequential(
        new nn.Flatten(),
        new nn.Sequential(linear(4, 3), new nn.Tanh()),
        new nn.LogSoftmax(1),
      ),
  "nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4), nn.ReLU())": () =>
    new nn.Sequential(linear(4, 4), linear(4, 4), linear(4, 4), new nn.ReLU()),
  "nn.ModuleList([nn.Linear(2, 3), nn.ReLU()])": () =>
    new nn.ModuleList([linear(2, 3), new nn.ReLU()]),
  "nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)])": () =>
    new nn.ModuleList([linear(2, 2), linear(2, 2), linear(2, 2)]),
  "nn.ModuleList([nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.ReLU())])":
    () =>
      new nn.ModuleList([
        new nn.Sequential(linear(2, 2), new nn.ReLU()),
        new nn.Sequential(linear(2, 2), new nn.ReLU()),
      ]),
  "Net()": () => new Net(),
  "Deep()": () => new Deep(),
  "Empty()": () => new Empty(),
  "nn.Sequential(Empty(), Net())": () => new nn.Sequential(new Empty(), new Net()),
};

Deno.test("every module of the fixture is printed", () => {
  assert.deepEqual(Object.keys(modules), Object.keys(fixture.modules));
});

for (const [code, expected] of Object.entries(fixture.modules)) {
  Deno.test(`${code} prints as in PyTorch`, () => {
    using module = scope(() => modules[code]!());
    assert.equal(String(module), expected);
  });
}
