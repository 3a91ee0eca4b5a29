/** The loss of sequences on the GPU. */
import assert from "node:assert/strict";
import { functional as F, type Tensor, tensor } from "../../mod.ts";
import { uniformArray } from "../prng.ts";
import { assertNear, type Values } from "./both.ts";
import { gpuTest } from "./running.ts";

interface Run {
  readonly steps: number;
  readonly classes: number;
  readonly inputs: readonly number[];
  readonly targets: readonly (readonly number[])[];
  readonly blank: number;
  readonly zeroInfinity?: boolean;
}

type Form = "rows" | "one list";

/** The losses of a run, their mean, and the gradient of both. */
async function valuesOn(
  device: "cpu" | "webgpu",
  { steps, classes, inputs, targets, blank, zeroInfinity = false }: Run,
  form: Form,
  areTensors: boolean,
): Promise<Values> {
  const n = inputs.length;
  const scores = tensor(uniformArray(1, steps * n * classes), {
    shape: [steps, n, classes],
    device,
    requiresGrad: true,
  });
  const most = Math.max(...targets.map((list) => list.length));
  const padded = targets.map((list) => [...list, ...new Array(most - list.length).fill(0)]);
  const labels = form === "rows"
    ? tensor(padded.flat(), { shape: [n, most], dtype: "int32", device })
    : tensor(targets.flat(), { dtype: "int32", device });
  const [counts, lengths] = [inputs, targets.map((list) => list.length)].map((list) =>
    areTensors ? tensor([...list], { dtype: "int32", device }) : [...list]
  ) as [Tensor | number[], Tensor | number[]];
  const logProbs = F.logSoftmax(scores.mul(3), 2);
  const run = (reduction: "none" | "mean") =>
    F.ctcLoss(logProbs, labels, counts, lengths, { blank, reduction, zeroInfinity });
  const [each, mean] = [run("none"), run("mean")];
  each.mul(tensor(uniformArray(2, n), { device })).sum().add(mean).backward();
  return await Promise.all([each.data(), mean.data(), scores.grad!.data()]) as Values;
}

const RUNS: readonly Run[] = [
  { steps: 9, classes: 5, inputs: [9, 7, 9], targets: [[1, 2, 2], [4], []], blank: 0 },
  { steps: 6, classes: 4, inputs: [6, 1], targets: [[2, 2, 1, 0], [1]], blank: 3 },
  {
    steps: 4,
    classes: 3,
    inputs: [4, 2, 0, 0],
    targets: [[1, 1, 1], [1, 2, 1], [], [1]],
    blank: 0,
    zeroInfinity: true,
  },
  {
    steps: 40,
    classes: 30,
    inputs: [40, 38],
    targets: [Array.from({ length: 12 }, (_, i) => 1 + i * 7 % 29), [5, 5, 5, 6]],
    blank: 0,
  },
];

gpuTest("losses of sequences on the GPU are those of the CPU, their gradients too", async () => {
  for (const [i, run] of RUNS.entries()) {
    for (const form of ["rows", "one list"] as const) {
      for (const areTensors of [false, true]) {
        const what = `run ${i}, ${form}, ${areTensors ? "tensors" : "lists"}`;
        const expected = await valuesOn("cpu", run, form, false);
        assertNear(what, await valuesOn("webgpu", run, form, areTensors), expected, 2e-5);
      }
    }
  }
});

gpuTest(
  "more states than a group has threads, and samples without an end, are the CPU's",
  async () => {
    const long = Array.from({ length: 150 }, (_, i) => 1 + i * 5 % 7);
    const run = { steps: 320, classes: 8, inputs: [320], targets: [long], blank: 0 };
    const [expected, actual] = await Promise.all([
      valuesOn("cpu", run, "rows", false),
      valuesOn("webgpu", run, "rows", false),
    ]);
    assertNear("long", actual, expected, 2e-4);
    const lost = { steps: 3, classes: 3, inputs: [3, 3], targets: [[1, 1, 1, 1], [1]], blank: 0 };
    const [[each, mean]] = await Promise.all([valuesOn("webgpu", lost, "rows", false)]);
    assert.equal(each![0], Infinity);
    assert.ok(Number.isFinite(each![1]));
    assert.equal(mean![0], Infinity);
  },
);

gpuTest("labels and lengths that the GPU finds wrong are told by the next read", async () => {
  const x = F.logSoftmax(tensor(uniformArray(1, 24), { shape: [4, 2, 3], device: "webgpu" }), 2);
  const on = (list: number[]) => tensor(list, { dtype: "int32", device: "webgpu" });
  await assert.rejects(
    F.ctcLoss(x, on([1, 3]), [4, 4], [1, 1]).data(),
    /^RangeError: ctcLoss: labels must be from 0 to 2: sample 1 has others$/,
  );
  for (
    const [inputs, lengths] of [[[4, 5], [1, 1]], [[4, -1], [1, 1]], [[4, 4], [1, 2]]] as const
  ) {
    await assert.rejects(
      F.ctcLoss(x, on([1, 2]), on([...inputs]), on([...lengths])).data(),
      /^RangeError: ctcLoss: lengths must be .* those of sample 1 are not$/,
    );
  }
  assert.throws(() => F.ctcLoss(x, on([1, 2]), [4, 5], [1, 1]), /of at most 4 steps/);
  assert.throws(() => F.ctcLoss(x, on([1, 2]), on([4]), [1, 1]), /2 lengths of each kind/);
});
