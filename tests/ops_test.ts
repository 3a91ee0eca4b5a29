/** The table of op cases against PyTorch, in each build of the kernels. */
import assert from "node:assert/strict";
import { tensor } from "../src/tensor/create.ts";
import type { KernelBuild } from "../src/wasm/builds.ts";
import { getKernelBuild, setKernelBuild } from "../src/wasm/instance.ts";
import * as ops from "../src/ops/mod.ts";
import { scope } from "../src/scope/scope.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { type Case, cases, type Ops } from "./cases.ts";
import { compare } from "./packed.ts";
import { count, elements, type Input, upstream } from "./prng.ts";
import { compareGradients, compareValue, forEachRow, inputsOf, row, rows } from "./table.ts";

Deno.test("the fixture holds exactly the rows of the table", () => {
  assert.deepEqual(Object.keys(rows), cases.map((c) => c.name));
});

Deno.test("every op has a row", () => {
  const used = new Set<string>();
  const watched = new Proxy({ ...ops }, {
    get(target, name: keyof Ops) {
      used.add(name);
      return target[name];
    },
  });
  for (const c of cases) {
    try {
      scope(() => void c.run(watched, ...inputsOf(c)));
    } catch {
      // a call that fails is a call; other tests tell of the failure
    }
  }
  assert.deepEqual(Object.keys(ops).filter((name) => !used.has(name)), []);
});

type Check = (c: Case) => void;

const places: Record<string, (check: Check) => void> = {
  "in the fast build": (check) => withBuild("fast", () => forEachRow(check)),
  "in the strict build": (check) => withBuild("strict", () => forEachRow(check)),
  "in the wide build": (check) => withBuild("wide", () => forEachRow(check)),
};

for (const [place, forEachRowThere] of Object.entries(places)) {
  Deno.test(`every row has PyTorch's value ${place}`, () => {
    forEachRowThere(compareValue);
  });

  Deno.test(`every row has PyTorch's gradients ${place}`, () => {
    forEachRowThere(compareGradients);
  });
}

function withBuild(build: KernelBuild, check: () => void): void {
  const before = getKernelBuild();
  setKernelBuild(build);
  try {
    check();
  } finally {
    setKernelBuild(before);
  }
}

/** The same elements amid a larger tensor, of which what lies around them is NaN or 77. */
function amid(
  input: Input,
  list: ArrayLike<number>,
): { base: Tensor; view: (t: Tensor) => Tensor } {
  const { shape, dtype } = input;
  const wide = shape.length === 0 ? [3] : shape.map((n) => n + 2);
  const around = new Float32Array(count(wide)).fill(dtype === "float32" ? NaN : 77);
  const view = (t: Tensor) => {
    const part = wide.reduce((t, n, dim) => ops.narrow(t, dim, 1, n - 2), t);
    return shape.length === 0 ? ops.reshape(part, []) : part;
  };
  const base = tensor(around, { shape: wide, dtype });
  ops.copy_(view(base), tensor(Float32Array.from(list), { shape, dtype }));
  base.requiresGrad = input.grad;
  return { base, view };
}

Deno.test("every row has PyTorch's values and gradients where its inputs are parts of larger tensors", () => {
  forEachRow((c) => {
    const parts = c.inputs.map((input, i) => amid(input, elements(input, i + 1)));
    const y = c.run(ops, ...parts.map(({ base, view }) => view(base)));
    compare("the value", y, row(c), c);
    if (!y.requiresGrad) return;
    y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
    parts.forEach(({ base, view }, i) => {
      const expected = row(c).grads[i];
      if (!expected) return;
      compare(`gradient ${i}`, view(base.grad!), expected, c);
      const sum = (t: Tensor) => Array.from(t.toTypedArray(), Math.abs).reduce((a, b) => a + b, 0);
      assert.equal(sum(base.grad!), sum(view(base.grad!)), `gradient ${i} beyond the part`);
    });
  });
});
