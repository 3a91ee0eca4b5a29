/** Programs that tests start, and the permissions that this takes. */
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** With which V8 joins neighbouring vectors, and checks no bounds. */
export const JOINED = "--v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks";

/** How a program ended, and what it wrote. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `deno` with these arguments, without colours; in the repository unless `cwd` says else. */
export async function deno(
  args: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = startDeno(args, { cwd, env });
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Starts `deno` with these arguments and does not wait. */
export function startDeno(
  args: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Output without what Deno itself says when several of its processes start at once. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
    .replace(/^Blocking waiting for file lock on node_modules directory\n/gm, "");
}

/** What a test asks for: `read`, `write`, `run`, or `net` to 127.0.0.1. */
export type Need = "read" | "write" | "run" | "net";

/**
 * Registers a test that needs permissions: without one of them it is ignored, under a name that
 * says which it needs.
 */
export function testWith(
  needs: readonly Need[],
  name: string,
  fn: () => void | Promise<void>,
): void {
  const missing = needs.filter((need) =>
    Deno.permissions.querySync(describe(need)).state !== "granted"
  );
  const flags = missing.map((need) => need === "net" ? "--allow-net=127.0.0.1" : `--allow-${need}`);
  Deno.test({
    name: flags.length === 0 ? name : `${name} (needs ${flags.join(" ")})`,
    ignore: flags.length > 0,
    fn,
  });
}

function describe(need: Need): Deno.PermissionDescriptor {
  return need === "net" ? { name: need, host: "127.0.0.1" } : { name: need };
}

/** A new empty folder that goes with the `using` block. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = Deno.makeTempDirSync({ prefix: "glim_" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** A server of the repository's files on 127.0.0.1, until the `using` block ends. */
export function serveRepository(): {
  readonly origin: string;
  [Symbol.asyncDispose](): Promise<void>;
} {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    const type = path.endsWith(".js") ? "text/javascript" : "application/typescript";
    try {
      return new Response(await Deno.readFile(root + path), { headers: { "content-type": type } });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
  const origin = `127.0.0.1:${server.addr.port}`;
  return { origin, [Symbol.asyncDispose]: () => server.shutdown() };
}
