/** Changes in place between forward and backward. */
import assert from "node:assert/strict";
import {
  cat,
  checkpoint,
  functional,
  grad,
  noGrad,
  slice,
  steps,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import { leaf, test } from "./scoped.ts";

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

test("a recorded change of a saved value is noticed, and counted once", () => {
  const changes: ((x: Tensor) => void)[] = [
    (x) => x.add_(1),
    (x) => x.sin_(),
    (x) => x.sigmoid_(),
    (x) => x.maskedFill_(tensor([true, false]), 0),
    (x) => x.indexPut_([0], 1),
  ];
  for (const change of changes) {
    const y = leaf([1, 2]).exp();
    change(y);
    assert.throws(() => y.sum().backward(), /gradient of exp .* \(1 times since\)/, `${change}`);
  }
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

test("a leaf that requires a gradient is changed in place only inside noGrad", () => {
  const w = leaf([1, 2]);
  assert.throws(() => w.add_(1), {
    name: "GradientError",
    message: "add_: a leaf that requires a gradient can be changed in place only inside noGrad: " +
      "add(…) gives a changed copy with its gradient",
  });
  assert.throws(() => w.narrow(0, 0, 1).indexPut_([0], 1), {
    message: /^indexPut_: a view of a leaf .* indexPut\(…\) gives a changed copy/,
  });
  assert.deepEqual(w.indexPut([0], 5).mul(w).toArray(), [5, 4]);
  assert.deepEqual(tensor([0, 0]).copy_(w).requiresGrad, false); // of integers
  noGrad(() => w.add_(1));
  assert.deepEqual(w.toArray(), [2, 3]);
});

test("a result may change where no gradient reads it, and so may operands that none reads", () => {
  const b = tensor([2, 4]), at = tensor([1, 0]);
  const results: ((x: Tensor) => Tensor)[] = [
    (x) => x.div(2),
    (x) => x.div(b),
    (x) => x.pow(3),
    (x) => x.clamp(0, 1),
    (x) => x.maximum(b),
    (x) => x.minimum(b),
    (x) => x.fmax(b),
    (x) => x.atan2(b),
    (x) => x.remainder(b),
    (x) => x.logaddexp(b),
    (x) => x.var(),
    (x) => x.scatterReduce(0, at, b, "sum"),
  ];
  for (const result of results) {
    const [changed, kept] = [leaf([1, 3]), leaf([1, 3])];
    result(changed).mul_(2).sum().backward();
    result(kept).mul(2).sum().backward();
    assert.deepEqual(changed.grad?.toArray(), kept.grad?.toArray(), String(result));
  }
  for (const op of ["fmod", "remainder"] as const) { // of the dividend the slope is 1
    const [w, divisor] = [leaf([5, 3]), tensor([2, 2])];
    const y = w[op](divisor).sum();
    divisor.zero_();
    y.backward();
    assert.deepEqual(w.grad?.toArray(), [1, 1], op);
  }
});

test("grad() of a result asks for nothing behind it, which another pass may go through", () => {
  const w = leaf([1, 2]);
  const x = w.mul(1);
  const y = x.square();
  const [dy] = grad(y.mul(3).sum(), y);
  y.backward(dy);
  assert.deepEqual(w.grad?.toArray(), [6, 12]);
  const z = x.square(); // of a graph that has been used
  assert.deepEqual(grad(z.mul(3).sum(), x)[0].toArray(), [6, 12]);
  assert.deepEqual(grad(x.pow(3).sum(), x, { createGraph: true })[0].toArray(), [3, 12]);
  const late = x.square();
  noGrad(() => x.zero_());
  assert.deepEqual(grad(late.mul(3).sum(), late)[0].toArray(), [3, 3]);
  assert.throws(() => grad(late.sum(), x), /gradient of square .* changed in place/);
  assert.throws(() => grad(x.sum(), w), /graph of mul has been used/);
});

test("checkpoint goes on from views of what was changed, twice, and notices what changes later", () => {
  const w = leaf([2, 3]);
  const base = w.mul(1), view = base.narrow(0, 0, 1);
  base.mul_(w);
  const y = checkpoint((x) => x.mul(view), w).sum();
  y.backward(undefined, { retainGraph: true });
  y.backward();
  assert.deepEqual(w.grad?.toArray(), [2 * (4 + 2 * 2 * 5), 2 * 4]);
  const other = w.mul(1);
  const z = checkpoint((x) => x.mul(other), w).sum();
  other.mul_(2);
  assert.throws(() => z.backward(), /gradient of checkpoint .* changed in place/);
});

test("a changed result is told, hooked, kept and looked for as what it is now", () => {
  const w = leaf([1, 2]);
  const y = w.mul(1);
  const seen: unknown[] = [];
  y.retainGrad().registerHook((dy) => void seen.push(["before", dy.toArray()]));
  y.mul_(3);
  y.registerHook((dy) => void seen.push(["after", dy.toArray()]));
  assert.match(String(y), /made by: mul_/);
  y.mul(2).sum().backward(undefined, { retainGraph: true });
  assert.deepEqual(seen, [["after", [2, 2]], ["before", [6, 6]]]);
  assert.deepEqual([y.grad, w.grad].map((dy) => dy?.toArray()), [[2, 2], [6, 6]]);
  assert.deepEqual(grad(y.mul(5).sum(), [y, w]).map((dy) => dy.toArray()), [[5, 5], [15, 15]]);
});

test("changes in place have gradients of gradients, and are computed again by checkpoint", () => {
  const cube = (x: Tensor) => {
    const y = x.mul(1);
    y.narrow(0, 0, 1).mul_(x.narrow(0, 0, 1).square());
    return y;
  };
  const w = leaf([2, 5]);
  const [slope] = grad(cube(w).sum(), w, { createGraph: true });
  const [curvature] = grad(slope.sum(), w);
  assert.deepEqual([slope, curvature].map((x) => x.toArray()), [[12, 1], [12, 0]]);
  checkpoint(cube, w).sum().backward();
  assert.deepEqual(w.grad?.toArray(), [12, 1]);
});

test("what required no gradient does so once one that does is written into it, and its views", () => {
  const [w, rows] = [leaf([1, 2]), zeros([2, 2])];
  const last = rows.select(0, 1);
  for (let i = 0; i < 2; i++) rows.select(0, i).copy_(w.mul(i + 1));
  assert.deepEqual([rows, last].map((x) => [x.requiresGrad, x.isLeaf]), [[true, false], [
    true,
    false,
  ]]);
  last.sum().backward();
  assert.deepEqual(w.grad?.toArray(), [2, 2]);
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
      assert.throws(change, /an expanded or unfolded tensor repeats its elements/, `${n} of one`);
    }
  }
  assert.deepEqual(tensor([1]).expand(1).add_(1).toArray(), [2]);
});

test("views whose elements overlap cannot be changed in place, those that only look so can", () => {
  const x = leaf([1, 2, 3, 4, 5, 6, 7, 8]).reshape(2, 4).mul(2);
  for (
    const y of [x.unfold(1, 3, 1), x.unfold(1, 2, 1).transpose(0, 2), x.asStrided([2, 2], [1, 1])]
  ) {
    for (const change of [() => y.mul_(3), () => y.indexPut_([0], 1), () => y.detach().zero_()]) {
      assert.throws(change, /an expanded or unfolded tensor repeats its elements/);
    }
  }
  for (
    const y of [x.unfold(1, 2, 2), x.t(), x.diagonal(1), x.index([slice(), slice(1, null, 2)])]
  ) {
    const was = y.toTypedArray();
    assert.deepEqual([...y.mul_(3).toTypedArray()], [...was].map((v) => v * 3));
  }
});

test("what gives a copy does so where there is nothing to do, too", () => {
  const copies: ((x: Tensor) => Tensor)[] = [
    (x) => x.repeatInterleave(1, 0),
    (x) => x.narrow(0, 0, 1).repeatInterleave(2, 0),
    (x) => x.repeat(1, 1),
    (x) => x.tile([1]),
    (x) => x.diag(),
    (x) => x.diff({ n: 0 }),
    (x) => x.matrixPower(1),
    (x) => functional.pixelShuffle(x.unsqueeze(0), 1),
    (x) => functional.pixelUnshuffle(x.unsqueeze(0), 1),
    (x) => functional.channelShuffle(x.unsqueeze(0), 1),
    (x) => functional.pad(x, [0, 0]),
    (x) => x.flip([]),
    (x) => x.roll(0, 0),
    (x) => x.tril(5),
    (x) => cat([x]),
  ];
  for (const copy of copies) {
    const x = tensor([[0.5, 1], [2, 3]]);
    copy(x).zero_();
    assert.deepEqual(x.toArray(), [[0.5, 1], [2, 3]], `${copy}`);
  }
  const one = leaf([3]);
  const y = one.repeatInterleave(2);
  noGrad(() => one.add_(1));
  assert.deepEqual(y.mul_(2).toArray(), [6, 6]);
  y.sum().backward();
  assert.deepEqual(one.grad!.toArray(), [4]);
});

test("what gives fractions is refused in place of integers", () => {
  for (const name of ["hypot_", "atan2_", "xlogy_"] as const) {
    assert.throws(() => tensor([1, 2])[name](2), {
      name: "DTypeError",
      message: `${name}: the result is float32, which int32 does not hold`,
    });
  }
});

test("detach_() makes a leaf of a result, and ops from before keep its history", () => {
  const w = leaf([1, 2]);
  const h = w.mul(3);
  const before = h.mul(2).sum();
  assert.equal(h.detach_(), h);
  assert.deepEqual([h.requiresGrad, h.isLeaf], [false, true]);
  const after = h.mul_(w).mul(5).sum(); // h is a constant to it, w is not
  before.add(after).backward();
  assert.deepEqual(w.grad!.toArray(), [6 + 15, 6 + 30]);

  const x = leaf([1, 2]);
  const middle = x.mul(3);
  const old = middle.mul(2).sum();
  middle.detach_().requiresGrad_();
  grad([old], [x], { createGraph: true }).forEach((dx) => assert.deepEqual(dx.toArray(), [6, 6]));
  middle.mul(5).sum().backward();
  assert.deepEqual([x.grad, middle.grad!.toArray()], [null, [5, 5]]);
  assert.equal(leaf([1]).detach_().requiresGrad, false);
});

test("detach_() of a value that a gradient reads changes no gradient, but ends gradients of it", () => {
  const x = leaf([1, 2]);
  const h = x.mul(3);
  const y = h.mul(h).sum();
  h.detach_();
  y.backward(undefined, { retainGraph: true });
  assert.deepEqual(x.grad!.toArray(), [18, 36]);
  assert.throws(() => grad([y], [x], { createGraph: true }), {
    name: "GradientError",
    message: /the gradient of mul needs was detached: change it after/,
  });
});

test("shapes change in place only where there is no gradient", () => {
  const x = tensor([[1, 2, 3]]);
  assert.deepEqual([x.unsqueeze_(1), x.shape], [x, [1, 1, 3]]);
  assert.deepEqual(x.squeeze_(0).t_().add_(1).toArray(), [[2], [3], [4]]);
  assert.deepEqual([x.isContiguous, x.transpose_(0, 1).shape], [true, [1, 3]]);
  for (const made of [leaf([1, 2]), leaf([1, 2]).mul(2)]) {
    assert.throws(() => made.unsqueeze_(0), {
      name: "GradientError",
      message: "unsqueeze_: what requires a gradient keeps its shape: unsqueeze(…) gives a view",
    });
  }
  const w = leaf([1, 2]), factor = tensor([3, 4]);
  const y = w.mul(factor).sum();
  factor.unsqueeze_(1);
  assert.throws(() => y.backward(), /gradient of mul needs was changed in place/);
});

test("a quotient may be changed in place: the gradient of the divisor does not read it", () => {
  const [a, b] = [leaf([1, 2]), leaf([2, 4])];
  a.div(b).mul_(3).sum().backward();
  assert.deepEqual([a.grad!.toArray(), b.grad!.toArray()], [[1.5, 0.75], [-0.75, -0.375]]);
});
