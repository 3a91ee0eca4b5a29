/**
 * A search for the first number that is none.
 *
 * @module
 */
import { type Anomalies, lookForAnomalies } from "../autograd/anomalies.ts";
import type { Node } from "../autograd/autograd.ts";
import { GradientError } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { DTYPES } from "../core/dtype.ts";
import type { Buffer } from "../device/buffer.ts";
import { wantsParts, watch, type Watcher } from "../device/watch.ts";
import type { Tensor } from "./tensor.ts";

/** What `anomaly()` gives: it looks until it is disposed of. */
class Anomaly implements Disposable, Anomalies, Watcher {
  /** Where each op was called. */
  readonly #places = new WeakMap<Node, string>();
  /** Ops are whole, unless another who watches wants their parts. */
  readonly wantsParts: boolean;
  readonly #watcher: Watcher | null;
  readonly #anomalies: Anomalies | null;
  #isLooking = true;
  /** How many passes are running, one inside the other. */
  #passes = 0;

  constructor() {
    this.wantsParts = wantsParts;
    this.#watcher = watch(this);
    this.#anomalies = lookForAnomalies(this);
  }

  /** Kernels are called as ever. */
  kernels<K extends object>(of: K): K {
    return of;
  }

  /** Looks at what an op made. */
  made(op: string, made: Buffer, pairs: readonly (readonly [Buffer, ...unknown[]])[]): void {
    this.#watcher?.made(op, made, pairs);
    const result = made as Tensor;
    if (result.node !== null) this.#places.set(result.node, place());
    if (this.#passes > 0) return; // the gradient function that made it is told of
    const fault = this.#faultOf(result);
    if (fault === null) return;
    const inputs = pairs.map(([x]) => this.#faultOf(x as Tensor));
    const bad = inputs.indexOf(fault);
    // infinities that are put into a tensor on purpose mask what they stand for
    if (fault === "infinity" && (MOVES.has(op) || bad >= 0)) return;
    const what = bad < 0
      ? `${op} made the first ${fault}`
      : `${op} was given ${fault === "NaN" ? "a NaN" : "an infinity"} by its input number ${bad}`;
    this.#refuse(`${what}, ${place()}`);
  }

  /** A pass begins. */
  begin(): void {
    this.#passes++;
  }

  /** A pass ends. */
  end(): void {
    this.#passes--;
  }

  /** Looks at what a gradient function made. */
  gradient(node: Node, dy: Tensor, dx: Tensor): void {
    const fault = this.#faultOf(dx);
    if (fault === null || this.#faultOf(dy) !== null) return;
    const where = this.#places.get(node) ?? "called before anomaly()";
    this.#refuse(`the gradient of ${node.name} made the first ${fault}; the op was ${where}`);
  }

  #refuse(message: string): never {
    throw new GradientError(`anomaly: ${message}`);
  }

  #faultOf(x: Tensor): "NaN" | "infinity" | null {
    if (DTYPES[x.dtype].kind !== "float" || !this.#isLooking || x.numel === 0) return null;
    this.#isLooking = false; // what follows is made by looking
    watch(this.#watcher);
    try {
      const values = x.toTypedArray();
      let isInfinite = false;
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        if (value !== value) return "NaN";
        isInfinite ||= value === Infinity || value === -Infinity;
      }
      return isInfinite ? "infinity" : null;
    } finally {
      watch(this);
      this.#isLooking = true;
    }
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    watch(this.#watcher);
    lookForAnomalies(this.#anomalies);
  }
}

/** Ops that put given numbers into a tensor. */
const MOVES: ReadonlySet<string> = new Set(["where", "pad", "maskedFill", "full", "tensor"]);

/** The folder of the library, by this file's own line of a stack; null in a bundle, which has no folders. */
function libraryOf(line: string): string | null {
  return /\(?([^\s(]+\/)tensor\/anomaly\.[jt]s:/.exec(line)?.[1] ?? null;
}

/** The line of the program that called an op, as "called at …". */
function place(): string {
  // V8 has it, and who follows V8; types know it where they know Node
  const engine = Error as { stackTraceLimit?: number | undefined };
  const limit = engine.stackTraceLimit;
  engine.stackTraceLimit = 50;
  const lines = (new Error().stack ?? "").split("\n").map((line) => line.trim());
  engine.stackTraceLimit = limit;
  const library = lines.map(libraryOf).find((folder) => folder !== null) ?? null;
  if (library === null) return "called at an unknown place";
  const own = lines.find((line) => /:\d+:\d+\)?$/.test(line) && !line.includes(library));
  return own === undefined ? "called at an unknown place" : `called ${own}`;
}

/**
 * Looks at all that ops and gradients make from here on, and throws a GradientError at the first NaN or
 * infinity that none of the inputs had: it names the op and the line of the program that called it, of
 * a gradient the line that called the op. Infinities that are put into tensors, as masks are, count for
 * nothing. To be used as `using _a = anomaly()`, on devices that the host can read; everything is much
 * slower.
 *
 * @example
 * ```ts
 * import { anomaly, tensor } from "@glim/glim";
 * const x = tensor([1, 0], { requiresGrad: true });
 * try {
 *   using _a = anomaly();
 *   x.sqrt().sum().backward();
 * } catch (error) {
 *   console.log(String(error)); // … the gradient of sqrt made the first infinity; the op was called at …
 * }
 * ```
 */
export function anomaly(): Disposable {
  atMost(0, arguments.length, "anomaly()");
  return new Anomaly();
}
