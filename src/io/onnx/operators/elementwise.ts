/**
 * Ops on elements.
 *
 * @module
 */
import { DTYPES } from "../../../core/dtype.ts";
import type { OnnxNode, UnaryRow } from "../../../ops/unary_op.ts";
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

/** A function of one element: as its row says, which the kernel was given. */
export function unary(step: Step): string {
  const { graph } = step;
  const { onnx } = lastCall(step.seen).args[0] as UnaryRow;
  step.given((args) => (args[0] as UnaryRow).kernel);
  if (typeof onnx === "string") return graph.node(onnx, [step.input(0)]);
  const node: OnnxNode = (op, ...inputs) =>
    graph.node(op, inputs.map((x) => typeof x === "number" ? graph.scalar(x) : x));
  return onnx(node, step.input(0));
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
  const to = DTYPES[step.seen.tensor.dtype].onnx;
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
