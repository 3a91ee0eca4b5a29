/** The table of op cases on the reference device, against differences, and for what it leaves. */
import assert from "node:assert/strict";
import { tensor } from "../src/tensor/create.ts";
import { type Pair, record } from "../src/autograd/autograd.ts";
import { grad } from "../src/autograd/grad.ts";
import { manualSeed } from "../src/core/random.ts";
import { mayOverlap, numelOf, sameShape } from "../src/core/shape.ts";
import { setDefaultDevice } from "../src/devices.ts";
import * as ops from "../src/ops/mod.ts";
import { memory, scope } from "../src/scope/scope.ts";
import { noGrad, type Tensor } from "../src/tensor/tensor.ts";
import { type Case, cases } from "./cases.ts";
import { compare } from "./packed.ts";
import { elements, unit, upstream } from "./prng.ts";
import { compareGradients, compareValue, forEachRow, inputsOf, row, tensorOf } from "./table.ts";

/** Each row there. It rounds once, in the end: by up to a unit in the last place unlike PyTorch. */
function forEachRowOnReference(check: (c: Case) => void): void {
  setDefaultDevice("reference");
  try {
    forEachRow((c) => check({ ...c, tolerance: c.tolerance || 2 ** -23 }));
  } finally {
    setDefaultDevice("cpu");
  }
}

Deno.test("every row has PyTorch's value on the reference device", () => {
  forEachRowOnReference(compareValue);
});

Deno.test("every row has PyTorch's gradients on the reference device", () => {
  forEachRowOnReference(compareGradients);
});

/** Changes all elements in place; false where that cannot be done. */
function changeInPlace(t: Tensor): boolean {
  if (mayOverlap(t.shape, t.strides)) return false;
  noGrad(() => void (t.dtype === "float32" ? ops.add_(ops.mul_(t, -0.5), 0.375) : ops.fill_(t, 1)));
  return t.numel > 0;
}

/** A view of x's values that is not dense, made by an op. */
function apart(x: Tensor): Tensor {
  const column = ops.unsqueeze(x, -1);
  return ops.select(ops.cat([column, ops.mul(column, 0)], -1), -1, 0);
}

Deno.test("what gradients of gradients need cannot change in place unnoticed, in any layout", () => {
  let noticed = 0;
  const small = cases.filter((c) => c.inputs.every(({ shape }) => numelOf(shape) <= 15));
  forEachRow((c) => {
    const gradients = (which: number | null) => {
      const leaves = inputsOf(c);
      const inputs = leaves.map((x) => x.requiresGrad ? apart(x) : x);
      const y = c.run(ops, ...inputs);
      if (!y.requiresGrad) return null;
      const dy = tensor(upstream(y.numel), { shape: [...y.shape] });
      if (which !== null && !changeInPlace(which < 0 ? y : inputs[which]!)) return null;
      const wanted = leaves.filter((x) => x.requiresGrad);
      const found = grad(y, wanted, { gradOutputs: dy, createGraph: true, allowUnused: true });
      return found.map((dx) => dx === null ? [] : [...dx.toTypedArray()]);
    };
    let expected;
    try {
      expected = gradients(null);
    } catch (error) {
      return assert.match((error as Error).message, /createGraph needs/);
    }
    for (let which = -1; which < c.inputs.length; which++) {
      try {
        const found = gradients(which);
        if (found === null) continue;
        found.flat().forEach((dx, i) => {
          const value = expected!.flat()[i]!;
          const isSame = Object.is(dx, value) ||
            Math.abs(dx - value) <= 1e-4 * (1 + Math.abs(value));
          assert(isSame, `after a change of ${which < 0 ? "the result" : `input ${which}`}`);
        });
      } catch (error) {
        assert.match((error as Error).message, /changed in place/);
        noticed++;
      }
    }
  }, small);
  assert.ok(noticed > 300, `${noticed} changes noticed`);
});

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

/** Inputs of which each is, with its own values, made of the one before, too. */
function tied(inputs: readonly Tensor[]): Tensor[] {
  let before: Tensor | null = null;
  return inputs.map((x) => {
    if (!x.requiresGrad) return x;
    const from = before;
    const pairs: Pair[] = [[x, (dy) => dy]];
    if (from !== null) pairs.push([from, (dy) => ops.expand(ops.sum(dy), from.shape)]);
    return before = record("tied", ops.clone(x), pairs, { saved: [], differentiable: true });
  });
}

/** The first float in the place of all of its shape. */
function united(inputs: readonly Tensor[]): Tensor[] {
  const first = inputs.find((x) => x.requiresGrad);
  return inputs.map((x) => x.requiresGrad && sameShape(x.shape, first!.shape) ? first! : x);
}

Deno.test("a recorded pass has a plain one's gradients, of inputs that are made of each other or are one", () => {
  let compared = 0;
  forEachRow((c) => {
    for (const arrange of [tied, united]) {
      const inputs = inputsOf(c);
      const leaves = inputs.filter((x) => x.requiresGrad);
      if (leaves.length < 2) return;
      const gradients = (createGraph: boolean) => {
        manualSeed(1);
        const y = c.run(ops, ...arrange(inputs));
        const gradOutputs = tensor(upstream(y.numel), { shape: [...y.shape] });
        return grad(y, leaves, { gradOutputs, createGraph, allowUnused: true });
      };
      let plain;
      try {
        plain = gradients(false);
      } catch {
        continue; // the op refuses such values, or has no gradient
      }
      let recorded;
      try {
        recorded = gradients(true);
      } catch (error) {
        return assert.match((error as Error).message, /createGraph needs/);
      }
      recorded.forEach((dx, i) => {
        const [a, b] = [dx, plain[i]].map((x) => x ? [...x.toTypedArray()] : null);
        assert.equal(a === null, b === null, `gradient ${i}`);
        const scale = (b ?? []).filter(Number.isFinite)
          .reduce((most, v) => Math.max(most, Math.abs(v)), 1);
        a?.forEach((v, k) => {
          const isSame = Object.is(v, b![k]) || v === b![k] || Math.abs(v - b![k]!) <= 1e-4 * scale;
          assert(isSame, `${arrange.name} inputs: gradient ${i}[${k}] is ${b![k]}, recorded ${v}`);
        });
      });
      compared++;
    }
  });
  assert(compared > 300, `${compared}`);
});

Deno.test("a gradient that is asked for alone has the bits that it has among all", () => {
  let compared = 0;
  forEachRow((c) => {
    const leaves = inputsOf(c);
    const wanted = leaves.filter((x) => x.requiresGrad);
    if (wanted.length < 2) return;
    for (const createGraph of [false, true]) {
      const gradients = (of: readonly Tensor[]) => {
        manualSeed(1);
        const y = c.run(ops, ...leaves);
        const gradOutputs = tensor(upstream(y.numel), { shape: [...y.shape] });
        return grad(y, of, { gradOutputs, createGraph, allowUnused: true })
          .map((dx) => dx === null ? null : dx.toTypedArray());
      };
      let all;
      try {
        all = gradients(wanted);
      } catch (error) {
        return assert.match((error as Error).message, /createGraph needs|does not depend/);
      }
      const alone = wanted.flatMap((x) => gradients([x]));
      assert.deepEqual(alone, all, createGraph ? "recorded" : "plain");
      compared++;
    }
  });
  assert(compared > 300, `${compared}`);
});

Deno.test("inputs that are detached in place after the op have changed nothing for its gradients", () => {
  let compared = 0;
  forEachRow((c) => {
    const gradients = (change: (x: Tensor) => void) => {
      manualSeed(1);
      const leaves = inputsOf(c);
      const made = leaves.map((x) => x.requiresGrad ? ops.clone(x) : x);
      const y = c.run(ops, ...made);
      if (!y.requiresGrad || made.includes(y)) return null;
      const dy = tensor(upstream(y.numel), { shape: [...y.shape] });
      made.forEach((x, i) => x !== leaves[i] && change(x));
      y.backward(dy);
      return leaves.map((x) => x.grad?.toTypedArray() ?? null);
    };
    const expected = gradients(() => {});
    if (expected === null) return;
    assert.deepEqual(gradients((x) => x.detach_()), expected);
    compared++;
  });
  assert(compared > 500, `${compared}`);
});

Deno.test("a pass leaves what it was given: the result's gradient and inputs outside all scopes", () => {
  for (const c of cases) {
    const inputs = inputsOf(c); // belong to no scope, as all at a module's top level
    const { shape } = row(c);
    const values = upstream(shape.reduce((a, b) => a * b, 1));
    const dy = tensor(values, { shape });
    scope(() => {
      const made = inputs.map((x) => x.requiresGrad ? ops.mul(x, 1) : x); // have nodes
      const y = c.run(ops, ...made);
      if (y.requiresGrad) y.backward(dy);
    });
    assert.deepEqual(dy.toTypedArray(), Float32Array.from(values), c.name);
    for (const x of [...inputs, dy]) {
      x.toTypedArray(); // a ReleasedError if the pass has released it
      x[Symbol.dispose]();
    }
  }
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
