/** Every kernel that threads share, on several: the same bits as on one, and PyTorch's numbers. */
import assert from "node:assert/strict";
import {
  full,
  getNumThreads,
  manualSeed,
  nn,
  optim,
  rand,
  randn,
  setNumThreads,
  type Tensor,
} from "../mod.ts";
import { fromTypedArray, tensor } from "../src/tensor/create.ts";
import * as ops from "../src/ops/mod.ts";
import { scope } from "../src/scope/scope.ts";
import { kernels } from "./kernels/cpu.ts";
import { FAMILIES } from "./kernels/families.ts";
import { setMinWork, watchShared } from "../src/wasm/threads.ts";
import { getKernelBuild, setKernelBuild } from "../src/wasm/instance.ts";
import type { Case } from "./cases.ts";
import { threaded } from "./cases/threaded.ts";
import { warpCases, warped, warpTolerance } from "./data/warp_cases.ts";
import large from "./fixtures/large_steps.json" with { type: "json" };
import { compare, type Packed } from "./packed.ts";
import { elements, integers, uniformArray, upstream } from "./prng.ts";
import { forEachRow, inputsOf, row } from "./table.ts";
import { useThreads } from "./threads.ts";

/** Runs with so many threads, all of which have started, and gives the number back. */
async function withThreads<T>(n: number, fn: () => T): Promise<T> {
  const before = getNumThreads();
  try {
    await useThreads(n, 30);
    return fn();
  } finally {
    setNumThreads(before);
  }
}

/** The kernels that are shared while `fn` runs. */
function sharedBy(fn: () => void): Set<string> {
  const heard = new Set<string>();
  watchShared((kernel) => void heard.add(kernel));
  try {
    fn();
  } finally {
    watchShared(null);
  }
  return heard;
}

/** Results as bytes, to be compared bit by bit. */
function bytesOf(results: readonly (Tensor | null)[]): Uint8Array[] {
  return results.filter((t) => t !== null).map((t) => {
    const { buffer, byteOffset, byteLength } = t.toTypedArray();
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  });
}

function assertSameBits(what: string, actual: Uint8Array[], expected: Uint8Array[]): void {
  assert.equal(actual.length, expected.length, what);
  actual.forEach((bytes, i) => {
    const other = expected[i]!;
    assert.equal(bytes.length, other.length, what);
    const at = bytes.findIndex((byte, j) => byte !== other[j]);
    assert(at < 0, `${what}: result ${i} differs from byte ${at} on`);
  });
}

/** The value of a row and the gradients of its inputs. */
function evaluate(c: Case): (Tensor | null)[] {
  const inputs = inputsOf(c);
  const y = c.run(ops, ...inputs);
  if (y.requiresGrad) y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
  return [y, ...inputs.map((input) => input.grad)];
}

function compareRow(c: Case, [y, ...grads]: (Tensor | null)[]): void {
  const expected = row(c);
  compare("the value", y!, expected, c);
  grads.forEach((grad, i) => {
    const packed = expected.grads[i];
    if (packed) compare(`gradient ${i}`, grad!, packed, c);
  });
}

/** Elements: enough for the cheapest kernel. */
const SIZE = large.shape[0]! * large.shape[1]!;

/** Weights after two steps, whose sizes divide into nothing; those of layers have factors as gradients. */
function smallParameters(rule: "SGD" | "Adam" | "RMSprop"): Tensor[] {
  const vectors = Array.from({ length: 60 }, (_, i) => {
    const size = 1000 + 61 * i;
    return new nn.Parameter(tensor(uniformArray(i, size)));
  });
  const layers = Array.from({ length: 5 }, (_, i) => {
    const [rows, columns] = [7 + i, 333];
    return new nn.Parameter(tensor(uniformArray(i, rows * columns), { shape: [rows, columns] }));
  });
  const all = [...layers, ...vectors];
  const optimizer = rule === "Adam"
    ? new optim.Adam(all)
    : new optim[rule](all, { lr: 0.01, momentum: 0.9 });
  for (const seed of [100, 101]) {
    optimizer.zeroGrad();
    vectors.forEach((w, i) => w.grad = tensor(uniformArray(seed + i, w.numel)));
    const x = tensor(uniformArray(seed, 333), { shape: [1, 333] });
    layers.forEach((w) => ops.linear(x, w).sum().backward());
    optimizer.step();
  }
  return all;
}

/** What no op of the table reaches: each a function of which all results are compared. */
const others: Record<string, () => Tensor[]> = {
  ...Object.fromEntries(large.variants.map(({ rule, options, steps }) => [
    `${rule} ${JSON.stringify(options)}`,
    () => {
      const w = new nn.Parameter(tensor(uniformArray(1, SIZE), { shape: large.shape }));
      // deno-lint-ignore no-explicit-any
      const Rule = (optim as any)[rule] as new (p: nn.Parameter[], o: unknown) => { step(): void };
      const optimizer = new Rule([w], options);
      for (const seed of [100, 101]) {
        w.grad = tensor(uniformArray(seed, SIZE), { shape: large.shape });
        optimizer.step();
      }
      compare(rule, w, steps as unknown as Packed, { tolerance: 1e-6 });
      return [w];
    },
  ])),
  ...Object.fromEntries(
    (["SGD", "Adam", "RMSprop"] as const).map((rule) => [
      `${rule} over a list of small parameters`,
      () => smallParameters(rule),
    ]),
  ),
  lerp: () => {
    const [x, y] = [uniformArray(1, SIZE), uniformArray(2, SIZE)];
    const a = tensor(x);
    kernels.lerp([a], [tensor(y)], 0.3);
    const result = Array.from(a.toTypedArray());
    const error = result.reduce((most, v, i) => {
      return Math.max(most, Math.abs(v - (x[i]! + 0.3 * (y[i]! - x[i]!))));
    }, 0);
    assert(error < 2e-7, `lerp is off by ${error}`);
    return [a];
  },
  "gradients clipped by their norm": () => {
    const values = [1, 2, 3, 4].map((seed) => uniformArray(seed, SIZE));
    const list = values.map((x) => {
      const w = new nn.Parameter(full([SIZE], 1));
      w.grad = tensor(x);
      return w;
    });
    const norm = nn.utils.clipGradNorm_(list, 0.5);
    const expected = Math.hypot(...values.map((x) => Math.hypot(...x)));
    assert(Math.abs(norm.item() / expected - 1) < 1e-6, `the norm is ${norm.item()}`);
    for (const [i, x] of values.entries()) {
      const clipped = list[i]!.grad!.toTypedArray();
      const error = x.reduce((most, v, j) => {
        return Math.max(most, Math.abs(v * 0.5 / expected - clipped[j]!));
      }, 0);
      assert(error < 1e-7, `gradient ${i} is off by ${error}`);
    }
    return [norm, ...list.map((w) => w.grad!)];
  },
  dropout: () => {
    const x = uniformArray(1, SIZE);
    manualSeed(5);
    const y = ops.dropout(tensor(x), 0.25, true);
    const kept = Array.from(y.toTypedArray()).filter((v, i) => {
      if (v === 0) return false;
      assert.equal(v, Math.fround(x[i]! * Math.fround(4 / 3)), `element ${i}`);
      return true;
    });
    assert(Math.abs(kept.length / SIZE - 0.75) < 0.01, `${kept.length} of ${SIZE} are kept`);
    return [y];
  },
  fill: () => {
    const bytes = fromTypedArray(new Uint8Array(SIZE), [SIZE]);
    kernels.fill(bytes, 7);
    const floats = full([SIZE], -2.5);
    assert(bytes.toTypedArray().every((v) => v === 7));
    assert(floats.toTypedArray().every((v) => v === -2.5));
    return [bytes, floats];
  },
  random: () => {
    manualSeed(6);
    const made = [rand([SIZE]), randn([SIZE])];
    const means = made.map((t) => t.mean().item());
    assert(Math.abs(means[0]! - 0.5) < 0.01 && Math.abs(means[1]!) < 0.02, `means ${means}`);
    return made;
  },
  scatter: () => {
    const [rows, columns] = [61, Math.ceil(SIZE / 61)];
    const from = uniformArray(7, rows * columns);
    const index = Int32Array.from(elements(integers([rows, columns], 0, 5), 3));
    const most = ops.scatterReduce(
      full([5, columns], -2.5),
      0,
      fromTypedArray(index, [rows, columns]),
      tensor(from, { shape: [rows, columns] }),
      "amax",
    );
    const expected = new Float32Array(5 * columns).fill(-2.5);
    from.forEach((v, i) => {
      const at = index[i]! * columns + i % columns;
      expected[at] = Math.max(expected[at]!, v);
    });
    assert.deepEqual(most.toTypedArray(), expected);
    return [most];
  },
  gatherImages: () => {
    const [n, width, picked] = [61, 331, 337];
    const images = Uint8Array.from(elements(integers([n, width], 0, 256), 1));
    const index = Int32Array.from(elements(integers([picked], 0, n), 2));
    const out = tensor(new Float32Array(picked * width), { shape: [picked, width] });
    kernels.gatherImages(
      fromTypedArray(images, [n, width]),
      fromTypedArray(index, [picked]),
      out,
      255,
    );
    out.toTypedArray().forEach((v, i) => {
      const expected = images[index[Math.floor(i / width)]! * width + i % width]! / 255;
      assert(Math.abs(v - expected) < 1e-7, `element ${i} is ${v}, not ${expected}`);
    });
    return [out];
  },
  formulas: () => {
    manualSeed(9);
    const [x, y] = [randn([100, 1000]), randn([100, 1000])];
    return [ops.sinh(x), ops.atan2(x, y), ops.lerp(x, y, 0.3)];
  },
  convolutionsInOne: () => {
    manualSeed(8);
    const conv = new nn.Conv2d(8, 16, 3), pool = new nn.MaxPool2d(2);
    const passed = (x: Tensor, y: Tensor) => {
      const dy = y.detach().mul(0.5);
      y.backward(dy);
      const made = [y.detach(), x.grad!.clone(), conv.weight.grad!.clone()];
      x.grad = conv.weight.grad = conv.bias!.grad = null;
      return made;
    };
    const together: Tensor[] = [], apart: Tensor[] = [];
    for (const n of [9, 1]) {
      const x = randn([n, 8, 30, 30], { requiresGrad: true });
      together.push(
        ...passed(x, new nn.Sequential(conv, new nn.ReLU()).forward(x)),
        ...passed(x, new nn.Sequential(conv, new nn.ReLU(), pool).forward(x)),
      );
      apart.push(
        ...passed(x, ops.relu(conv.forward(x))),
        ...passed(x, pool.forward(ops.relu(conv.forward(x)))),
      );
    }
    assertSameBits("one after the other", bytesOf(together), bytesOf(apart));
    return together;
  },
  warp: () => {
    const expected = warpCases["[17, 2, 28, 28], 4 points"]!;
    const y = warped(expected);
    compare("the value", y, expected, warpTolerance);
    return [y];
  },
};

for (const build of ["fast", "strict"] as const) {
  Deno.test(`each kernel that threads share gives PyTorch's numbers and the bits of one thread: ${build} build`, async () => {
    const before = getKernelBuild();
    setKernelBuild(build);
    try {
      const alone = new Map<string, Uint8Array[]>();
      await withThreads(1, () => {
        forEachRow((c) => void alone.set(c.name, bytesOf(evaluate(c))), threaded);
      });
      for (const n of [2, 3]) {
        await withThreads(n, () => {
          forEachRow((c) => {
            const results = evaluate(c);
            compareRow(c, results);
            assertSameBits(`${n} threads`, bytesOf(results), alone.get(c.name)!);
          }, threaded);
        });
      }
    } finally {
      setKernelBuild(before);
    }
  });
}

Deno.test("optimizers, dropout, averages and images are the same on several threads", async () => {
  for (const [name, run] of Object.entries(others)) {
    const alone = await withThreads(1, () => scope(() => bytesOf(run())));
    const shared = await withThreads(3, () => scope(() => bytesOf(run())));
    assertSameBits(name, shared, alone);
  }
});

Deno.test("every row of the table, shared however little it is, has PyTorch's numbers and one thread's bits", async () => {
  const alone = new Map<string, Uint8Array[]>();
  await withThreads(1, () => {
    forEachRow((c) => void alone.set(c.name, bytesOf(evaluate(c))));
  });
  await withThreads(3, () => {
    setMinWork(0);
    try {
      forEachRow((c) => {
        const results = evaluate(c);
        compareRow(c, results);
        assertSameBits("3 threads", bytesOf(results), alone.get(c.name)!);
      });
    } finally {
      setMinWork();
    }
  });
});

/** Always too little work: a number a channel, the gradient of one sample, what one thread has to do. */
const LITTLE = [
  "channelGradScale",
  "channelScale",
  "compress",
  "nonzero",
  "outerProduct",
  "sgdOuter",
];

Deno.test("each kernel is shared by a row here, where it has enough work", async () => {
  const run = (rows: readonly Case[]) =>
    sharedBy(() => {
      for (const c of rows) scope(() => void evaluate(c));
      for (const run of Object.values(others)) scope(() => void run());
    });
  await withThreads(3, () => {
    const heard = run(threaded);
    const kernels = FAMILIES.flatMap(({ places }) => Object.keys(places)).sort();
    const missing = kernels.filter((kernel) => !heard.has(kernel));
    assert.deepEqual(missing, LITTLE);
  });
});
