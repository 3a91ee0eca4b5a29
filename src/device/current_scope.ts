/**
 * Which scope is current, for whatever code runs.
 *
 * A function scope (`scope(fn)`, `noGrad(fn)`, a gradient function) begins and ends in one
 * synchronous piece of code, so the innermost one is a plain variable, `inner`. A lasting scope (a
 * turn of a loop, `using _s = scope()`, a task) goes on after an `await`, so it is entered into the
 * async context. A closed scope in the context stands for the nearest open one around it, so nothing
 * has to be put back when a scope ends.
 *
 * ```
 * inner:    scope(fn) ─▶ noGrad(fn)          only while they run
 *              │ parent
 * context:  a turn of a DataLoader ─▶ task() ─▶ null
 * ```
 *
 * Where there is no async context, `inner` stands for both, and `outside` sets it aside.
 *
 * @module
 */
import { asyncContext } from "../core/async_context.ts";
import type { Platform } from "../core/platform.ts";
import type { Storage } from "./storage.ts";

declare const queueMicrotask: Platform["queueMicrotask"];

const context = asyncContext<Scope | null>();

/** Whether scopes follow code across `await`. */
export const followsAwaits: boolean = context !== null;

/** The innermost scope of the synchronous function that runs. */
let inner: Scope | null = null;

/** How many scopes in the async context are open: if none is, there is nothing to look up. */
let entered = 0;

/** The innermost open scope; null outside every scope. */
export function currentScope(): Scope | null {
  if (inner !== null || entered === 0) return inner;
  return nearestOpen(context!.getStore() ?? null);
}

/** A scope, or the nearest one around it that is still open. */
export function nearestOpen(scope: Scope | null): Scope | null {
  while (scope !== null && !scope.isOpen) scope = scope.parent;
  return scope;
}

/** What `inner` goes back to: entered scopes are found in the context. */
function innermost(scope: Scope | null): Scope | null {
  const open = nearestOpen(scope);
  return open === null || open.isEntered ? null : open;
}

/** A phase of the program that releases at its end what was made in it. */
export class Scope implements Disposable {
  /** What messages call it. */
  readonly name: string;
  /**
   * What it will release: the first `count` of the list, which never gets shorter, since V8 would make
   * its memory anew in each turn. A storage that moved away may still be listed: its `scope` tells.
   */
  readonly storages: (Storage | null)[] = [];
  /** How many they are. */
  count = 0;
  /** The scope around it. */
  parent: Scope | null = null;
  /** Whether it is open. */
  isOpen = false;
  /** Whether others' storages may be listed too: it leaves all to the collector. */
  wasLeft = false;
  /** Whether it is open in the async context and not in `inner`. */
  isEntered = false;
  /** Whether no caller can find it in the context: a task's, and a turn's after an await. */
  isPrivate = false;
  /** In which segment it was opened: see {@link segment}. */
  segment = 0;
  /** How often it has been opened. */
  turn = 0;
  /** The scope that was current when it was first opened, */
  begunIn: Scope | null = null;
  /** and in which of its turns. */
  begunInTurn = 0;

  /** Lists a storage. */
  hold(storage: Storage): void {
    this.storages[this.count++] = storage;
  }

  /** A closed scope; `open` or `enter` it. */
  constructor(name: string) {
    this.name = name;
  }

  /** Makes it current in synchronous code. A closed scope can be opened again. */
  open(): this {
    this.#begin(currentScope(), false);
    inner = this;
    return this;
  }

  /** Makes it current from here on, across awaits too. */
  enter(): this {
    if (inner !== null || context === null) return this.open();
    const here = context.getStore() ?? null;
    this.#begin(nearestOpen(here), true);
    if (nearestOpen(here) !== this) context.enterWith(this);
    return this;
  }

  /** Makes it current for a function and all that this starts, but not for the caller. */
  runIn<T>(fn: () => T): T {
    this.#begin(currentScope(), context !== null);
    this.isPrivate = true;
    return runIn(this, fn);
  }

  #begin(parent: Scope | null, isEntered: boolean): void {
    this.parent = parent;
    this.isOpen = true;
    this.wasLeft = false;
    this.isEntered = isEntered;
    if (this.turn++ === 0 && parent !== null) {
      this.begunIn = parent;
      this.begunInTurn = parent.turn;
    }
    if (!isEntered) return;
    this.segment = segment();
    entered++;
  }

  /**
   * The scope of the turn after this one, for a loop that has awaited: what this turn started and is
   * still on its way must not find itself in a later turn.
   */
  successor(): Scope {
    const next = new Scope(this.name);
    next.isPrivate = true;
    next.turn = this.turn;
    next.begunIn = this.begunIn;
    next.begunInTurn = this.begunInTurn;
    return next;
  }

  /** Closes it, and what was begun in it and left without an end: an iterator after `next()`. */
  closeTurn(): void {
    const here = currentScope();
    if (here !== this) this.#closeLeft(here);
    this.#close(here !== this);
  }

  #closeLeft(here: Scope | null): void {
    const inside: Scope[] = [];
    for (let s = here; s !== this; s = s.parent) {
      if (s === null) return; // elsewhere: this is not around what is current here
      inside.push(s);
    }
    // What has awaited meanwhile may be a function that goes on later.
    const now = segment();
    for (const s of inside) {
      if (wasBegunIn(s, this) && (!s.isEntered || s.segment === now)) s.close();
    }
  }

  /**
   * Releases what it holds and unlinks itself, wherever it stands: loops that run zipped close
   * their turns out of order.
   */
  close(): void {
    if (this.isOpen) this.#close(inner !== this);
  }

  #close(unlinks: boolean): void {
    this.isOpen = false;
    if (this.isEntered) entered--;
    if (inner === this) inner = innermost(this.parent);
    if (unlinks) {
      for (let s = currentScope(); s !== null; s = s.parent) {
        if (s.parent === this) s.parent = this.parent;
      }
    }
    const { storages, count } = this;
    if (count === 0) return;
    const isShared = this.isEntered && !this.isPrivate && this.segment !== segment();
    const by = isShared ? this.name + MAYBE_ANOTHERS : this.name;
    this.count = 0;
    for (let i = 0; i < count; i++) {
      const storage = storages[i]!;
      storages[i] = null;
      if (storage.scope !== this) continue;
      if (this.wasLeft) storage.moveTo(null);
      else storage.release(by);
    }
  }

  /** Closes it and everything that is still open inside. */
  closeAll(): void {
    for (;;) {
      const scope = this.isOpen ? currentScope() : null;
      if (scope === null || scope === this || !isInside(scope, this)) break;
      scope.close();
    }
    this.close();
  }

  /** Ends `using s = scope()`. */
  [Symbol.dispose](): void {
    this.closeAll();
  }
}

/** Whether a scope was begun in another's present turn, or in one that was. */
function wasBegunIn(scope: Scope, other: Scope): boolean {
  for (let s = scope; s.begunIn !== null && s.begunIn.turn === s.begunInTurn; s = s.begunIn) {
    if (s.begunIn === other) return true;
  }
  return false;
}

function isInside(inner: Scope, outer: Scope): boolean {
  for (let s: Scope | null = inner; s !== null; s = s.parent) if (s === outer) return true;
  return false;
}

/** What messages say of a scope that has awaited, and that callers of its function found meanwhile. */
const MAYBE_ANOTHERS =
  ", which awaited (if that is in a function that runs beside this one, start it " +
  "by task(fn))";

/** Runs a function with a scope as the current one; nothing is left behind for the caller. */
export function runIn<T>(scope: Scope | null, fn: () => T): T {
  const was = inner;
  inner = context === null ? scope : null;
  try {
    return context === null ? fn() : context.run(scope, fn);
  } finally {
    inner = innermost(was);
  }
}

/** Without an async context: puts another chain of scopes in place, and returns the one that was. */
export function setCurrentScope(scope: Scope | null): Scope | null {
  const was = inner;
  inner = nearestOpen(scope);
  return was;
}

let segments = 0;
let isCounting = false;

/**
 * The number of the piece of synchronous code that runs, from one `await` to the next. Counted by a
 * microtask: whatever goes on after an await runs behind it.
 */
export function segment(): number {
  if (!isCounting) {
    isCounting = true;
    queueMicrotask(() => {
      isCounting = false;
      segments++;
      atSegmentEnd();
    });
  }
  return segments;
}

let atSegmentEnd = (): void => {};

/** Has a function called when the segments that were counted have ended. */
export function onSegmentEnd(fn: () => void): void {
  atSegmentEnd = fn;
}
