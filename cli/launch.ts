/**
 * The entry of `deno task train`: starts Deno on `main.ts` with the permissions that its arguments
 * name, and no others. A network of one's own, which is a program, has no more either.
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { queueHost } from "./grid/queue_address.ts";
import { ROWS } from "./rows_file.ts";
import { type Permissions, startDeno } from "./start_deno.ts";

/** The folder of the repository: sources, packages and MNIST. */
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The packages and names by which `main.ts`, and a network of one's own, import. */
const CONFIG = new URL("deno.json", import.meta.url);

/** Where runs are written if no option says else. */
const RUNS = "runs";

/** Options that name what is read, though it may not be there: `main.ts` says so. */
const READ = [
  "--data",
  "--file",
  "--data-dir",
  "--weights",
  "--arch",
  "--resume",
  "--queue-auth",
  "--queue-secret",
  "--tls-ca",
];

/** Programs of one's own among words: an experiment, or a network. */
const PROGRAM = /\.[cm]?[jt]s$/;

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
function permissionsOf(args: readonly string[]): Permissions {
  const of = (name: string) => valuesOf(args, name);
  const isTrained = ["predict", "eval"].includes(args[0] ?? "");
  const words = args.slice(isTrained ? 1 : 0);
  const isProgram = (word: string) => !word.startsWith("-") && PROGRAM.test(word);
  const read = [ROOT, ...READ.flatMap(of), ...words.flatMap(pathIn), ...words.filter(isProgram)];
  const write: string[] = [];
  const runs = [...of("--resume"), ...of("--weights"), ...isTrained ? words.slice(0, 1) : []];
  if (isTrained) {
    read.push(...missingIn(words));
    write.push(...of("--picture"), ...of("--out"));
  } else if (args[0] === "worker") {
    write.push(...of("--out"));
    read.push(...write);
  } else {
    const resumed = of("--resume").filter(isFolder);
    const out = of("--out");
    write.push(...resumed, ...(out.length > 0 ? out : resumed.length > 0 ? [] : [RUNS]));
    read.push(...write);
  }
  const programs = words.flatMap(pathIn).filter((path) => PROGRAM.test(path) && !isOurs(path));
  for (const place of runs) {
    const folders = isFolder(place) ? [place] : [dirname(place), dirname(dirname(resolve(place)))];
    for (const folder of folders) {
      read.push(join(folder, "config.json"));
      // A run's own data; but a run may be another's, and may not open a folder to a program.
      if (programs.length === 0) read.push(...dataOf(folder));
      if (programs.length === 0 && args[0] === "eval") { // where what does not fit in memory goes
        write.push(join(folder, ROWS));
        read.push(join(folder, ROWS));
      }
    }
  }
  for (const file of programs) {
    const imports = importsOf(file);
    read.push(...imports, ...defaultsOf(file, imports));
  }
  return { read, write, net: of("--queue").flatMap((url) => queueHost(url) ?? []) };
}

/** The path that a word is or has behind its `=`, where there is something. */
function pathIn(word: string): string[] {
  const value = word.startsWith("--") ? word.slice(word.indexOf("=") + 1) : word;
  return value !== "" && !value.startsWith("--") && statOf(value) ? [value] : [];
}

/** Words that may be pictures which are not there; a word with a comma may be numbers. */
function missingIn(words: readonly string[]): string[] {
  const end = words.indexOf("--");
  return words.filter((word, i) =>
    (!word.startsWith("-") || (end !== -1 && i > end)) && !word.includes(",") && !statOf(word)
  );
}

/** Whether a program is one of the repository's experiments. */
function isOurs(path: string): boolean {
  return dirname(resolve(path)) === join(ROOT, "experiments");
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory ?? false;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** The folder of the data that a run was trained on, as its config tells. */
function dataOf(run: string): string[] {
  try {
    const path = join(run, "config.json");
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > 2 ** 20) return [];
    const { dataDir, file } = JSON.parse(Deno.readTextFileSync(path));
    return [dataDir, file].filter((path) => typeof path === "string");
  } catch {
    return []; // main.ts says what is wrong with it
  }
}

/** The local files that a program is made of. */
function importsOf(file: string): string[] {
  const info = answerOf(["info", "--json", "--no-remote", "--config", fileURLToPath(CONFIG), file]);
  const { modules = [] } = Object(info) as { modules?: { local?: unknown }[] };
  return modules.flatMap(({ local }) => typeof local === "string" ? [local] : []);
}

/**
 * What an experiment reads where nobody names anything else: the paths that its options have by
 * default, if they lie where it lies. To tell them it runs once, and may read nothing but itself.
 */
function defaultsOf(file: string, imports: readonly string[]): string[] {
  const describe = fileURLToPath(new URL("default_paths.ts", import.meta.url));
  const config = `--config=${fileURLToPath(CONFIG)}`;
  const read = `--allow-read=${[ROOT, ...imports].filter((path) => !path.includes(",")).join(",")}`;
  const answer = answerOf(["run", "--quiet", config, "--no-prompt", read, describe, file]);
  const folder = join(dirname(resolve(file)), "/");
  return (Array.isArray(answer) ? answer : []).filter((path) =>
    typeof path === "string" && resolve(path).startsWith(folder)
  );
}

/** The JSON on the last line, or on all lines, of what Deno prints; undefined where it fails: `main.ts` says why. */
function answerOf(args: readonly string[]): unknown {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: [...args], stderr: "null" })
    .outputSync();
  const text = new TextDecoder().decode(stdout).trim();
  for (const json of [text, text.split("\n").at(-1)!]) {
    try {
      return JSON.parse(json);
    } catch {
      continue;
    }
  }
  return undefined;
}

if (import.meta.main) {
  const main = new URL("main.ts", import.meta.url);
  Deno.exit(await startDeno(main, CONFIG, permissionsOf(Deno.args), Deno.args));
}
