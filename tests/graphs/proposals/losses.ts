/** Losses: what a program is differentiated by. */
import type { Arg } from "../program.ts";
import { type Generator, type Made, type Proposal, size } from "../generator.ts";

type Options = { [name: string]: Arg };

/** The loss of scores of classes. */
function classLoss(g: Generator): Made | null {
  let x = g.float((x) => x.shape.length === 2 && size(x) > 0 && x.value.requiresGrad);
  if (x === null) return null;
  const [n, c] = x.shape as [number, number];
  const isSingle = g.chance(0.1);
  if (isSingle) x = g.call("select", x, 0, -1);
  if (x === null) return null;
  const labels = g.indices(isSingle ? [] : [n], c);
  const options: Options = {};
  if (g.chance(0.4)) options.reduction = g.pick(["sum", "none", "mean"]);
  if (g.chance(0.3)) options.weight = g.constant([c], { kind: "positive" });
  // the mean of no samples is no number
  const label = g.int(c);
  const some = labels.value.array.data.some((v) => v !== label);
  if (some && g.chance(0.25)) options.ignoreIndex = label;
  const hasOptions = Object.keys(options).length > 0;
  if (g.chance(0.3)) {
    const logp = g.call("logSoftmax", x, -1);
    return logp && g.call("nllLoss", logp, labels, ...(hasOptions ? [options] : []));
  }
  if (g.chance(0.25)) options.labelSmoothing = 0.2;
  return g.call("crossEntropy", x, labels, ...(Object.keys(options).length > 0 ? [options] : []));
}

/** The loss of a difference. */
function squaredError(g: Generator): Made | null {
  const x = g.float((x) => x.value.requiresGrad && size(x) > 0);
  if (x === null) return null;
  const y = g.float((y) => y.ref !== x.ref && y.shape.join() === x.shape.join());
  const target = y ?? g.constant(x.shape);
  const options = g.chance(0.5) ? [{ reduction: g.pick(["mean", "sum", "none"]) }] : [];
  return g.call("mseLoss", x, target, ...options);
}

/** One number of a value, to which its elements count differently. */
export function scalarOf(g: Generator, x: Made): Made | null {
  if (size(x) === 1 && g.chance(0.7)) return x;
  if (g.chance(0.2)) return g.call("mean", x);
  if (g.chance(0.15)) {
    const squares = g.call("mul", x, x);
    return squares && g.call("mean", squares);
  }
  const weighed = g.call("mul", x, g.constant(x.shape));
  return weighed && g.call(g.chance(0.7) ? "sum" : "mean", weighed);
}

/** A loss of one element, of what there is. */
export function loss(g: Generator, isScalar: boolean): Made | null {
  const kind = g.int(4);
  const made = kind === 0 ? classLoss(g) : kind === 1 ? squaredError(g) : null;
  const x = made ?? g.float((x) => x.value.requiresGrad && size(x) > 0);
  if (x === null || !x.value.requiresGrad) return null;
  return isScalar && size(x) !== 1 ? scalarOf(g, x) : x;
}

const proposal: Proposal = (g) => loss(g, false) !== null;

export const losses: [Proposal, number][] = [[proposal, 1.5]];
