/**
 * Who owns which memory, and when it is given back.
 *
 * The garbage collector does not see a device's memory, and in a synchronous loop it finalises
 * nothing. So lifetime goes by phase: a {@link Storage} belongs to the {@link Scope} that was
 * current when it was made, and goes back to the pool when that scope closes. Outside every scope
 * it belongs to the collector, which acts only when the program yields to the event loop.
 *
 * @module
 */
import { currentScope, type Scope } from "./current_scope.ts";
import { OutOfMemoryError } from "../core/errors.ts";
import type { Block, Device } from "./device.ts";
import type { Platform } from "../core/platform.ts";

declare const console: Platform["console"];

/** What the collector's entry of a storage holds: the memory to give back once the storage is dead. */
interface HeldValue {
  device: Device;
  /** Null once the storage was released or has another owner: nothing is left to give back. */
  block: Block | null;
  bytes: number;
  /** Whether no scope and no owner held it: only the collector can release it. */
  stray: boolean;
  /**
   * The gradient's, which goes with it. Not the gradient's storage, which refers to its leaf and would
   * keep that alive for ever.
   */
  next: HeldValue | null;
}

const collector = new FinalizationRegistry<HeldValue>((dead) => {
  for (let r: HeldValue | null = dead; r !== null; r = r.next) {
    if (r.block === null) continue;
    giveBack(r.device, r.block, r.bytes);
    collected.bytes += r.bytes;
    collected.storages++;
    if (r.stray) strayBytes -= r.bytes;
  }
  uncollected.bytes = uncollected.storages = 0;
});

/** What all storages take together: bytes as they were asked for, and how many storages. */
export const usage: { live: number; peak: number; storages: number } = {
  live: 0,
  peak: 0,
  storages: 0,
};

/** How much of that the collector has given back. With it a program's figures are the same whenever it runs. */
export const collected: { bytes: number; storages: number } = { bytes: 0, storages: 0 };

function take(device: Device, bytes: number): Block {
  const block = device.alloc(bytes);
  if (block === null) throw outOfMemory(bytes, device.limit);
  usage.storages++;
  usage.live += bytes;
  if (usage.live > usage.peak) usage.peak = usage.live;
  return block;
}

function giveBack(device: Device, block: Block, bytes: number): void {
  device.free(block, bytes);
  usage.storages--;
  usage.live -= bytes;
}

/** What to throw when a device has no more memory. */
export function outOfMemory(bytes: number, limit: number): OutOfMemoryError {
  const mib = (n: number) => `${(n / 2 ** 20).toFixed(1)} MiB`;
  return new OutOfMemoryError(
    `out of memory: ${mib(bytes)} asked for, ${mib(usage.live)} in use by ` +
      `${usage.storages} tensors, the limit is ${mib(limit)}` +
      (bytes <= limit && strayBytes > usage.live / 2 ? `; ${MANY_STRAYS}` : ""),
  );
}

/** Bytes that no scope and no owner holds: only the collector can give them back. */
export let strayBytes = 0;

/** What was left to the collector since it last gave something back. */
const uncollected = { bytes: 0, storages: 0 };

/** A ballast makes the collector run sooner. Memory that is not the host's, a GPU's, counts 64 times less. */
const FAR = 64;

/** Bytes left to the collector that no ballast stands for yet. */
let unweighed = 0;

/** An outer product u·vᵀ, float32, of which there are only the vectors: see `outer_product.ts`. */
export interface OuterProduct {
  /** Elements of u. */
  readonly rows: number;
  /** Elements of v. */
  readonly columns: number;
}

/** A block of memory that one or more tensors are views of. */
export class Storage {
  /** Where it is. */
  device: Device;
  /** Its memory; null once it is released. */
  block: Block | null;
  /** Its size as it was asked for; 0 once it is released. */
  bytes: number;
  /** Set while it holds only the two vectors whose product its contents are to be. */
  pending: OuterProduct | null = null;
  /** Counts in-place changes, so that `backward()` notices a saved value that is not what it was. */
  version = 0;
  /** Counts those of them that were recorded, so that views notice that they look at other values. */
  rewrites = 0;
  /** The order of nodes when `detach_()` last ended a history in it: see `history.ts`. */
  endedAt = 0;
  /** The scope that will release it; null: an owner or the collector. */
  scope: Scope | null;
  /** How many gradients of a running backward pass are views of it. */
  holds = 0;
  /** The op that made it, for messages. */
  madeBy = "";
  /** What released it, for messages. */
  releasedBy = "";
  /** The tensor that may dispose of it: the first made of it, or the one that was told to `keep()`. */
  owner: unknown = null;
  /** Of a gradient: the storage of its tensor, which lives as long as the gradient does. */
  leaf: Storage | null = null;
  #heldValue: HeldValue | null = null;
  /**
   * V8 does not see our memory; an untouched buffer makes it feel the weight: that of a large storage,
   * or of some small ones, of which the last holds it.
   */
  ballast: ArrayBuffer | null = null;

  /** Takes `bytes` bytes of a device for the current scope. Throws OutOfMemoryError. */
  constructor(device: Device, bytes: number) {
    this.device = device;
    this.block = take(device, bytes);
    this.bytes = bytes;
    const scope = this.scope = currentScope();
    if (scope !== null) scope.hold(this);
    else this.#leaveToCollector(true);
  }

  /** The size of its contents, whether they have been computed or not. */
  get fullBytes(): number {
    return this.pending === null ? this.bytes : this.pending.rows * this.pending.columns * 4;
  }

  /** Takes the memory of another storage, which gets this one's and is released. */
  replaceBy(other: Storage): void {
    const { device, block, bytes } = this;
    this.#setMemory(other.device, other.block, other.bytes);
    other.#setMemory(device, block, bytes);
    other.release("the storage that took its memory");
  }

  #setMemory(device: Device, block: Block | null, bytes: number): void {
    const held = this.#heldValue;
    if (held !== null) {
      if (held.stray) strayBytes += bytes - this.bytes;
      Object.assign(held, { device, block, bytes });
    }
    this.device = device;
    this.block = block;
    this.bytes = bytes;
  }

  /** Gives the memory back now. A tensor that is used after that throws an error that names `by`. */
  release(by: string): void {
    if (this.block === null) return;
    giveBack(this.device, this.block, this.bytes);
    this.#forget();
    this.block = null;
    this.bytes = 0;
    this.releasedBy = by;
  }

  /** Moves to another scope, or (null) out of all scopes to the collector. */
  moveTo(scope: Scope | null): void {
    if (this.block === null || this.scope === scope) return;
    this.#forget();
    this.scope = scope;
    if (scope !== null) scope.hold(this);
    else this.#leaveToCollector(true);
  }

  /** Leaves every scope for good: a parameter's, an optimizer's or, kept, the caller's. */
  own(): void {
    if (this.block === null || this.isKept) return;
    const gradient = this.leaf === null ? this.#heldValue?.next ?? null : null;
    this.#forget();
    this.leaf = null;
    this.#leaveToCollector(false);
    this.#heldValue!.next = gradient;
  }

  /** Whether somebody owns it for good: neither a scope, nor the collector alone, nor a leaf. */
  get isKept(): boolean {
    return this.#heldValue !== null && !this.#heldValue.stray && this.leaf === null;
  }

  /**
   * Ties a gradient to its leaf: it leaves all scopes, and when the leaf's storage dies it dies too.
   * Cheaper than a collector entry of its own, of which every step would make one a parameter.
   */
  ownedBy(leaf: Storage): void {
    if (this.block === null) return;
    this.#forget();
    this.leaf = leaf;
    if (leaf.#heldValue === null) return this.#leaveToCollector(true); // the leaf has been released
    this.scope = null;
    let next = leaf.#heldValue.next;
    while (next !== null && next.block === null) next = next.next; // gradients of former steps
    leaf.#heldValue.next = this.#heldValue = this.#makeHeldValue(false, next);
  }

  #leaveToCollector(stray: boolean): void {
    this.scope = null;
    this.#heldValue = this.#makeHeldValue(stray, null);
    collector.register(this, this.#heldValue);
    unweighed += this.device.bytesOf === undefined ? this.bytes / FAR : this.bytes;
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

  #makeHeldValue(stray: boolean, next: HeldValue | null): HeldValue {
    return { device: this.device, block: this.block, bytes: this.bytes, stray, next };
  }

  #forget(): void {
    if (this.#heldValue === null) return;
    if (this.#heldValue.stray) strayBytes -= this.bytes;
    this.#heldValue.block = null; // the collector's entry stays, but finds nothing to do
    this.#heldValue = null;
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
