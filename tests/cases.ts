/**
 * The table of op cases. A row is one call: its inputs, how Glim makes it, how PyTorch makes it.
 * `ops_test.ts` runs each row against PyTorch's values and gradients (`fixtures/ops.json`, made
 * from this table by `fixtures/make.py`), differentiates it numerically and counts what it leaves
 * behind. A new op is a new row here; then run `python tests/fixtures/make.py ops`.
 */
import type * as ops from "../src/ops/mod.ts";
import type { ConvOptions } from "../src/ops/mod.ts";
import type { Tensor } from "../src/tensor.ts";
import { constant, type Input, integers, type JsonNumber, mask } from "./prng.ts";
import { spaced, uniform, values } from "./prng.ts";

/** Glim's ops by name. */
export type Ops = typeof ops;

/** One row of the table. */
export interface Case {
  /** The PyTorch expression and the inputs: unique. */
  name: string;
  inputs: Input[];
  run: (f: Ops, ...inputs: Tensor[]) => Tensor;
  /** A Python expression of the inputs a, b, c… */
  torch: string;
  /** Largest error, relative to max(1, |expected|), of values and gradients; 0: the same number. */
  tolerance: number;
  /** Whether the function is smooth around its inputs, so that differences give its gradient. */
  smooth: boolean;
}

type Options = Partial<Pick<Case, "tolerance" | "smooth">>;

/** No rounding, or one that IEEE 754 prescribes: PyTorch's very numbers. */
const exact: Options = { tolerance: 0 };

/** At a kink, a tie or beyond the finite numbers: no numerical gradient. */
const kink: Options = { smooth: false };

/** Both. */
const exactKink: Options = { ...exact, ...kink };

/** All: the table. */
export const cases: Case[] = [];

/** Adds a row. */
function op(torch: string, inputs: Input[], run: Case["run"], options: Options = {}): void {
  const name = `${torch} of ${inputs.map(describe).join(" ")}`;
  cases.push({ name, inputs, run, torch, tolerance: 1e-5, smooth: true, ...options });
}

function describe({ kind, shape, dtype, low, high, values }: Input): string {
  const type = dtype === "float32" ? "" : `${dtype} `;
  if (kind === "values") return `${type}(${values}) [${shape}]`;
  const range = kind === "uniform" && (low !== -1 || high !== 1) ? ` in ${low}..${high}` : "";
  return `${type}${kind === "uniform" ? "" : `${kind} `}[${shape}]${range}`;
}

/** Uniform in [1/4, 9/4): for logarithms, roots, divisors. */
function positive(shape: number[]): Input {
  return uniform(shape, 0.25, 2.25);
}

/** Small whole numbers: many ties. */
function floats(shape: number[]): Input {
  return integers(shape, -2, 3, "float32");
}

const special: JsonNumber[] = [0, 1, -1, 0.5, "inf", "-inf", "nan"];

// ---- one input, element by element ----

// none, one, less than a vector of 4, vectors with a tail, several dimensions, several blocks
for (const shape of [[], [1], [3], [0, 3], [17], [2, 3, 4], [67, 129]]) {
  op("-a", [uniform(shape)], (f, a) => f.neg(a), exact);
  op("a.abs()", [spaced(shape)], (f, a) => f.abs(a), exact);
  op("a.relu()", [spaced(shape)], (f, a) => f.relu(a), exact);
  op("a.clamp(-0.5, 0.5)", [spaced(shape)], (f, a) => f.clamp(a, { min: -0.5, max: 0.5 }), exact);
  op("a.sqrt()", [positive(shape)], (f, a) => f.sqrt(a));
  op("a.log()", [positive(shape)], (f, a) => f.log(a));
  op("a.exp()", [uniform(shape, -2, 2)], (f, a) => f.exp(a));
  op("a.tanh()", [uniform(shape, -3, 3)], (f, a) => f.tanh(a));
  op("a.sigmoid()", [uniform(shape, -4, 4)], (f, a) => f.sigmoid(a));
  op("a ** 3", [uniform(shape)], (f, a) => f.pow(a, 3));
}
op("-a", [values(special)], (f, a) => f.neg(a), exactKink);
op("a.abs()", [values([0, -0.5, 2, "inf", "-inf"])], (f, a) => f.abs(a), exactKink);
op("a.relu()", [values(special)], (f, a) => f.relu(a), exactKink);
op("a.relu()", [values([-1e-38, 1e-38, 0, 3e38])], (f, a) => f.relu(a), exactKink);
op("a.sqrt()", [values(special)], (f, a) => f.sqrt(a), kink);
op("a.log()", [values([...special, 1e-38, 3e38])], (f, a) => f.log(a), kink);
op("a.exp()", [values([...special, 88, 89, -87, -110])], (f, a) => f.exp(a), kink);
op("a.tanh()", [values([...special, 9, -9, 100, 1e-4])], (f, a) => f.tanh(a), kink);
op("a.sigmoid()", [values([...special, 20, -20, 100, -100])], (f, a) => f.sigmoid(a), kink);
op("a.clamp(0, 1)", [values(special)], (f, a) => f.clamp(a, { min: 0, max: 1 }), exactKink);
op("a.clamp(min=0)", [spaced([7])], (f, a) => f.clamp(a, { min: 0 }), exact);
op("a.clamp(max=0)", [spaced([7])], (f, a) => f.clamp(a, { max: 0 }), exact);
op("a.clamp(1, -1)", [spaced([5])], (f, a) => f.clamp(a, { min: 1, max: -1 }), exact);
op("a ** 2", [uniform([7])], (f, a) => f.pow(a, 2));
op("a ** 0", [values([0, 1, -2])], (f, a) => f.pow(a, 0));
op("a ** 1", [uniform([5])], (f, a) => f.pow(a, 1));
op("a ** -1", [positive([5])], (f, a) => f.pow(a, -1));
op("a ** -2", [positive([5])], (f, a) => f.pow(a, -2));
op("a ** 0.5", [positive([5])], (f, a) => f.pow(a, 0.5));
op("a ** 2.5", [positive([5])], (f, a) => f.pow(a, 2.5));
op("a ** 2", [values(special)], (f, a) => f.pow(a, 2), kink);
op("a ** 3", [values([0, -2, 2, "inf", "-inf", "nan"])], (f, a) => f.pow(a, 3), kink);
op("a ** -1", [values([0, -2, "inf", "-inf"])], (f, a) => f.pow(a, -1), kink);

// ---- two inputs, element by element, broadcast in every way ----

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
    [floats([7]), floats([7])],
    [floats([3, 1]), floats([1, 4])],
    [floats([3, 4]), floats([])],
    [floats([0, 3]), floats([3])],
    [column, edges],
    [integers([9], -2, 3), integers([9], -2, 3)],
    [integers([9], 0, 3, "uint8"), integers([9], 0, 3, "uint8")],
    [integers([9], 0, 3), integers([9], 0, 3, "uint8")],
    [integers([9], 0, 3), floats([9])],
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
op("0 ** a", [values([0, 1, 2])], (f, a) => f.pow(0, a), kink);
op("a.clamp(min=0.5)", [spaced([5])], (f, a) => f.maximum(a, 0.5), exact);
op("a.clamp(max=0.5)", [spaced([5])], (f, a) => f.minimum(0.5, a), exact);
op("1 > a", [floats([7])], (f, a) => f.gt(1, a), exact);
op("a == 1", [floats([7])], (f, a) => f.eq(a, 1), exact);
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
op("a / a", [positive([5])], (f, a) => f.div(a, a));
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
op("torch.where(a, b, c)", [mask([3, 1]), uniform([4]), uniform([])], where);
op("torch.where(a, b, c)", [mask([]), uniform([3, 1]), uniform([1, 4])], where);
op("torch.where(a, b, c)", [mask([0, 3]), uniform([3]), uniform([1])], where);
op("torch.where(a > 0, a, b)", [spaced([9]), uniform([9])], (f, a, b) => {
  return f.where(f.gt(a, 0), a, b);
});

op("torch.where(a, b, 0)", [mask([3, 4]), uniform([4])], (f, a, b) => f.where(a, b, 0));
op("torch.where(a, -1, b)", [mask([5]), uniform([5])], (f, a, b) => f.where(a, -1, b), exact);
op("torch.where(a, b, c)", [mask([5]), integers([5], 0, 9), integers([], 0, 9)], where, exact);

// ---- reductions ----

op("a.sum()", [uniform([])], (f, a) => f.sum(a));
op("a.sum()", [uniform([0, 3])], (f, a) => f.sum(a));
op("a.sum()", [uniform([17])], (f, a) => f.sum(a));
op("a.sum()", [uniform([2, 3, 4])], (f, a) => f.sum(a));
op("a.sum()", [uniform([123, 457], 0, 1)], (f, a) => f.sum(a));
op("a.sum()", [values(["inf", 1, "-inf"])], (f, a) => f.sum(a), kink);
op("a.sum()", [integers([3, 5], -9, 9)], (f, a) => f.sum(a), exact);
op("a.sum()", [mask([3, 5])], (f, a) => f.sum(a), exact);
op("a.sum(0)", [integers([3, 5], -9, 9)], (f, a) => f.sum(a, 0), exact);
op("a.t().sum(0)", [uniform([3, 5])], (f, a) => f.sum(f.t(a), 0));
op("a.sum(0)", [uniform([301, 67], 0, 1)], (f, a) => f.sum(a, 0));
op("a.sum(1)", [uniform([67, 301], 0, 1)], (f, a) => f.sum(a, 1));
op("a.mean()", [uniform([])], (f, a) => f.mean(a));
op("a.mean()", [uniform([17])], (f, a) => f.mean(a));
op("a.mean()", [uniform([2, 3, 4])], (f, a) => f.mean(a));
op("a.mean()", [uniform([0])], (f, a) => f.mean(a), kink);
op("a.mean()", [uniform([123, 457], 0, 1)], (f, a) => f.mean(a));
for (const name of ["max", "min", "amax", "amin"] as const) {
  op(`a.${name}()`, [uniform([])], (f, a) => f[name](a), exact);
  op(`a.${name}()`, [spaced([17])], (f, a) => f[name](a), exact);
  op(`a.${name}()`, [spaced([2, 3, 4])], (f, a) => f[name](a), exact);
  // the gradient is shared by what is tied
  op(`a.${name}()`, [values([3, 1, 3, 1, 2, 3])], (f, a) => f[name](a), kink);
  // its gradient PyTorch sends to the NaN after max, to all elements after amax
  op(`a.${name}()`, [constant(values([1, "nan", 3, 0, 2]))], (f, a) => f[name](a), kink);
  op(`a.${name}()`, [values([1, "inf", "-inf"])], (f, a) => f[name](a), kink);
  op(`a.t().${name}()`, [spaced([3, 5])], (f, a) => f[name](f.t(a)), exact);
}
for (const name of ["argmax", "argmin"] as const) {
  op(`a.${name}()`, [uniform([])], (f, a) => f[name](a), exact);
  op(`a.${name}()`, [uniform([17])], (f, a) => f[name](a), exact);
  op(`a.${name}()`, [uniform([3, 5])], (f, a) => f[name](a), exact);
  op(`a.${name}()`, [values([1, 3, 1, 3])], (f, a) => f[name](a), exact);
  op(`a.${name}()`, [values([1, "nan", 3, "nan"])], (f, a) => f[name](a), exact);
  op(`a.${name}(1)`, [uniform([64, 10])], (f, a) => f[name](a, 1), exact);
  op(`a.t().${name}(1)`, [uniform([5, 3])], (f, a) => f[name](f.t(a), 1), exact);
}
for (const shape of [[2, 3, 4], [1, 1, 1], [5, 9, 6]]) {
  for (
    const [dim, keepdim] of [[0, false], [1, true], [2, false], [-1, true], [-2, false]] as const
  ) {
    const args = `${dim}, keepdim=${keepdim ? "True" : "False"}`;
    op(`a.sum(${args})`, [uniform(shape)], (f, a) => f.sum(a, dim, keepdim));
    op(`a.mean(${args})`, [uniform(shape)], (f, a) => f.mean(a, dim, keepdim));
    op(`a.amax(${args})`, [spaced(shape)], (f, a) => f.amax(a, dim, keepdim), exact);
    op(`a.amin(${args})`, [spaced(shape)], (f, a) => f.amin(a, dim, keepdim), exact);
    op(`a.argmax(${args})`, [uniform(shape)], (f, a) => f.argmax(a, dim, keepdim), exact);
    op(`a.argmin(${args})`, [uniform(shape)], (f, a) => f.argmin(a, dim, keepdim), exact);
    op(`a.max(${args}).values`, [spaced(shape)], (f, a) => f.max(a, dim, keepdim).values, exact);
    op(`a.max(${args}).indices`, [spaced(shape)], (f, a) => f.max(a, dim, keepdim).indices, exact);
    op(`a.min(${args}).values`, [spaced(shape)], (f, a) => f.min(a, dim, keepdim).values, exact);
    op(`a.min(${args}).indices`, [spaced(shape)], (f, a) => f.min(a, dim, keepdim).indices, exact);
  }
}
for (const dims of [[0, 1], [0, 2], [2, 1], [-1, -3], [2, 0, 1]]) {
  op(`a.sum([${dims}])`, [uniform([2, 3, 4])], (f, a) => f.sum(a, dims));
  op(`a.mean([${dims}], True)`, [uniform([2, 3, 4])], (f, a) => f.mean(a, dims, true));
  op(`a.amax([${dims}])`, [spaced([2, 3, 4])], (f, a) => f.amax(a, dims), exact);
  op(`a.amin([${dims}], True)`, [spaced([2, 3, 4])], (f, a) => f.amin(a, dims, true), exact);
}
op("a.sum([0, 2])", [uniform([3, 1, 5, 2])], (f, a) => f.sum(a, [0, 2]));
op("a.max(0).values", [uniform([])], (f, a) => f.max(a, 0).values, exact);
op("a.max(0).indices", [uniform([])], (f, a) => f.max(a, 0).indices, exact);
op("a.max()", [integers([9], -99, 99)], (f, a) => f.max(a), exact);
op("a.min(1).values", [integers([3, 5], -99, 99)], (f, a) => f.min(a, 1).values, exact);
op("a.argmax(0)", [integers([3, 5], 0, 256, "uint8")], (f, a) => f.argmax(a, 0), exact);
const tied = values([2, 1, 2, 1, 1, 1], [2, 3]);
op("a.max(1).values", [tied], (f, a) => f.max(a, 1).values, kink);
op("a.min(1).values", [tied], (f, a) => f.min(a, 1).values, kink);
op("a.amax(1)", [tied], (f, a) => f.amax(a, 1), kink);
op("a.amin(1)", [tied], (f, a) => f.amin(a, 1), kink);
op("a.argmax(1)", [tied], (f, a) => f.argmax(a, 1), exact);
op("a.argmin(1)", [tied], (f, a) => f.argmin(a, 1), exact);
for (const shape of [[0, 3], [3, 0]]) {
  op("a.sum(0)", [uniform(shape)], (f, a) => f.sum(a, 0));
  op("a.sum(1, keepdim=True)", [uniform(shape)], (f, a) => f.sum(a, 1, true));
  op("a.mean(0)", [uniform(shape)], (f, a) => f.mean(a, 0), kink);
}
op("a.amax(1)", [uniform([0, 3])], (f, a) => f.amax(a, 1));

// ---- softmax ----

for (const name of ["softmax", "logSoftmax"] as const) {
  const torch = name === "softmax" ? "softmax" : "log_softmax";
  const rows: [number[], number][] = [
    [[], 0],
    [[7], 0],
    [[1, 1], 1],
    [[3, 5], 0],
    [[3, 5], 1],
    [[4, 10], -1],
    [[2, 3, 4], 0],
    [[2, 3, 4], 1],
    [[2, 3, 4], -1],
    [[0, 5], 1],
    [[33, 129], 1],
    [[129, 33], 0],
  ];
  for (const [shape, dim] of rows) {
    op(`a.${torch}(${dim})`, [uniform(shape, -3, 3)], (f, a) => f[name](a, dim));
  }
  op(`a.t().${torch}(1)`, [uniform([5, 3])], (f, a) => f[name](f.t(a), 1));
  const large = values([1000, 999, -1000, 1e4, 1e4, 0, -3e38, -3e38, -3e38], [3, 3]);
  op(`a.${torch}(1)`, [large], (f, a) => f[name](a, 1), kink);
  const infinite = values([0, "-inf", 1, "inf", 0, 0, "nan", 0, 0, "-inf", "-inf", "-inf"], [4, 3]);
  op(`a.${torch}(1)`, [infinite], (f, a) => f[name](a, 1), kink);
}

// ---- products ----

const products: [number[], number[]][] = [
  [[1, 1], [1, 1]],
  [[3, 5], [5, 2]],
  [[1, 7], [7, 1]],
  [[7, 1], [1, 7]],
  [[4, 8], [8, 8]],
  [[5, 9], [9, 7]],
  [[17, 33], [33, 9]],
  [[64, 100], [100, 10]],
  [[1, 784], [784, 10]],
  [[65, 130], [130, 67]],
  [[0, 3], [3, 2]],
  [[3, 0], [0, 2]],
  [[3, 2], [2, 0]],
  [[4], [4]],
  [[1], [1]],
  [[0], [0]],
  [[3, 4], [4]],
  [[4], [4, 3]],
  [[2, 3, 4], [4]],
  [[4], [2, 4, 3]],
  [[2, 3, 4], [4, 5]],
  [[3, 4], [2, 4, 5]],
  [[2, 3, 4], [2, 4, 5]],
  [[2, 3, 4], [1, 4, 5]],
  [[2, 1, 3, 4], [3, 4, 2]],
  [[0, 3, 4], [4, 5]],
];
for (const [a, b] of products) {
  op("a @ b", [uniform(a), uniform(b)], (f, a, b) => f.matmul(a, b));
}
op("a.t() @ b", [uniform([5, 3]), uniform([5, 4])], (f, a, b) => f.matmul(f.t(a), b));
op("a @ b.t()", [uniform([3, 5]), uniform([4, 5])], (f, a, b) => f.matmul(a, f.t(b)));
op("a.t() @ b.t()", [uniform([5, 3]), uniform([4, 5])], (f, a, b) => f.matmul(f.t(a), f.t(b)));
op("a.t() @ b.t()", [uniform([33, 17]), uniform([19, 33])], (f, a, b) => {
  return f.matmul(f.t(a), f.t(b));
});
op("a[:, 1:4] @ b[2:5]", [uniform([3, 6]), uniform([6, 4])], (f, a, b) => {
  return f.matmul(f.narrow(a, 1, 1, 3), f.narrow(b, 0, 2, 3));
});
op("a.expand(3, 4) @ b", [uniform([4]), uniform([4, 2])], (f, a, b) => {
  return f.matmul(f.expand(a, [3, 4]), b);
});
op("a @ a.t()", [uniform([3, 5])], (f, a) => f.matmul(a, f.t(a)));
op("a @ a", [uniform([4, 4])], (f, a) => f.matmul(a, a));
op("a.transpose(1, 2) @ b", [uniform([2, 4, 3]), uniform([2, 4, 5])], (f, a, b) => {
  return f.matmul(f.transpose(a, 1, 2), b);
});
op("a.permute(1, 0, 2) @ b", [uniform([3, 2, 4]), uniform([2, 4, 5])], (f, a, b) => {
  return f.matmul(f.permute(a, [1, 0, 2]), b);
});
op("a @ b", [values([1, "inf", 0, "nan"], [2, 2]), values([1, 2, 0, 1], [2, 2])], (f, a, b) => {
  return f.matmul(a, b);
}, kink);

// ---- views and copies ----

for (const shape of [[], [4], [3, 5], [0, 3]]) {
  op("a.t()", [uniform(shape)], (f, a) => f.t(a), exact);
  op("a.clone()", [uniform(shape)], (f, a) => f.clone(a), exact);
  op("a.contiguous()", [uniform(shape)], (f, a) => f.contiguous(a), exact);
  op("a.reshape(-1, 1)", [uniform(shape)], (f, a) => f.reshape(a, [-1, 1]), exact);
  op("a.flatten()", [uniform(shape)], (f, a) => f.flatten(a), exact);
  op("a.unsqueeze(0)", [uniform(shape)], (f, a) => f.unsqueeze(a, 0), exact);
  op("a.unsqueeze(-1)", [uniform(shape)], (f, a) => f.unsqueeze(a, -1), exact);
}
op("a.clone()", [integers([7], -9, 9)], (f, a) => f.clone(a), exact);
op("a.t().contiguous()", [uniform([33, 17])], (f, a) => f.contiguous(f.t(a)), exact);
op("a.t().contiguous()", [integers([3, 5], -9, 9)], (f, a) => f.contiguous(f.t(a)), exact);
op("a.t().contiguous()", [mask([3, 5])], (f, a) => f.contiguous(f.t(a)), exact);
op("a.t().clone()", [uniform([3, 5])], (f, a) => f.clone(f.t(a)), exact);
op("a.transpose(0, 2)", [uniform([2, 3, 4])], (f, a) => f.transpose(a, 0, 2), exact);
op("a.transpose(-1, 1)", [uniform([2, 3, 4, 5])], (f, a) => f.transpose(a, -1, 1), exact);
op("a.transpose(0, 0)", [uniform([2, 3])], (f, a) => f.transpose(a, 0, 0), exact);
op("a.permute(2, 0, 1)", [uniform([2, 3, 4])], (f, a) => f.permute(a, [2, 0, 1]), exact);
op("a.permute(0, -1, 1, 2)", [uniform([2, 3, 4, 5])], (f, a) => f.permute(a, [0, -1, 1, 2]), exact);
op("a.reshape(6, 4)", [uniform([2, 3, 4])], (f, a) => f.reshape(a, [6, 4]), exact);
op("a.reshape(2, -1)", [uniform([2, 3, 4])], (f, a) => f.reshape(a, [2, -1]), exact);
op("a.reshape(())", [uniform([1, 1])], (f, a) => f.reshape(a, []), exact);
op("a.t().reshape(15)", [uniform([3, 5])], (f, a) => f.reshape(f.t(a), [15]), exact);
op("a[:, 1:3].reshape(6)", [uniform([3, 4])], (f, a) => {
  return f.reshape(f.narrow(a, 1, 1, 2), [6]);
}, exact);
op("a.flatten(1)", [uniform([2, 3, 4])], (f, a) => f.flatten(a, 1), exact);
op("a.flatten(-2)", [uniform([2, 3, 4])], (f, a) => f.flatten(a, -2), exact);
op("a.permute(2, 1, 0).flatten(1)", [uniform([2, 3, 4])], (f, a) => {
  return f.flatten(f.permute(a, [2, 1, 0]), 1);
}, exact);
op("a.flatten(0, 1)", [uniform([2, 3, 4])], (f, a) => f.flatten(a, 0, 1), exact);
op("a.squeeze()", [uniform([1, 3, 1])], (f, a) => f.squeeze(a), exact);
op("a.squeeze(0)", [uniform([1, 3, 1])], (f, a) => f.squeeze(a, 0), exact);
op("a.squeeze(-1)", [uniform([1, 3, 1])], (f, a) => f.squeeze(a, -1), exact);
op("a.squeeze(1)", [uniform([1, 3, 1])], (f, a) => f.squeeze(a, 1), exact);
op("a.unsqueeze(1)", [uniform([2, 3])], (f, a) => f.unsqueeze(a, 1), exact);
op("a.expand(3, 4)", [uniform([4])], (f, a) => f.expand(a, [3, 4]));
op("a.expand(2, 3, 4)", [uniform([3, 1])], (f, a) => f.expand(a, [2, 3, 4]));
op("a.expand(-1, 4)", [uniform([3, 1])], (f, a) => f.expand(a, [-1, 4]));
op("a.expand(0, 4)", [uniform([1, 4])], (f, a) => f.expand(a, [0, 4]));
op("a.expand(3)", [uniform([])], (f, a) => f.expand(a, [3]));
op("a.narrow(0, 1, 2)", [uniform([4, 3])], (f, a) => f.narrow(a, 0, 1, 2), exact);
op("a.narrow(-1, 0, 2)", [uniform([4, 3])], (f, a) => f.narrow(a, -1, 0, 2), exact);
op("a.narrow(1, -2, 2)", [uniform([2, 5, 3])], (f, a) => f.narrow(a, 1, -2, 2), exact);
op("a.narrow(0, 2, 0)", [uniform([4, 3])], (f, a) => f.narrow(a, 0, 2, 0), exact);
op("a.narrow(0, 1, 2)", [integers([4, 3], 0, 255, "uint8")], (f, a) => f.narrow(a, 0, 1, 2), exact);
op("a.select(0, 1)", [uniform([4, 3])], (f, a) => f.select(a, 0, 1), exact);
op("a.select(1, -1)", [uniform([4, 3])], (f, a) => f.select(a, 1, -1), exact);
op("a.select(-2, 2)", [uniform([2, 3, 4])], (f, a) => f.select(a, -2, 2), exact);
op("a.select(0, 3)", [uniform([5])], (f, a) => f.select(a, 0, 3), exact);

op("a.detach()", [uniform([3])], (f, a) => f.detach(a), exact);
op("a * a.detach()", [uniform([3])], (f, a) => f.mul(a, f.detach(a)), exactKink);

// ---- joining and indexing ----

op(
  "torch.cat([a, b], 0)",
  [uniform([2, 3]), uniform([4, 3])],
  (f, ...list) => f.cat(list, 0),
  exact,
);
op(
  "torch.cat([a, b], -1)",
  [uniform([3, 2]), uniform([3, 5])],
  (f, ...list) => f.cat(list, -1),
  exact,
);
op(
  "torch.cat([a, b, c], 1)",
  [uniform([2, 1, 4]), uniform([2, 3, 4]), uniform([2, 2, 4])],
  (f, ...list) => f.cat(list, 1),
  exact,
);
op("torch.cat([a], 0)", [uniform([3])], (f, a) => f.cat([a], 0), exact);
op("torch.cat([a, a], 0)", [uniform([3])], (f, a) => f.cat([a, a], 0));
op("torch.cat([a, b.t()], 1)", [uniform([2, 3]), uniform([4, 2])], (f, a, b) => {
  return f.cat([a, f.t(b)], 1);
}, exact);
op(
  "torch.cat([a, b], 0)",
  [uniform([0, 3]), uniform([2, 3])],
  (f, ...list) => f.cat(list, 0),
  exact,
);
op(
  "torch.cat([a, b], 0)",
  [integers([3], 0, 9), integers([2], 0, 9)],
  (f, ...list) => f.cat(list, 0),
  exact,
);
op("torch.stack([a, b], 0)", [uniform([3]), uniform([3])], (f, ...list) => f.stack(list, 0), exact);
op(
  "torch.stack([a, b], -1)",
  [uniform([2, 3]), uniform([2, 3])],
  (f, ...list) => f.stack(list, -1),
  exact,
);
op(
  "torch.stack([a, b, c], 1)",
  [uniform([2, 3]), uniform([2, 3]), uniform([2, 3])],
  (f, ...list) => f.stack(list, 1),
  exact,
);
op("torch.stack([a, b], 0)", [uniform([]), uniform([])], (f, ...list) => f.stack(list, 0), exact);
op("a.index_select(0, b)", [uniform([4, 3]), values([2, 0, 2], [3], "int32")], (f, a, b) => {
  return f.indexSelect(a, 0, b);
});
op("a.index_select(1, b)", [uniform([2, 4, 3]), values([3, 1], [2], "int32")], (f, a, b) => {
  return f.indexSelect(a, 1, b);
});
op("a.index_select(-1, b)", [uniform([3, 4]), values([0, 0, 0, 3], [4], "int32")], (f, a, b) => {
  return f.indexSelect(a, -1, b);
});
op("a.index_select(0, b)", [uniform([4, 3]), values([], [0], "int32")], (f, a, b) => {
  return f.indexSelect(a, 0, b);
});
op("a.t().index_select(0, b)", [uniform([3, 4]), values([1, 3], [2], "int32")], (f, a, b) => {
  return f.indexSelect(f.t(a), 0, b);
});
op("a.gather(1, b)", [uniform([3, 4]), integers([3, 2], 0, 4)], (f, a, b) => f.gather(a, 1, b));
op("a.gather(0, b)", [uniform([3, 4]), integers([5, 4], 0, 3)], (f, a, b) => f.gather(a, 0, b));
op("a.gather(0, b)", [uniform([3, 4]), integers([2, 3], 0, 3)], (f, a, b) => f.gather(a, 0, b));
op("a.gather(-1, b)", [uniform([2, 3, 4]), integers([2, 3, 6], 0, 4)], (f, a, b) => {
  return f.gather(a, -1, b);
});
op("a.gather(1, b)", [uniform([64, 10]), integers([64, 1], 0, 10)], (f, a, b) => f.gather(a, 1, b));

// ---- dtypes ----

op("a.long()", [values([-1.5, -0.5, 0, 0.5, 2.75, 1e6])], (f, a) => f.to(a, "int32"), exact);
op("a.bool()", [values([0, 1, -0.5, "nan", "inf"])], (f, a) => f.to(a, "bool"), exact);
op("a.byte()", [values([0, 1.5, 255])], (f, a) => f.to(a, "uint8"), exact);
op("a.float()", [integers([3, 5], -9, 9)], (f, a) => f.to(a, "float32"), exact);
op("a.float()", [integers([3, 5], 0, 256, "uint8")], (f, a) => f.to(a, "float32"), exact);
op("a.float()", [mask([7])], (f, a) => f.to(a, "float32"), exact);
op("a.float()", [uniform([5])], (f, a) => f.to(a, "float32"), exact);
op("a.bool()", [integers([9], -1, 2)], (f, a) => f.to(a, "bool"), exact);
op("a.long()", [mask([7])], (f, a) => f.to(a, "int32"), exact);

// ---- in place ----

const fixed = constant(uniform([3, 4]));
const addend = constant(uniform([4]));
op("a.add_(b)", [fixed, addend], (f, a, b) => f.add_(a, b), exact);
op("a.add_(b, alpha=0.5)", [fixed, addend], (f, a, b) => f.add_(a, b, 0.5), exact);
op("a.add_(1)", [integers([5], -9, 9)], (f, a) => f.add_(a, 1), exact);
op("a.sub_(b)", [fixed, addend], (f, a, b) => f.sub_(a, b), exact);
op("a.sub_(b, alpha=2)", [fixed, addend], (f, a, b) => f.sub_(a, b, 2), exact);
op("a.mul_(b)", [fixed, addend], (f, a, b) => f.mul_(a, b), exact);
op("a.mul_(a)", [fixed], (f, a) => f.mul_(a, a), exact);
op("a.copy_(b)", [fixed, addend], (f, a, b) => f.copy_(a, b), exact);
op("a.copy_(b)", [fixed, integers([3, 1], -9, 9)], (f, a, b) => f.copy_(a, b), exact);
op("a.fill_(2.5)", [fixed], (f, a) => f.fill_(a, 2.5), exact);
op("a.zero_()", [fixed], (f, a) => f.zero_(a), exact);
op("(a.t().add_(b), a)[1]", [fixed, constant(uniform([3]))], (f, a, b) => {
  f.add_(f.t(a), b);
  return a;
}, exact);
op("(a[:, 1:3].fill_(7), a)[1]", [fixed], (f, a) => {
  f.fill_(f.narrow(a, 1, 1, 2), 7);
  return a;
}, exact);

// ---- layers and losses ----

const layers: number[][][] = [
  [[4, 5], [3, 5], [3]],
  [[1, 5], [3, 5], [3]],
  [[5], [3, 5], [3]],
  [[2, 4, 5], [3, 5], [3]],
  [[0, 5], [3, 5], [3]],
  [[1, 1], [1, 1], [1]],
  [[64, 100], [10, 100], [10]],
  [[33, 65], [17, 65], [17]],
];
for (const [x, w, b] of layers as [number[], number[], number[]][]) {
  const bound = 1 / Math.sqrt(w[1]!);
  const weight = uniform(w, -bound, bound);
  op("F.linear(a, b, c)", [uniform(x), weight, uniform(b)], (f, a, b, c) => f.linear(a, b, c));
  op("F.linear(a, b)", [uniform(x), weight], (f, a, b) => f.linear(a, b));
}
op("F.linear(a.t(), b, c)", [uniform([5, 4]), uniform([3, 5]), uniform([3])], (f, a, b, c) => {
  return f.linear(f.t(a), b, c);
});
// where chance has no part
op("F.dropout(a, 0.0)", [uniform([7])], (f, a) => f.dropout(a, 0), exact);
op("F.dropout(a, 1.0)", [uniform([7])], (f, a) => f.dropout(a, 1), exact);
op("F.dropout(a, 0.5, False)", [uniform([7])], (f, a) => f.dropout(a, 0.5, false), exact);
for (const reduction of ["mean", "sum", "none"] as const) {
  const arg = `reduction="${reduction}"`;
  for (const [n, classes] of [[1, 1], [1, 10], [5, 3], [64, 10], [0, 3]] as const) {
    const x = uniform([n, classes], -3, 3);
    const y = integers([n], 0, classes);
    // the mean of no loss is NaN
    const options = n === 0 ? kink : {};
    op(`F.nll_loss(a, b, ${arg})`, [x, y], (f, a, b) => f.nllLoss(a, b, { reduction }), options);
    op(`F.cross_entropy(a, b, ${arg})`, [x, y], (f, a, b) => {
      return f.crossEntropy(a, b, { reduction });
    }, options);
  }
  const [sample, label] = [uniform([4]), integers([], 0, 4)];
  op(`F.nll_loss(a, b, ${arg})`, [sample, label], (f, a, b) => f.nllLoss(a, b, { reduction }));
  op(`F.cross_entropy(a, b, ${arg})`, [sample, label], (f, a, b) => {
    return f.crossEntropy(a, b, { reduction });
  });
  const bytes = integers([5], 0, 3, "uint8");
  op(`F.nll_loss(a, b.long(), ${arg})`, [uniform([5, 3]), bytes], (f, a, b) => {
    return f.nllLoss(a, b, { reduction });
  });
  op(`F.cross_entropy(a, b.long(), ${arg})`, [uniform([5, 3]), bytes], (f, a, b) => {
    return f.crossEntropy(a, b, { reduction });
  });
  op(`F.cross_entropy(a.t(), b, ${arg})`, [uniform([3, 5]), integers([5], 0, 3)], (f, a, b) => {
    return f.crossEntropy(f.t(a), b, { reduction });
  });
  const large = values([1000, -1000, 0, -1e4, 1e4, 1e4, 3, 3, 3], [3, 3]);
  op(`F.cross_entropy(a, b, ${arg})`, [large, values([1, 2, 0], [3], "int32")], (f, a, b) => {
    return f.crossEntropy(a, b, { reduction });
  }, kink);
  for (const shape of [[], [7], [3, 5], [64, 10]]) {
    op(`F.mse_loss(a, b, ${arg})`, [uniform(shape), uniform(shape)], (f, a, b) => {
      return f.mseLoss(a, b, { reduction });
    });
  }
  op(`F.mse_loss(a.t(), b, ${arg})`, [uniform([5, 3]), constant(uniform([3, 5]))], (f, a, b) => {
    return f.mseLoss(f.t(a), b, { reduction });
  });
}
op("F.nll_loss(a, b)", [uniform([5, 3]), integers([5], 0, 3)], (f, a, b) => f.nllLoss(a, b));
op("F.cross_entropy(a, b)", [uniform([5, 3]), integers([5], 0, 3)], (f, a, b) => {
  return f.crossEntropy(a, b);
});
op("F.mse_loss(a, b)", [uniform([5, 3]), uniform([5, 3])], (f, a, b) => f.mseLoss(a, b));
op("F.nll_loss(a.log_softmax(1), b)", [uniform([9, 10]), integers([9], 0, 10)], (f, a, b) => {
  return f.nllLoss(f.logSoftmax(a, 1), b);
});
op(
  "F.cross_entropy(F.linear(F.linear(a, b, c).tanh(), d), e)",
  [uniform([6, 9]), uniform([7, 9]), uniform([7]), uniform([4, 7]), integers([6], 0, 4)],
  (f, a, b, c, d, e) => f.crossEntropy(f.linear(f.tanh(f.linear(a, b, c)), d), e),
);

// ---- convolution ----

/** x, weight, and what PyTorch's arguments are in both languages. */
type Convolution = [x: number[], w: number[], torch: string, options?: ConvOptions];

const convolutions: Convolution[] = [
  // one of everything, one channel, one pixel, sizes that fill no vector
  [[1, 1, 1, 1], [1, 1, 1, 1], ""],
  [[1, 1, 3, 3], [1, 1, 3, 3], ""],
  [[2, 1, 5, 4], [3, 1, 3, 3], ""],
  [[2, 3, 5, 7], [4, 3, 3, 2], ""],
  [[3, 5, 1, 1], [7, 5, 1, 1], ""],
  [[2, 9, 4, 3], [6, 9, 1, 1], ""],
  [[1, 2, 1, 9], [3, 2, 1, 4], ""],
  [[0, 2, 5, 5], [3, 2, 3, 3], ""],
  [[3, 4, 4], [5, 3, 3, 3], ""],
  // steps, zeros around, taps apart
  [[2, 3, 8, 7], [4, 3, 3, 3], ", stride=2", { stride: 2 }],
  [[2, 3, 8, 7], [4, 3, 3, 3], ", padding=1", { padding: 1 }],
  [[2, 3, 8, 7], [4, 3, 3, 3], ", dilation=2", { dilation: 2 }],
  [[2, 1, 9, 9], [5, 1, 5, 5], ", stride=2, padding=2", { stride: 2, padding: 2 }],
  [[1, 2, 6, 5], [3, 2, 1, 1], ", stride=3", { stride: 3 }],
  [[1, 2, 4, 3], [3, 2, 1, 1], ", padding=2", { padding: 2 }],
  [[1, 2, 2, 2], [3, 2, 3, 3], ", padding=3, stride=2", { padding: 3, stride: 2 }],
  [[2, 2, 9, 6], [3, 2, 3, 2], ", (2, 1), (0, 2), (1, 3)", {
    stride: [2, 1],
    padding: [0, 2],
    dilation: [1, 3],
  }],
  // groups: two, one a channel, several outputs for each
  [[2, 4, 5, 6], [6, 2, 3, 3], ", groups=2", { groups: 2 }],
  [[2, 5, 5, 5], [5, 1, 3, 3], ", padding=1, groups=5", { padding: 1, groups: 5 }],
  [[1, 3, 5, 5], [6, 1, 2, 2], ", stride=2, groups=3", { stride: 2, groups: 3 }],
  [[1, 8, 4, 4], [8, 4, 1, 1], ", groups=2", { groups: 2 }],
  // many channels and 3 × 3 taps: whole tiles of 4 × 4 pixels, cut ones, fewer pixels than one
  [[1, 8, 6, 6], [8, 8, 3, 3], ""],
  [[2, 16, 10, 14], [8, 16, 3, 3], ""],
  [[2, 8, 7, 9], [24, 8, 3, 3], ""],
  [[3, 8, 5, 6], [16, 8, 3, 3], ", padding=1", { padding: 1 }],
  [[1, 8, 3, 3], [8, 8, 3, 3], ""],
  [[1, 8, 1, 1], [8, 8, 3, 3], ", padding=1", { padding: 1 }],
  [[9, 24, 6, 6], [32, 24, 3, 3], ", padding=1", { padding: 1 }],
  [[1, 8, 4, 2], [8, 8, 3, 3], ", padding=2", { padding: 2 }],
  [[1, 12, 6, 5], [20, 12, 3, 3], ", padding=(0, 1)", { padding: [0, 1] }],
  // several blocks of rows
  [[1, 16, 12, 12], [8, 16, 5, 5], ", padding=2", { padding: 2 }],
];
for (const [x, w, torch, options] of convolutions) {
  const bound = 2 ** -Math.ceil(Math.log2(w[1]! * w[2]! * w[3]!) / 2);
  const [weight, bias] = [uniform(w, -bound, bound), uniform([w[0]!])];
  op(`F.conv2d(a, b, c${torch})`, [uniform(x), weight, bias], (f, a, b, c) => {
    return f.conv2d(a, b, c, options);
  });
}
op("F.conv2d(a, b)", [uniform([2, 3, 5, 5]), uniform([4, 3, 3, 3])], (f, a, b) => {
  return f.conv2d(a, b);
});
op(
  "F.conv2d(a.permute(0, 3, 1, 2), b.transpose(0, 1), c)",
  [uniform([2, 5, 6, 3]), uniform([3, 4, 3, 3]), uniform([4])],
  (f, a, b, c) => f.conv2d(f.permute(a, [0, 3, 1, 2]), f.transpose(b, 0, 1), c),
);
op("F.conv2d(a[:, 1:4], b)", [uniform([2, 5, 5, 4]), uniform([4, 3, 3, 3])], (f, a, b) => {
  return f.conv2d(f.narrow(a, 1, 1, 3), b);
});
op(
  "F.conv2d(a, b.detach())",
  [uniform([2, 3, 5, 5]), constant(uniform([4, 3, 3, 3]))],
  (f, a, b) => {
    return f.conv2d(a, b);
  },
);
op(
  "F.conv2d(F.conv2d(a, b, c).tanh(), d, padding=1)",
  [
    uniform([2, 3, 7, 6]),
    uniform([8, 3, 3, 3], -0.2, 0.2),
    uniform([8]),
    uniform([8, 8, 3, 3], -0.1, 0.1),
  ],
  (f, a, b, c, d) => f.conv2d(f.tanh(f.conv2d(a, b, c)), d, null, { padding: 1 }),
);

// ---- more activations ----

for (const shape of [[], [3], [0, 3], [17], [2, 3, 4], [67, 129]]) {
  op("F.gelu(a)", [uniform(shape, -4, 4)], (f, a) => f.gelu(a));
  op('F.gelu(a, approximate="tanh")', [uniform(shape, -4, 4)], (f, a) => {
    return f.gelu(a, { approximate: "tanh" });
  });
  op("F.silu(a)", [uniform(shape, -4, 4)], (f, a) => f.silu(a));
  op("F.leaky_relu(a)", [spaced(shape)], (f, a) => f.leakyRelu(a), exact);
  op("F.leaky_relu(a, 0.25)", [spaced(shape)], (f, a) => f.leakyRelu(a, 0.25), exact);
}
const wide = values([0, 1, -1, "inf", "nan", 6, -6, 12, -12, 100, -100, 1e-20]);
// of infinity PyTorch makes NaN here, and infinity by tanh
const finite = values([0, 1, -1, "nan", 6, -6, 12, -12, 100, -100, 1e-20]);
op("F.gelu(a)", [finite], (f, a) => f.gelu(a), kink);
op('F.gelu(a, approximate="tanh")', [wide], (f, a) => f.gelu(a, { approximate: "tanh" }), kink);
op("F.silu(a)", [wide], (f, a) => f.silu(a), kink);
op("F.leaky_relu(a)", [values(special)], (f, a) => f.leakyRelu(a), exactKink);
op("F.leaky_relu(a.t())", [spaced([3, 5])], (f, a) => f.leakyRelu(f.t(a)), exact);
op("F.gelu(a.t())", [uniform([3, 5])], (f, a) => f.gelu(f.t(a)));
op("F.silu(a[:, 1:3])", [uniform([3, 5])], (f, a) => f.silu(f.narrow(a, 1, 1, 2)));

// ---- pooling ----

/** The same images, channels last in memory. */
function channelsLast(f: Ops, x: Tensor): Tensor {
  return f.permute(f.contiguous(f.permute(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
}
const CHANNELS_LAST = "a.contiguous(memory_format=torch.channels_last)";

// one pixel, odd sizes, vectors of windows with and without a rest, several channels
const pools: [shape: number[], kernel: string, stride: string, padding: string][] = [
  [[1, 1, 1, 1], "1", "1", "0"],
  [[2, 3, 4, 6], "2", "2", "0"],
  [[2, 5, 7, 9], "2", "2", "0"],
  [[1, 2, 12, 26], "2", "2", "0"],
  [[2, 3, 5, 11], "3", "1", "1"],
  [[2, 6, 9, 14], "3", "2", "1"],
  [[1, 3, 8, 17], "(2, 3)", "(1, 2)", "(1, 0)"],
  [[1, 4, 10, 23], "2", "3", "1"],
  [[3, 4, 5], "2", "1", "0"],
  [[0, 2, 4, 4], "2", "2", "0"],
];
for (const [shape, kernel, stride, padding] of pools) {
  const number = (text: string) => JSON.parse(text.replace("(", "[").replace(")", "]"));
  const options = { stride: number(stride), padding: number(padding) };
  const args = `${kernel}, ${stride}, ${padding}`;
  const size = number(kernel);
  for (const last of shape.length === 4 ? [false, true] : [false]) {
    const a = last ? CHANNELS_LAST : "a";
    const as = last ? channelsLast : (_: Ops, x: Tensor) => x;
    op(`F.max_pool2d(${a}, ${args})`, [spaced(shape)], (f, a) => {
      return f.maxPool2d(as(f, a), size, options);
    });
    op(`F.avg_pool2d(${a}, ${args})`, [uniform(shape)], (f, a) => {
      return f.avgPool2d(as(f, a), size, options);
    });
    op(`F.avg_pool2d(${a}, ${args}, count_include_pad=False)`, [uniform(shape)], (f, a) => {
      return f.avgPool2d(as(f, a), size, { ...options, countIncludePad: false });
    });
  }
}
op("F.max_pool2d(a, 2)", [values([1, 2, 2, 1, 3, 3, 0, 0], [1, 2, 2, 2])], (f, a) => {
  return f.maxPool2d(a, 2); // equal elements
}, kink);
op(
  "F.max_pool2d(a, 2)",
  [values([1, "nan", 2, "nan", "-inf", "-inf", "-inf", "-inf"], [2, 2, 2])],
  (
    f,
    a,
  ) => f.maxPool2d(a, 2),
  kink,
);
op("F.max_pool2d(a, 2)", [values([1, "nan", "inf", 2, 3, 4, 5, "nan"], [1, 1, 2, 4])], (f, a) => {
  return f.maxPool2d(a, 2);
}, kink);
for (const shape of [[2, 3, 7, 7], [1, 5, 4, 10], [3, 4, 6]]) {
  for (const size of ["1", "(2, 3)", "3", "(7, 7)", "(9, 4)"]) {
    const to = JSON.parse(size.replace("(", "[").replace(")", "]"));
    op(`F.adaptive_avg_pool2d(a, ${size})`, [uniform(shape)], (f, a) => {
      return f.adaptiveAvgPool2d(a, to);
    });
    if (shape.length < 4) continue;
    op(`F.adaptive_avg_pool2d(${CHANNELS_LAST}, ${size})`, [uniform(shape)], (f, a) => {
      return f.adaptiveAvgPool2d(channelsLast(f, a), to);
    });
  }
}

// ---- normalisation ----

/** A weight and a bias, of which TypeScript cannot know that they are there. */
type Affine = { weight: Tensor; bias: Tensor };

for (
  const shape of [[5, 3], [64, 19], [2, 1], [3, 4, 5], [2, 6, 3, 7], [3, 17, 5, 5], [9, 2, 1, 1]]
) {
  const c = [shape[1]!];
  const inputs = [uniform(shape, -2, 3), positive(c), uniform(c)];
  for (const last of shape.length === 4 ? [false, true] : [false]) {
    const a = last ? CHANNELS_LAST : "a";
    const as = last ? channelsLast : (_: Ops, x: Tensor) => x;
    // their variance is so small in two samples that differences miss the slope
    const options = shape[0]! < 3 && shape.length === 2 ? kink : {};
    op(`F.batch_norm(${a}, None, None, b, c, True)`, inputs, (f, a, weight, bias) => {
      return f.batchNorm(as(f, a!), null, null, { weight, bias, training: true } as Affine);
    }, options);
    const running = [...inputs, constant(uniform(c)), constant(positive(c))];
    op(`F.batch_norm(${a}, d, e, b, c)`, running, (f, a, weight, bias, mean, variance) => {
      return f.batchNorm(as(f, a!), mean!, variance!, { weight, bias } as Affine);
    });
    // what becomes of the running moments
    for (const [i, name] of ["d", "e"].entries()) {
      const fixed = running.map(constant);
      op(
        `(F.batch_norm(${a}, d, e, b, c, True, 0.3), ${name})[1]`,
        fixed,
        (f, a, weight, bias, ...m) => {
          const options = { weight, bias, training: true, momentum: 0.3 } as Affine;
          f.batchNorm(as(f, a!), m[0]!, m[1]!, options);
          return m[i]!;
        },
      );
    }
  }
}
op("F.batch_norm(a, None, None, None, None, True)", [uniform([7, 3])], (f, a) => {
  return f.batchNorm(a, null, null, { training: true });
});
op("F.batch_norm(a, None, None, b, None, True, 0.1, 0.5)", [uniform([7, 3]), uniform([3])], (
  f,
  a,
  weight,
) => f.batchNorm(a!, null, null, { weight: weight!, training: true, eps: 0.5 }));
op("F.batch_norm(a, None, None, None, None, True)", [uniform([60, 5], 1, 2)], (f, a) => {
  return f.batchNorm(a, null, null, { training: true });
});
op(
  "F.batch_norm(a.transpose(0, 1), None, None, None, None, True)",
  [uniform([3, 7, 2])],
  (f, a) => {
    return f.batchNorm(f.transpose(a, 0, 1), null, null, { training: true });
  },
);

const norms: [number[], number[]][] = [
  [[5], [5]],
  [[4, 7], [7]],
  [[2, 3, 8], [8]],
  [[2, 3, 5], [3, 5]],
  [[33, 67], [67]],
  [[0, 4], [4]],
];
for (const [shape, over] of norms) {
  const size = `(${over},)`;
  const inputs = [uniform(shape, -2, 3), uniform(over), uniform(over)];
  op(`F.layer_norm(a, ${size}, b, c)`, inputs, (f, a, weight, bias) => {
    return f.layerNorm(a!, over, { weight, bias } as Affine);
  });
  op(`F.layer_norm(a, ${size})`, inputs.slice(0, 1), (f, a) => f.layerNorm(a, over));
  op(`F.layer_norm(a, ${size}, b, None, 0.1)`, inputs.slice(0, 2), (f, a, weight) => {
    return f.layerNorm(a!, over, { weight: weight!, eps: 0.1 });
  });
}
op("F.layer_norm(a.t(), (3,))", [uniform([3, 5])], (f, a) => f.layerNorm(f.t(a), 3));

// ---- padding, embedding, attention, losses of labels ----

for (
  const [shape, padding] of [
    [[4], [1, 2]],
    [[2, 3], [0, 1]],
    [[2, 3], [1, 0, 2, 1]],
    [[2, 1, 3, 4], [1, 1, 1, 1]],
    [[2, 3, 4], [-1, 2, 0, -1]],
    [[3, 4], [-2, -2]],
    [[3], []],
  ] as [number[], number[]][]
) {
  op(`F.pad(a, [${padding}])`, [uniform(shape)], (f, a) => f.pad(a, padding), exact);
  op(
    `F.pad(a, [${padding}], value=2.5)`,
    [uniform(shape)],
    (f, a) => f.pad(a, padding, 2.5),
    exact,
  );
}
op("F.pad(a.t(), [1, 2])", [uniform([2, 3])], (f, a) => f.pad(f.t(a), [1, 2]), exact);
op("F.pad(a, [1, 2], value=7)", [integers([3], 0, 9)], (f, a) => f.pad(a, [1, 2], 7), exact);
for (const shape of [[], [5], [2, 3], [0]]) {
  op("F.embedding(a, b)", [integers(shape, 0, 4), uniform([4, 3])], (f, a, b) => f.embedding(a, b));
}
op("F.embedding(a.long(), b)", [integers([6], 0, 4, "uint8"), uniform([4, 9])], (f, a, b) => {
  return f.embedding(a, b);
});
const attention = "F.scaled_dot_product_attention(a, b, c";
for (
  const [q, k, v] of [
    [[3, 4], [5, 4], [5, 2]],
    [[2, 3, 4], [2, 5, 4], [2, 5, 4]],
    [[2, 2, 3, 5], [2, 2, 3, 5], [2, 2, 3, 5]],
  ] as [number[], number[], number[]][]
) {
  const inputs = [uniform(q, -2, 2), uniform(k, -2, 2), uniform(v)];
  const scores = [q.at(-2)!, k.at(-2)!];
  op(`${attention})`, inputs, (f, a, b, c) => f.scaledDotProductAttention(a, b, c));
  op(`${attention}, is_causal=True, scale=0.7)`, inputs, (f, a, b, c) => {
    return f.scaledDotProductAttention(a, b, c, { isCausal: true, scale: 0.7 });
  });
  op(`${attention}, attn_mask=d)`, [...inputs, uniform(scores)], (f, a, b, c, attnMask) => {
    return f.scaledDotProductAttention(a!, b!, c!, { attnMask: attnMask! });
  });
}
op(
  `${attention}, attn_mask=d)`,
  [uniform([2, 2, 3]), uniform([2, 4, 3]), uniform([2, 4, 3]), values([1, 0, 1, 1], [4], "bool")],
  (f, a, b, c, attnMask) => f.scaledDotProductAttention(a!, b!, c!, { attnMask: attnMask! }),
);
for (const reduction of ["mean", "sum", "none"] as const) {
  const [x, y] = [uniform([9, 4], -2, 2), integers([9], 0, 4)];
  const weight = constant(positive([4]));
  const arg = `reduction="${reduction}"`;
  op(`F.cross_entropy(a, b, label_smoothing=0.1, ${arg})`, [x, y], (f, a, b) => {
    return f.crossEntropy(a, b, { labelSmoothing: 0.1, reduction });
  });
  op(`F.cross_entropy(a, b, c, ${arg})`, [x, y, weight], (f, a, b, weight) => {
    return f.crossEntropy(a!, b!, { weight: weight!, reduction });
  });
  op(`F.cross_entropy(a, b, c, ignore_index=1, label_smoothing=0.2, ${arg})`, [x, y, weight], (
    f,
    a,
    b,
    weight,
  ) => f.crossEntropy(a!, b!, { weight: weight!, ignoreIndex: 1, labelSmoothing: 0.2, reduction }));
  op(`F.nll_loss(a, b, c, ignore_index=2, ${arg})`, [x, y, weight], (f, a, b, weight) => {
    return f.nllLoss(a!, b!, { weight: weight!, ignoreIndex: 2, reduction });
  });
  op(`F.cross_entropy(a, b, ignore_index=-1, ${arg})`, [x, integers([9], -1, 4)], (f, a, b) => {
    return f.crossEntropy(a, b, { ignoreIndex: -1, reduction });
  });
}
