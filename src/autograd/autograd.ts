/**
 * The engine. {@link record} makes a tensor of an op's result and notes how each input's gradient
 * follows from the result's; `backward` walks these notes from the last to the first.
 *
 * ```
 * x ──▶ linear ──▶ relu ──▶ crossEntropy ──▶ loss      record: each arrow back is a function
 *  ◀── dx         ◀── dh    ◀── dlogits      ◀── 1     backward: calls them in this order
 * ```
 *
 * @module
 */
import { type Buffer, viewOf } from "../device/buffer.ts";
import { GradientError } from "../core/errors.ts";
import type { Storage } from "../device/storage.ts";
import { watcher } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Gradient of an op with respect to one input: from dy, the gradient of the op's result, and from
 * what `shared` computed. It may return dy itself or a view of it.
 */
export type Gradient<S = unknown> = (dy: Tensor, shared: S) => Tensor;

/** An input of an op beside its gradient. */
export type Pair<S = unknown> = readonly [input: Tensor, gradient: Gradient<S>];

/** What else `record` may be told. */
export interface RecordOptions<S = unknown> {
  /**
   * Work that several gradients need: done once, before the first of them, and handed to each.
   * `isNeeded` tells of an input whether this pass asks for its gradient.
   */
  shared?: (dy: Tensor, isNeeded: (input: Tensor) => boolean) => S;
  /**
   * The tensors and buffers whose values the gradients read, so that `backward()` can tell if one
   * was changed in place meanwhile. Default: all inputs and the result. `[]` where gradients look
   * at shapes only.
   */
  saved?: readonly Buffer[];
  /**
   * Whether the gradients are made of recorded ops whenever ops are recorded (`isGradEnabled()`), so
   * that they have gradients themselves. Default: false, and `createGraph` is an error that names the
   * op.
   */
  differentiable?: boolean;
}

/** Of ops that read no values, and whose gradients are such ops themselves. */
export const LINEAR: RecordOptions = { saved: [], differentiable: true };

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
  readonly shared: RecordOptions["shared"];
  /** Whether the gradients may be recorded: see {@link RecordOptions}. */
  readonly isDifferentiable: boolean;
  /** The gradient of the result, while a pass is running. */
  dy: Tensor | null = null;
  /** The result, if it was told to `retainGrad()`. */
  retains: Tensor | null = null;
  /** The scope that the result has left: the graph ends here. */
  leftScope = "";
  /** The last pass that found it. */
  pass = 0;
  /** What had made the same tensor before it was changed in place: see `history.ts`. */
  before: Node | null = null;
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
    this.isDifferentiable = options.differentiable === true;
    const saved = options.saved ?? [...pairs.map(([input]) => input), out];
    if (saved.length === 0) return;
    this.#storages = saved.map(({ storage }) => storage);
    this.#versions = this.#storages.map(({ version }) => version);
  }

  /**
   * Throws if a value that the gradients read is no longer what it was, or, where they are recorded,
   * lost its history.
   */
  checkSaved(isRecorded = false): void {
    for (let i = 0; i < this.#storages.length; i++) {
      const storage = this.#storages[i]!;
      const changes = storage.version - this.#versions[i]!;
      if (changes !== 0 || (isRecorded && storage.endedAt > this.order)) {
        const what = changes === 0 ? "detached" : `changed in place (${changes} times since)`;
        throw new GradientError(
          `backward: a value that the gradient of ${this.name} needs was ${what}: change it after ` +
            `backward()`,
        );
      }
    }
  }
}

let counter = 0;

/** The order of the next node: those there are now come before it. */
export function nextOrder(): number {
  return counter;
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

let recording = true;

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
  if (options === LINEAR && pairs.length > 0 && pairs[0]![0].storage === made.storage) {
    made.look = pairs[0] as Pair;
  }
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
