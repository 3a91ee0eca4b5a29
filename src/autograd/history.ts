/**
 * What made a tensor, as an op that took it knew it. A recorded change in place gives a tensor another
 * node, and the former one becomes its `before`; an op's input is what the last node was that is older
 * than the op's own.
 *
 * ```
 * x.node ──▶ add_ (order 7) ──before──▶ relu (order 4)
 *                                          ▲
 *            mul (order 5), made of x: nodeOf(x, mul) is relu
 * ```
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import { LINEAR, nextOrder, Node } from "./autograd.ts";

/** The pairs of a node that only says that a history ended: see {@link endHistory}. */
const ENDED: readonly [] = [];

/**
 * What made x as an op knew it: x may have been changed in place since, which gave it a later node.
 * Without an op, as it is now.
 */
export function nodeOf(x: Tensor, user: Node | null = null): Node | null {
  let node = user === null ? x.node : lastNode(x);
  if (user !== null) { while (node !== null && node.order >= user.order) node = node.before; }
  return node?.pairs === ENDED ? null : node;
}

/** Where the histories of tensors ended: ops that were recorded before know them by what was before. */
let ends: WeakMap<Tensor, Node> | null = null;

/**
 * Ends the history of x: what is recorded from here on takes it for a leaf. What was recorded before and
 * reads its value is told, as a gradient of a gradient would go through it.
 */
export function endHistory(x: Tensor): void {
  const before = lastNode(x);
  if (x.node !== null) x.storage.endedAt = nextOrder();
  x.node = x.look = null;
  if (before === null || before.pairs === ENDED) return;
  const end = new Node("detach_", x, ENDED, ENDED, LINEAR);
  end.before = before;
  (ends ??= new WeakMap()).set(x, end);
}

/** What made x last, or where its history ended. */
export function lastNode(x: Tensor): Node | null {
  return x.node ?? ends?.get(x) ?? null;
}

/** Gives a view whose memory was changed in place by recorded ops the history of what it looks at. */
export function renew(x: Tensor): void {
  x.rewrites = x.storage.rewrites;
  const { look, node: before } = x;
  if (look === null || !look[0].requiresGrad) return;
  const node = new Node("view", x, [look], [look], LINEAR);
  node.before = before;
  if (before?.retains === x) {
    before.retains = null;
    node.retains = x;
  }
  x.node = node;
}
