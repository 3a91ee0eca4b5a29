/**
 * The pass from a result back to the leaves.
 *
 * @module
 */
import { ADD } from "../device/arithmetic.ts";
import {
  alloc,
  Buffer,
  kernelsOf,
  notATensor,
  pickDims,
  viewOf,
  wrongDevice,
} from "../device/buffer.ts";
import { currentScope, nearestOpen, runIn, Scope } from "../device/current_scope.ts";
import { GradientError, show } from "../core/errors.ts";
import { checkOptions, flag, type Kinds } from "../core/options.ts";
import { isDense, sameShape } from "../core/shape.ts";
import { type Storage, strayBytes, warnOfStrays } from "../device/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asGradient, isGradientType } from "./whole_gradient.ts";
import { anomalies } from "./anomalies.ts";
import { LINEAR, type Node, record, setRecording, tensorOf } from "./autograd.ts";
import { areThereHooks, hooksOf } from "./gradient_hooks.ts";
import { copyOf, letGo, take } from "./leaf_gradient.ts";

/** Options of `backward()`. */
export interface BackwardOptions {
  /** Keep the graph for another pass. */
  retainGraph?: boolean;
  /**
   * Record the pass, so that the gradients have gradients. The gradients in `grad` then have a graph,
   * which ends with the scope of this call. Default: false. See {@link grad}.
   */
  createGraph?: boolean;
}

const BACKWARD: Kinds<BackwardOptions> = { retainGraph: flag, createGraph: flag };

/** A result, and what its own gradient is. */
export type Seed = readonly [root: Tensor, gradient: Tensor | null];

/** One walk from results back. */
interface Pass {
  /** Releases what the walk makes. */
  readonly scope: Scope;
  /** That of one gradient function. */
  readonly inner: Scope;
  readonly retainGraph: boolean;
  /** What `grad` looks for; null: all leaves get their gradients. */
  readonly search: Search | null;
  /** What leaves with hooks have received so far. */
  readonly pending: Map<Tensor, Tensor>;
}

/**
 * Adds to the `grad` of every leaf that `root` depends on. See `Tensor.backward`.
 */
export function backward(
  root: Tensor,
  gradient: Tensor | undefined,
  options: BackwardOptions,
): void {
  const { retainGraph = false, createGraph = false } = checkOptions("backward", options, BACKWARD);
  checkRoot("backward", root, gradient);
  if (createGraph) return backwardRecorded(root, gradient ?? null);
  if (currentScope() === null) watchStrays();
  walk(reachable("backward", [root]), [[root, gradient ?? null]], retainGraph, null);
}

/** Walks nodes, each before its inputs, from the gradients of results on. */
export function walk(
  nodes: readonly Node[],
  seeds: readonly Seed[],
  retainGraph: boolean,
  search: Search | null,
): void {
  const scope = new Scope("backward()").open();
  const wasRecording = setRecording(false);
  const inner = new Scope("a gradient function");
  const pass: Pass = { scope, inner, retainGraph, search, pending: new Map() };
  anomalies?.begin();
  try {
    for (const [root, gradient] of seeds) accumulate(root, seedOf(root, gradient), pass);
    for (const node of nodes) if (node.dy !== null) run(node, pass);
    for (const [leaf, sum] of pass.pending) {
      const dx = hooked(leaf, sum, scope);
      if (search === null) accumulateLeaf(leaf, dx, pass);
      else search.found.set(leaf, dx);
    }
  } finally {
    anomalies?.end();
    for (const node of nodes) drop(node, scope); // only after an error is there any left
    setRecording(wasRecording);
    scope.closeAll();
  }
}

function seedOf(root: Tensor, gradient: Tensor | null): Tensor {
  return gradient === null ? ones(root) : asGradient(gradient);
}

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
function checkIsGradient(op: string, of: Tensor, gradient: Tensor): void {
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

/**
 * All nodes that results depend on, each before its inputs. Throws where the graph is gone.
 *
 * @param ends Tensors behind which nothing is looked for.
 */
export function reachable(
  op: string,
  roots: readonly Tensor[],
  ends: ReadonlySet<Tensor> | null = null,
): Node[] {
  const nodes: Node[] = [];
  const pass = nextPass();
  for (let i = 0; i < roots.length; i++) {
    const { node } = roots[i]!;
    if (node === null || node.pass === pass) continue;
    node.pass = pass;
    nodes.push(node);
  }
  let isSorted = nodes.length < 2;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    checkGraph(op, node);
    const pairs = node.pairs!;
    for (let j = 0; j < pairs.length; j++) {
      const next = pairs[j]![0].node;
      if (next === null || next.pass === pass || ends?.has(pairs[j]![0])) continue;
      next.pass = pass;
      isSorted &&= next.order < nodes[nodes.length - 1]!.order;
      nodes.push(next);
    }
  }
  return isSorted ? nodes : nodes.sort((a, b) => b.order - a.order);
}

let passes = 0;

function nextPass(): number {
  return ++passes;
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
      if (nodes[i]!.pairs!.some(([x]) => this.needs(x))) this.#users.add(nodes[i]!);
    }
  }

  /** Whether it is one of them, or depends on one. */
  needs(x: Tensor): boolean {
    return this.found.has(x) || (x.node !== null && this.#users.has(x.node));
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

/** Hands a node's gradient on to its inputs, and lets go of it. */
function run(node: Node, pass: Pass): void {
  const { scope, inner, search } = pass;
  const pairs = node.pairs!;
  node.checkSaved();
  if (areThereHooks) replace(node, hooked(node, node.dy!, scope), scope);
  const dy = node.dy!;
  if (node.retains !== null) retain(node.retains, dy, pass);
  const wanted = search?.madeBy(node);
  if (wanted !== undefined) search!.found.set(wanted, given(copyOf(dy), scope));
  const shared = node.shared === undefined ? null : new Scope(node.name).open();
  let lent: Storage[] | null = null;
  try {
    const s = shared === null ? undefined : node.shared!(dy);
    for (let i = 0; i < pairs.length; i++) {
      const input = pairs[i]![0];
      // a leaf may be told so after the op
      if (search === null ? !input.requiresGrad : !search.needs(input)) continue;
      inner.open();
      try {
        const dx = asGradient(pairs[i]![1](dy, s));
        checkGradient(node, input, dx);
        if (anomalies !== null) anomalies.gradient(node, dy, dx);
        // What `shared` made may be returned again, so no leaf may adopt it: only a node holds it.
        // What belongs to no scope is the caller's.
        const from = dx.storage.scope;
        if (from === inner || (from !== null && from === shared && input.node !== null)) {
          dx.storage.moveTo(scope);
          // A later gradient of this op may read or return it again: until then nothing is added to
          // it in place, and it is not released.
          if (input.node !== null && (from === shared || i + 1 < pairs.length)) {
            dx.storage.holds++;
            (lent ??= []).push(dx.storage);
          }
        }
        accumulate(input, dx, pass);
      } finally {
        inner.closeAll();
      }
    }
  } finally {
    if (lent !== null) { for (const storage of lent) unhold(storage, scope); }
    shared?.closeAll();
  }
  drop(node, scope);
  if (!pass.retainGraph) node.pairs = null;
}

function checkGradient(node: Node, input: Tensor, dx: Tensor): void {
  if (!sameShape(dx.shape, input.shape) || dx.dtype !== "float32") {
    throw new GradientError(
      `backward: a gradient of ${node.name} must be float32 ${show(input.shape)} like its ` +
        `input: it is ${dx.dtype} ${show(dx.shape)}`,
    );
  }
}

/** What the hooks of a leaf, or of what a node made, make of its gradient; `scope`: the pass's own. */
function hooked(of: Tensor | Node, dy: Tensor, scope: Scope | null = null): Tensor {
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

/** A gradient of the pass, as what belongs to the caller. */
function given(dx: Tensor, scope: Scope): Tensor {
  if (dx.storage.scope !== null && dx.storage.leaf === null && isWithin(dx.storage.scope, scope)) {
    dx.storage.moveTo(nearestOpen(scope.parent));
  }
  return dx;
}

/** Whether a scope is another one, or open inside it. */
function isWithin(inside: Scope, scope: Scope): boolean {
  for (let s: Scope | null = inside; s !== null; s = s.parent) if (s === scope) return true;
  return false;
}

/** Puts another gradient in the place of a node's. */
function replace(node: Node, dy: Tensor, scope: Scope): void {
  if (dy === node.dy) return;
  hold(dy);
  drop(node, scope);
  node.dy = dy;
}

/** Adds a gradient to what a tensor has received so far. */
function accumulate(input: Tensor, dx: Tensor, pass: Pass): void {
  const node = input.node;
  const { scope, search } = pass;
  if (search !== null && search.endsAt(input)) return addUp(search.found, input, dx, scope);
  if (node === null) return receive(input, dx, pass);
  const sum = node.dy;
  if (sum === null) {
    hold(node.dy = dx);
  } else if (isExclusive(sum, 1, scope)) {
    add(sum, dx, sum);
    if (dx.storage.holds === 0 && dx.storage.scope === scope) dx.storage.release("backward()");
  } else {
    const room = alloc(sum, sum.shape);
    room.storage.moveTo(scope);
    const like = [sum, dx].find((t) => isDense(t.shape, t.strides)) ?? room;
    const out = viewOf(room, sum.shape, like.strides);
    add(sum, dx, out);
    drop(node, scope);
    hold(node.dy = tensorOf(out, null));
  }
}

/** Gives a leaf a gradient: to keep, or to be seen by hooks or returned when the pass is over. */
function receive(leaf: Tensor, dx: Tensor, pass: Pass): void {
  if (areThereHooks && hooksOf(leaf).length > 0) addUp(pass.pending, leaf, dx, pass.scope);
  else if (pass.search !== null) addUp(pass.search.found, leaf, dx, pass.scope);
  else accumulateLeaf(leaf, dx, pass);
}

function addUp(
  sums: Map<Tensor, Tensor> | Map<Tensor, Tensor | null>,
  leaf: Tensor,
  dx: Tensor,
  scope: Scope,
): void {
  const sum = sums.get(leaf) ?? null;
  if (sum !== null) kernelsOf(sum).binary(ADD, sum, dx, sum);
  else {
    const own = dx.isContiguous && isExclusive(dx, 0, scope) ? dx : copyOf(dx);
    sums.set(leaf, given(own, scope));
  }
}

/** out = a + b, all of one shape; out is dense, in any order of dimensions, and may be a or b. */
function add(a: Buffer, b: Buffer, out: Buffer): void {
  if (!out.isContiguous) {
    // Kernels write row-major. With the dimensions in the order in which out lies in memory, it is:
    //   out [2, 3] with strides [1, 2]  ─▶  [3, 2] with strides [2, 1]; a and b turn alike
    const order = out.strides.map((_, i) => i).sort((i, j) => out.strides[j]! - out.strides[i]!);
    [a, b, out] = [pickDims(a, order), pickDims(b, order), pickDims(out, order)];
  }
  kernelsOf(out).binary(ADD, a, b, out);
}

function accumulateLeaf(leaf: Tensor, dx: Tensor, { scope }: Pass): void {
  if (leaf.grad !== null) {
    kernelsOf(leaf.grad).binary(ADD, leaf.grad, dx, leaf.grad);
    leaf.grad.storage.version++;
    if (dx.storage.holds === 0 && dx.storage.scope === scope) dx.storage.release("backward()");
    return;
  }
  take(leaf, dx.isContiguous && isExclusive(dx, 0, scope) ? dx : copyOf(dx));
}

/** Keeps the gradient of an intermediate tensor that asked for it. */
function retain(tensor: Tensor, dy: Tensor, pass: Pass): void {
  if (tensor.grad === null) take(tensor, copyOf(dy));
  else accumulateLeaf(tensor, dy, pass);
}

/** Whether a gradient made in this pass is all of its storage and nobody else looks into it. */
function isExclusive(dx: Tensor, holds: number, pass: Scope): boolean {
  const { storage } = dx;
  return storage.scope === pass && storage.holds === holds &&
    (dx.isContiguous || isDense(dx.shape, dx.strides)) &&
    dx.numel * 4 === storage.fullBytes;
}

function hold(dx: Tensor): void {
  dx.storage.holds++;
}

/** Lets go of a node's gradient: the last to do so releases it. */
function drop(node: Node, pass: Scope): void {
  const dy = node.dy;
  if (dy === null) return;
  node.dy = null;
  unhold(dy.storage, pass);
}

/** One holder less: the last releases what was made in this pass. */
function unhold(storage: Storage, pass: Scope): void {
  if (--storage.holds === 0 && storage.scope === pass) storage.release("backward()");
}

function ones(like: Tensor): Tensor {
  const out = alloc(like, like.shape);
  kernelsOf(out).fill(out, 1);
  return tensorOf(out, null);
}

/** The same as `backward`, recorded: what leaves get has a graph. */
function backwardRecorded(root: Tensor, gradient: Tensor | null): void {
  const sums = walkRecorded("backward", reachable("backward", [root]), [[root, gradient]], null);
  const wasRecording = setRecording(true);
  try {
    for (const [leaf, dx] of sums) noted(leaf, dx);
  } finally {
    setRecording(wasRecording);
  }
}

/**
 * Walks nodes like {@link walk}, but records what gradient functions do, and releases nothing: it all
 * belongs to the caller's scope.
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
  const needs = (x: Tensor) => search === null ? x.requiresGrad : search.needs(x);
  const give = (x: Tensor, dx: Tensor) => {
    const node = search?.endsAt(x) ? null : x.node;
    if (node === null) sums.set(x, plus(sums.get(x) ?? null, dx));
    else node.dy = plus(node.dy, dx);
  };
  const wasRecording = setRecording(true);
  anomalies?.begin();
  try {
    for (const [root, gradient] of seeds) give(root, seedOf(root, gradient));
    for (const node of nodes) {
      if (node.dy === null) continue;
      const dy = hooked(node, node.dy);
      node.dy = null;
      if (node.retains !== null) noted(node.retains, dy);
      const wanted = search?.madeBy(node);
      if (wanted !== undefined) sums.set(wanted, dy);
      const pairs = node.pairs!.filter(([x]) => needs(x));
      if (pairs.length === 0) continue;
      node.checkSaved();
      if (!node.isDifferentiable) {
        throw new GradientError(
          `${op}: createGraph needs gradients that are made of recorded ops: that of ${node.name} ` +
            `is not`,
        );
      }
      const s = node.shared?.(dy);
      for (const [input, gradient] of pairs) {
        const dx = asGradient(gradient(dy, s));
        checkGradient(node, input, dx);
        if (anomalies !== null) anomalies.gradient(node, dy, dx);
        give(input, dx);
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

let strayBefore = 0;
let strayGrowth = 0;

/** Warns of a loop that keeps all it makes: bytes outside all scopes grow with every pass. */
function watchStrays(): void {
  strayGrowth = strayBytes > strayBefore ? strayGrowth + 1 : 0;
  strayBefore = strayBytes;
  if (strayGrowth >= 3 && strayBytes >= 32 * 2 ** 20) warnOfStrays(" with every backward()");
}
