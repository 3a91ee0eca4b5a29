/** Reductions and what runs along a dimension. */
import { axesOf, reducedPositions } from "../../reference/arrays/array.ts";
import { type Generator, isClear, type Made, type Proposal, size } from "../generator.ts";

/** Some dimensions, in any order; sometimes all, unnamed. */
function dims(g: Generator, x: Made): number | number[] | undefined {
  const ndim = x.shape.length;
  if (ndim === 0 || g.chance(0.08)) return undefined;
  if (g.chance(0.6)) return g.between(-ndim, ndim - 1);
  return g.shuffled([...x.shape.keys()]).slice(0, g.between(1, ndim));
}

/** The elements that are folded to one. */
function groupsOf(x: Made, along: number | number[] | undefined): number[][] {
  const groups: number[][] = [];
  const at = reducedPositions(x.shape, axesOf(x.shape, along));
  x.value.array.data.forEach((v, i) => (groups[at[i]!] ??= []).push(v));
  return groups;
}

const reduced: Proposal = (g) => {
  const x = g.float();
  if (x === null) return false;
  const op = g.pick(["sum", "sum", "mean", "mean", "amax", "amin", "max", "min"]);
  if (op !== "sum" && size(x) === 0) return false;
  const keepdim = g.chance(0.4);
  const along = dims(g, x);
  const isSmallest = op === "amin" || op === "min";
  if (op !== "sum" && op !== "mean" && !isClear(groupsOf(x, along), isSmallest)) return false;
  if (op === "max" || op === "min") {
    if (typeof along !== "number") return false;
    return g.callPart("values", op, x, along, keepdim) !== null;
  }
  return g.call(op, x, ...(along === undefined ? [] : [along, keepdim])) !== null;
};

/** The positions of extremes, by which something is picked. */
const positions: Proposal = (g) => {
  const x = g.float((x) => x.shape.length > 0 && size(x) > 0);
  if (x === null) return false;
  const dim = g.int(x.shape.length);
  const isSmallest = g.chance(0.5);
  if (!isClear(groupsOf(x, dim), isSmallest)) return false;
  const at = g.call(isSmallest ? "argmin" : "argmax", x, dim, true);
  return at !== null && g.call("gather", x, dim, at) !== null;
};

const softmax: Proposal = (g) => {
  const x = g.float((x) => x.shape.length > 0 && size(x) > 0);
  if (x === null) return false;
  const ndim = x.shape.length;
  return g.call(g.pick(["softmax", "logSoftmax"]), x, g.between(-ndim, ndim - 1)) !== null;
};

export const reductions: [Proposal, number][] = [[reduced, 8], [positions, 1], [softmax, 2]];
