/**
 * Who owns which memory, and when it is given back.
 *
 * The garbage collector does not see WebAssembly memory, and in a synchronous loop it finalises
 * nothing. So lifetime goes by phase: a {@link Storage} belongs to the {@link Scope} that was
 * current when it was made, and goes back to the pool when that scope closes. Outside every scope
 * it belongs to the collector, which acts only when the program yields to the event loop.
 *
 * @module
 */
import { currentScope, type Scope } from "./current_scope.ts";
import { OutOfMemoryError } from "../core/errors.ts";
import { free, LIMIT, malloc } from "../wasm/memory.ts";
import type { Platform } from "../core/platform.ts";

declare const console: Platform["console"];

/**
 * What the collector gives back when it finds a storage dead. `next`, the gradient's, goes with it: a
 * block and not the gradient's storage, which holds on to its leaf and would keep it alive for good.
 */
interface Block {
  ptr: number;
  bytes: number;
  stray: boolean;
  next: Block | null;
}

const collector = new FinalizationRegistry<Block>((block) => {
  for (let b: Block | null = block; b !== null; b = b.next) {
    if (b.ptr === 0) continue;
    giveBack(b.ptr, b.bytes);
    if (b.stray) strayBytes -= b.bytes;
  }
  uncollected.bytes = uncollected.storages = 0;
});

/** What all storages take together: bytes as they were asked for, and how many storages. */
export const usage: { live: number; peak: number; storages: number } = {
  live: 0,
  peak: 0,
  storages: 0,
};

function take(bytes: number): number {
  const ptr = malloc(bytes);
  if (ptr === 0) throw outOfMemory(bytes);
  usage.storages++;
  usage.live += bytes;
  if (usage.live > usage.peak) usage.peak = usage.live;
  return ptr;
}

function giveBack(ptr: number, bytes: number): void {
  free(ptr, bytes);
  usage.storages--;
  usage.live -= bytes;
}

/** What to throw when `malloc` returns 0. */
export function outOfMemory(bytes: number): OutOfMemoryError {
  const mib = (n: number) => `${(n / 2 ** 20).toFixed(1)} MiB`;
  return new OutOfMemoryError(
    `out of memory: ${mib(bytes)} asked for, ${mib(usage.live)} in use by ` +
      `${usage.storages} tensors, the limit is ${mib(LIMIT)}` +
      (strayBytes > usage.live / 2 ? `; ${MANY_STRAYS}` : ""),
  );
}

/** Bytes that no scope and no owner holds: only the collector can give them back. */
export let strayBytes = 0;

/** What was left to the collector since it last gave something back. */
const uncollected = { bytes: 0, storages: 0 };

/** Bytes left to the collector that no ballast stands for yet. */
let unweighed = 0;

/**
 * An outer product u·vᵀ that is kept as its two vectors, one after the other in memory. The gradient
 * of a weight is one when a single sample made it. An optimizer can use it without m · n numbers
 * ever being written; whoever reads it makes it compute them.
 */
export interface Factors {
  /** Elements of u. */
  readonly rows: number;
  /** Elements of v. */
  readonly columns: number;
  /** Bytes of the product. */
  readonly bytes: number;
  /** Computes the product from the factors at one address into another. */
  readonly write: (from: number, to: number) => void;
}

/** A block of memory that one or more tensors look into. */
export class Storage {
  /** Its address; 0 once it is released. */
  ptr: number;
  /** Its size as it was asked for. */
  bytes: number;
  /** Set while it holds only what its contents can be computed from; see {@link Factors}. */
  factors: Factors | null = null;
  /** Counts in-place changes, so that `backward()` notices a saved value that is not what it was. */
  version = 0;
  /** The scope that will release it; null: an owner or the collector. */
  scope: Scope | null;
  /** How many gradients of a running backward pass look into it. */
  holds = 0;
  /** The op that made it, for messages. */
  madeBy = "";
  /** What released it, for messages. */
  releasedBy = "";
  /** The tensor that may dispose of it: the first made of it, or the one that was told to `keep()`. */
  owner: unknown = null;
  /** Of a gradient: the storage of its tensor, which lives as long as the gradient does. */
  leaf: Storage | null = null;
  #block: Block | null = null;
  /**
   * V8 does not see our memory; an untouched buffer makes it feel the weight: that of a large storage,
   * or of some small ones, of which the last holds it.
   */
  ballast: ArrayBuffer | null = null;

  /** Takes `bytes` bytes for the current scope. Throws OutOfMemoryError. */
  constructor(bytes: number) {
    this.ptr = take(bytes);
    this.bytes = bytes;
    const scope = this.scope = currentScope();
    if (scope !== null) scope.storages.push(this);
    else this.#leaveToCollector(true);
  }

  /** Computes the contents from the factors, for whoever reads them. */
  expand(): void {
    const { bytes, write } = this.factors!;
    const to = take(bytes);
    write(this.ptr, to);
    giveBack(this.ptr, this.bytes);
    const block = this.#block;
    if (block !== null) {
      if (block.stray) strayBytes += bytes - this.bytes;
      block.ptr = to;
      block.bytes = bytes;
    }
    this.ptr = to;
    this.bytes = bytes;
    this.factors = null;
  }

  /** Gives the memory back now. Whoever still looks into it gets an error that names `by`. */
  release(by: string): void {
    if (this.ptr === 0) return;
    giveBack(this.ptr, this.bytes);
    this.ptr = 0;
    this.releasedBy = by;
    this.#forget();
  }

  /** Moves to another scope, or (null) out of all scopes to the collector. */
  moveTo(scope: Scope | null): void {
    if (this.ptr === 0 || this.scope === scope) return;
    this.#forget();
    this.scope = scope;
    if (scope !== null) scope.storages.push(this);
    else this.#leaveToCollector(true);
  }

  /** Leaves every scope for good: a parameter's, an optimizer's or, kept, the caller's. */
  own(): void {
    if (this.ptr === 0 || this.isKept) return;
    const gradient = this.leaf === null ? this.#block?.next ?? null : null;
    this.#forget();
    this.leaf = null;
    this.#leaveToCollector(false);
    this.#block!.next = gradient;
  }

  /** Whether somebody owns it for good: neither a scope, nor the collector alone, nor a leaf. */
  get isKept(): boolean {
    return this.#block !== null && !this.#block.stray && this.leaf === null;
  }

  /**
   * Ties a gradient to its leaf: it leaves all scopes, and when the leaf's storage dies it dies too.
   * Cheaper than a collector entry of its own, of which every step would make one a parameter.
   */
  ownedBy(leaf: Storage): void {
    if (this.ptr === 0) return;
    this.#forget();
    this.leaf = leaf;
    if (leaf.#block === null) return this.#leaveToCollector(true); // the leaf has been released
    this.scope = null;
    let next = leaf.#block.next;
    while (next !== null && next.ptr === 0) next = next.next; // gradients of former steps
    leaf.#block.next = this.#block = { ptr: this.ptr, bytes: this.bytes, stray: false, next };
  }

  #leaveToCollector(stray: boolean): void {
    this.scope = null;
    this.#block = { ptr: this.ptr, bytes: this.bytes, stray, next: null };
    collector.register(this, this.#block);
    unweighed += this.bytes;
    if (unweighed >= 1 << 20) {
      this.ballast = new ArrayBuffer(unweighed);
      unweighed = 0;
    }
    if (!stray) return;
    strayBytes += this.bytes;
    uncollected.bytes += this.bytes;
    uncollected.storages++;
    if (uncollected.storages > 256 && uncollected.bytes > 2 ** 29 && strayBytes > 2 ** 29) {
      warnOfStrays("");
    }
  }

  #forget(): void {
    if (this.#block === null) return;
    if (this.#block.stray) strayBytes -= this.bytes;
    this.#block.ptr = 0; // the collector's entry stays, but finds nothing to do
    this.#block = null;
    this.ballast = null;
  }
}

/** What messages say of a loop that keeps all it makes. */
const MANY_STRAYS: string =
  "most of it was made outside every scope, where only the garbage collector can release it, and " +
  "that never runs in a synchronous loop: loop over steps(n) or a DataLoader, or put " +
  "`using _s = scope()` first in the loop";

let warned = false;

/** Warns once of a loop that keeps all it makes. */
export function warnOfStrays(when: string): void {
  if (warned) return;
  warned = true;
  console.warn(
    `glim: ${(strayBytes / 2 ** 20).toFixed(0)} MiB in use and growing${when}: ${MANY_STRAYS}`,
  );
}
