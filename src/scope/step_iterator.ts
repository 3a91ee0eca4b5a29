/**
 * Loops each of whose turns is a scope.
 *
 * @module
 */
import { onSegmentEnd, Scope, segment } from "../device/current_scope.ts";
import { watch } from "./outside.ts";

/** A loop each of whose turns is a scope: closed by the next turn, `break`, `return` or `throw`. */
export class StepIterator<T> implements IterableIterator<T> {
  /** Holds the scope of the turn. An object, so that the collector's entry finds the present one. */
  readonly #turn: { scope: Scope };
  readonly #produce: () => T | undefined;
  #ended = false;
  /** Where it stands in `begun`; −1 if it does not. */
  #place = -1;
  /** Makes V8 feel the weight of a turn that may have been left; see `Storage`. */
  ballast: ArrayBuffer | null = null;

  /**
   * Loops that were begun in this segment. Those that are still open at its end are registered with
   * the collector: doing it for each would take longer than a turn.
   */
  static readonly #begun: StepIterator<unknown>[] = [];

  /**
   * An iterator that is left in the middle of a turn, without `return()`, dies at some time. What the
   * turn made may be in use, so then it is the collector's.
   */
  static readonly #left = new FinalizationRegistry<{ scope: Scope }>(({ scope }) => {
    scope.wasLeft = true;
    scope.close();
  });

  static {
    onSegmentEnd(() => {
      for (const loop of StepIterator.#begun) {
        StepIterator.#left.register(loop, loop.#turn);
        loop.#place = -1;
        const bytes = loop.#turn.scope.storages.reduce(
          (sum, storage) => sum + (storage?.bytes ?? 0),
          0,
        );
        if (bytes >= 1 << 20) loop.ballast = new ArrayBuffer(bytes);
      }
      StepIterator.#begun.length = 0;
    });
  }

  /**
   * @param name What messages call a turn.
   * @param produce Makes the next value, inside the turn's scope; undefined ends the loop.
   */
  constructor(name: string, produce: () => T | undefined) {
    this.#turn = { scope: new Scope(name) };
    this.#produce = produce;
  }

  /** Ends the turn, if there is one, and begins the next. */
  next(): IteratorResult<T, undefined> {
    this.#endTurn();
    if (this.#ended) return { value: undefined, done: true };
    const { scope } = this.#turn;
    if (scope.turn === 0) {
      segment(); // counts, so that its end is noticed
      this.#place = StepIterator.#begun.push(this) - 1;
    }
    watch(scope.enter());
    try {
      const value = this.#produce();
      if (value !== undefined) return { value, done: false };
    } catch (error) {
      scope.closeAll();
      this.#end();
      throw error;
    }
    return this.return();
  }

  /** Ends the loop early; `for … of` calls it on `break` and on errors. */
  return(): IteratorResult<T, undefined> {
    this.#endTurn();
    this.#end();
    return { value: undefined, done: true };
  }

  /** The loop itself. */
  [Symbol.iterator](): this {
    return this;
  }

  #endTurn(): void {
    const { scope } = this.#turn;
    if (!scope.isOpen) return;
    scope.closeTurn();
    this.ballast = null;
    if (scope.isEntered && scope.segment !== segment()) this.#turn.scope = scope.successor();
  }

  #end(): void {
    this.#ended = true;
    if (this.#place < 0) return;
    const last = StepIterator.#begun.pop()!;
    if (last !== this) {
      StepIterator.#begun[this.#place] = last;
      last.#place = this.#place;
    }
    this.#place = -1;
  }
}
