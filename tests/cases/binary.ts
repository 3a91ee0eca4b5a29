import { constant, integers, mask, spaced, uniform, values } from "../prng.ts";
import {
  adder,
  allZero,
  cancels,
  type Case,
  exact,
  floats,
  kink,
  positive,
  special,
} from "./case.ts";

/** Two inputs or more, element by element, broadcast in every way. */
export const binary: Case[] = [];
const op = adder(binary);

const pairs: [number[], number[]][] = [
  [[], []],
  [[1], [1]],
  [[5], [5]],
  [[3, 4], [3, 4]],
  [[3, 4], [4]],
  [[4], [3, 4]],
  [[3, 4], [3, 1]],
  [[3, 1], [1, 4]],
  [[1, 4], [3, 1]],
  [[3, 4], []],
  [[], [3, 4]],
  [[1], [7]],
  [[7], [1]],
  [[1, 1], [4]],
  [[2, 3, 4], [2, 1, 1]],
  [[2, 3, 4], [3, 1]],
  [[2, 1, 4, 1], [3, 1, 5]],
  [[2, 3, 4, 5], [3, 1, 5]],
  [[0, 3], [3]],
  [[0, 3], [1, 3]],
  [[3, 1], [0]],
  [[33, 65], [33, 65]],
  [[33, 65], [65]],
];
for (const [a, b] of pairs) {
  // a gradient is a sum where its input was broadcast
  const options = `${a}` === `${b}` ? exact : {};
  op("a + b", [uniform(a), uniform(b)], (f, a, b) => f.add(a, b), options);
  op("a - b", [uniform(a), uniform(b)], (f, a, b) => f.sub(a, b), options);
  op("a * b", [uniform(a), uniform(b)], (f, a, b) => f.mul(a, b), options);
  op("a / b", [uniform(a), positive(b)], (f, a, b) => f.div(a, b));
  op("a ** b", [positive(a), uniform(b)], (f, a, b) => f.pow(a, b));
  op("torch.maximum(a, b)", [spaced(a), floats(b)], (f, a, b) => f.maximum(a, b), options);
  op("torch.minimum(a, b)", [spaced(a), floats(b)], (f, a, b) => f.minimum(a, b), options);
}

// every pair of these meets once in a [n, 1] by [n] comparison
const edges = values(special.slice(0, 3).concat("inf", "-inf", "nan"));
const column = { ...edges, shape: [6, 1] };
for (
  const inputs of [
    [floats([17]), floats([17])],
    [floats([3, 1]), floats([1, 17])],
    [floats([3, 4]), floats([])],
    [floats([0, 3]), floats([3])],
    [column, edges],
    [integers([19], -2, 3), integers([19], -2, 3)],
    [integers([9], 0, 3, "uint8"), integers([9], 0, 3, "uint8")],
    [integers([9], 0, 3), integers([9], 0, 3, "uint8")],
    [integers([19], 0, 3), floats([19])],
  ]
) {
  op("a == b", inputs, (f, a, b) => f.eq(a, b), exact);
  op("a != b", inputs, (f, a, b) => f.ne(a, b), exact);
  op("a < b", inputs, (f, a, b) => f.lt(a, b), exact);
  op("a <= b", inputs, (f, a, b) => f.le(a, b), exact);
  op("a > b", inputs, (f, a, b) => f.gt(a, b), exact);
  op("a >= b", inputs, (f, a, b) => f.ge(a, b), exact);
}
op("a == b", [mask([9]), mask([9])], (f, a, b) => f.eq(a, b), exact);

// where the other operand is a number
op("a + 2", [uniform([5])], (f, a) => f.add(a, 2), exact);
op("a - 0.5", [uniform([5])], (f, a) => f.sub(a, 0.5), exact);
op("a * -3", [uniform([5])], (f, a) => f.mul(a, -3), exact);
op("a / 4", [uniform([5])], (f, a) => f.div(a, 4), exact);
op("2 - a", [uniform([5])], (f, a) => f.sub(2, a), exact);
op("1 / a", [positive([5])], (f, a) => f.div(1, a));
op("2 ** a", [uniform([5])], (f, a) => f.pow(2, a));
op("0 ** a", [values([0, 1, 2])], (f, a) => f.pow(0, a), { ...kink, ...allZero });
op("a.clamp(min=0.5)", [spaced([17])], (f, a) => f.maximum(a, 0.5), exact);
op("a.clamp(max=0.5)", [spaced([17])], (f, a) => f.minimum(0.5, a), exact);
op("1 > a", [floats([7])], (f, a) => f.gt(1, a), exact);
op("a == 1", [floats([17])], (f, a) => f.eq(a, 1), exact);
op("a != 1", [floats([7])], (f, a) => f.ne(a, 1), exact);
op("a > 0", [floats([7])], (f, a) => f.gt(a, 0), exact);
op("a >= 0", [floats([7])], (f, a) => f.ge(a, 0), exact);
op("a < 0", [floats([7])], (f, a) => f.lt(a, 0), exact);
op("a <= 0", [integers([7], -2, 3)], (f, a) => f.le(a, 0), exact);

// infinities, NaN, ties; division by zero
op("a + b", [column, edges], (f, a, b) => f.add(a, b), kink);
op("a - b", [column, edges], (f, a, b) => f.sub(a, b), kink);
op("a * b", [column, edges], (f, a, b) => f.mul(a, b), kink);
op("a / b", [column, constant(edges)], (f, a, b) => f.div(a, b), kink);
op("torch.maximum(a, b)", [column, edges], (f, a, b) => f.maximum(a, b), kink);
op("torch.minimum(a, b)", [column, edges], (f, a, b) => f.minimum(a, b), kink);
op("torch.maximum(a, b)", [floats([9]), floats([9])], (f, a, b) => f.maximum(a, b), kink);
op("torch.minimum(a, b)", [floats([9]), floats([9])], (f, a, b) => f.minimum(a, b), kink);
op(
  "a ** b",
  [values([0, 0, 0, 1, -2, -2, 4]), values([0, 1, 2, 5, 2, 3, 0.5])],
  (f, a, b) => f.pow(a, b),
  kink,
);

// one tensor as both operands, views as operands
op("a + a", [uniform([5])], (f, a) => f.add(a, a));
op("a * a", [uniform([5])], (f, a) => f.mul(a, a));
op("a / a", [positive([5])], (f, a) => f.div(a, a), cancels);
op("a - a.t()", [uniform([3, 3])], (f, a) => f.sub(a, f.t(a)));
op("a.t() + b", [uniform([4, 3]), uniform([3, 4])], (f, a, b) => f.add(f.t(a), b));
op("a * b.t()", [uniform([4, 3]), uniform([3, 4])], (f, a, b) => f.mul(a, f.t(b)));
op("a[:, 1:3] * b", [uniform([3, 4]), uniform([2])], (f, a, b) => f.mul(f.narrow(a, 1, 1, 2), b));
op("a.t().exp()", [uniform([3, 5])], (f, a) => f.exp(f.t(a)));
op("a[1:3].tanh()", [uniform([4, 3])], (f, a) => f.tanh(f.narrow(a, 0, 1, 2)));
op("a.expand(3, 4).relu()", [spaced([4])], (f, a) => f.relu(f.expand(a, [3, 4])));
op("a.exp() * a + a", [uniform([6])], (f, a) => f.add(f.mul(f.exp(a), a), a));

// int32
op("a + b", [integers([9], -9, 9), integers([9], -9, 9)], (f, a, b) => f.add(a, b), exact);
op("a - b", [integers([3, 1], -9, 9), integers([4], -9, 9)], (f, a, b) => f.sub(a, b), exact);
op("a * b", [integers([9], -9, 9), integers([9], -9, 9)], (f, a, b) => f.mul(a, b), exact);
op("a / b", [integers([9], -9, 9), integers([9], 1, 9)], (f, a, b) => f.div(a, b), exact);
op("a + 2", [integers([9], -9, 9)], (f, a) => f.add(a, 2), exact);
op("a + 0.5", [integers([9], -9, 9)], (f, a) => f.add(a, 0.5), exact);
op("-a", [integers([9], -9, 9)], (f, a) => f.neg(a), exact);
op("a.abs()", [integers([9], -9, 9)], (f, a) => f.abs(a), exact);
op("torch.maximum(a, b)", [integers([9], -9, 9), integers([9], -9, 9)], (f, a, b) => {
  return f.maximum(a, b);
}, exact);
op("torch.minimum(a, b)", [integers([9], -9, 9), integers([], -9, 9)], (f, a, b) => {
  return f.minimum(a, b);
}, exact);
op("a * b", [uniform([9]), integers([9], -9, 9)], (f, a, b) => f.mul(a, b));
op("a * b", [uniform([3, 4]), mask([4])], (f, a, b) => f.mul(a, b));

const where: Case["run"] = (f, a, b, c) => f.where(a, b, c);
op("torch.where(a, b, c)", [mask([7]), uniform([7]), uniform([7])], where, exact);
op("torch.where(a, b, c)", [mask([5, 1]), uniform([4]), uniform([])], where);
for (const chosen of [0, 1]) {
  const inputs = [values([chosen], [], "bool"), uniform([3, 1]), uniform([1, 4])];
  op("torch.where(a, b, c)", inputs, where, allZero);
}
op("torch.where(a, b, c)", [mask([0, 3]), uniform([3]), uniform([1])], where);
op("torch.where(a > 0, a, b)", [spaced([9]), uniform([9])], (f, a, b) => {
  return f.where(f.gt(a, 0), a, b);
});

op("torch.where(a, b, 0)", [mask([3, 4]), uniform([4])], (f, a, b) => f.where(a, b, 0));
op("torch.where(a, -1, b)", [mask([5]), uniform([5])], (f, a, b) => f.where(a, -1, b), exact);
op("torch.where(a, b, c)", [mask([5]), integers([5], 0, 9), integers([], 0, 9)], where, exact);
