/** Ending without a loss: at Ctrl-C, at `kill`, and where the terminal or the process that started it goes away. */

/** How a command ended. */
export type Outcome = "done" | "interrupted";

/** The signals that ask a program to end, by their numbers. */
export const SIGNALS: readonly (readonly [Deno.Signal, number])[] = Deno.build.os === "windows"
  ? [["SIGINT", 2], ["SIGBREAK", 21]]
  : [["SIGHUP", 1], ["SIGINT", 2], ["SIGTERM", 15]];

/** The exit code of what was interrupted: 128 and the signal's number, as shells have it. */
export let interruptCode = 130;

/** Milliseconds in which several signals are one: a terminal and `launch.ts` both send it. */
const ONE = 1000;

/** Milliseconds between two looks at who the parent is. */
const LOOK = 500;

/** Calls a function once the process that started this one is gone, until the `using` block ends. */
export function onOrphaned(act: () => void): Disposable {
  const parent = Deno.ppid;
  const timer = setInterval(() => {
    if (Deno.ppid === parent) return;
    clearInterval(timer);
    act();
  }, LOOK);
  Deno.unrefTimer(timer);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * Listens for those signals until the end of its `using` block: `signal` is aborted by the first of
 * them, and another one, a second later, ends the process. Where `launch.ts` was killed, which could
 * hand on nothing, it is as if the terminal were gone.
 */
export function onInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let first = Infinity;
  const hear = (number: number) => {
    if (performance.now() - first > ONE) Deno.exit(128 + number);
    if (first < Infinity) return;
    first = performance.now();
    interruptCode = 128 + number;
    controller.abort();
  };
  const listeners = SIGNALS.map(([name, number]) => {
    const listener = () => hear(number);
    Deno.addSignalListener(name, listener);
    return [name, listener] as const;
  });
  const orphaned = onOrphaned(() => hear(1));
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
      orphaned[Symbol.dispose]();
    },
  };
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
