/** What columns become before a network takes them, beside scikit-learn's transforms. */
import assert from "node:assert/strict";
import * as ort from "onnxruntime-web";
import { data, io, manualSeed, nn, noGrad, type Tensor, tensor } from "../../mod.ts";
import fixture from "../fixtures/scikit.json" with { type: "json" };

const { transforms } = fixture;
const { rows } = transforms;

/** A table of which the first rows are learnt from. */
function divided(columns: Record<string, (number | string | null)[]>) {
  const n = Object.values(columns)[0]!.length;
  const set = data.table({ ...columns, y: Array.from({ length: n }, (_, i) => i) }, {
    target: "y",
  });
  const all = Array.from({ length: n }, (_, i) => i);
  return {
    set,
    train: new data.Subset(set, all.slice(0, rows)),
    all: set.batch(Int32Array.from(all))[0],
  };
}

const column = (table: (number | null)[][], j: number) => table.map((row) => row[j]!);

function near(actual: Tensor, expected: number[][], what: string): void {
  const numbers = actual.toArray() as number[][];
  assert.equal(numbers[0]!.length, expected[0]!.length, what);
  numbers.forEach((row, i) =>
    row.forEach((x, j) => {
      // float32 of numbers around 500, whose deviation is 10
      assert.ok(
        Math.abs(x - expected[i]![j]!) < 2e-5,
        `${what} [${i}, ${j}]: ${x}, ${expected[i]![j]}`,
      );
    })
  );
}

const STEPS: [name: string, from: "x" | "gaps", step: data.Step, columns?: number][] = [
  ["standardise", "x", data.standardise()],
  ["minMax", "x", data.minMax()],
  ["minMax from -1 to 1", "x", data.minMax({ from: -1, to: 1 })],
  ["bins quantile", "x", data.bins(4), 2],
  ["bins uniform", "x", data.bins(4, { strategy: "uniform" }), 2],
  ["impute mean", "gaps", data.impute("mean")],
  ["impute median", "gaps", data.impute("median")],
  ["impute mostFrequent", "gaps", data.impute("mostFrequent")],
];

for (const [name, from, step, columns = 3] of STEPS) {
  Deno.test(`${name} gives what scikit-learn's transform gives, fitted to the same rows`, () => {
    const names = ["a", "b", "c"].slice(0, columns);
    const parts = divided(
      Object.fromEntries(names.map((name, j) => [name, column(transforms[from], j)])),
    );
    const encode = data.encoder(parts, { numbers: [step] });
    near(encode.forward(parts.all), transforms[name as "standardise"], name);
  });
}

Deno.test("oneHot gives what scikit-learn's encoder gives: a category nobody learnt from is none", () => {
  const parts = divided({ colour: transforms.colours });
  const encode = data.encoder(parts);
  near(encode.forward(parts.all), transforms.oneHot, "oneHot");
  assert.deepEqual(encode.plan.outputs, ["colour=blue", "colour=green", "colour=red"]);
});

Deno.test("the fit sees no row but those that are learnt from", () => {
  const x = Array.from({ length: 40 }, (_, i) => i < rows ? i % 5 : 1e6);
  const before = divided({ x });
  const after = divided({ x: x.map((v, i) => i < rows ? v : -7) });
  assert.deepEqual(data.encoder(before).plan, data.encoder(after).plan);
});

/** Numbers with gaps, a date, categories with a gap, a column of its own steps. */
function mixed() {
  manualSeed(1);
  const n = 40;
  const of = <T>(make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i));
  const set = data.table({
    size: of((i) => i % 7 === 3 ? null : i * i),
    day: of((i) => new Date(i * 86_400_000)),
    town: of((i) => i % 5 === 0 ? null : ["Oslo", "Rome"][i % 2]!),
    price: of((i) => i * 100),
    kind: of((i) => "ab"[i % 2]!),
  }, { target: "kind" });
  return { set, parts: data.split(set, { test: 5, dev: 5, seed: 1 }) };
}

Deno.test("by default numbers are filled in, standardised and told missing, categories one of several", () => {
  const { set, parts } = mixed();
  const encode = data.encoder(parts, { columns: { price: [data.log(), data.minMax()] } });
  assert.deepEqual(encode.plan.outputs, [
    "size",
    "day",
    "size missing",
    "town=Oslo",
    "town=Rome",
    "price",
  ]);
  assert.equal(encode.outFeatures, 6);
  const out = encode.forward(set.batch(Int32Array.of(0, 3, 7))[0]).toArray() as number[][];
  assert.deepEqual(out.map((row) => row.slice(2, 5)), [[0, 0, 0], [1, 0, 1], [0, 0, 1]]);
  assert.ok(out.flat().every(Number.isFinite));
});

Deno.test("an encoder is made again by its plan as JSON, or by a state dict", () => {
  const { set, parts } = mixed();
  const encode = data.encoder(parts);
  const again = new data.Encoder(JSON.parse(JSON.stringify(encode.plan)));
  const [x] = set.batch(Int32Array.of(1, 2, 3));
  assert.deepEqual(again.forward(x).toArray(), encode.forward(x).toArray());
  const state = encode.stateDict();
  assert.ok([...state.keys()].includes("groups.0.steps.1.scale"));
  again.loadStateDict(state);
  assert.throws(() => encode.forward(tensor([[1, 2]])), /4 features are needed/);
});

Deno.test("what cannot be fitted is refused by name", () => {
  const set = data.table({ a: [null, null, 1], y: [1, 2, 3] }, { target: "y" });
  const train = new data.Subset(set, [0, 1]);
  assert.throws(() => data.encoder({ train }), /encoder: a has no value in what is learnt from/);
  assert.throws(
    () => data.encoder({ train: new data.TensorDataset(tensor([[1]]), tensor([1])) }),
    /parts of a table/,
  );
  assert.throws(() => data.encoder({ train }, { columns: { b: [] } }), /no feature b: there are a/);
});

Deno.test("a network with its encoder is an ONNX file that takes raw rows", async () => {
  const { set, parts } = mixed();
  const encode = data.encoder(parts, {
    columns: { price: [data.bins(3)], size: [data.impute(), data.log()] },
  });
  const model = new nn.Sequential(encode, new nn.Linear(encode.outFeatures, 2));
  const [x] = set.batch(Int32Array.from({ length: 40 }, (_, i) => i));
  const bytes = io.exportOnnx(model, x);
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(bytes);
  const { output } = await session.run({
    input: new ort.Tensor("float32", x.toTypedArray() as Float32Array, x.shape),
  });
  const expected = noGrad(() => model.forward(x)).toTypedArray();
  (output!.data as Float32Array).forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) < 1e-5)
  );
  await session.release();
});
