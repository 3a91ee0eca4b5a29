/**
 * Each argument of every op and module in turn as something else: in another layout, dtype or shape,
 * empty or released. What comes out is what a row-major copy gives, or an error that says what is
 * needed; no other memory changes.
 */
import assert from "node:assert/strict";
import {
  data,
  type DType,
  Generator,
  manualSeed,
  nn,
  noGrad,
  optim,
  scope,
  type Tensor,
  tensor,
} from "../../mod.ts";
import * as ops from "../../src/ops/mod.ts";
import { type Case, cases } from "../cases.ts";
import { inPlace } from "../cases/in_place.ts";
import { elements, integers, uniform } from "../prng.ts";
import { type Call, layouts, tryAll } from "./trials.ts";

/** Elements of an input: more dimensions make other layouts, longer ones do not. */
const LARGEST = 150;

function isSmall({ inputs }: Case): boolean {
  return inputs.every(({ shape }) => shape.reduce((a, b) => a * b, 1) <= LARGEST);
}

/** What looks at an input that it has changed. */
const CHANGES = /^\(F\.batch_norm|\w_\(.*\[\d\]$/;

/** What puts values into a copy of its input, whose dtype it keeps. */
const PUTS =
  /\.(scatter|(select|slice|diagonal)_scatter|index_(put|add|copy|fill|reduce)|masked_(fill|scatter))/;

const rows = cases.filter(isSmall).map((c): Call => ({
  name: c.name,
  inputs: c.inputs,
  run: (...inputs) => {
    manualSeed(3); // what draws, draws the same from a copy
    const y = c.run(ops, ...inputs) as Tensor | undefined;
    if (y === undefined) throw new RangeError("parts: there are fewer of them");
    return y;
  },
  // rows of running moments look at what the normalisation has changed
  changesInputs: inPlace.includes(c) || CHANGES.test(c.torch),
  isAnother: (which: number, dtype: DType) =>
    ((inPlace.includes(c) || CHANGES.test(c.torch)) && which === 0) || // is cut off in integers
    PUTS.test(c.torch) || // so is what is put into copies of them
    // bools choose, integers number
    (/^a\[|index_put/.test(c.torch) && which > 0 &&
      (dtype === "bool" || c.inputs[which]!.dtype === "bool")) ||
    // bools add up to bools, and have other opposites and differences than numbers
    (["a + a", "a + b", "~a", "torch.diff(a)"].includes(c.torch) &&
      (dtype === "bool" || c.inputs[which]!.dtype === "bool")) ||
    (c.torch === "~a" && (dtype === "uint8" || c.inputs[0]!.dtype === "uint8")) ||
    (c.torch.includes("F.hardtanh(") && dtype !== "float32") || // whose bounds lose their fractions
    (c.torch.startsWith("F.pad") && dtype !== "float32") || // so is what is put around them
    (/attn_mask/.test(c.torch) && (dtype === "bool" || dtype === "float32")), // chosen, or added
}));

function fail(failures: string[], trials: number): void {
  assert.ok(
    failures.length === 0,
    `${failures.length} of ${trials} fail:\n${failures.slice(0, 30).join("\n")}`,
  );
}

Deno.test("each argument of each op, as something else, gives what a copy gives or an error", () => {
  const { trials, failures } = tryAll(rows);
  assert.ok(trials > 15_000, `${trials} trials`);
  fail(failures, trials);
});

const images = [2, 4, 5, 6];
const labels = integers([5], 0, 3);
const modules: [nn.Module, ...Call["inputs"]][] = [
  [new nn.Linear(4, 3), uniform([5, 4])],
  [new nn.Linear(4, 3), uniform([2, 5, 4])],
  [new nn.Conv2d(4, 2, 3, { padding: 1 }), uniform(images)],
  [new nn.Conv2d(4, 4, 2, { stride: 2, groups: 2, dilation: 2 }), uniform(images)],
  [new nn.BatchNorm1d(4).eval(), uniform([5, 4])],
  [new nn.BatchNorm2d(4, { trackRunningStats: false }), uniform(images)],
  [new nn.LayerNorm([5, 6]), uniform(images)],
  [new nn.Embedding(3, 4), integers([2, 5], 0, 3)],
  [new nn.MultiheadAttention(4, 2), uniform([3, 2, 4]), uniform([5, 2, 4]), uniform([5, 2, 4])],
  [new nn.MaxPool2d(2), uniform(images)],
  [new nn.AvgPool2d(3, { stride: 2, padding: 1 }), uniform(images)],
  [new nn.AdaptiveAvgPool2d([2, 4]), uniform(images)],
  [new nn.Sequential(new nn.Flatten(), new nn.Linear(120, 2)), uniform(images)],
  [new nn.Dropout().eval(), uniform([5, 4])],
  [new nn.GELU(), uniform([5, 4])],
  [new nn.SiLU(), uniform([5, 4])],
  [new nn.LeakyReLU(), uniform([5, 4])],
  [new nn.Softmax(0), uniform([5, 4])],
  [new nn.LogSoftmax(1), uniform([5, 4])],
  [new nn.CrossEntropyLoss(), uniform([5, 3]), labels],
  [new nn.CrossEntropyLoss({ labelSmoothing: 0.1, ignoreIndex: 1 }), uniform([5, 3]), labels],
  [new nn.NLLLoss({ weight: tensor([1, 2, 3]) }), uniform([5, 3]), labels],
  [new nn.MSELoss(), uniform([5, 3]), uniform([5, 3])],
];

Deno.test("each argument of each module, as something else, gives what a copy gives or an error", () => {
  const calls = modules.map(([module, ...inputs]): Call => ({
    name: String(module),
    inputs,
    run: (...inputs) => module.forward(...inputs),
    changesInputs: false,
    isAnother: () => false,
  }));
  const { trials, failures } = tryAll(calls);
  assert.ok(trials > 400, `${trials} trials`);
  fail(failures, trials);
});

const erasing = new data.RandomErasing({ p: 1, value: "random" });
const warp = new data.RandomWarp({ rotation: 20, elastic: 0.5 });
const bytes = integers([5, 12], 0, 256, "uint8");
const order = Int32Array.of(3, 0, 4);

Deno.test("weights, running moments, images and data, as something else, give what a copy gives or an error", () => {
  const plain = { changesInputs: false, isAnother: () => false };
  const transforms: Call[] = [
    {
      name: "RandomErasing",
      inputs: [{ ...uniform(images), grad: false }],
      run: (x) => erasing.apply(x!, new Generator(1)),
      ...plain,
    },
    {
      name: "RandomWarp",
      inputs: [{ ...uniform(images), grad: false }],
      run: (x) => warp.apply(x!, new Generator(1)),
      ...plain,
    },
    {
      name: "ImageDataset",
      inputs: [bytes, labels],
      run: (x, y) =>
        ops.cat(new data.ImageDataset(x!, y!).batch(order).map((t) => t.to("float32").reshape(-1))),
      ...plain,
    },
    {
      name: "TensorDataset",
      inputs: [{ ...uniform([5, 3, 2]), grad: false }, labels],
      run: (x, y) =>
        ops.cat(
          new data.TensorDataset(x!, y!).batch(order).map((t) => t.to("float32").reshape(-1)),
        ),
      ...plain,
    },
  ];
  const calls: Call[] = [
    ...transforms,
    {
      name: "crossEntropy's weight",
      inputs: [uniform([5, 3]), labels, { ...uniform([3], 0.5, 2), grad: false }],
      run: (x, y, weight) => ops.crossEntropy(x!, y!, { weight: weight! }),
      changesInputs: false,
      isAnother: () => false,
    },
    {
      name: "batchNorm in training",
      inputs: [uniform([5, 3]), ...[1, 2].map(() => ({ ...uniform([3], 0.5, 2), grad: false }))],
      run: (x, mean, variance) => {
        const y = ops.batchNorm(x!, mean!, variance!, { training: true });
        return ops.cat([y, noGrad(() => ops.stack([mean!, variance!]))]);
      },
      changesInputs: true,
      isAnother: () => false,
    },
  ];
  const { trials, failures } = tryAll(calls);
  fail(failures, trials);
});

const rules: Record<string, (p: nn.Parameter[]) => optim.SGD | optim.Adam | optim.RMSprop> = {
  SGD: (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  "plain SGD": (p) => new optim.SGD(p, { lr: 0.1 }),
  Adam: (p) => new optim.Adam(p, { lr: 0.1, amsgrad: true }),
  AdamW: (p) => new optim.AdamW(p, { lr: 0.1 }),
  RMSprop: (p) => new optim.RMSprop(p, { lr: 0.1, centered: true, momentum: 0.9 }),
};

Deno.test("optimizers step weights and gradients of every layout alike", () => {
  const input = uniform([2, 3, 4, 5]);
  const values = (seed: number) =>
    tensor(Float32Array.from(elements(input, seed)), { shape: input.shape });
  const all: Record<string, (x: Tensor) => Tensor | null> = { "row-major": (x) => x, ...layouts };
  const after = (rule: keyof typeof rules, weight: string, gradient: string) =>
    scope(() => {
      using p = new nn.Parameter(all[weight]!(values(1))!);
      using optimizer = rules[rule]!([p]);
      for (const seed of [2, 3]) {
        p.grad = all[gradient]!(values(seed))!;
        optimizer.step();
      }
      return Array.from(p.toTypedArray(), Number);
    });
  for (const rule of Object.keys(rules)) {
    const expected = after(rule, "row-major", "row-major");
    for (const weight of Object.keys(all)) {
      for (const gradient of Object.keys(all)) {
        const name = `${rule}: the weight ${weight}, the gradient ${gradient}`;
        assert.deepEqual(after(rule, weight, gradient), expected, name);
      }
    }
  }
});
