/**
 * Ending at Ctrl-C without a loss.
 *
 * @module
 */

/** How a command ended. */
export type Outcome = "done" | "interrupted";

/** Listens for Ctrl-C until the end of its `using` block. */
export interface Interrupt extends Disposable {
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal;
}

/** Begins to listen. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const remove = () => Deno.removeSignalListener("SIGINT", listener);
  const listener = () => {
    remove();
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", listener);
  return { signal: controller.signal, [Symbol.dispose]: remove };
}

/** Waits for some milliseconds, or until the signal. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
