/**
 * The pass from a result back to the leaves: `walk` goes through the nodes, `run` calls a node's
 * gradient functions, `accumulate` adds what they return to what each input has received so far.
 *
 * A gradient function may return dy itself or a view of it, so several gradients may lie in one storage.
 * `holds` counts them: a sum goes into that memory only where nobody else holds it, and the last to let
 * go releases it.
 *
 * ```
 * a + b = c    c.dy ─┬─▶ a.dy                a storage that three gradients hold: `drop(c)` leaves two,
 *                    └─▶ b.dy                and what is added to a.dy goes into memory of its own
 * ```
 *
 * @module
 */
import { ADD } from "../device/arithmetic.ts";
import { alloc, type Buffer, kernelsOf, pickDims, viewOf } from "../device/buffer.ts";
import { currentScope, Scope } from "../device/current_scope.ts";
import { checkOptions, flag, type Kinds } from "../core/options.ts";
import { isDense } from "../core/shape.ts";
import { type Storage, strayBytes, warnOfStrays } from "../device/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asGradient } from "./integer_gradient.ts";
import { anomalies } from "./anomalies.ts";
import { type Node, setRecording, tensorOf } from "./autograd.ts";
import { backwardRecorded } from "./backward_recorded.ts";
import { areThereHooks, hooked, hooksOf } from "./gradient_hooks.ts";
import {
  checkGradient,
  checkRoot,
  isNeeded,
  reachable,
  type Search,
  type Seed,
  seedOf,
} from "./graph.ts";
import { nodeOf } from "./history.ts";
import { copyOf, given, take } from "./leaf_gradient.ts";

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
    for (const [root, gradient] of seeds) {
      accumulate(root, root.node, seedOf(root, gradient), pass);
    }
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

/** Hands a node's gradient on to its inputs, and lets go of it. */
function run(node: Node, pass: Pass): void {
  const { scope, inner, search } = pass;
  const pairs = node.pairs!;
  if (areThereHooks) replace(node, hooked(node, node.dy!, scope), scope);
  const dy = node.dy!;
  if (node.retains !== null) retain(node.retains, dy, pass);
  const wanted = search?.madeBy(node);
  if (wanted !== undefined) search!.found.set(wanted, given(copyOf(dy), scope));
  if (search !== null && !search.leadsThrough(node)) return drop(node, scope); // may yet be walked
  node.checkSaved();
  const shared = node.shared === undefined ? null : new Scope(node.name).open();
  let held: Storage[] | null = null;
  try {
    const s = node.shared?.(dy, (x) => isNeeded(x, node, search));
    for (let i = 0; i < pairs.length; i++) {
      const [input, gradient] = pairs[i]!;
      if (!isNeeded(input, node, search)) continue;
      const next = nodeOf(input, node);
      inner.open();
      try {
        const dx = asGradient(gradient(dy, s));
        checkGradient(node, input, dx);
        if (anomalies !== null) anomalies.gradient(node, dy, dx);
        // What `shared` made may be returned again, so no leaf may adopt it: only a node holds it.
        // What belongs to no scope is the caller's.
        const from = dx.storage.scope;
        if (from === inner || (from !== null && from === shared && next !== null)) {
          dx.storage.moveTo(scope);
          // A later gradient of this op may read or return it again: until then nothing is added to
          // it in place, and it is not released.
          if (next !== null && (from === shared || i + 1 < pairs.length)) {
            dx.storage.holds++;
            (held ??= []).push(dx.storage);
          }
        }
        accumulate(input, next, dx, pass);
      } finally {
        inner.closeAll();
      }
    }
  } finally {
    if (held !== null) { for (const storage of held) unhold(storage, scope); }
    shared?.closeAll();
  }
  drop(node, scope);
  if (!pass.retainGraph) node.pairs = null;
}

/** Puts another gradient in the place of a node's. */
function replace(node: Node, dy: Tensor, scope: Scope): void {
  if (dy === node.dy) return;
  hold(dy);
  drop(node, scope);
  node.dy = dy;
}

/** Adds a gradient to what a tensor, made by a node, has received so far. */
function accumulate(input: Tensor, node: Node | null, dx: Tensor, pass: Pass): void {
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
    const total = alloc(sum, sum.shape);
    total.storage.moveTo(scope);
    const like = [sum, dx].find((t) => isDense(t.shape, t.strides)) ?? total;
    const out = viewOf(total, sum.shape, like.strides);
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
  else sums.set(leaf, given(ownOf(dx, scope), scope));
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
  take(leaf, ownOf(dx, scope));
}

/** A gradient, row-major, of which nobody else has anything. */
function ownOf(dx: Tensor, pass: Scope): Tensor {
  return dx.isContiguous && isExclusive(dx, 0, pass) ? dx : copyOf(dx);
}

/** Keeps the gradient of an intermediate tensor that asked for it. */
function retain(tensor: Tensor, dy: Tensor, pass: Pass): void {
  if (tensor.grad === null) take(tensor, copyOf(dy));
  else accumulateLeaf(tensor, dy, pass);
}

/** Whether a gradient made in this pass is all of its storage and nothing else is a view of it. */
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

let strayBefore = 0;
let strayGrowth = 0;

/** Warns of a loop that keeps all it makes: bytes outside all scopes grow with every pass. */
function watchStrays(): void {
  strayGrowth = strayBytes > strayBefore ? strayGrowth + 1 : 0;
  strayBefore = strayBytes;
  if (strayGrowth >= 3 && strayBytes >= 32 * 2 ** 20) warnOfStrays(" with every backward()");
}
