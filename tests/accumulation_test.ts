/** Gradients of values that are used more than once, in every pair of memory layouts. */
import assert from "node:assert/strict";
import { memory, nn, scope, type Tensor, tensor } from "../mod.ts";
import { record } from "../src/autograd/autograd.ts";
import { allocOn, type Buffer, viewOf } from "../src/device/buffer.ts";
import { cpu, kernels } from "../src/wasm/kernels.ts";

/** Whole numbers, so that sums are exact. */
function numbers(n: number, step: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => (i * step) % 17 - 8);
}

/** All orders of the dimensions 0 … n − 1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, i) => [...order.slice(0, i), n - 1, ...order.slice(i)])
  );
}

/** The layouts that a gradient may come in: dense in each order, expanded, with gaps. */
interface Layout {
  name: string;
  make: (values: Float32Array, shape: readonly number[]) => Buffer;
}

function strided(values: Float32Array, shape: readonly number[], order: readonly number[]): Buffer {
  const inMemory = allocOn(cpu, order.map((d) => shape[d]!));
  const view = viewOf(
    inMemory,
    shape,
    shape.map((_, d) => inMemory.strides[order.indexOf(d)]!),
  );
  kernels.copy(tensor(values, { shape: [...shape] }), view);
  return view;
}

function layoutsOf(ndim: number): Layout[] {
  const dense = orders(ndim).map((order): Layout => ({
    name: `dense in the order ${order}`,
    make: (values, shape) => strided(values, shape, order),
  }));
  const withGaps: Layout = {
    name: "with gaps",
    make: (values, shape) => {
      const wide = allocOn(cpu, [...shape, 2]);
      const view = viewOf(wide, shape, wide.strides.slice(0, -1));
      kernels.copy(tensor(values, { shape: [...shape] }), view);
      return view;
    },
  };
  const expanded: Layout = {
    name: "expanded",
    make: (values, shape) => {
      const one = allocOn(cpu, []);
      kernels.fill(one, values[0]!);
      values.fill(values[0]!);
      return viewOf(one, shape, shape.map(() => 0));
    },
  };
  return [...dense, withGaps, expanded];
}

/** An op of x alone whose gradients are given. */
function op(x: Tensor, gradients: (() => Buffer)[]): Tensor {
  const out = allocOn(cpu, []);
  kernels.fill(out, 0);
  return record(
    "op",
    out,
    gradients.map((make) => [x, () => record("op", make(), [])] as const),
    { saved: [] },
  );
}

for (const shape of [[2, 3], [3, 2, 4], [2, 1, 3], [2, 3, 2, 2]]) {
  const layouts = layoutsOf(shape.length);
  Deno.test(`gradients of [${shape}] add up in each of ${layouts.length}² pairs of layouts`, () => {
    const n = shape.reduce((a, b) => a * b, 1);
    for (const where of ["leaf", "intermediate"] as const) {
      for (const a of layouts) {
        for (const b of layouts) {
          scope(() => {
            const leaf = tensor(numbers(n, 1), { shape, requiresGrad: true });
            const x = where === "leaf" ? leaf : leaf.mul(1);
            const [u, v, w] = [numbers(n, 3), numbers(n, 5), numbers(n, 7)];
            const uses = [
              op(x, [() => a.make(u, shape)]),
              op(x, [() => b.make(v, shape), () => a.make(w, shape)]),
            ];
            uses[0]!.add(uses[1]!).backward();
            const expected = Array.from(u, (_, i) => u[i]! + v[i]! + w[i]!);
            const name = `${where}: ${a.name}, then ${b.name}`;
            assert.deepEqual([...leaf.grad!.toTypedArray()], expected, name);
          });
        }
      }
    }
  });
}

Deno.test("a gradient that shared work returned is not changed by what is added to it", () => {
  scope(() => {
    const [p, q] = [tensor([1, 1], { requiresGrad: true }), tensor([1, 1], { requiresGrad: true })];
    const [a, b] = [p.mul(1), q.mul(1)];
    const make = (value: number) => {
      const out = allocOn(cpu, [2]);
      kernels.fill(out, value);
      return record("op", out, []);
    };
    const y = record<Tensor>("op", make(0), [[a, (_, s) => s], [a, () => make(10)], [
      b,
      (_, s) => s,
    ]], { shared: () => make(2), saved: [] });
    y.backward(tensor([1, 1]));
    assert.deepEqual(p.grad!.toArray(), [12, 12]);
    assert.deepEqual(q.grad!.toArray(), [2, 2]);
  });
});

Deno.test("a gradient that a function keeps and returns again is right each time", () => {
  scope(() => {
    const leaves = [1, 2].map((v) => tensor([v, v], { requiresGrad: true }));
    const [a, b] = leaves.map((leaf) => leaf.mul(1)) as [Tensor, Tensor];
    const make = (value: number) => {
      const out = allocOn(cpu, [2]);
      kernels.fill(out, value);
      return record("op", out, []);
    };
    let kept: Tensor | null = null;
    const again = () => kept ??= make(2);
    const y = record("op", make(0), [[a, again], [a, () => make(10)], [b, again]], { saved: [] });
    y.backward(tensor([1, 1]));
    assert.deepEqual(leaves[0]!.grad!.toArray(), [12, 12]);
    assert.deepEqual(leaves[1]!.grad!.toArray(), [2, 2]);
  });
});

Deno.test("what is said of an input after an op changes nothing of the op's gradients", () => {
  scope(() => {
    const w = tensor([2, 3], { requiresGrad: true });
    const c = tensor([5, 7], { dtype: "float32" });
    const y = w.mul(c);
    c.requiresGrad = true;
    y.sum().backward();
    assert.deepEqual(w.grad!.toArray(), [5, 7]);
    assert.equal(c.grad, null);
  });
});

Deno.test("a leaf that no longer requires a gradient when backward runs gets none", () => {
  scope(() => {
    const [v, w] = [tensor([2, 3], { requiresGrad: true }), tensor([5, 7], { requiresGrad: true })];
    const y = v.mul(w);
    w.requiresGrad = false;
    y.sum().backward();
    assert.deepEqual(v.grad!.toArray(), [5, 7]);
    assert.equal(w.grad, null);
  });
});

Deno.test("accumulating in any layouts leaves nothing behind", () => {
  const before = memory().tensors;
  scope(() => {
    const x = tensor(numbers(24, 1), { shape: [2, 3, 4], requiresGrad: true });
    const h = x.mul(2);
    const conv = new nn.Conv2d(3, 8, 3, { padding: 1 });
    const image = h.permute(1, 0, 2).unsqueeze(0);
    const y = conv.forward(image).sum().add(h.transpose(0, 2).mul(h.transpose(0, 2)).sum());
    y.add(h.sum([0, 2]).sum()).backward();
    for (const p of [...conv.parameters()]) p[Symbol.dispose]();
  });
  assert.equal(memory().tensors, before);
});
