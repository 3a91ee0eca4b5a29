/**
 * A program: a list of calls that anybody can run who has functions of these names. It is plain data,
 * so that it can be made from a seed, cut down and printed.
 */
import type { Dtype } from "../reference/arrays/array.ts";

/** The value of an earlier step. */
export interface Ref {
  ref: number;
}

/** What a call is given: numbers and names as they are, values by reference. */
export type Arg = number | boolean | string | null | Ref | readonly Arg[] | {
  [option: string]: Arg;
};

/** How a leaf lies in memory. */
export type Layout = "rows" | "columns" | "channelsLast" | "part" | "repeated";

/** A tensor that a program begins with. Its elements follow from the seed. */
export interface Leaf {
  shape: number[];
  seed: number;
  /**
   * - `signed`: from ±1/4 to ±5/4
   * - `positive`: from 1/2 to 3/2
   * - `whole`: whole numbers from 0 to below `high`
   */
  kind: "signed" | "positive" | "whole";
  high?: number;
  dtype?: Dtype;
  layout?: Layout;
  requiresGrad?: boolean;
  /** Whether it is a Parameter, which belongs to no scope. */
  isParameter?: boolean;
}

/** Which of several tensors that a call gives. */
export type Part = "values" | "indices" | number;

/** One step. Its number is its place in the list. */
export type Step =
  /** A tensor to begin with. */
  | { op: "leaf"; leaf: Leaf }
  /** A call of an op; of those that give several tensors, one of them. */
  | { op: string; args: readonly Arg[]; part?: Part; noGrad?: boolean };

/** A program. */
export interface Program {
  seed: number;
  steps: readonly Step[];
}

/** Whether an argument stands for an earlier step's value. */
export function isRef(arg: Arg): arg is Ref {
  return typeof arg === "object" && arg !== null && "ref" in arg;
}

/** Arguments with something else in the place of each reference. */
export function resolve(arg: Arg, of: (ref: number) => unknown): unknown {
  if (typeof arg !== "object" || arg === null) return arg;
  if (isRef(arg)) return of(arg.ref);
  if (Array.isArray(arg)) return arg.map((item) => resolve(item, of));
  return Object.fromEntries(Object.entries(arg).map(([name, item]) => [name, resolve(item, of)]));
}

/** The steps whose values a step is given. */
export function refsOf(step: Step): number[] {
  const refs: number[] = [];
  if ("args" in step) resolve(step.args, (ref) => refs.push(ref));
  return refs;
}

/** Whether a step only changes or asks something, and has no value of its own. */
export function isAction(step: Step): boolean {
  return step.op.endsWith("_") || ACTIONS.has(step.op);
}

/** Steps that are no ops: a backward pass, asking for a gradient to be kept, a step of descent. */
const ACTIONS: ReadonlySet<string> = new Set(["backward", "retainGrad", "descend"]);
