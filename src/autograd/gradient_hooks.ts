/**
 * Functions that see, and may replace, the gradient of a tensor while a pass runs.
 *
 * @module
 */
import { type HookHandle, HookList } from "../core/hook_list.ts";
import { runIn, type Scope } from "../device/current_scope.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Node } from "./autograd.ts";
import { checkIsGradient } from "./graph.ts";
import { given } from "./leaf_gradient.ts";
import { asGradient } from "./integer_gradient.ts";

/** Is told the gradient of a tensor; may return another one in its place. */
export type GradientHook = (gradient: Tensor) => Tensor | null | undefined | void;

/** Those of leaves, and of what nodes made: few tensors have any. */
const lists = new WeakMap<Tensor | Node, HookList<GradientHook>>();

/** Whether any was ever registered: if not, a pass has nothing to look up. */
export let areThereHooks = false;

/** Adds a hook to a tensor that requires a gradient. */
export function addHook(x: Tensor, hook: GradientHook): HookHandle {
  areThereHooks = true;
  const key = x.node ?? x;
  let list = lists.get(key);
  if (list === undefined) lists.set(key, list = new HookList());
  return list.add(hook);
}

/** The hooks of a leaf, or of what a node made. */
export function hooksOf(key: Tensor | Node): readonly GradientHook[] {
  return lists.get(key)?.all() ?? NONE;
}

const NONE: readonly GradientHook[] = [];

/** What the hooks of a leaf, or of what a node made, make of its gradient; `scope`: the pass's own. */
export function hooked(of: Tensor | Node, dy: Tensor, scope: Scope | null = null): Tensor {
  for (const hook of hooksOf(of)) {
    // the hook may keep the gradient, and what it makes of it
    const other = (scope === null ? hook(dy) : runIn(scope.parent, () => hook(given(dy, scope)))) as
      | Tensor
      | undefined;
    if (other === undefined || other === null) continue;
    checkIsGradient("registerHook", dy, other);
    dy = asGradient(other);
  }
  return dy;
}
