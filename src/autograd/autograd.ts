/**
 * The engine. {@link record} makes a tensor of an op's result and notes how each input's gradient
 * follows from the result's; {@link backward} walks these notes from the last to the first.
 *
 * ```
 * x ──▶ linear ──▶ relu ──▶ crossEntropy ──▶ loss      record: each arrow back is a function
 *  ◀── dx         ◀── dh    ◀── dlogits      ◀── 1     backward: calls them in this order
 * ```
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
  releasedError,
  viewOf,
  wrongDevice,
} from "../device/buffer.ts";
import { currentScope, Scope } from "../device/current_scope.ts";
import { GradientError, show } from "../core/errors.ts";
import { checkOptions, flag, type Kinds } from "../core/options.ts";
import type { Platform } from "../core/platform.ts";
import { isDense, sameShape } from "../core/shape.ts";
import { type Storage, strayBytes, warnOfStrays } from "../device/storage.ts";
import { watcher } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";

declare const console: Platform["console"];

/**
 * Gradient of an op with respect to one input: from dy, the gradient of the op's result, and from
 * what `shared` computed. It may return dy itself or a view of it.
 */
export type Gradient<S = unknown> = (dy: Tensor, shared: S) => Tensor;

/** An input of an op beside its gradient. */
export type Pair<S = unknown> = readonly [input: Tensor, gradient: Gradient<S>];

/** What else `record` may be told. */
export interface RecordOptions<S = unknown> {
  /** Work that several gradients need: done once, before the first of them, and handed to each. */
  shared?: (dy: Tensor) => S;
  /**
   * The tensors and buffers whose values the gradients read, so that `backward()` can tell if one
   * was changed in place meanwhile. Default: all inputs and the result. `[]` where gradients look
   * at shapes only.
   */
  saved?: readonly Buffer[];
}

const NOTHING: readonly [] = [];

/** How one tensor was made. */
export class Node {
  /** The op. */
  readonly name: string;
  /** Position in the order of making: an op's inputs always come before it. */
  readonly order: number;
  /** The inputs that need a gradient, and their gradients; null once `backward()` has used them. */
  pairs: readonly Pair[] | null;
  /** See {@link RecordOptions}. */
  readonly shared: ((dy: Tensor) => unknown) | undefined;
  /** The gradient of the result, while a pass is running. */
  dy: Tensor | null = null;
  /** The result, if it was told to `retainGrad()`. */
  retains: Tensor | null = null;
  /** The scope that the result has left: the graph ends here. */
  leftScope = "";
  /** The last pass that found it. */
  pass = 0;
  /** What the gradients read, and each one's version at that time. */
  readonly #storages: readonly Storage[] = NOTHING;
  readonly #versions: readonly number[] = NOTHING;

  /** Called by {@link record}; `needed` are those of the pairs whose inputs require a gradient. */
  constructor(
    name: string,
    out: Buffer,
    pairs: readonly Pair[],
    needed: readonly Pair[],
    options: RecordOptions,
  ) {
    this.name = name;
    this.order = counter++;
    this.pairs = needed;
    this.shared = options.shared;
    const saved = options.saved ?? [...pairs.map(([input]) => input), out];
    if (saved.length === 0) return;
    this.#storages = saved.map(({ storage }) => storage);
    this.#versions = this.#storages.map(({ version }) => version);
  }

  /** Throws if a value that the gradients read is no longer what it was. */
  checkSaved(): void {
    for (let i = 0; i < this.#storages.length; i++) {
      const storage = this.#storages[i]!;
      if (storage.version !== this.#versions[i]) {
        throw new GradientError(
          `backward: a value that the gradient of ${this.name} needs was changed in place ` +
            `(${storage.version - this.#versions[i]!} times since): change it after backward()`,
        );
      }
    }
  }
}

let counter = 0;
let passes = 0;
let recording = true;
let putGrad: (tensor: Tensor, gradient: Tensor) => void;

/** Tells the engine how a tensor gets a gradient; `tensor.ts`, which stands above it, calls this once. */
export function definePutGrad(put: (tensor: Tensor, gradient: Tensor) => void): void {
  putGrad = put;
}

/** A buffer, once it has its values, as a tensor: a leaf, or what a node made. */
export function tensorOf(buffer: Buffer, node: Node | null): Tensor {
  let made = buffer as Tensor;
  const { storage } = made;
  if (made.isMade) { // a tensor that is recorded as another one's result
    made = viewOf(buffer, buffer.shape, buffer.strides) as Tensor;
    if (storage.owner === buffer) storage.owner = made;
  }
  made.isMade = true;
  made.node = node;
  if (storage.owner === null) storage.owner = made; // later ones are views
  return made;
}

/** Whether ops are being recorded: false inside `noGrad`. */
export function isRecording(): boolean {
  return recording;
}

/** Switches recording and returns what it was. */
export function setRecording(on: boolean): boolean {
  const was = recording;
  recording = on;
  return was;
}

/**
 * Whether `record` wants to know an input's gradient: it requires one, or somebody watches who is made
 * of whom. For small ops, which make no gradients in vain.
 */
export function isTracked(x: Tensor | number): x is Tensor {
  return typeof x !== "number" && (watcher !== null || (recording && x.requiresGrad));
}

/**
 * Makes a tensor of an op's result.
 *
 * @param name The op, for messages.
 * @param out The result, with its values.
 * @param pairs Each differentiable input beside its gradient; `[]` says that there are none.
 */
// deno-lint-ignore no-explicit-any
export function record<S = any>(
  name: string,
  out: Buffer,
  pairs: readonly Pair<S>[],
  options: RecordOptions<S> = {},
): Tensor {
  if (out.storage.madeBy === "") out.storage.madeBy = name;
  let node: Node | null = null;
  if (recording) {
    const needed = requiring(pairs as readonly Pair[]);
    if (needed.length > 0) node = new Node(name, out, pairs as readonly Pair[], needed, options);
  }
  const made = tensorOf(out, node);
  if (watcher !== null) watcher.made(name, made, pairs);
  return made;
}

/** The pairs whose inputs require a gradient now: what is said of an input later changes nothing. */
function requiring(pairs: readonly Pair[]): readonly Pair[] {
  for (let i = 0; i < pairs.length; i++) {
    if (!pairs[i]![0].requiresGrad) return pairs.filter(([input]) => input.requiresGrad);
  }
  return pairs;
}

/** Options of `backward()`. */
export interface BackwardOptions {
  /** Keep the graph for another pass. */
  retainGraph?: boolean;
}

const BACKWARD: Kinds<BackwardOptions> = { retainGraph: flag };

/**
 * Adds to the `grad` of every leaf that `root` depends on. See `Tensor.backward`.
 */
export function backward(
  root: Tensor,
  gradient: Tensor | undefined,
  options: BackwardOptions,
): void {
  // deno-lint-ignore no-explicit-any
  if ((options as any)?.createGraph) {
    throw new GradientError("backward: createGraph is not available: gradients have no graph");
  }
  checkOptions("backward", options, BACKWARD);
  checkRoot(root, gradient);
  if (currentScope() === null) watchStrays();
  const nodes = reachable(root);
  const pass = new Scope("backward()").open();
  const wasRecording = setRecording(false);
  try {
    const inner = new Scope("a gradient function");
    const dy = gradient ?? ones(root);
    if (root.node === null) accumulate(root, dy, pass);
    else hold(root.node.dy = dy);
    for (const node of nodes) run(node, pass, inner, options.retainGraph ?? false);
  } finally {
    for (const node of nodes) drop(node, pass); // only after an error is there any left
    setRecording(wasRecording);
    pass.closeAll();
  }
}

function checkRoot(root: Tensor, gradient: Tensor | undefined): void {
  if (!root.requiresGrad) {
    throw new GradientError(
      `backward: ${show(root.shape)} does not depend on anything that requires a gradient: make ` +
        `the leaves with requiresGrad: true, and compute outside noGrad`,
    );
  }
  if (gradient === undefined) {
    if (root.numel !== 1) {
      throw new GradientError(
        `backward: a tensor of one element is needed, or a gradient of its shape: it is ` +
          `${show(root.shape)}: reduce it by sum() or mean(), or call backward(gradient)`,
      );
    }
  } else if (!Buffer.is(gradient)) {
    throw new TypeError(
      `backward: the gradient must be a tensor: it is ${notATensor(gradient)}`,
    );
  } else if (!sameShape(gradient.shape, root.shape) || gradient.dtype !== "float32") {
    throw new GradientError(
      `backward: the gradient must be float32 ${show(root.shape)}: it is ${gradient.dtype} ` +
        show(gradient.shape),
    );
  } else if (gradient.storage.device !== root.storage.device) {
    throw wrongDevice("backward", "the gradient", gradient, root.storage.device);
  }
}

/** All nodes that `root` depends on, each before its inputs. Throws where the graph is gone. */
function reachable(root: Tensor): Node[] {
  if (root.node === null) return [];
  const nodes: Node[] = [root.node];
  const pass = ++passes;
  let isSorted = true;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    checkGraph(node);
    const pairs = node.pairs!;
    for (let j = 0; j < pairs.length; j++) {
      const next = pairs[j]![0].node;
      if (next === null || next.pass === pass) continue;
      next.pass = pass;
      isSorted &&= next.order < nodes[nodes.length - 1]!.order;
      nodes.push(next);
    }
  }
  return isSorted ? nodes : nodes.sort((a, b) => b.order - a.order);
}

function checkGraph(node: Node): void {
  if (node.leftScope !== "") {
    throw new GradientError(
      `backward: the graph of ${node.name} ended with ${node.leftScope}: call backward inside, ` +
        `or detach() what runs along`,
    );
  }
  if (node.pairs === null) {
    throw new GradientError(
      `backward: the graph of ${node.name} has been used: call backward() once, or pass ` +
        `{ retainGraph: true } the first time`,
    );
  }
}

/** Hands a node's gradient on to its inputs, and lets go of it. */
function run(node: Node, pass: Scope, inner: Scope, retainGraph: boolean): void {
  const dy = node.dy!;
  const pairs = node.pairs!;
  node.checkSaved();
  if (node.retains !== null) retain(node.retains, dy, pass);
  const shared = node.shared === undefined ? null : new Scope(node.name).open();
  let lent: Storage[] | null = null;
  try {
    const s = shared === null ? undefined : node.shared!(dy);
    for (let i = 0; i < pairs.length; i++) {
      const input = pairs[i]![0];
      if (!input.requiresGrad) continue; // a leaf may be told so after the op
      inner.open();
      try {
        const dx = pairs[i]![1](dy, s);
        checkGradient(node, input, dx);
        // What `shared` made may be returned again, so no leaf may adopt it: only a node holds it.
        const from = dx.storage.scope;
        if (from === inner || (from === shared && input.node !== null)) {
          dx.storage.moveTo(pass);
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
    if (lent !== null) { for (const storage of lent) unhold(storage, pass); }
    shared?.closeAll();
  }
  drop(node, pass);
  if (!retainGraph) node.pairs = null;
}

function checkGradient(node: Node, input: Tensor, dx: Tensor): void {
  if (!sameShape(dx.shape, input.shape) || dx.dtype !== "float32") {
    throw new GradientError(
      `backward: a gradient of ${node.name} must be float32 ${show(input.shape)} like its ` +
        `input: it is ${dx.dtype} ${show(dx.shape)}`,
    );
  }
}

/** Adds a gradient to what a tensor has received so far. */
function accumulate(input: Tensor, dx: Tensor, pass: Scope): void {
  const node = input.node;
  if (node === null) return accumulateLeaf(input, dx, pass);
  const sum = node.dy;
  if (sum === null) {
    hold(node.dy = dx);
  } else if (isExclusive(sum, 1, pass)) {
    add(sum, dx, sum);
    if (dx.storage.holds === 0 && dx.storage.scope === pass) dx.storage.release("backward()");
  } else {
    const room = alloc(sum, sum.shape);
    room.storage.moveTo(pass);
    const like = [sum, dx].find((t) => isDense(t.shape, t.strides)) ?? room;
    const out = viewOf(room, sum.shape, like.strides);
    add(sum, dx, out);
    drop(node, pass);
    hold(node.dy = tensorOf(out, null));
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

function accumulateLeaf(leaf: Tensor, dx: Tensor, pass: Scope): void {
  if (leaf.grad !== null) {
    kernelsOf(leaf.grad).binary(ADD, leaf.grad, dx, leaf.grad);
    leaf.grad.storage.version++;
    if (dx.storage.holds === 0 && dx.storage.scope === pass) dx.storage.release("backward()");
    return;
  }
  take(leaf, dx.isContiguous && isExclusive(dx, 0, pass) ? dx : copyOf(dx));
}

/** Keeps the gradient of an intermediate tensor that asked for it. */
function retain(tensor: Tensor, dy: Tensor, pass: Scope): void {
  if (tensor.grad === null) take(tensor, copyOf(dy));
  else accumulateLeaf(tensor, dy, pass);
}

/** Makes a gradient of which nobody else has anything that of a tensor which has none yet. */
function take(tensor: Tensor, gradient: Tensor): void {
  gradient.storage.owner = gradient; // it may be a view of what has no other user any more
  attachGrad(tensor, gradient);
  putGrad(tensor, gradient);
}

/** A gradient lives as long as the tensor whose gradient it is. */
export function attachGrad(owner: Tensor, gradient: Tensor): void {
  const { storage } = gradient;
  storage.madeBy = "grad";
  const scope = owner.storage.scope ?? owner.scopeOfGrad;
  if (scope === null) return storage.ownedBy(owner.storage);
  storage.moveTo(scope);
  storage.leaf = owner.storage;
}

/**
 * A gradient as its tensor keeps it: row-major, without a graph, in memory that nobody else owns.
 * Copied where it is not. Throws where it does not fit the tensor.
 */
export function owned(owner: Tensor, gradient: Tensor): Tensor {
  if (!Buffer.is(gradient)) {
    throw new TypeError(`grad: a tensor or null is needed: it is ${notATensor(gradient)}`);
  }
  if (!sameShape(gradient.shape, owner.shape) || gradient.dtype !== "float32") {
    throw new GradientError(
      `grad: the gradient of ${show(owner.shape)} must be float32 of its shape: it is ` +
        `${gradient.dtype} ${show(gradient.shape)}`,
    );
  }
  const { storage } = gradient;
  if (storage.block === null) throw releasedError(gradient);
  if (storage.device !== owner.storage.device) {
    throw wrongDevice("grad", "the gradient", gradient, owner.storage.device);
  }
  const isAlone = gradient.isContiguous && storage.owner === gradient && !storage.isKept &&
    storage.holds === 0 && storage.leaf === null &&
    gradient.numel * 4 === storage.fullBytes;
  const taken = isAlone && gradient.node === null ? gradient : copyOf(gradient);
  attachGrad(owner, taken);
  return taken;
}

/** Releases a tensor's former gradient, unless it has another owner by now. */
export function letGo(owner: Tensor, gradient: Tensor, by: string): void {
  if (gradient.storage.leaf === owner.storage) gradient.storage.release(by);
}

function copyOf(dx: Tensor): Tensor {
  const out = alloc(dx, dx.shape);
  kernelsOf(out).copy(dx, out);
  return tensorOf(out, null);
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

let strayBefore = 0;
let strayGrowth = 0;

/** Warns of a loop that keeps all it makes: bytes outside all scopes grow with every pass. */
function watchStrays(): void {
  strayGrowth = strayBytes > strayBefore ? strayGrowth + 1 : 0;
  strayBefore = strayBytes;
  if (strayGrowth >= 3 && strayBytes >= 32 * 2 ** 20) warnOfStrays(" with every backward()");
}
