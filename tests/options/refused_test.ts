/**
 * What calls from untyped code are refused: unknown options, misspelt ones, options that are no
 * object, arguments too many, values of another type. Each at every public name that takes them.
 */
import assert from "node:assert/strict";
import { functional, io, manualSeed, ones, rand, scope, tensor } from "../../mod.ts";
import * as glim from "../../mod.ts";
import { live } from "../leaks.ts";
import {
  type EntryPoint,
  entryPoints,
  publicNames,
  type Type,
  watched,
  WITHOUT,
} from "./entry_points.ts";

/** Values that are no options. */
const NO_OPTIONS: unknown[] = [2, 0, "3", "", null, true, [1], [], () => 1, new Map(), Symbol("a")];

/** Values of another type than an option takes; those of numbers that cannot be used among them. */
const WRONG: Record<Type, unknown[]> = {
  flag: ["true", 1, 0, null, {}, []],
  number: ["0.1", NaN, true, {}, [], 1n],
  rate: ["0.1", NaN, -1, true, {}, [], null],
  share: ["0.1", NaN, -0.1, 1.1, true, {}, null],
  count: ["1", 0, 1.5, NaN, -1, 2 ** 60, true, {}, null, [], 1n],
  whole: ["1", 1.5, NaN, -1, 2 ** 60, true, {}, null, [], 1n],
  integer: ["1", 1.5, NaN, 2 ** 60, true, {}, [], 1n],
  oneOrTwo: ["1", "same", 1.5, NaN, -1, true, {}, null, [], [1], [1, 1, 1], [1, "1"], [1, 0.5]],
  word: ["nothing", "", 0, true, null, {}, ["mean"]],
  wordOrNull: ["nothing", "", 0, true, {}, ["mean"]],
  text: [0, true, null, {}, ["a"]],
  function: ["x", 1, true, null, {}, []],
  tensor: [0, "x", true, {}, [1], new Float32Array(1), { storage: {}, dtype: "float32" }],
  dtype: ["toString", "complex64", "constructor", "", 0, true, null, {}, ["float32"]],
  device: ["toString", "cuda", "", 0, true, null, {}, ["cpu"]],
  shape: ["3", 3, true, null, {}, [-1], [1.5], ["2"], [NaN], [2 ** 60]],
  pair: ["1", 1, true, null, {}, [], [1], ["0.5", "0.6"], [NaN, 1]],
  object: [0, "x", true, null, [1], new Map()],
  list: [0, "x", true, null, {}, [1]],
  anything: [],
};

const last = (path: string) => path.split(".").at(-1)!;

/** The names under which errors of an entry point begin: its own, or that of what it asks to work. */
function namesOf({ path }: EntryPoint): string[] {
  const name = last(path);
  const shared: Record<string, string[]> = {
    decodeSafetensorsFile: ["decodeSafetensors"],
  };
  const [_, layer] = path.match(/^nn\.(\w+)\.forward$/) ?? [];
  if (layer !== undefined) return [`${layer}.forward`, "BatchNorm.forward"];
  return [name, ...shared[name] ?? []];
}

/** Calls, and gives the error that was thrown or promised; null where there was none. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return null;
  } catch (error) {
    return error;
  }
}

/** Makes sure that a call throws a clear error, and has changed nothing. */
async function refused(
  entry: EntryPoint,
  args: unknown[],
  what: string,
  ...parts: string[]
): Promise<void> {
  manualSeed(5);
  const expected = rand([1]).item();
  manualSeed(5);
  const call = entry.bind();
  const [state, before] = [watched(), live().tensors];
  const error = await errorOf(() => call(...args));
  const after = live().tensors;
  const text = `${entry.path}, ${what}: `;
  assert.ok(error instanceof Error, text + "nothing was thrown");
  assert.match(
    error.name,
    /^(TypeError|RangeError|ShapeError|DTypeError|DeviceError)$/,
    text + error.stack,
  );
  const begins = namesOf(entry).some((name) => error.message.startsWith(`${name}: `));
  assert.ok(begins, `${text}the message begins otherwise: ${error.stack}`);
  for (const part of parts) {
    assert.ok(error.message.includes(part), `${text}there is no ${part} in: ${error.message}`);
  }
  assert.equal(after, before, `${text}tensors were made`);
  assert.equal(watched(), state, `${text}settings have changed`);
  assert.equal(rand([1]).item(), expected, `${text}random numbers were drawn`);
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A name with its third letter left out, twice, or changed. */
function misspelt(name: string): string[] {
  const at = Math.min(2, name.length - 1);
  return [
    name.slice(0, at) + name.slice(at + 1),
    name.slice(0, at) + name[at] + name.slice(at),
    name.slice(0, at) + (name[at] === "z" ? "y" : "z") + name.slice(at + 1),
  ];
}

Deno.test("each public name has a row, or a reason to have none", () => {
  const rows = new Set(entryPoints.map(({ path }) => path));
  const names = publicNames();
  const missing = names.filter((name) => !rows.has(name) && !(name in WITHOUT));
  assert.deepEqual(missing, [], "write a row into tests/options/entry_points.ts");
  const stale = Object.keys(WITHOUT).filter((name) => !names.includes(name) || rows.has(name));
  assert.deepEqual(stale, [], "stand in WITHOUT, and have a row or are no public name");
  for (const [name, value] of Object.entries(functional)) {
    const top = (glim as Record<string, unknown>)[name];
    assert.ok(top === undefined || top === value, `${name} is another function at top level`);
  }
});

Deno.test("each row is a call that works", async () => {
  for (const { path, bind, args, options } of entryPoints) {
    if (/^data\.\w*[mM]nist$/.test(path)) continue; // looks at the disk
    using _s = scope();
    const error = await errorOf(() => bind()(...args(), ...options === null ? [] : [{}]));
    if (error instanceof glim.DataError && /\.(save|load|open)/.test(path)) continue; // no such folder
    // what needs an option, or two inputs that this row has not
    const known = /^(OneCycleLR: totalSteps|exportOnnx|saveOnnx)/;
    if (error instanceof Error && known.test(error.message)) continue;
    assert.equal(error, null, `${path}: ${(error as Error | null)?.stack}`);
  }
});

Deno.test("one argument too many is refused everywhere", async () => {
  using _s = scope();
  for (const entry of entryPoints) {
    const args = [...entry.args(), ...entry.options === null ? [] : [{}]];
    await refused(entry, [...args, 1], "one more", "there are ");
  }
});

Deno.test("options are objects: anything else is refused, and told what to write", async () => {
  using _s = scope();
  for (const entry of entryPoints) {
    if (entry.options === null) continue;
    for (const value of [...NO_OPTIONS, ones([2])]) {
      // arange takes numbers in this place
      const args = entry.path === "arange" ? [0] : entry.args();
      if (entry.path === "arange" && typeof value === "number") continue;
      await refused(entry, [...args, value], `options ${String(value)}`);
    }
  }
});

Deno.test("an unknown option is refused, and told which are known", async () => {
  using _s = scope();
  for (const entry of entryPoints) {
    if (entry.options === null) continue;
    const names = Object.keys(entry.options);
    for (const unknown of ["zzzzzzzz", "toString", "__proto__", "constructor", ""]) {
      const options = JSON.parse(JSON.stringify({ a: 1 }).replace("a", unknown));
      const list = names.join(", ");
      await refused(entry, [...entry.args(), options], unknown, JSON.stringify(unknown), list);
    }
  }
});

Deno.test("a misspelt option, and one in PyTorch's spelling, is refused with the right one", async () => {
  using _s = scope();
  for (const entry of entryPoints) {
    for (const name of Object.keys(entry.options ?? {})) {
      const isUnique = name.length >= 5;
      for (const wrong of [...misspelt(name), snake(name)]) {
        if (wrong in entry.options!) continue;
        const isMeant = isUnique || wrong === snake(name);
        await refused(
          entry,
          [...entry.args(), { [wrong]: 1 }],
          wrong,
          `unknown option "${wrong}"`,
          Object.keys(entry.options!).join(", "),
          ...isMeant ? [`did you mean "${name}"?`] : [],
        );
      }
    }
  }
});

Deno.test("each option refuses values of another type", async () => {
  using _s = scope();
  for (const entry of entryPoints) {
    for (const [name, type] of Object.entries(entry.options ?? {})) {
      for (const value of WRONG[type]) {
        const what = `${name}: ${typeof value} ${typeof value === "object" ? "" : String(value)}`;
        await refused(entry, [...entry.args(), { [name]: value }], what);
      }
    }
  }
});

Deno.test("an option that is undefined is one that is not given", async () => {
  for (const { path, bind, args, options } of entryPoints) {
    if (options === null || /\.(save|load)|[mM]nist|OneCycleLR/.test(path)) continue;
    using _s = scope();
    const nothing = Object.fromEntries(Object.keys(options).map((name) => [name, undefined]));
    if (/^train\.Trainer(Worker)?(\.fit)?$/.test(path)) continue; // some must be there
    const error = await errorOf(() => bind()(...args(), nothing));
    assert.equal(error, null, `${path}: ${(error as Error | null)?.stack}`);
  }
});

Deno.test("messages say what to write", () => {
  // deno-lint-ignore no-explicit-any
  const g = glim as any;
  const parameters = () => [ones([1], { requiresGrad: true })];
  const cases: [() => unknown, string][] = [
    [
      () => new g.nn.MaxPool2d(3, { ceil_mode: true }),
      'MaxPool2d: unknown option "ceil_mode": did you mean "ceilMode"? It takes stride, padding, ' +
      "ceilMode, dilation, returnIndices",
    ],
    [
      () => new g.nn.MaxPool2d(3, 2),
      "MaxPool2d: options must be an object: it is 2: write { stride: 2 }",
    ],
    [
      () => new g.optim.SGD(parameters(), 0.1),
      "SGD: options must be an object: it is 0.1: write { lr: 0.1 }",
    ],
    [
      () => new g.optim.SGD(parameters(), { weight_decay: 0.1 }),
      'SGD: unknown option "weight_decay": did you mean "weightDecay"? It takes lr, momentum, ' +
      "dampening, nesterov, weightDecay, momentumMode, maximize",
    ],
    [
      () => new g.optim.SGD(parameters(), { lr: "0.1" }),
      'SGD: lr must be a number of at least 0: it is "0.1"',
    ],
    [
      () => new g.optim.SGD([{ params: parameters(), learningRate: 1 }], { lr: 1 }),
      'SGD: group 0: unknown option "learningRate": it takes lr, momentum, dampening, nesterov, ' +
      "weightDecay, momentumMode, maximize, params, initialLr",
    ],
    [
      () => new g.optim.SGD(new g.nn.Linear(1, 1), { lr: 1 }),
      "SGD: parameters must be a list, as model.parameters() or [tensor]: it is a Linear",
    ],
    [
      () => new g.optim.SGD(g.tensor([1]), { lr: 1 }),
      "SGD: parameters must be a list, as model.parameters() or [tensor]: it is a Tensor",
    ],
    [
      () => {
        const set = new g.data.TensorDataset(g.tensor([[1]]), g.tensor([1]));
        const transform = (x: unknown) => Promise.resolve(x);
        return new g.data.DataLoader(set, { transform }).first();
      },
      "DataLoader: transform must give a tensor: it is a Promise",
    ],
    [
      () => new g.nn.Linear(3, 4, false),
      "Linear: options must be an object: it is false: write { bias: false }",
    ],
    [
      () => new g.nn.Conv2d(1, 1, 3, { paddingMode: "mirror" }),
      'Conv2d: paddingMode must be "zeros", "reflect", "replicate" or "circular": it is "mirror"',
    ],
    [
      () => new g.nn.Conv2d(1, 1, 3, { padding: "big" }),
      'Conv2d: padding must be a whole number of at least 0, or two or "same" or "valid": it is "big"',
    ],
    [
      () => g.tensor([1]).clamp(0, 1, 2),
      "clamp: at most 2 arguments are taken, clamp(min, max): there are 3",
    ],
    [
      () => g.tensor([1]).clamp({ min: 0 }, 1),
      "clamp: min must be a number or a tensor: it is an object with min",
    ],
    [
      () => g.tensor([1]).add(tensor([1]), 2, 3),
      "add: at most 2 arguments are taken, add(other, alpha): there are 3",
    ],
    [
      () => g.zeros(2, 3),
      "zeros: the shape must be an array, as [2, 3] is: it is 2",
    ],
    [
      () => g.randn(2, 3),
      "randn: the shape must be an array, as [2, 3] is: it is 2",
    ],
    [
      () => g.tensor([tensor(1), tensor(2)]),
      "tensor: numbers or booleans are needed: one element is a Tensor: join tensors by stack()",
    ],
    [
      () => g.functional.oneHot(tensor([1, 0]), 2 ** 31),
      "oneHot: 4 GiB hold 2³⁰ elements: 2 labels of 2147483648 classes are more",
    ],
    [
      () => g.functional.oneHot(tensor([-1])),
      "oneHot: labels must be at least 0: one is -1",
    ],
    [
      () => tensor([1]).sum([0], { keepdim: true } as never),
      "sum: keepdim must be true or false: it is an object with keepdim",
    ],
    [
      () => g.tensor([1], { dtype: "toString" }),
      'tensor: dtype must be one of float32, int32, uint8, bool, float16, bfloat16, int8, float64, int64: it is "toString"',
    ],
    [() => tensor([1]).add("2" as never), 'add: b must be a tensor or a number: it is "2"'],
    [() => tensor([1]).matmul(3 as never), "matmul: b must be a tensor: it is 3"],
    [
      () => tensor([1]).reshape("2" as never),
      'reshape: lengths must be whole numbers of at least 0: the shape is ["2"]',
    ],
    [
      () => tensor([1]).sum("0" as never),
      'sum: dimension must be from -1 to 0: it is "0"',
    ],
    [() => g.zeros(3), "zeros: the shape must be an array, as [2, 3] is: it is 3"],
    [
      () => new g.train.Trainer({ model: new g.nn.ReLU() }),
      "Trainer: loss and optimizer must be given, as in { model, loss, optimizer }",
    ],
    [
      () =>
        new g.train.Trainer({
          model: new g.nn.ReLU(),
          loss: new g.nn.MSELoss(),
          optimizer: new g.optim.SGD(parameters()),
          callbacks: [{ onEpochStart() {} }],
        }),
      'Trainer: callback 0: unknown method "onEpochStart": it takes ' +
      "onFitBegin, onFitEnd, onEpochBegin, onStepEnd, onProgress, onEpochEnd, stateDict, loadStateDict",
    ],
    [
      () => io.decodeNpy("file.npy" as never),
      'decodeNpy: the file must be a Uint8Array: it is "file.npy"',
    ],
  ];
  scope(() => {
    for (const [call, message] of cases) assert.throws(call, { message });
  });
});
