/** What goes along a dimension, and what is made of simpler ops. */
import { count } from "../../reference/arrays/array.ts";
import { type Generator, isAbove, isApart, type Made, type Proposal, size } from "../generator.ts";
import { other } from "./elementwise.ts";

/** A value of at least one dimension and one element. */
function lined(g: Generator, ndim = 1, most = 600): Made | null {
  return g.float((x) => x.shape.length >= ndim && size(x) > 0 && size(x) <= most);
}

/** A dimension, counted from the front or from the end. */
function dimOf(g: Generator, x: Made): number {
  return g.between(-x.shape.length, x.shape.length - 1);
}

/** Whether all elements of each line are apart, so that their order is clear. */
function isOrdered(x: Made, dim: number): boolean {
  const axis = dim < 0 ? dim + x.shape.length : dim;
  const n = x.shape[axis]!, step = count(x.shape.slice(axis + 1)), { data } = x.value.array;
  const lines = new Map<number, number[]>();
  data.forEach((v, i) => {
    const line = Math.floor(i / (n * step)) * step + i % step;
    lines.set(line, [...lines.get(line) ?? [], v]);
  });
  return [...lines.values()].every((line) => {
    const sorted = line.toSorted((a, b) => a - b);
    return sorted.every((v, i) => i === 0 || v - sorted[i - 1]! > 4e-3);
  });
}

const running: Proposal = (g) => {
  const x = lined(g);
  if (x === null) return false;
  const op = g.pick(["cumsum", "cumsum", "cumprod", "logcumsumexp"]);
  if (op === "cumprod" && !isApart(x, 0)) return false;
  return g.call(op, x, dimOf(g, x)) !== null;
};

const reordered: Proposal = (g) => {
  const x = lined(g);
  if (x === null) return false;
  const dim = dimOf(g, x), op = g.pick(["flip", "roll", "sort"]);
  if (op === "flip") return g.call(op, x, [dim]) !== null;
  if (op === "roll") return g.call(op, x, g.between(-3, 3), dim) !== null;
  return isOrdered(x, dim) && g.callPart("values", op, x, dim, g.chance(0.5)) !== null;
};

const statistic: Proposal = (g) => {
  const x = lined(g);
  if (x === null) return false;
  const dim = dimOf(g, x), n = x.shape.at(dim)!;
  const op = g.pick(["var", "std", "logsumexp"]);
  if (op === "logsumexp") return g.call(op, x, dim, g.chance(0.3)) !== null;
  if (n < 2 || !isOrdered(x, dim)) return false; // a deviation of nearly 0 has any slope
  return g.call(op, x, dim, { correction: g.pick([0, 1]), keepdim: g.chance(0.3) }) !== null;
};

const triangle: Proposal = (g) => {
  const x = lined(g, 2);
  return x !== null && g.call(g.pick(["tril", "triu"]), x, g.between(-1, 1)) !== null;
};

const mixed: Proposal = (g) => {
  const x = lined(g);
  if (x === null) return false;
  if (g.chance(0.3)) {
    const v = g.float((v) => v.shape.length === 1 && size(v) > 0 && size(v) < 12);
    return v !== null && g.call("outer", v, g.chance(0.3) ? v : g.leaf([g.between(1, 5)])) !== null;
  }
  const y = other(g, x);
  if (g.chance(0.5)) return g.call("addcmul", x, y, g.leaf(x.shape), g.pick([1, 0.5])) !== null;
  return g.call("lerp", x, g.leaf(x.shape), g.chance(0.5) ? y : 0.3) !== null;
};

const SMOOTH = [
  "sin",
  "cos",
  "atan",
  "square",
  "softplus",
  "logsigmoid",
  "mish",
  "softsign",
  "elu",
];

const smooth: Proposal = (g) => {
  const x = g.float();
  if (x === null) return false;
  if (g.chance(0.2)) return isAbove(x, 0.1) && g.call(g.pick(["log1p", "rsqrt"]), x) !== null;
  const op = g.pick(SMOOTH);
  if (op === "softsign" || op === "elu") return isApart(x, 0) && g.call(op, x) !== null;
  return g.call(op, x) !== null;
};

const plane: Proposal = (g) => {
  const x = g.float((x) => size(x) > 0 && size(x) <= 600);
  if (x === null || !isAbove(x, 0.1)) return false;
  return g.call(g.pick(["atan2", "hypot"]), x, g.leaf(x.shape, { kind: "positive" })) !== null;
};

export const lines: [Proposal, number][] = [
  [running, 2],
  [reordered, 2],
  [statistic, 2],
  [triangle, 1],
  [mixed, 2],
  [smooth, 3],
  [plane, 1],
];
