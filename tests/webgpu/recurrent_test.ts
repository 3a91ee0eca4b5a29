/** Recurrent layers on the GPU: the CPU's results and gradients, by as many calls as there are steps. */
import assert from "node:assert/strict";
import {
  add,
  type DeviceName,
  manualSeed,
  nn,
  optim,
  scope,
  setDefaultDevice,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { opened } from "../../src/webgpu/device.ts";
import { uniformArray, upstream } from "../prng.ts";
import { assertNear, type Values } from "./both.ts";
import { gpuTest } from "./running.ts";

type Layer = nn.LSTM | nn.GRU | nn.RNN;

/** What a layer is and goes through. */
interface Row {
  readonly make: (input: number, hidden: number) => Layer;
  readonly steps: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  readonly lengths?: readonly number[];
}

const small = { steps: 5, batch: 3, input: 4, hidden: 6 };
/** More samples and units than a group has, and not as many as several have. */
const tiles = { steps: 3, batch: 18, input: 7, hidden: 37 };
const both = { bidirectional: true, numLayers: 2 };

const ROWS: Readonly<Record<string, Row>> = {
  "an LSTM": { make: (i, h) => new nn.LSTM(i, h), ...tiles },
  "an LSTM of two layers and directions": { make: (i, h) => new nn.LSTM(i, h, both), ...small },
  "an LSTM of different lengths": {
    make: (i, h) => new nn.LSTM(i, h, { bidirectional: true }),
    ...small,
    lengths: [2, 5, 1],
  },
  "a GRU": { make: (i, h) => new nn.GRU(i, h), ...tiles },
  "a GRU without biases, of two layers and directions": {
    make: (i, h) => new nn.GRU(i, h, { ...both, bias: false }),
    ...small,
  },
  "a GRU of different lengths": {
    make: (i, h) => new nn.GRU(i, h, { bidirectional: true }),
    ...small,
    lengths: [5, 3, 4],
  },
  "an RNN": { make: (i, h) => new nn.RNN(i, h), ...tiles },
  "an RNN of relu": { make: (i, h) => new nn.RNN(i, h, { nonlinearity: "relu" }), ...tiles },
  "an RNN of different lengths": {
    make: (i, h) => new nn.RNN(i, h, { ...both, nonlinearity: "relu" }),
    ...small,
    lengths: [1, 5, 2],
  },
  "a layer of one unit, one sample and one step": {
    make: (i, h) => new nn.LSTM(i, h),
    ...{ steps: 1, batch: 1, input: 1, hidden: 1 },
  },
};

/** Runs with a device as the default. */
async function on<T>(device: DeviceName, run: () => Promise<T>): Promise<T> {
  setDefaultDevice(device);
  try {
    return await run();
  } finally {
    setDefaultDevice("cpu");
  }
}

/** A layer's outputs and last states, and the gradients of its inputs, first states and parameters. */
function valuesOf(device: DeviceName, row: Row): Promise<Values> {
  return on(device, async () => {
    const { make, steps, batch, input, hidden, lengths = null } = row;
    manualSeed(4);
    const layer = make(input, hidden);
    const random = (seed: number, shape: number[]) => {
      const values = uniformArray(seed, shape.reduce((n, length) => n * length, 1));
      return tensor(values, { shape, requiresGrad: true });
    };
    const x = random(1, [steps, batch, input]);
    const count = layer.numLayers * (layer.bidirectional ? 2 : 1);
    const states = [2, 3].map((seed) => random(seed, [count, batch, hidden]));
    const outputs = layer instanceof nn.LSTM
      ? layer.forward(x, states as [Tensor, Tensor], lengths).flat()
      : layer.forward(x, states[0]!, lengths);
    const parts = outputs.map((y) =>
      y.mul(tensor(upstream(y.numel), { shape: [...y.shape] })).sum()
    );
    parts.reduce((a, b) => add(a, b)).backward();
    const inputs = [x, ...layer instanceof nn.LSTM ? states : [states[0]!], ...layer.parameters()];
    return await Promise.all([...outputs, ...inputs.map((t) => t.grad!)].map((t) => t.data()));
  }) as Promise<Values>;
}

for (const [name, row] of Object.entries(ROWS)) {
  gpuTest(`${name}: the CPU's results and gradients`, async () => {
    const expected = await valuesOf("cpu", row);
    const actual = await valuesOf("webgpu", row);
    assertNear(name, actual, expected, 1e-5);
    assert.deepEqual(await valuesOf("webgpu", row), actual, "another run, other bits");
  });
}

/** Calls of the GPU for a training's step of a layer of two layers and directions over some steps. */
function dispatchesFor(
  make: (options: nn.RecurrentOptions) => Layer,
  steps: number,
): Promise<number> {
  return on("webgpu", async () => {
    manualSeed(4);
    const layer = make(both);
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    const x = tensor(uniformArray(1, steps * 12), { shape: [steps, 3, 4] });
    const { counts } = opened!.queue;
    const before = counts.dispatches;
    scope(() => {
      const [y] = layer.forward(x);
      optimizer.zeroGrad();
      y.sum().backward();
      optimizer.step();
    });
    const dispatches = counts.dispatches - before;
    await x.data(); // which throws what went wrong
    return dispatches;
  });
}

const LAYERS: Readonly<Record<string, (options: nn.RecurrentOptions) => Layer>> = {
  "an LSTM's": (options) => new nn.LSTM(4, 6, options),
  "a GRU's": (options) => new nn.GRU(4, 6, options),
  "an RNN's": (options) => new nn.RNN(4, 6, options),
};

for (const [name, make] of Object.entries(LAYERS)) {
  gpuTest(`${name} training takes two calls of the GPU for each step of a sequence`, async () => {
    const [few, many] = [await dispatchesFor(make, 8), await dispatchesFor(make, 24)];
    const layers = 2 * 2;
    assert.equal(many - few, 2 * layers * (24 - 8), `${few} for 8 steps, ${many} for 24`);
    assert.ok(few - 2 * layers * 8 <= 40 * layers, `${few} for 8 steps: what comes besides`);
  });
}
