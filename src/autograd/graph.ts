/**
 * What a pass walks: where it begins, which nodes it goes through, and what it looks for.
 *
 * @module
 */
import { alloc, Buffer, kernelsOf, notATensor, wrongDevice } from "../device/buffer.ts";
import { GradientError, show } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asGradient, isGradientType } from "./integer_gradient.ts";
import { type Node, tensorOf } from "./autograd.ts";
import { nodeOf } from "./history.ts";

/** A result, and what its own gradient is. */
export type Seed = readonly [root: Tensor, gradient: Tensor | null];

/** Refuses a result without a graph, and a gradient that is not one of its own. */
export function checkRoot(op: string, root: Tensor, gradient: Tensor | null | undefined): void {
  if (!root.requiresGrad) {
    throw new GradientError(
      `${op}: ${show(root.shape)} does not depend on anything that requires a gradient: make ` +
        `the leaves with requiresGrad: true, and compute outside noGrad`,
    );
  }
  if (gradient === undefined || gradient === null) {
    if (root.numel !== 1) {
      throw new GradientError(
        `${op}: a tensor of one element is needed, or a gradient of its shape: it is ` +
          `${show(root.shape)}: reduce it by sum() or mean(), or ` +
          (op === "grad" ? "give gradOutputs" : "call backward(gradient)"),
      );
    }
  } else checkIsGradient(op, root, gradient);
}

/** Refuses what cannot be a tensor's gradient. */
export function checkIsGradient(op: string, of: Tensor, gradient: Tensor): void {
  if (!Buffer.is(gradient)) {
    throw new TypeError(
      `${op}: the gradient must be a tensor: it is ${notATensor(gradient)}`,
    );
  }
  if (!sameShape(gradient.shape, of.shape) || !isGradientType(gradient)) {
    throw new GradientError(
      `${op}: the gradient must be float32 ${show(of.shape)}: it is ${gradient.dtype} ` +
        show(gradient.shape),
    );
  }
  if (gradient.storage.device !== of.storage.device) {
    throw wrongDevice(op, "the gradient", gradient, of.storage.device);
  }
}

/** The gradient that a result begins with: 1 unless another is given. */
export function seedOf(root: Tensor, gradient: Tensor | null): Tensor {
  return gradient === null ? ones(root) : asGradient(gradient);
}

function ones(like: Tensor): Tensor {
  const out = alloc(like, like.shape);
  kernelsOf(out).fill(out, 1);
  return tensorOf(out, null);
}

let passes = 0;

/**
 * All nodes that results depend on, each before its inputs. Throws where the graph is gone.
 *
 * @param ends Tensors behind which nothing is looked for.
 * @param least The order of the first node that is looked for: what came before is left out.
 */
export function reachable(
  op: string,
  roots: readonly Tensor[],
  ends: ReadonlySet<Tensor> | null = null,
  least = -1,
): Node[] {
  const nodes: Node[] = [];
  const pass = ++passes; // a node has the number of the last pass that met it
  for (let i = 0; i < roots.length; i++) {
    const { node } = roots[i]!;
    if (node === null || node.pass === pass) continue;
    node.pass = pass;
    nodes.push(node);
  }
  let isSorted = nodes.length < 2;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (node.order <= least) continue;
    checkGraph(op, node);
    const pairs = node.pairs!;
    for (let j = 0; j < pairs.length; j++) {
      const next = nodeOf(pairs[j]![0], node);
      if (next === null || next.pass === pass || next.order < least || ends?.has(pairs[j]![0])) {
        continue;
      }
      next.pass = pass;
      isSorted &&= next.order < nodes[nodes.length - 1]!.order;
      nodes.push(next);
    }
  }
  return isSorted ? nodes : nodes.sort((a, b) => b.order - a.order);
}

function checkGraph(op: string, node: Node): void {
  if (node.leftScope !== "") {
    throw new GradientError(
      `${op}: the graph of ${node.name} ended with ${node.leftScope}: call ${op} inside, ` +
        `or detach() what runs along`,
    );
  }
  if (node.pairs === null) {
    throw new GradientError(
      `${op}: the graph of ${node.name} has been used: call ${op}() once, or pass ` +
        `{ retainGraph: true } the first time`,
    );
  }
}

/** What `grad` looks for: the gradients of some tensors, which go nowhere else. */
export class Search {
  /** The tensors, and what has been found of each. */
  readonly found: Map<Tensor, Tensor | null> = new Map();
  /** Those that are no leaves, by what made them. */
  readonly #made: Map<Node, Tensor> = new Map();
  /** What depends on one of them. */
  readonly #users: Set<Node> = new Set();

  /** Whether the pass ends at the tensors, as if they were leaves without hooks. */
  readonly #ends: boolean;

  /** For tensors among those that nodes, each before its inputs, are made of. */
  constructor(inputs: readonly Tensor[], nodes: readonly Node[], ends = false) {
    this.#ends = ends;
    for (const x of inputs) {
      this.found.set(x, null);
      if (x.node !== null && !ends) this.#made.set(x.node, x);
    }
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      if (node.pairs?.some(([x]) => this.needs(x, node))) this.#users.add(node);
    }
  }

  /** Whether what an op was made of is one of them, or depends on one. */
  needs(x: Tensor, user: Node): boolean {
    const node = nodeOf(x, user);
    if (node === null || this.#ends && this.found.has(x)) return this.found.has(x);
    return this.#made.has(node) || this.#users.has(node);
  }

  /** Whether something behind a node is looked for. */
  leadsThrough(node: Node): boolean {
    return this.#users.has(node);
  }

  /** Whether the pass ends at a tensor. */
  endsAt(x: Tensor): boolean {
    return this.#ends && this.found.has(x);
  }

  /** The tensor that a node made, if it is one of them. */
  madeBy(node: Node): Tensor | undefined {
    return this.#made.get(node);
  }
}

/**
 * Whether a pass asks for the gradient of what an op was made of. Without a search it asks for those of
 * results and of leaves that require one by now, which a leaf may be told after the op.
 */
export function isNeeded(x: Tensor, user: Node, search: Search | null): boolean {
  return search === null ? nodeOf(x, user) !== null || x.requiresGrad : search.needs(x, user);
}

/** Refuses what a gradient function returned, unless it fits the input. */
export function checkGradient(node: Node, input: Tensor, dx: Tensor): void {
  if (!sameShape(dx.shape, input.shape) || dx.dtype !== "float32") {
    throw new GradientError(
      `backward: a gradient of ${node.name} must be float32 ${show(input.shape)} like its ` +
        `input: it is ${dx.dtype} ${show(dx.shape)}`,
    );
  }
}
