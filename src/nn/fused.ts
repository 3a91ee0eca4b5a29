/**
 * Neighbours in a `Sequential` that one kernel does together, where nobody sees what is between them. A
 * class says by itself what it does with relu, so that a program has the code of those it uses alone.
 *
 * @module
 */
import { watcher } from "../device/watch.ts";
import { Tensor } from "../tensor/tensor.ts";
import { nameFault } from "./fault.ts";
import { computedBy } from "./forward.ts";
import { type AnyModule, hasHooks } from "./module.ts";

/** What a class of modules does with relu beside it: null where no kernel does both. */
export interface Fusion<M> {
  /** It is relu itself. */
  readonly isRelu?: true;
  /** relu of what the module makes of x. */
  readonly withRelu?: (module: M, x: Tensor) => Tensor | null;
  /** What the module makes of relu(x). */
  readonly afterRelu?: (module: M, x: Tensor) => Tensor | null;
}

/** By the `forward` of their classes, as they were written. */
// deno-lint-ignore no-explicit-any
const fusions = new Map<unknown, Fusion<any>>();

/** Tells what a class does, by its `forward`. To be called before any instance has it wrapped. */
export function fuse<M>(forward: unknown, fusion: Fusion<M>): void {
  fusions.set(forward, fusion);
}

/** What a module does, if it is what its class is, and nobody is told of it. */
function fusionOf(module: AnyModule | undefined): Fusion<AnyModule> {
  if (module === undefined) return NONE;
  const fusion = fusions.get(computedBy(module));
  return fusion === undefined || hasHooks(module) ? NONE : fusion;
}

const NONE: Fusion<AnyModule> = {};

/**
 * What the module at a place and the next make of x: the bits of one after the other, and the gradient.
 * Null where no kernel does both, where somebody watches, or where one of them is not what its class
 * is. relu goes with a pooling behind it, else with what is before it.
 */
export function fused(list: readonly AnyModule[], i: number, x: unknown): Tensor | null {
  const next = list[i + 1];
  if (next === undefined || watcher !== null || !(x instanceof Tensor)) return null;
  const module = list[i]!;
  const { isRelu, withRelu } = fusionOf(module);
  if (isRelu === true) {
    const { inplace } = module as AnyModule & { inplace?: boolean };
    return inplace ? null : fusionOf(next).afterRelu?.(next, x) ?? null;
  }
  if (withRelu === undefined || fusionOf(next).isRelu !== true) return null;
  if (fusionOf(list[i + 2]).afterRelu !== undefined) return null;
  try {
    return withRelu(module, x);
  } catch (error) {
    nameFault(error, module);
    throw error;
  }
}
