/** Parts of values, by slices, numbers and lists; copies side by side; sums into places. */
import type { Arg } from "../program.ts";
import { type Generator, type Made, type Proposal, size } from "../generator.ts";

function lined(g: Generator, ndim = 1): Made | null {
  return g.float((x) => x.shape.length >= ndim && size(x) > 0 && size(x) <= 400);
}

/** What one dimension of length n is indexed by. */
function itemOf(g: Generator, n: number, mayList: boolean): Arg {
  const kind = g.int(mayList ? 6 : 5);
  if (kind === 0) return g.between(-n, n - 1);
  if (kind === 5) return Array.from({ length: g.between(1, 4) }, () => g.between(-n, n - 1));
  const bound = () => g.chance(0.4) ? null : g.between(-n, n);
  return ["slice", bound(), bound(), g.pick([1, 1, 2, 3])];
}

const indexed: Proposal = (g) => {
  const x = lined(g);
  if (x === null) return false;
  const items: Arg[] = [];
  let hasList = false;
  for (const n of x.shape.slice(0, g.between(1, x.shape.length))) {
    if (g.chance(0.15)) items.push(null);
    const item = itemOf(g, n, !hasList);
    hasList ||= Array.isArray(item) && item[0] !== "slice";
    items.push(item);
  }
  if (hasList && items.includes(null)) return false;
  if (g.chance(0.3)) items.push("...");
  return g.call("index", x, items) !== null;
};

const part: Proposal = (g) => {
  const x = lined(g);
  if (x === null) return false;
  const dim = g.int(x.shape.length), n = x.shape[dim]!;
  if (g.chance(0.3)) return g.callPart(g.int(n), "unbind", x, dim) !== null;
  const length = g.between(1, n);
  return g.callPart(g.int(Math.ceil(n / length)), "split", x, length, dim) !== null;
};

const repeated: Proposal = (g) => {
  const x = g.float((x) => size(x) > 0 && size(x) <= 100);
  if (x === null) return false;
  const sizes = x.shape.map(() => g.between(1, 2));
  if (g.chance(0.3) && sizes.length < 4) sizes.unshift(g.between(1, 3));
  return g.call("repeat", x, sizes) !== null;
};

const diagonal: Proposal = (g) => {
  const x = g.float((x) => x.shape.length === 2 && size(x) > 0);
  return x !== null && g.call("diagonal", x, g.int(x.shape[1]!)) !== null;
};

const added: Proposal = (g) => {
  const x = lined(g);
  if (x === null) return false;
  const dim = g.int(x.shape.length);
  const shape = x.shape.map((n, i) => i === dim ? g.between(1, 4) : n);
  const found = g.float((y) => y.shape.join() === shape.join());
  return g.call("scatterAdd", x, dim, g.indices(shape, x.shape[dim]!), found ?? g.leaf(shape)) !==
    null;
};

export const parts: [Proposal, number][] = [
  [indexed, 4],
  [part, 2],
  [repeated, 1],
  [diagonal, 1],
  [added, 2],
];
