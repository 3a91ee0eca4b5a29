/**
 * Lists of hooks: functions that are called at certain points until they are removed.
 *
 * @module
 */

/** What registering a hook gives: the way to be rid of it. `using` does so at the end of a block. */
export interface HookHandle extends Disposable {
  /** Takes the hook away: it runs no more. */
  remove(): void;
}

/** Functions of one kind, in the order in which they were registered. */
export class HookList<F> {
  #entries: readonly { readonly hook: F }[] = [];

  /** How many there are. */
  get length(): number {
    return this.#entries.length;
  }

  /** Those there are now, whatever is registered or removed meanwhile. */
  all(): F[] {
    return this.#entries.map(({ hook }) => hook);
  }

  /** Adds one. A function may be there several times. */
  add(hook: F): HookHandle {
    const entry = { hook };
    this.#entries = [...this.#entries, entry];
    const remove = () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
    return { remove, [Symbol.dispose]: remove };
  }
}
