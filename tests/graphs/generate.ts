/** Random programs. */
import { Generator, type Made, type Proposal, size } from "./generator.ts";
import type { Program } from "./program.ts";
import { elementwise } from "./proposals/elementwise.ts";
import { layers } from "./proposals/images.ts";
import { parts } from "./proposals/indexed.ts";
import { lines } from "./proposals/lines.ts";
import { losses, scalarOf } from "./proposals/losses.ts";
import { products } from "./proposals/products.ts";
import { reductions } from "./proposals/reduce.ts";
import { state } from "./proposals/state.ts";
import { views } from "./proposals/views.ts";

const FAMILIES = [
  elementwise,
  views,
  parts,
  reductions,
  lines,
  products,
  layers,
  losses,
  state,
];

/**
 * The random program of a seed: leaves, 5 to 40 proposals, and backward passes from all that nobody
 * has used.
 */
export function generate(seed: number): Program {
  const g = new Generator(seed);
  for (let i = g.between(1, 3); i > 0; i--) {
    const ndim = g.pick([0, 1, 2, 2, 3, 3, 4]);
    g.leaf(g.shape(ndim), { requiresGrad: true });
  }
  const weighed = emphasised(g);
  const length = g.between(5, 40);
  for (let tries = 0; g.calls < length && tries < 300; tries++) draw(g, weighed)(g);
  finish(g);
  return { seed, steps: g.steps };
}

/** All proposals, of which each program prefers some families. */
function emphasised(g: Generator): [Proposal, number][] {
  return FAMILIES.flatMap((family) => {
    const factor = g.pick([0.3, 1, 1, 2]);
    return family.map(([proposal, weight]): [Proposal, number] => [proposal, weight * factor]);
  });
}

function draw(g: Generator, weighed: readonly [Proposal, number][]): Proposal {
  const total = weighed.reduce((sum, [_, weight]) => sum + weight, 0);
  let at = g.int(1e6) / 1e6 * total;
  return weighed.find(([_, weight]) => (at -= weight) < 0)![0];
}

/** Backward passes, together or one by one, from what nobody has used. */
function finish(g: Generator): void {
  const ends = g.all((x) =>
    x.value.requiresGrad && x.value.entry !== null && g.uses[x.ref] === 0 && size(x) > 0
  );
  const roots: [Made, Made | null][] = [];
  for (const x of g.shuffled(ends).slice(0, 5)) {
    if (g.chance(0.2)) {
      const layout = x.shape.length > 0 && g.chance(0.3) ? { layout: "repeated" as const } : {};
      roots.push([x, g.constant(x.shape, layout)]);
      continue;
    }
    const scalar = scalarOf(g, x);
    if (scalar !== null && scalar.value.requiresGrad) roots.push([scalar, null]);
  }
  const plain = roots.filter(([_, gradient]) => gradient === null);
  if (plain.length > 1 && g.chance(0.4)) { // one loss of several
    let total: Made | null = plain[0]![0];
    for (const [scalar] of plain.slice(1)) total = total && g.call("add", total, scalar);
    if (total !== null && size(total) === 1) {
      roots.splice(0, roots.length, ...roots.filter(([_, gradient]) => gradient !== null));
      roots.push([total, null]);
    }
  }
  if (roots.length > 0 && g.chance(0.15)) roots.push(roots[0]!);
  roots.forEach(([root, gradient], i) => {
    g.act("backward", root, gradient, i < roots.length - 1 ? { retainGraph: true } : {});
  });
}
