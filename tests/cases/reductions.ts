import { constant, integers, mask, spaced, uniform, values } from "../prng.ts";
import { adder, type Case, exact, kink } from "./case.ts";

/** Reductions and softmax. */
export const reductions: Case[] = [];
const op = adder(reductions);

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
const tied = values([1, 2, 2, 2, 1, 1], [2, 3]);
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
