/**
 * Where a contender runs: in a process, or in a worker of the page.
 *
 * @module
 */

/** What there is around a contender. */
interface Host {
  /** Milliseconds, rows and sizes. */
  readonly args: readonly string[];
  tell(line: string): void;
  end(): void;
}

/** Of a worker's global object what is used. */
const worker = globalThis as unknown as {
  readonly name: string;
  postMessage(line: string | null): void;
};

export const host: Host = "Deno" in globalThis
  ? { args: Deno.args, tell: (line) => console.log(line), end: () => Deno.exit() }
  : {
    args: worker.name.split(" "),
    tell: (line) => worker.postMessage(line),
    end: () => worker.postMessage(null),
  };
