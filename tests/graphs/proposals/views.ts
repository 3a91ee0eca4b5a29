/** Other looks at values, and values put together and picked. */
import { count } from "../../reference/arrays/array.ts";
import { type Generator, type Made, type Proposal, size } from "../generator.ts";

/** A shape of as many elements. */
function reshaped(g: Generator, x: Made): number[] {
  const n = size(x);
  if (n === 0) return [...g.shuffled(x.shape)];
  let left = n;
  const shape: number[] = [];
  for (let i = g.int(4); i > 0; i--) {
    const divisors = Array.from({ length: left }, (_, d) => d + 1).filter((d) => left % d === 0);
    const length = g.pick(divisors);
    shape.push(length);
    left /= length;
  }
  shape.push(left);
  if (g.chance(0.2)) shape[g.int(shape.length)] = -1;
  return shape;
}

const view: Proposal = (g) => {
  const op = g.pick([
    "permute",
    "permute",
    "transpose",
    "transpose",
    "t",
    "narrow",
    "select",
    "squeeze",
    "unsqueeze",
    "expand",
    "reshape",
    "reshape",
    "flatten",
    "contiguous",
    "clone",
    "detach",
  ]);
  const least = { permute: 2, transpose: 2, t: 2, narrow: 1, select: 1 }[op] ?? 0;
  const x = g.float((x) => x.shape.length >= least && (op !== "t" || x.shape.length === 2));
  if (x === null) return false;
  const ndim = x.shape.length;
  const dim = ndim === 0 ? 0 : g.int(ndim), n = x.shape[dim] ?? 1;
  const signed = g.chance(0.5) ? dim : dim - ndim; // counted from the end
  switch (op) {
    case "permute":
      return g.call(op, x, g.shuffled([...x.shape.keys()])) !== null;
    case "transpose":
      return g.call(op, x, signed, g.int(ndim)) !== null;
    case "narrow": {
      const length = g.chance(0.03) ? 0 : Math.min(n, g.between(1, Math.max(1, n - 1)));
      return g.call(op, x, signed, g.int(n - length + 1), length) !== null;
    }
    case "select":
      return n > 0 && g.call(op, x, signed, g.between(-n, n - 1)) !== null;
    case "squeeze":
      return g.call(op, x, ...(ndim > 0 && g.chance(0.5) ? [signed] : [])) !== null;
    case "unsqueeze":
      return ndim < 5 && g.call(op, x, g.int(ndim + 1)) !== null;
    case "expand": {
      const shape = x.shape.map((n) => n === 1 ? g.between(1, 4) : g.chance(0.5) ? n : -1);
      if (g.chance(0.4)) shape.unshift(g.between(1, 3));
      return size(x) <= 300 && g.call(op, x, shape) !== null;
    }
    case "reshape":
      return g.call(op, x, reshaped(g, x)) !== null;
    case "flatten":
      return g.call(op, x, ...(ndim > 1 ? [g.int(dim + 1), dim] : [])) !== null;
    case "detach":
      return g.chance(0.4) && g.call(op, x) !== null;
    default:
      return g.call(op, x) !== null;
  }
};

const joined: Proposal = (g) => {
  const x = g.float((x) => size(x) <= 400);
  if (x === null) return false;
  const ndim = x.shape.length;
  if (g.chance(0.25)) {
    const list = [x, g.float((y) => y.shape.join() === x.shape.join())!, g.leaf(x.shape)];
    return g.call("stack", g.shuffled(list).slice(0, g.between(1, 3)), g.int(ndim + 1)) !== null;
  }
  if (ndim === 0) return false;
  const dim = g.int(ndim);
  const fits = (y: Made) =>
    y.shape.length === ndim && y.shape.every((n, i) => i === dim || n === x.shape[i]);
  const list = [x];
  for (let i = g.int(3); i > 0; i--) {
    list.push(
      g.chance(0.7) ? g.float(fits) ?? x : g.leaf(x.shape.with(dim, g.between(1, 3))),
    );
  }
  return g.call("cat", g.shuffled(list), g.chance(0.5) ? dim : dim - ndim) !== null;
};

const padded: Proposal = (g) => {
  const x = g.float((x) => x.shape.length > 0 && size(x) <= 400);
  if (x === null) return false;
  const padding: number[] = [];
  for (let i = 0; i <= g.int(x.shape.length); i++) {
    padding.push(g.pick([0, 1, 2, -1]), g.pick([0, 1, 0]));
  }
  return g.call("pad", x, padding, ...(g.chance(0.5) ? [g.pick([1, -0.5])] : [])) !== null;
};

const picked: Proposal = (g) => {
  const x = g.float((x) => x.shape.length > 0 && count(x.shape) > 0 && size(x) <= 600);
  if (x === null) return false;
  const dim = g.int(x.shape.length), n = x.shape[dim]!;
  const op = g.pick(["indexSelect", "gather", "embedding"]);
  if (op === "indexSelect") return g.call(op, x, dim, g.indices([g.between(1, 5)], n)) !== null;
  if (op === "gather") {
    const shape = x.shape.map((n, i) => i === dim ? g.between(1, 4) : g.between(1, n));
    return g.call(op, x, dim, g.indices(shape, n)) !== null;
  }
  const table = x.shape.length === 2 ? x : g.leaf([g.between(2, 6), g.between(1, 5)]);
  return g.call(op, g.indices(g.shape(g.between(0, 2)), table.shape[0]!), table) !== null;
};

export const views: [Proposal, number][] = [[view, 16], [joined, 3], [padded, 1], [picked, 2]];
