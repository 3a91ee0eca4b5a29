/** Masks, bags and counts on the GPU: what hangs on values that the host does not see. */
import assert from "node:assert/strict";
import { functional as F, type IndexItem, ones, slice, type Tensor, tensor } from "../../mod.ts";
import { uniformArray } from "../prng.ts";
import { assertNear, type Values } from "./both.ts";
import { gpuTest } from "./running.ts";

type On = "cpu" | "webgpu";

/** Which of 12 are true, and how many that is. */
const BITS = [1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0];
const COUNT = BITS.filter(Boolean).length;

function maskOn(device: On, shape: readonly number[]): Tensor {
  return tensor(BITS.slice(0, shape.reduce((a, b) => a * b, 1)), { shape, dtype: "bool", device });
}

/** Indices with a mask among them, of tensors that have 24 elements, and shapes of values for them. */
const PUTS: readonly [
  name: string,
  shape: readonly number[],
  mask: readonly number[],
  items: (mask: Tensor) => IndexItem[],
  values: readonly (readonly number[] | number)[],
][] = [
  ["x[m]", [3, 4, 2], [3, 4], (m) => [m], [5, [], [2], [1, 2], [COUNT, 2], [COUNT, 1]]],
  ["x[m] of rows", [12, 2], [12], (m) => [m], [5, [2], [COUNT, 2]]],
  ["x[:, m]", [2, 3, 4], [3, 4], (m) => [slice(), m], [5, [1], [COUNT], [2, COUNT], [2, 1]]],
  ["x[1, m]", [2, 3, 4], [3, 4], (m) => [1, m], [5, [COUNT]]],
  ["x[..., m]", [2, 3, 4], [3, 4], (m) => ["...", m], [5, [COUNT], [2, 1]]],
  ["x[None, m]", [3, 4, 2], [3, 4], (m) => [null, m], [5, [1, 1, 1, 2], [1, COUNT, 1]]],
  ["x[m, 1]", [3, 4, 2], [3, 4], (m) => [m, 1], [5, [COUNT]]],
  ["x[m, ::2]", [3, 2, 4], [3, 2], (m) => [m, slice(null, null, 2)], [5, [2], [3, 2]]],
  ["x[true]", [24], [], (m) => [m], [5, [24], [1, 24]]],
];

/** What a put makes of x, in a copy and in place, and the gradients of x and of the value. */
async function putOn(
  device: On,
  [, shape, mask, items]: (typeof PUTS)[number],
  of: readonly number[] | number,
  accumulate: boolean,
): Promise<Values> {
  const x = tensor(uniformArray(1, 24), { shape, device, requiresGrad: true });
  const m = maskOn(device, mask);
  const n = typeof of === "number" ? 0 : of.reduce((a, b) => a * b, 1);
  const value = typeof of === "number"
    ? of
    : tensor(uniformArray(2, n), { shape: of, device, requiresGrad: true });
  const y = x.indexPut(items(m), value, { accumulate });
  y.square().sum().backward();
  const inPlace = x.detach().clone();
  inPlace.indexPut_(items(m), typeof value === "number" ? value : value.detach(), { accumulate });
  const all = [y, x.grad!, inPlace, ...(typeof value === "number" ? [] : [value.grad!])];
  return await Promise.all(all.map((x) => x.data())) as Values;
}

gpuTest("what is put by a mask on the GPU is what the CPU puts, its gradients too", async () => {
  for (const put of PUTS) {
    for (const value of put[4]) {
      for (const accumulate of [false, true]) {
        const what = `${put[0]} = ${JSON.stringify(value)}, accumulate ${accumulate}`;
        const expected = await putOn("cpu", put, value, accumulate);
        assertNear(what, await putOn("webgpu", put, value, accumulate), expected, 1e-6);
      }
    }
  }
});

gpuTest("a put of more or fewer values than are true is told by the next read", async () => {
  for (const count of [COUNT - 1, COUNT + 1]) {
    const x = ones([12], { device: "webgpu" });
    x.indexPut_([maskOn("webgpu", [12])], ones([count], { device: "webgpu" }));
    await assert.rejects(
      x.data(),
      new RegExp(`^ShapeError: indexPut_: .* a tensor of bools \\[12\\]: they are not ${count}$`),
    );
  }
});

gpuTest("what picks may be on the CPU where what is picked of is on the GPU", async () => {
  const mask = maskOn("cpu", [3, 4]);
  const at = tensor([2, 0, -1], { dtype: "int32" });
  const picks: [string, (x: Tensor) => Tensor][] = [
    ["a mask", (x) => x.index([mask])],
    ["a mask and a slice", (x) => x.index([slice(1), maskOn("cpu", [4])])],
    ["positions", (x) => x.index([at])],
    ["positions of two dimensions", (x) => x.index([at, tensor([1, 3, 0], { dtype: "int32" })])],
    ["a position", (x) => x.index([tensor(1, { dtype: "int32" })])],
    ["maskedSelect", (x) => x.maskedSelect(mask)],
    ["repeats", (x) => x.repeatInterleave(tensor([2, 0, 3], { dtype: "int32" }), 0)],
    ["a put", (x) => x.indexPut([mask], 3)],
  ];
  for (const [what, pick] of picks) {
    const on = async (device: On): Promise<Values> => {
      const x = tensor(uniformArray(3, 12), { shape: [3, 4], device, requiresGrad: true });
      const y = pick(x);
      assert.equal(y.device, device);
      y.square().sum().backward();
      return await Promise.all([y.data(), x.grad!.data()]) as Values;
    };
    assertNear(what, await on("webgpu"), await on("cpu"), 1e-6);
  }
  assert.throws(() => ones([3]).index([at.to("webgpu")]), /must be on one device/);
});

/** How each op that needs values at once is called, and the names that its message speaks of. */
const NEEDS_VALUES: Readonly<Record<string, (names: Record<string, Tensor>) => unknown>> = {
  nonzero: ({ x }) => x!.nonzero(),
  argwhere: ({ x }) => x!.argwhere(),
  unique: ({ x }) => x!.unique(),
  uniqueConsecutive: ({ x }) => x!.uniqueConsecutive(),
  bincount: ({ x }) => x!.bincount(),
  maskedSelect: ({ x, mask }) => x!.maskedSelect(mask!),
  index: ({ x, mask }) => x!.index([mask!]),
  repeatInterleave: ({ x, repeats }) => x!.repeatInterleave(repeats!, 0),
  equal: ({ a, b }) => a!.equal(b!),
  allclose: ({ a, b }) => a!.allclose(b!),
};

gpuTest("who writes what a refusal says to write has what the CPU gives", async () => {
  const values = {
    x: [3, 0, 3, 1],
    a: [1, 2],
    b: [1, 2],
    mask: [1, 0, 1, 1],
    repeats: [2, 0, 1, 1],
  };
  for (const [op, call] of Object.entries(NEEDS_VALUES)) {
    const on = (device: On) =>
      Object.fromEntries(
        Object.entries(values).map(([name, list]) => {
          const dtype = name === "mask" ? "bool" : "int32";
          return [name, tensor(list, { dtype, device })];
        }),
      );
    const names = on("webgpu");
    let message = "";
    try {
      call(names);
    } catch (error) {
      message = (error as Error).message;
    }
    const [, code] = /: write (.*)$/.exec(message) ?? [];
    assert.ok(message.startsWith(`${op}: `) && code !== undefined, `${op}: ${message}`);
    const known = { ...names, dim: 0 };
    const run = Function(...Object.keys(known), `return (async () => ${code})()`);
    const found = await run(...Object.values(known));
    const plain = async (x: unknown) =>
      typeof x === "boolean" ? x : Array.from(await (x as Tensor).data(), Number);
    assert.deepEqual(await plain(found), await plain(call(on("cpu"))), op);
  }
});

gpuTest(
  "bincount of a given length counts on the GPU, and tells of what is beyond it",
  async () => {
    const list = [4, 0, 4, 1, 2, 2, 2];
    const weights = uniformArray(4, list.length);
    const on = async (device: On): Promise<Values> => {
      const x = tensor(list, { dtype: "int32", device });
      const w = tensor(weights, { device });
      const both = [x.bincount({ minlength: 6 }), x.bincount({ minlength: 6, weights: w })];
      assert.deepEqual(both.map(({ dtype }) => dtype), ["int32", "float32"]);
      return await Promise.all(both.map((x) => x.data())) as Values;
    };
    assertNear("bincount", await on("webgpu"), await on("cpu"), 1e-6);
    for (const bad of [6, -1]) {
      const x = tensor([0, bad], { dtype: "int32", device: "webgpu" });
      await assert.rejects(
        x.bincount({ minlength: 6 }).data(),
        new RegExp(`bincount: .* from 0 to 5, below minlength: the one at position 1 is ${bad}$`),
      );
    }
  },
);

gpuTest("bags whose offsets or padding only the GPU sees are those of the CPU", async () => {
  for (const mode of ["sum", "mean", "max"] as const) {
    for (const paddingIdx of [null, 1, -1]) {
      for (const isMatrix of [false, true]) {
        for (const includeLastOffset of isMatrix ? [false] : [false, true]) {
          const on = async (device: On): Promise<Values> => {
            const list = [0, 1, 4, 1, 1, 3, 2, 4, 0, 0, 1, 2];
            const shape = isMatrix ? [4, 3] : [12];
            const indices = tensor(list, { shape, dtype: "int32", device });
            const weight = tensor(uniformArray(5, 15), {
              shape: [5, 3],
              device,
              requiresGrad: true,
            });
            const offsets = isMatrix
              ? null
              : tensor([0, 2, 2, 3, 5, 11], { dtype: "int32", device });
            const perSampleWeights = mode === "sum"
              ? tensor(uniformArray(6, 12), { shape, device, requiresGrad: true })
              : null;
            const options = { mode, paddingIdx, includeLastOffset, offsets, perSampleWeights };
            const y = F.embeddingBag(indices, weight, options);
            y.square().sum().backward();
            const all = [y, weight.grad!, ...perSampleWeights ? [perSampleWeights.grad!] : []];
            return await Promise.all(all.map((x) => x.data())) as Values;
          };
          const what = `${mode}, padding ${paddingIdx}, matrix ${isMatrix}, ${includeLastOffset}`;
          assertNear(what, await on("webgpu"), await on("cpu"), 1e-6);
        }
      }
    }
  }
});
