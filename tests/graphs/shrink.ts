/** Programs that show what is wrong, cut down to little. */
import { reference } from "./reference_device.ts";
import { perform } from "./device.ts";
import {
  type Arg,
  isAction,
  isRef,
  type Leaf,
  type Program,
  refsOf,
  resolve,
  type Step,
} from "./program.ts";
import type { Value } from "../reference/tape/value.ts";

/**
 * A smaller program for which something still holds, which holds for the given one: steps are dropped
 * or replaced by leaves or by what they were given, leaves and options become plain, sizes small.
 */
export function shrink(program: Program, holds: (program: Program) => boolean): Program {
  for (;;) {
    const before = weight(program);
    for (const candidates of [cuts, bypasses, leaves, plainer, smaller]) {
      program = improved(program, candidates, holds);
    }
    if (weight(program) >= before) return program;
  }
}

type Candidates = (program: Program) => Iterable<Program>;

/** Takes each candidate that still holds, and looks for the next from there. */
function improved(
  program: Program,
  candidates: Candidates,
  holds: (program: Program) => boolean,
): Program {
  search: for (;;) {
    for (const candidate of candidates(program)) {
      if (weight(candidate) >= weight(program) || !holds(candidate)) continue;
      program = candidate;
      continue search;
    }
    return program;
  }
}

/** How much there is to read. */
function weight({ steps }: Program): number {
  return steps.reduce((sum, step) => sum + 50 + JSON.stringify(step).length + sizes(step), 0);
}

function sizes(step: Step): number {
  return "leaf" in step ? step.leaf.shape.reduce((sum, n) => sum + n, 0) : 0;
}

/** Without some steps and all that depends on them. */
function* cuts(program: Program): Iterable<Program> {
  const n = program.steps.length;
  for (let length = n >> 1; length >= 1; length >>= 1) {
    for (let end = n; end > 0; end -= length) {
      const dropped = new Set<number>();
      for (let i = Math.max(0, end - length); i < end; i++) dropped.add(i);
      program.steps.forEach((step, i) => {
        if (refsOf(step).some((ref) => dropped.has(ref))) dropped.add(i);
      });
      yield without(program, dropped);
    }
  }
}

/** The values in the reference, as far as it goes. */
function valuesOf({ steps }: Program): (Value | null)[] {
  const values: (Value | null)[] = [];
  for (const step of steps) values.push(perform(reference, step, (ref) => values[ref]!));
  return values;
}

/** With what a step was given in its place. */
function* bypasses(program: Program): Iterable<Program> {
  const kinds = valuesOf(program).map((x) => x && `${x.array.dtype} ${x.array.data.length}`);
  for (let i = program.steps.length - 1; i >= 0; i--) {
    const step = program.steps[i]!;
    if (isAction(step)) continue;
    for (const ref of new Set(refsOf(step))) {
      if (kinds[ref] === kinds[i]) yield without(renamed(program, i, ref), new Set([i]));
    }
  }
}

/** With a leaf in the place of a step; what only this step needed goes, too. */
function* leaves(program: Program): Iterable<Program> {
  const values = valuesOf(program);
  for (let i = program.steps.length - 1; i >= 0; i--) {
    const step = program.steps[i]!, value = values[i];
    if ("leaf" in step || isAction(step) || value === null || value === undefined) continue;
    const { shape, data, dtype } = value.array;
    const leaf: Leaf = { shape: [...shape], seed: i + 1, kind: "signed" };
    if (dtype !== "float32") {
      Object.assign(leaf, { kind: "whole", high: Math.max(1, ...data.map((v) => v + 1)), dtype });
    } else if (value.requiresGrad) leaf.requiresGrad = true;
    const steps = program.steps.with(i, { op: "leaf", leaf });
    const unused = new Set<number>();
    for (let j = i - 1; j >= 0; j--) {
      const isUsed = steps.some((s, k) => !unused.has(k) && refsOf(s).includes(j));
      if (!isUsed && !isAction(steps[j]!)) unused.add(j);
    }
    yield without({ ...program, steps }, unused);
  }
}

/** With plain leaves and without options. */
function* plainer(program: Program): Iterable<Program> {
  for (const [i, step] of program.steps.entries()) {
    const replaced = (other: Step) => ({ ...program, steps: program.steps.with(i, other) });
    if ("leaf" in step) {
      for (const name of ["isParameter", "layout", "requiresGrad"] as const) {
        const leaf = { ...step.leaf };
        if (!(name in leaf)) continue;
        delete leaf[name];
        yield replaced({ ...step, leaf });
      }
      continue;
    }
    if (!("args" in step)) continue;
    const { noGrad: _, ...recorded } = step;
    yield replaced(recorded);
    for (const [j, arg] of step.args.entries()) {
      if (typeof arg !== "object" || arg === null || isRef(arg) || Array.isArray(arg)) continue;
      const options = arg as { [option: string]: Arg };
      for (const name of Object.keys(options)) {
        const { [name]: _, ...rest } = options;
        yield replaced({ ...step, args: step.args.with(j, rest) });
      }
    }
  }
}

/** With a length smaller, everywhere or in one leaf. */
function* smaller(program: Program): Iterable<Program> {
  const lengths = new Set<number>();
  for (const step of program.steps) {
    if ("leaf" in step) step.leaf.shape.forEach((n) => lengths.add(n));
  }
  for (const n of lengths) {
    for (const less of new Set([1, n >> 1, n - 1])) {
      if (less < 1 || less >= n) continue;
      yield { ...program, steps: program.steps.map((step) => resized(step, n, less)) };
    }
  }
  for (const [i, step] of program.steps.entries()) {
    if (!("leaf" in step)) continue;
    for (const n of new Set(step.leaf.shape)) {
      if (n < 2) continue;
      yield { ...program, steps: program.steps.with(i, resized(step, n, n - 1)) };
    }
  }
}

/** A step with one length in the place of another wherever a length may stand. */
function resized(step: Step, from: number, to: number): Step {
  const swap = (n: number) => n === from ? to : n;
  if ("leaf" in step) {
    return { ...step, leaf: { ...step.leaf, shape: step.leaf.shape.map(swap) } };
  }
  if (!("args" in step)) return step;
  if (step.op === "narrow") {
    return { ...step, args: [...step.args.slice(0, 3), swap(step.args[3] as number)] };
  }
  if (!["reshape", "expand", "layerNorm"].includes(step.op)) return step;
  const args = step.args.map((arg) => Array.isArray(arg) ? (arg as number[]).map(swap) : arg);
  return { ...step, args };
}

/** A program in which one value stands for another. */
function renamed(program: Program, from: number, to: number): Program {
  return {
    ...program,
    steps: program.steps.map((step) => mapped(step, (r) => r === from ? to : r)),
  };
}

/** A program without some steps, on which no other depends. */
function without(program: Program, dropped: ReadonlySet<number>): Program {
  const places = new Map<number, number>();
  program.steps.forEach((_, i) => {
    if (!dropped.has(i)) places.set(i, places.size);
  });
  const steps = program.steps.filter((_, i) => !dropped.has(i));
  return { ...program, steps: steps.map((step) => mapped(step, (ref) => places.get(ref)!)) };
}

function mapped(step: Step, place: (ref: number) => number): Step {
  if (!("args" in step)) return step;
  return { ...step, args: step.args.map((arg) => resolve(arg, (r) => ({ ref: place(r) })) as Arg) };
}
