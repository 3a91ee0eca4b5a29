/**
 * The entry of `deno task train`: starts Deno on `main.ts` with the permissions that its arguments
 * name, and no others. A network of one's own, which is a program, has no more either.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { queueHost } from "./grid/queue_address.ts";
import { type Permissions, startDeno } from "./start_deno.ts";

/** The folder of the repository: sources, packages and MNIST. */
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The packages and names by which `main.ts`, and a network of one's own, import. */
const CONFIG = new URL("deno.json", import.meta.url);

/** Where runs are written if no option says else. */
const RUNS = "runs";

/** Options that name a file or folder to read. */
const READ = ["--data-dir", "--weights", "--arch", "--queue-auth", "--queue-secret", "--tls-ca"];

const COMMANDS = ["cnn", "grid", "worker", "predict", "eval"];

/** The values of an option, which stand behind it or behind its `=`. */
export function valuesOf(args: readonly string[], name: string): string[] {
  return args.flatMap((arg, i) =>
    arg === name
      ? args.slice(i + 1, i + 2)
      : arg.startsWith(`${name}=`)
      ? [arg.slice(name.length + 1)]
      : []
  );
}

/** What arguments ask for. Those that are wrong ask for little: `main.ts` says what is wrong. */
export function permissionsOf(args: readonly string[]): Permissions {
  const of = (name: string) => valuesOf(args, name);
  const command = COMMANDS.find((name) => name === args[0]) ?? "";
  const read = [ROOT, ...READ.flatMap(of)];
  const write: string[] = [];
  const resumed = of("--resume");
  if (["", "cnn", "grid"].includes(command)) {
    const runs = resumed.filter(isFolder);
    const out = of("--out");
    write.push(...runs, ...(out.length > 0 ? out : runs.length > 0 ? [] : [RUNS]));
    read.push(...resumed, ...write);
  }
  if (command === "predict") {
    read.push(...picturesOf(args.slice(1)));
    write.push(...of("--picture"));
  }
  for (const place of [...of("--weights"), ...resumed]) {
    const folders = isFolder(place) ? [place] : [dirname(place), dirname(dirname(resolve(place)))];
    for (const folder of folders) {
      read.push(join(folder, "config.json"));
      // A run's own data; but a run may be another's, and may not open a folder to a program.
      if (of("--arch").length === 0) read.push(...dataOf(folder));
    }
  }
  for (const file of of("--arch")) read.push(...importsOf(file));
  const [_, file = ""] = args;
  if (["grid", "worker"].includes(command) && file.endsWith(".ts")) read.push(...importsOf(file));
  return { read, write, net: of("--queue").flatMap((url) => queueHost(url) ?? []) };
}

/**
 * The words that may be pictures: all but options. What is not there is asked for too, so that
 * `main.ts` finds that it is not; a word with a comma may be a list of indices.
 */
function picturesOf(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.filter((arg, i) =>
    (!arg.startsWith("-") || (end !== -1 && i > end)) && (exists(arg) || !arg.includes(","))
  );
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The folder of the data that a run was trained on, as its config tells. */
function dataOf(run: string): string[] {
  try {
    const path = join(run, "config.json");
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > 2 ** 20) return [];
    const { dataDir } = JSON.parse(Deno.readTextFileSync(path));
    return typeof dataDir === "string" ? [dataDir] : [];
  } catch {
    return []; // main.ts says what is wrong with it
  }
}

/** The local files that a program is made of. */
function importsOf(file: string): string[] {
  const args = ["info", "--json", "--no-remote", "--config", fileURLToPath(CONFIG), file];
  const { stdout } = new Deno.Command(Deno.execPath(), { args, stderr: "null" }).outputSync();
  try {
    const { modules } = JSON.parse(new TextDecoder().decode(stdout));
    return (modules as { local?: unknown }[]).flatMap(({ local }) =>
      typeof local === "string" ? [local] : []
    );
  } catch {
    return [];
  }
}

if (import.meta.main) {
  const main = new URL("main.ts", import.meta.url);
  Deno.exit(await startDeno(main, CONFIG, permissionsOf(Deno.args), Deno.args));
}
