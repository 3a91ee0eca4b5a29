/** What is no pure function: changes in place, kept gradients, passes in the middle, no recording. */
import { type Generator, isAbove, isApart, type Made, type Proposal, size } from "../generator.ts";
import { loss } from "./losses.ts";

/** Values that may be changed in place. */
function changeable(g: Generator): Made[] {
  return g.all((x) => x.value.array.dtype === "float32" && size(x) > 0 && g.mayChange(x));
}

const change: Proposal = (g) => {
  const list = changeable(g);
  if (list.length === 0) return false;
  let x = g.pick(list);
  if (x.shape.length > 0 && g.chance(0.25)) { // a part of it
    const part = g.chance(0.5)
      ? g.callWithoutGrad("select", x, 0, 0)
      : g.callWithoutGrad("transpose", x, 0, -1);
    if (part === null) return false;
    x = part;
  }
  switch (g.int(5)) {
    case 0:
      return g.act("mul_", x, g.pick([0.5, -1, 1.25]));
    case 1:
      return g.act("fill_", x, g.pick([0.75, -0.5]));
    case 2: {
      const from = g.float((y) => fits(y, x));
      return from !== null && g.act("copy_", x, from);
    }
    default: {
      const from = g.float((y) => fits(y, x)) ?? g.constant(x.shape);
      return g.act(g.pick(["add_", "sub_", "mul_"]), x, from, ...(g.chance(0.5) ? [] : []));
    }
  }
};

function fits(from: Made, x: Made): boolean {
  const lead = x.shape.length - from.shape.length;
  return from.value.memory !== x.value.memory && lead >= 0 &&
    from.value.array.data.every((v) => Math.abs(v) < 3) &&
    from.shape.every((n, i) => n === 1 || n === x.shape[i + lead]);
}

/** A running average of what is computed, as many programs keep one. */
const average: Proposal = (g) => {
  const x = g.float((x) => size(x) > 0 && size(x) < 300);
  if (x === null) return false;
  const kept = g.constant(x.shape, { layout: "rows" });
  if (!g.act("mul_", kept, 0.75) || !g.act("add_", kept, x, 0.25)) return false;
  return g.call("mul", x, kept) !== null;
};

const retain: Proposal = (g) => {
  const x = g.float((x) =>
    x.value.requiresGrad && x.value.entry !== null && g.steps[x.ref]!.op !== "contiguous"
  );
  return x !== null && g.act("retainGrad", x);
};

/** A few calls that are not recorded. */
const unrecorded: Proposal = (g) => {
  const x = g.float();
  if (x === null) return false;
  const op = g.pick(["tanh", "neg", "square", "scale", "relu", "transpose"]);
  const made = op === "square"
    ? g.callWithoutGrad("mul", x, x)
    : op === "scale"
    ? g.callWithoutGrad("mul", x, 0.5)
    : op === "transpose"
    ? g.callWithoutGrad(op, x, 0, -1)
    : op === "relu" && !isApart(x, 0)
    ? null
    : g.callWithoutGrad(op, x);
  return made !== null && g.call("mul", x, made) !== null;
};

/** A backward pass in the middle. */
const pass: Proposal = (g) => {
  const root = loss(g, true);
  if (root === null) return false;
  const retainGraph = g.chance(0.6);
  if (!g.act("backward", root, null, retainGraph ? { retainGraph } : {})) return false;
  if (retainGraph && g.chance(0.3)) g.act("backward", root, null, { retainGraph });
  return true;
};

/** A step of descent on a leaf that has a gradient. */
const descend: Proposal = (g) => {
  const list = g.all((x) =>
    x.value.grad !== null && x.value.grad.data.every((v) => Math.abs(v) < 5) &&
    !x.value.repeats && g.mayChange(x)
  );
  return list.length > 0 && g.act("descend", g.pick(list), 0.125);
};

/** Positive values, for what takes no others. */
const positive: Proposal = (g) => {
  const x = g.float((x) => !isAbove(x, 0.1));
  if (x === null) return false;
  const squares = g.call("mul", x, x);
  return squares !== null && g.call("add", squares, 0.5) !== null;
};

export const state: [Proposal, number][] = [
  [change, 1.5],
  [average, 0.5],
  [retain, 2],
  [unrecorded, 1],
  [pass, 1],
  [descend, 1],
  [positive, 1],
];
