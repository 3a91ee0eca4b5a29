/** Functions of elements. */
import { broadcastShape, count, type Shape } from "../../reference/arrays/array.ts";
import {
  gap,
  type Generator,
  isAbove,
  isApart,
  type Made,
  type Proposal,
  size,
} from "../generator.ts";

/** Whether two shapes broadcast to one that is not much larger. */
function broadcasts(a: Shape, b: Shape): boolean {
  try {
    return count(broadcastShape(a, b)) <= 600;
  } catch {
    return false;
  }
}

/** A second operand: a value that there is, or a new leaf of the same or of a shape that broadcasts. */
export function other(g: Generator, x: Made): Made {
  if (g.chance(0.5)) {
    const found = g.float((y) => y.ref !== x.ref && broadcasts(x.shape, y.shape));
    if (found !== null) return found;
  }
  if (g.chance(0.6)) return g.leaf(x.shape);
  const shape = x.shape.slice(g.chance(0.3) ? g.int(x.shape.length + 1) : 0);
  return g.leaf(shape.map((n) => g.chance(0.4) ? 1 : n));
}

const SMOOTH = ["neg", "tanh", "sigmoid", "silu", "gelu"];
const KINKED = ["abs", "relu", "leakyRelu"];

const single: Proposal = (g) => {
  const x = g.float();
  if (x === null) return false;
  const kind = g.int(10);
  if (kind < 3) {
    const op = g.pick(SMOOTH);
    if (op === "gelu" && g.chance(0.5)) return g.call(op, x, { approximate: "tanh" }) !== null;
    return g.call(op, x) !== null;
  }
  if (kind < 5) {
    if (!isApart(x, 0)) return false;
    const op = g.pick(KINKED);
    return g.call(op, x, ...(op === "leakyRelu" ? [g.pick([0.01, 0.2])] : [])) !== null;
  }
  if (kind === 5) return g.call("exp", x) !== null;
  if (kind === 6) return isAbove(x, 0.1) && g.call(g.pick(["log", "sqrt"]), x) !== null;
  if (kind === 7) {
    const exponent = isAbove(x, 0.1) ? g.pick([0.5, -1, 1.5, 3, -0.5, 0]) : g.pick([2, 3, 1]);
    return g.call("pow", x, exponent) !== null;
  }
  const [low, high] = [gap(g, x), gap(g, x)];
  if (low === null || high === null || low >= high) return false;
  return g.call("clamp", x, g.pick([{ min: low }, { max: high }, { min: low, max: high }])) !==
    null;
};

const withNumber: Proposal = (g) => {
  const x = g.float();
  if (x === null) return false;
  const number = g.pick([0.5, -1.5, 2, 0.25, 1, -1, 3]);
  const op = g.pick(["add", "mul", "sub", "div"]);
  if (op === "div" && g.chance(0.5)) return isAbove(x, 0.2) && g.call(op, number, x) !== null;
  return g.call(op, ...(g.chance(0.5) ? [x, number] : op === "div" ? [x, number] : [number, x])) !==
    null;
};

const pair: Proposal = (g) => {
  const x = g.float((x) => size(x) <= 600);
  if (x === null) return false;
  if (g.chance(0.06)) return g.call("mul", x, x) !== null;
  const y = other(g, x);
  const args = g.chance(0.5) ? [x, y] : [y, x];
  const op = g.pick(["add", "add", "mul", "mul", "mul", "sub", "sub", "div", "extremum", "pow"]);
  if (op === "div") return isApartFromZero(args[1]!) && g.call(op, ...args) !== null;
  if (op === "pow") {
    return isAbove(args[0]!, 0.1) && size(args[1]!) > 0 && g.call(op, ...args) !== null;
  }
  if (op !== "extremum") return g.call(op, ...args) !== null;
  // where one is larger is told by a difference that is not near 0
  const apart = g.callWithoutGrad("sub", ...args);
  if (apart === null || !isApart(apart, 0)) return false;
  return g.call(g.pick(["maximum", "minimum"]), ...args) !== null;
};

function isApartFromZero(x: Made): boolean {
  return x.value.array.data.every((v) => Math.abs(v) > 0.2);
}

/** A condition on a value, or a mask from nowhere. */
function condition(g: Generator, x: Made): Made | null {
  if (g.chance(0.3)) {
    const shape = x.shape.map((n) => g.chance(0.3) ? 1 : n);
    return g.leaf(shape, { kind: "whole", high: 2, dtype: "bool" });
  }
  const at = gap(g, x);
  if (at === null) return null;
  return g.call(g.pick(["gt", "lt", "ge", "le"]), ...(g.chance(0.7) ? [x, at] : [at, x]));
}

const choice: Proposal = (g) => {
  const x = g.float((x) => size(x) <= 600);
  if (x === null) return false;
  const holds = condition(g, x);
  if (holds === null) return false;
  const y = g.chance(0.3) ? g.pick([0, 1.5, -0.5]) : other(g, x);
  return g.call("where", holds, ...(g.chance(0.5) ? [x, y] : [y, x])) !== null;
};

/** Through another dtype, where gradients end, and back beside what has some. */
const throughIntegers: Proposal = (g) => {
  const x = g.float((x) => size(x) <= 600);
  if (x === null) return false;
  let made: Made | null;
  if (g.chance(0.5)) made = condition(g, x);
  else {
    const scaled = g.call("mul", x, 3);
    if (scaled === null) return false;
    for (let n = -12; n <= 12; n++) if (!isApart(scaled, n)) return false;
    made = g.call("to", scaled, "int32");
    if (made !== null && g.chance(0.5)) {
      made = g.call(g.pick(["add", "mul", "sub", "maximum"]), made, g.pick([2, -1, 3]));
    }
  }
  if (made === null) return false;
  if (g.chance(0.5)) made = g.call("to", made, "float32");
  return made !== null && g.call(g.pick(["mul", "add"]), x, made) !== null;
};

export const elementwise: [Proposal, number][] = [
  [single, 5],
  [withNumber, 3],
  [pair, 10],
  [choice, 2],
  [throughIntegers, 1],
];
