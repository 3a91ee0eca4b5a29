/** Changes in place between forward and backward. */
import assert from "node:assert/strict";
import { GradientError, noGrad, scope, steps, type Tensor, tensor } from "../mod.ts";

function leaf(values: number[]): Tensor {
  return tensor(values, { requiresGrad: true });
}

/** A test whose tensors all go at its end. */
function test(name: string, fn: () => void): void {
  Deno.test(name, () => scope(fn));
}

test("a saved value changed in place is noticed", () => {
  const w = leaf([1, 2]);
  const y = w.exp().mul(w).sum();
  noGrad(() => w.mul_(2));
  assert.throws(() => y.backward(), {
    name: "GradientError",
    message: "backward: a value that the gradient of mul needs was changed in place (1 times " +
      "since): change it after backward()",
  });
  assert.equal(w.grad, null);
});

test("a change through a view is noticed, and each kind of change", () => {
  const changes: ((x: Tensor) => void)[] = [
    (x) => x.add_(1),
    (x) => x.sub_(1),
    (x) => x.mul_(2),
    (x) => x.copy_(tensor([1, 1])),
    (x) => x.fill_(1),
    (x) => x.zero_(),
    (x) => x.narrow(0, 1, 1).fill_(1),
    (x) => x.detach().reshape(2, 1).zero_(),
  ];
  for (const change of changes) {
    const w = leaf([1, 2]);
    const y = w.mul(w).sum();
    noGrad(() => change(w));
    assert.throws(() => y.backward(), /changed in place/, String(change));
  }
});

test("an operand that requires no gradient is watched where another's gradient reads it", () => {
  for (const name of ["mul", "div", "maximum", "minimum", "pow"] as const) {
    const [w, b] = [leaf([1, 2]), tensor([3, 4])];
    const y = w[name](b).sum();
    b.fill_(5);
    const message = new RegExp(`gradient of ${name} needs was changed in place`);
    assert.throws(() => y.backward(), { message });
  }
});

test("a change is not minded where the gradient reads no values", () => {
  const w = leaf([1, 2]);
  const y = w.add(1).sub(w.neg().narrow(0, 0, 1)).reshape(2, 1).mean();
  noGrad(() => w.zero_());
  y.backward();
  assert.deepEqual(w.grad?.toArray(), [1.5, 0.5]);
});

test("a change after backward is what optimizers do", () => {
  const w = leaf([1, 2]);
  for (const _i of steps(3)) {
    w.zeroGrad();
    w.mul(w).sum().backward();
    noGrad(() => w.sub_(w.grad!.mul(0.5)));
  }
  assert.deepEqual(w.toArray(), [0, 0]);
});

test("what requires a gradient is changed in place only inside noGrad", () => {
  const w = leaf([1, 2]);
  assert.throws(() => w.add_(1), {
    name: "GradientError",
    message: "add_: what requires a gradient can be changed in place only inside noGrad: add_ is " +
      "not recorded: add(…) gives a changed copy with its gradient",
  });
  assert.throws(() => w.indexPut_([0], 1), {
    message: /indexPut\(…\), maskedFill\(…\) or cat of the parts gives a changed copy/,
  });
  assert.deepEqual(w.indexPut([0], 5).mul(w).toArray(), [5, 4]);
  assert.throws(() => tensor([0, 0]).copy_(w), GradientError);
  noGrad(() => w.add_(1));
  assert.deepEqual(w.toArray(), [2, 3]);
});

test("an operand that overlaps what is changed counts as it was before", () => {
  const n = 41; // several vectors of four and a rest
  const values = Float32Array.from({ length: n }, (_, i) => i * i % 17);
  for (const by of [1, 2, 4, 7]) {
    const [forth, back] = [tensor(values), tensor(values)];
    forth.narrow(0, by, n - by).add_(forth.narrow(0, 0, n - by));
    back.narrow(0, 0, n - by).sub_(back.narrow(0, by, n - by));
    const added = Array.from(values, (x, i) => i < by ? x : x + values[i - by]!);
    const taken = Array.from(values, (x, i) => i + by >= n ? x : x - values[i + by]!);
    assert.deepEqual([forth.toArray(), back.toArray()], [added, taken], `moved by ${by}`);
    const copied = tensor(values);
    copied.narrow(0, by, n - by).copy_(copied.narrow(0, 0, n - by));
    const moved = Array.from(values, (x, i) => i < by ? x : values[i - by]!);
    assert.deepEqual(copied.toArray(), moved, `copied by ${by}`);
  }
});

test("what is expanded cannot be changed in place, however little it repeats", () => {
  for (const n of [2, 3, 8]) {
    const x = tensor([1]).expand(n);
    for (const change of [() => x.add_(1), () => x.fill_(2), () => x.copy_(tensor([3]))]) {
      assert.throws(change, /an expanded tensor repeats its elements/, `${n} of one`);
    }
  }
  assert.deepEqual(tensor([1]).expand(1).add_(1).toArray(), [2]);
});

test("what gives fractions is refused in place of integers", () => {
  for (const name of ["hypot_", "atan2_", "xlogy_"] as const) {
    assert.throws(() => tensor([1, 2])[name](2), {
      name: "DTypeError",
      message: `${name}: the result is float32, which int32 does not hold`,
    });
  }
});
