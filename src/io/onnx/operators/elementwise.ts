/**
 * Ops on elements.
 *
 * @module
 */
import { DTYPES } from "../../../core/dtype.ts";
import type { ActivationRow } from "../../../ops/activation_op.ts";
import type { BinaryRow, CompareRow } from "../../../ops/binary_op.ts";
import type { UnaryRow } from "../../../ops/unary_op.ts";
import { lastCall, type Operator, type Step } from "../step.ts";
import { ofActivations, ofOne, ofTwo, type OnnxNode } from "./rows.ts";

/** Operators by the names of the ops. */
export const elementwise: Record<string, Operator> = {
  leakyRelu,
  clamp,
  where,
  to: cast,
  clone: alias,
  contiguous: alias,
  logicalAnd: ofBools("And"),
  logicalOr: ofBools("Or"),
  logicalXor: ofBools("Xor"),
  detach: alias,
};

function ofBools(op: string): Operator {
  return (step) => step.graph.node(op, [step.argument(1), step.argument(2)]);
}

/** The value under its old name. */
function alias(step: Step): string {
  return step.input(0);
}

/** What writes an op whose kernel was given a row: by the kernel. */
export const ofRows: Readonly<Record<string, Operator>> = {
  unary,
  binary,
  binaryInt: binary,
  activation,
  compare,
};

function unary(step: Step): string {
  const row = lastCall(step.seen).args[0] as UnaryRow;
  const made = operatorOf(ofOne, row.name, row.kernel);
  step.given(([row]) => (row as UnaryRow).kernel);
  const x = step.input(0);
  return typeof made === "string" ? step.graph.node(made, [x]) : made(nodesOf(step), x);
}

/** Two operands of one type: the kernel's, as they may have been converted for it. */
function compare(step: Step): string {
  return written(step, step.argument(1), step.argument(2));
}

function binary(step: Step): string {
  // Where the numbers stand the kernel tells; the tensors are the inputs in their order.
  let tensors = 0;
  const operand = (position: number) => {
    const isNumber = typeof lastCall(step.seen).args[position] === "number";
    return step.argument(position, isNumber ? -1 : tensors++);
  };
  return written(step, operand(1), operand(2));
}

/** An activation with its settings, the kernel's last two arguments. */
function activation(step: Step): string {
  const [a, b] = [3, 4].map((i) => step.given<number>((args) => args[i]));
  const { name } = lastCall(step.seen).args[0] as ActivationRow;
  return ofActivations[name]!(nodesOf(step), step.input(0), a!, b!);
}

/** Operators of values and numbers. */
function nodesOf({ graph }: Step): OnnxNode {
  return (op, ...inputs) =>
    graph.node(op, inputs.map((x) => typeof x === "number" ? graph.scalar(x) : x));
}

/** What integers have instead of what a row says. */
const OF_INTEGERS: Record<string, (step: Step, a: string, b: string) => string> = {
  remainder: ({ graph }, a, b) => graph.node("Mod", [a, b]),
  fmod: ({ graph }, a, b) => graph.node("Mod", [a, b], { fmod: 1 }),
  truncDivide: ({ graph }, a, b) => graph.node("Div", [a, b]),
  floorDivide: ({ graph }, a, b) =>
    graph.node("Div", [graph.node("Sub", [a, graph.node("Mod", [a, b])]), b]),
  fmax: ({ graph }, a, b) => graph.node("Max", [a, b]),
  fmin: ({ graph }, a, b) => graph.node("Min", [a, b]),
};

/** An op of two, as its row says. */
function written(step: Step, a: string, b: string): string {
  const { name } = lastCall(step.seen).args[0] as BinaryRow | CompareRow;
  const made = operatorOf(ofTwo, name, name);
  step.given(([row]) => (row as BinaryRow | CompareRow).name);
  if (lastCall(step.seen).kernel === "binaryInt" && name in OF_INTEGERS) {
    return OF_INTEGERS[name]!(step, a, b);
  }
  return typeof made === "string" ? step.graph.node(made, [a, b]) : made(nodesOf(step), a, b);
}

/** What a row is in ONNX. */
function operatorOf<T>(rows: Readonly<Record<string, T>>, name: string, key: string): T {
  if (!Object.hasOwn(rows, key)) throw new TypeError(`${name}: ONNX has no operator for it`);
  return rows[key]!;
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
