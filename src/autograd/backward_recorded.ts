/**
 * The pass that is recorded itself, which `createGraph` asks for: its gradients have gradients.
 *
 * @module
 */
import { ADD } from "../device/arithmetic.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { GradientError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asGradient } from "./integer_gradient.ts";
import { anomalies } from "./anomalies.ts";
import { LINEAR, type Node, record, setRecording } from "./autograd.ts";
import { hooked } from "./gradient_hooks.ts";
import { checkGradient, isNeeded, reachable, type Search, type Seed, seedOf } from "./graph.ts";
import { nodeOf } from "./history.ts";
import { copyOf, letGo, take } from "./leaf_gradient.ts";

/** Adds to the `grad` of every leaf that `root` depends on, with a graph. */
export function backwardRecorded(root: Tensor, gradient: Tensor | null): void {
  const sums = walkRecorded("backward", reachable("backward", [root]), [[root, gradient]], null);
  const wasRecording = setRecording(true);
  try {
    for (const [leaf, dx] of sums) noted(leaf, dx);
  } finally {
    setRecording(wasRecording);
  }
}

/**
 * Walks nodes, each before its inputs, as `walk` does, but records what gradient functions do and
 * releases nothing: it all belongs to the caller's scope.
 *
 * @returns The leaves' gradients, of a search only those that it looks for.
 */
export function walkRecorded(
  op: string,
  nodes: readonly Node[],
  seeds: readonly Seed[],
  search: Search | null,
): Map<Tensor, Tensor> {
  const sums = new Map<Tensor, Tensor>();
  const give = (x: Tensor, user: Node | null, dx: Tensor) => {
    const node = search?.endsAt(x) ? null : nodeOf(x, user);
    if (node === null) sums.set(x, plus(sums.get(x) ?? null, dx));
    else node.dy = plus(node.dy, dx);
  };
  const wasRecording = setRecording(true);
  anomalies?.begin();
  try {
    for (const [root, gradient] of seeds) give(root, null, seedOf(root, gradient));
    for (const node of nodes) {
      if (node.dy === null) continue;
      const dy = hooked(node, node.dy);
      node.dy = null;
      if (node.retains !== null) noted(node.retains, dy);
      const wanted = search?.madeBy(node);
      if (wanted !== undefined) sums.set(wanted, dy);
      if (search !== null && !search.leadsThrough(node)) continue;
      const pairs = node.pairs!.filter(([x]) => isNeeded(x, node, search));
      if (pairs.length === 0) continue;
      node.checkSaved(true);
      if (!node.isDifferentiable) {
        throw new GradientError(
          `${op}: createGraph needs gradients that are made of recorded ops: that of ${node.name} ` +
            `is not`,
        );
      }
      const s = node.shared?.(dy, (x) => isNeeded(x, node, search));
      for (const [input, gradient] of pairs) {
        const dx = asGradient(gradient(dy, s));
        checkGradient(node, input, dx);
        if (anomalies !== null) anomalies.gradient(node, dy, dx);
        give(input, node, dx);
      }
    }
    for (const [x, dx] of sums) {
      if (x.node === null && !search?.endsAt(x)) sums.set(x, hooked(x, dx));
    }
  } finally {
    anomalies?.end();
    for (const node of nodes) node.dy = null;
    setRecording(wasRecording);
  }
  return sums;
}

/** Adds to a tensor's gradient, with its graph. */
function noted(tensor: Tensor, dy: Tensor): void {
  const { grad } = tensor;
  const sum = grad === null ? clone(dy) : plus(grad, dy);
  if (grad !== null) letGo(tensor, grad, "backward()");
  take(tensor, sum);
}

/** a + b, recorded; of nothing and b it is b. */
function plus(a: Tensor | null, b: Tensor): Tensor {
  if (a === null) return b;
  const out = alloc(a, a.shape);
  kernelsOf(out).binary(ADD, a, b, out);
  return record("add", out, [[a, (dy) => dy], [b, (dy) => dy]], LINEAR);
}

/** A copy, recorded. */
function clone(x: Tensor): Tensor {
  return record("clone", copyOf(x), [[x, (dy) => dy]], LINEAR);
}
