/** Matrix products and attention. */
import type { Shape } from "../../reference/arrays/array.ts";
import { type Generator, type Made, type Proposal, size } from "../generator.ts";

/** A value of a shape that there is, or a new leaf; now and then one that is turned. */
function ofShape(g: Generator, shape: Shape): Made {
  if (g.chance(0.4)) {
    const found = g.float((x) => x.shape.join() === shape.join());
    if (found !== null) return found;
  }
  if (shape.length > 1 && g.chance(0.2)) {
    const turned = g.leaf([...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!]);
    return g.call("transpose", turned, -2, -1) ?? g.leaf(shape);
  }
  return g.leaf(shape);
}

/** Keeps sums of k products near 1. */
function scaled(g: Generator, x: Made | null, k: number): boolean {
  if (x === null) return false;
  if (k > 3 && g.chance(0.7)) return g.call("mul", x, k > 12 ? 0.25 : 0.5) !== null;
  return true;
}

function length(g: Generator): number {
  if (g.isLarge && g.chance(0.5)) return g.between(17, 40);
  return g.pick([1, 2, 3, 4, 5, 8]);
}

const matmul: Proposal = (g) => {
  const x = g.float((x) => x.shape.length > 0 && size(x) > 0 && size(x) < 800);
  if (x === null) return false;
  const { shape } = x;
  const k = shape.at(-1)!;
  switch (g.int(6)) {
    case 0: // with itself: a Gram matrix
      if (shape.length < 2) return false;
      return scaled(g, gram(g, x), k);
    case 1: // by a vector
      return scaled(g, g.call("matmul", x, ofShape(g, [k])), k);
    case 2: { // from the left
      const rows = shape.length === 1 ? k : shape.at(-2)!;
      return scaled(g, g.call("matmul", ofShape(g, [length(g), rows]), x), rows);
    }
    case 3: { // batches that broadcast
      const lead = shape.slice(0, -2).map((n) => g.chance(0.4) ? 1 : n);
      if (g.chance(0.2)) lead.unshift(g.between(1, 2));
      return scaled(g, g.call("matmul", x, ofShape(g, [...lead, k, length(g)])), k);
    }
    default:
      return scaled(g, g.call("matmul", x, ofShape(g, [k, length(g)])), k);
  }
};

function gram(g: Generator, x: Made): Made | null {
  const turned = g.call("transpose", x, -2, -1);
  if (turned === null) return null;
  return g.call("matmul", ...(g.chance(0.5) ? [x, turned] : [turned, x]));
}

const linear: Proposal = (g) => {
  const x = g.chance(0.15)
    ? g.leaf([1, length(g)]) // one sample: the weight's gradient is kept as factors
    : g.float((x) => x.shape.length > 0 && x.shape.at(-1)! > 0 && size(x) < 800);
  if (x === null) return false;
  const k = x.shape.at(-1)!, n = length(g);
  const bias = g.chance(0.7) ? [ofShape(g, [n])] : g.chance(0.3) ? [null] : [];
  return scaled(g, g.call("linear", x, ofShape(g, [n, k]), ...bias), k);
};

const attention: Proposal = (g) => {
  const x = g.float((x) =>
    x.shape.length >= 2 && x.shape.length <= 4 && size(x) > 0 && size(x) < 400
  );
  if (x === null) return false;
  const lead = x.shape.slice(0, -2), [l, d] = x.shape.slice(-2) as [number, number];
  const isSelf = g.chance(0.4);
  const s = isSelf ? l : g.between(1, 5);
  const keys = isSelf && g.chance(0.6) ? x : ofShape(g, [...lead, s, d]);
  const values = isSelf && g.chance(0.6) ? x : ofShape(g, [...lead, s, g.between(1, 4)]);
  const options: { attnMask?: Made; isCausal?: boolean; scale?: number } = {};
  const kind = g.int(10);
  if (kind < 3) options.isCausal = true;
  else if (kind === 3) options.attnMask = ofShape(g, [l, s]);
  else if (kind === 4) {
    options.attnMask = g.leaf([l, s], { kind: "whole", high: 2, dtype: "bool" });
  }
  if (g.chance(0.3)) options.scale = 0.5;
  return g.call("scaledDotProductAttention", x, keys, values, { ...options }) !== null;
};

export const products: [Proposal, number][] = [[matmul, 5], [linear, 4], [attention, 1.5]];
