/** The table of op cases, run: against PyTorch, against differences, and for what it leaves. */
import assert from "node:assert/strict";
import { tensor } from "../src/tensor/create.ts";
import type { KernelBuild } from "../src/wasm/builds.ts";
import { getKernelBuild, setKernelBuild } from "../src/wasm/instance.ts";
import { setDefaultDevice } from "../src/devices.ts";
import * as ops from "../src/ops/mod.ts";
import { memory, scope } from "../src/scope/scope.ts";
import { noGrad, type Tensor } from "../src/tensor/tensor.ts";
import { type Case, cases, type Ops } from "./cases.ts";
import { compare } from "./packed.ts";
import { count, elements, type Input, unit, upstream } from "./prng.ts";
import { forEachRow, inputsOf, row, rows, tensorOf } from "./table.ts";

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
  // it rounds once, in the end: by up to a unit in the last place that differs from PyTorch's bits
  "on the reference device": (check) =>
    onReference(() => forEachRow((c) => check({ ...c, tolerance: c.tolerance || 2 ** -23 }))),
};

for (const [place, forEachRowThere] of Object.entries(places)) {
  Deno.test(`every row has PyTorch's value ${place}`, () => {
    forEachRowThere((c) => compare("the value", c.run(ops, ...inputsOf(c)), row(c), c));
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

function onReference(check: () => void): void {
  setDefaultDevice("reference");
  try {
    check();
  } finally {
    setDefaultDevice("cpu");
  }
}

function compareGradients(c: Case): void {
  const inputs = inputsOf(c);
  const y = c.run(ops, ...inputs);
  const { grads } = row(c);
  assert.equal(y.requiresGrad, grads.some((g) => g !== null), "requiresGrad");
  if (!y.requiresGrad) return;
  y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
  inputs.forEach((input, i) => {
    const expected = grads[i];
    if (!expected) return assert.equal(input.grad, null, `input ${i} has a gradient`);
    assert(input.grad, `input ${i} has no gradient`);
    compare(`gradient ${i}`, input.grad, expected, c);
  });
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

/** Changes all elements in place; false where that cannot be done. */
function changeInPlace(t: Tensor): boolean {
  if (t.shape.some((n, dim) => n > 1 && t.strides[dim] === 0)) return false; // expanded
  noGrad(() => void (t.dtype === "float32" ? ops.add_(ops.mul_(t, -0.5), 0.375) : ops.fill_(t, 1)));
  return t.numel > 0;
}

Deno.test("what a gradient needs of the inputs and the result cannot change in place unnoticed", () => {
  let noticed = 0;
  forEachRow((c) => {
    for (let which = -1; which < c.inputs.length; which++) { // -1: the result
      const inputs = inputsOf(c);
      const y = c.run(ops, ...inputs);
      const dy = tensor(upstream(y.numel), { shape: [...y.shape] });
      if (!y.requiresGrad || !changeInPlace(which < 0 ? y : inputs[which]!)) continue;
      try {
        y.backward(dy);
      } catch (error) {
        assert.match((error as Error).message, /changed in place/);
        noticed++;
        continue;
      }
      inputs.forEach((input, i) => {
        const expected = row(c).grads[i];
        const what = `gradient ${i} after a change of ${
          which < 0 ? "the result" : `input ${which}`
        }`;
        if (expected) compare(what, input.grad!, expected, c);
      });
    }
  });
  assert(noticed > 500, `${noticed}`);
});

/** Σ y · upstream, in float64. */
function project(y: Tensor): number {
  const weights = upstream(y.numel);
  let sum = 0;
  y.toTypedArray().forEach((v: number, i: number) => sum += v * weights[i]!);
  return sum;
}

/**
 * Compares gradients with central differences along one random direction for each input: all
 * elements take part at the cost of two evaluations.
 */
function checkGradients(c: Case, run: Case["run"] = c.run): void {
  const h = 1 / 128;
  const inputs = inputsOf(c);
  const y = run(ops, ...inputs);
  if (!y.requiresGrad) return;
  y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
  c.inputs.forEach((input, i) => {
    if (!input.grad) return;
    const start = elements(input, i + 1);
    const moved = (step: number) =>
      Float32Array.from(start, (x, j) => x + step * (2 * unit(50, j) - 1));
    const [left, right] = [moved(-h), moved(h)];
    const at = (list: Float32Array) => {
      return project(run(ops, ...inputs.with(i, tensorOf(input, list))));
    };
    const difference = at(right) - at(left);
    const grad = inputs[i]!.grad!.toTypedArray();
    let expected = 0;
    let scale = 4 * h * h;
    left.forEach((x, j) => {
      const part = (right[j]! - x) * Number(grad[j]); // the step as float32 rounded it
      expected += part;
      scale += part ** 2;
    });
    const error = Math.abs(difference - expected) / Math.sqrt(scale);
    assert(error < 2e-3, `moving input ${i} gives ${difference}: its gradient says ${expected}`);
  });
}

Deno.test("gradients of smooth rows agree with differences", () => {
  forEachRow((c) => checkGradients(c), cases.filter((c) => c.smooth));
});

Deno.test("a wrong gradient does not agree with differences", () => {
  const c = cases.find((c) => c.torch === "a.exp()" && c.smooth)!;
  const wrong: Case["run"] = (f, a) => f.mul(f.exp(a!), f.exp(a!.detach()));
  assert.throws(() => scope(() => checkGradients(c, wrong)), /its gradient says/);
});

Deno.test("backward leaves one gradient for each leaf and nothing else", () => {
  forEachRow((c) => {
    const inputs = inputsOf(c);
    const y = c.run(ops, ...inputs);
    if (!y.requiresGrad) return;
    const dy = tensor(upstream(y.numel), { shape: [...y.shape] });
    const before = memory().tensors;
    y.backward(dy);
    const leaves = inputs.filter((input) => input.grad !== null).length;
    assert.equal(memory().tensors - before, leaves);
  });
});

Deno.test("no row leaves anything behind its scope", () => {
  const before = memory();
  forEachRow((c) => {
    const y = c.run(ops, ...inputsOf(c));
    if (y.requiresGrad) y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
  });
  const after = memory();
  assert.deepEqual([after.liveBytes, after.tensors], [before.liveBytes, before.tensors]);
});
