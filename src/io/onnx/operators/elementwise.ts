/**
 * Ops on elements.
 *
 * @module
 */
import { elementType } from "../model_proto.ts";
import { lastCall, type Operator, type Step } from "../step.ts";

/** Operators by the names of the ops. */
export const elementwise: Record<string, Operator> = {
  add: binary("Add"),
  sub: binary("Sub"),
  mul: binary("Mul"),
  div: binary("Div"),
  maximum: binary("Max"),
  minimum: binary("Min"),
  pow: binary("Pow"),
  neg: unary("Neg"),
  abs: unary("Abs"),
  exp: unary("Exp"),
  log: unary("Log"),
  sqrt: unary("Sqrt"),
  relu: unary("Relu"),
  tanh: unary("Tanh"),
  sigmoid: unary("Sigmoid"),
  gelu,
  silu,
  leakyRelu,
  clamp,
  eq: comparison("Equal"),
  ne: (step) => step.graph.node("Not", [comparison("Equal")(step)]),
  gt: comparison("Greater"),
  lt: comparison("Less"),
  ge: comparison("GreaterOrEqual"),
  le: comparison("LessOrEqual"),
  where,
  to: cast,
  clone: alias,
  contiguous: alias,
  detach: alias,
};

/** The value under its old name. */
function alias(step: Step): string {
  return step.input(0);
}

function unary(op: string): Operator {
  return (step) => step.graph.node(op, [step.input(0)]);
}

/** Two operands, each a tensor or a number. */
function binary(op: string): Operator {
  return (step) => {
    // Where the numbers stand the kernel tells; the tensors are the inputs in their order.
    let tensors = 0;
    const operand = (position: number) => {
      const isNumber = typeof lastCall(step.seen).args[position] === "number";
      return step.argument(position, isNumber ? -1 : tensors++);
    };
    return step.graph.node(op, [operand(1), operand(2)]);
  };
}

/** Two operands of one type: the kernel's, as integers may have been converted for it. */
function comparison(op: string): Operator {
  return (step) => step.graph.node(op, [step.argument(1), step.argument(2)]);
}

function where(step: Step): string {
  return step.graph.node("Where", [step.argument(0), step.argument(1), step.argument(2)]);
}

function cast(step: Step): string {
  const to = elementType(step.seen.tensor.dtype);
  return step.graph.node("Cast", [step.argument(0)], { to });
}

function clamp(step: Step): string {
  const { graph } = step;
  const bound = (position: number) => {
    const value = step.given<number>((args) => args[position]);
    return Number.isFinite(value) ? graph.scalar(value) : "";
  };
  return graph.node("Clip", [step.input(0), bound(2), bound(3)]);
}

function leakyRelu(step: Step): string {
  const slope = step.given<number>((args) => args[3]);
  return step.graph.node("LeakyRelu", [step.input(0)], { alpha: { float: slope } });
}

/** x / (1 + e⁻ˣ). */
function silu(step: Step): string {
  const { graph } = step;
  const x = step.input(0);
  return graph.node("Mul", [x, graph.node("Sigmoid", [x])]);
}

/** x (1 + erf(x / √2)) / 2, or x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2. */
function gelu(step: Step): string {
  const { graph } = step;
  const x = step.input(0);
  const mul = (a: string, b: string | number) =>
    graph.node("Mul", [a, typeof b === "number" ? graph.scalar(b) : b]);
  const sigma = () => {
    if (step.given((args) => args[0]) === "gelu") {
      return graph.node("Erf", [mul(x, Math.SQRT1_2)]);
    }
    const cubic = mul(mul(mul(x, x), x), 0.044715);
    return graph.node("Tanh", [mul(graph.node("Add", [x, cubic]), Math.sqrt(2 / Math.PI))]);
  };
  return mul(mul(x, 0.5), graph.node("Add", [sigma(), graph.scalar(1)]));
}
