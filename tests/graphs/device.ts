/** What runs a program. */
import { isAction, type Leaf, type Program, resolve, type Step } from "./program.ts";

/** Who makes tensors and calls ops. */
export interface Device<T> {
  /** A tensor to begin with. */
  leaf(leaf: Leaf): T;
  /** Calls an op; what it returns is a tensor, or several, of which a step takes one. */
  call(op: string, args: unknown[], noGrad: boolean): T | Record<string | number, T>;
  /** A backward pass. */
  backward(root: T, gradient: T | null, options: { retainGraph?: boolean }): void;
  /** Has an intermediate tensor keep its gradient. */
  retainGrad(x: T): void;
  /** w ← w − lr · its gradient, which is then none. */
  descend(w: T, lr: number): void;
}

/** Does one step and returns its value; what it changes has its value in the end. */
export function perform<T>(device: Device<T>, step: Step, of: (ref: number) => T): T | null {
  if (!("args" in step)) return device.leaf(step.leaf);
  // deno-lint-ignore no-explicit-any
  const args = step.args.map((arg) => resolve(arg, of)) as any[];
  if (step.op === "backward") device.backward(args[0], args[1], args[2]);
  else if (step.op === "retainGrad") device.retainGrad(args[0]);
  else if (step.op === "descend") device.descend(args[0], args[1]);
  else {
    const made = device.call(step.op, args, step.noGrad ?? isAction(step));
    if (isAction(step)) return null;
    return step.part === undefined ? made as T : (made as Record<string | number, T>)[step.part]!;
  }
  return null;
}

/** Runs a program. Returns the value of each step, null where it has none. */
export function performAll<T>(device: Device<T>, { steps }: Program): (T | null)[] {
  const values: (T | null)[] = [];
  for (const step of steps) values.push(perform(device, step, (ref) => values[ref]!));
  return values;
}
