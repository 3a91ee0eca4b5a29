/**
 * Deno, started with some permissions, as if it were this process: with its terminal, its signals
 * and its exit code.
 */
import { fileURLToPath } from "node:url";
import { onOrphaned, SIGNALS } from "./interrupt.ts";

/** What a program may do. */
export interface Permissions {
  read: readonly string[];
  write: readonly string[];
  /** Hosts, with ports, that it talks to or listens at. */
  net: readonly string[];
}

/** Whether Deno takes it as `host:port`. What is none is not asked for: the program refuses it. */
function isAddress(value: string): boolean {
  const port = /^(?:\[[\da-fA-F:.]+\]|[\w.-]+):(\d+)$/.exec(value)?.[1];
  return port !== undefined && Number(port) <= 65535;
}

/** The flags of permissions. Throws RangeError for a path with a comma, which no flag can have. */
function flagsOf(permissions: Permissions): string[] {
  return Object.entries(permissions).flatMap(([name, values]: [string, readonly string[]]) => {
    const asked = name === "net" ? values.filter(isAddress) : values;
    const named = [...new Set(asked.filter((value) => value !== ""))];
    if (named.length === 0) return [];
    const parted = named.find((value) => value.includes(","));
    if (parted !== undefined) {
      throw new RangeError(`Deno takes no path with a comma: rename ${JSON.stringify(parted)}`);
    }
    return [`--allow-${name}=${named.join(",")}`];
  });
}

/**
 * With these V8 joins neighbouring vectors into one of 256 bits, which the kernels' wide build is made
 * for. Without checks of bounds an address that was wrong in spite of the library's own checks would
 * end the process.
 */
const ENGINE = "--v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks";

/**
 * Runs a program by its product's `deno.json` to its end, and gives its exit code; 2 where its
 * permissions cannot be named. What the product needs is installed first, without a word.
 */
export async function startDeno(
  entry: URL,
  config: URL,
  permissions: Permissions,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<number> {
  let allowed: string[];
  try {
    allowed = flagsOf(permissions);
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    return 2;
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      `--config=${fileURLToPath(config)}`,
      "--no-prompt",
      ENGINE,
      ...flags,
      ...allowed,
      entry.href,
      ...args,
    ],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const pass = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // it has ended already
    }
  };
  for (const [signal] of SIGNALS) {
    // A terminal gives its signals to both: the program takes what comes at once for one.
    Deno.addSignalListener(signal, () => pass(signal));
  }
  using _task = onOrphaned(() => pass("SIGTERM"));
  return (await child.status).code;
}
