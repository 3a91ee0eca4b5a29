/**
 * Programs: experiments out of files, what they are made of, and which of them may run. A run may be
 * somebody else's: what is no part of the repository runs only if the user names it too.
 */
import { DataError } from "@glim/glim";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { messageOf, printable, UsageError } from "./errors.ts";
import type { Experiment } from "./experiment.ts";
import { readFile, sha256 } from "./files.ts";
import type { Flag } from "./flags.ts";
import { writeErrorLine } from "./output.ts";
import type { Config } from "./run_folder.ts";

/** The folder of the repository. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** An experiment and where it is from. */
export interface Loaded {
  readonly experiment: Experiment;
  /** What `config.json` calls it: `experiments/paper.ts`, or the path of a file of one's own. */
  readonly name: string;
  /** SHA-256 of the file and of the local files that it imports; see {@link sourcesHash}. */
  readonly sha256: string;
}

/** Loads the experiment in a file. UsageError, which names the file and what is wrong with it. */
export async function loadExperiment(file: string): Promise<Loaded> {
  const { path, value } = await defaultExport(file, file, isOwn(file) ? [ROOT] : []);
  if (!isExperiment(value)) {
    const found = value === undefined ? "it has none" : `it is ${kindOf(value)}`;
    throw new UsageError(
      `${file}: needs an experiment as its default export: ${found}; ` +
        'import { defineExperiment } from "@glim/cli"',
    );
  }
  // those of the repository by their place in it
  const inside = relative(ROOT, path);
  const name = isOwn(inside) ? inside.replaceAll("\\", "/") : path;
  return { experiment: value, name, sha256: await sourcesHash(path) };
}

/** Whether a name is of an experiment of the repository, which runs though nobody names it. */
export function isOwn(name: string): boolean {
  return /^experiments[/\\][\w-]+\.ts$/.test(name);
}

function isExperiment(value: unknown): value is Experiment {
  const { schema, data, build } = Object(value) as Partial<Experiment>;
  return schema instanceof z.ZodObject && typeof data === "function" && typeof build === "function";
}

/**
 * What a program exports by default, and where it is. UsageError, which begins with `name`, where there
 * is no such file, or it fails.
 *
 * @param folders Where it is looked for too.
 */
export async function defaultExport(
  name: string,
  file: string,
  folders: readonly string[] = [],
): Promise<{ path: string; value: unknown }> {
  const fault = (message: string, cause?: unknown) =>
    new UsageError(`${name}: ${message}`, { cause });
  for (const path of [resolve(file), ...folders.map((folder) => join(folder, file))]) {
    try {
      if (!(await Deno.stat(path)).isFile) throw fault("needs a file: it is a folder");
      const module: { default?: unknown } = await import(pathToFileURL(path).href);
      return { path, value: module.default };
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      if (cause instanceof Deno.errors.NotFound) continue;
      if (folders.length > 0 && cause instanceof Deno.errors.NotCapable) continue; // nor is it there
      throw fault(lineOf(cause), cause);
    }
  }
  throw fault("there is no such file");
}

/** What an error says, on one line: Deno's own have colours and show the place below. */
export function lineOf(error: unknown): string {
  const lines = stripVTControlCharacters(messageOf(error)).split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ");
}

/** What a value is, for people: `undefined`, `a string`, `an object of class Promise`. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? "none"}`;
}

/** Imports of files, static and by a text in `import()`; packages have other names. */
const IMPORT = /\b(?:from|import)\s*\(?\s*(["'])((?:\.{0,2}\/|file:)[^"'\n]+)\1/g;

/**
 * SHA-256 of a program, in hex: of its file or, where it imports local files, of the hashes of all, in
 * the order in which their texts import them. Where they lie does not matter. DataError where the
 * program itself cannot be read.
 */
export async function sourcesHash(program: string): Promise<string> {
  const hashes = new Map<string, string>(); // by path, in order
  const add = async (path: string, bytes: Uint8Array): Promise<void> => {
    hashes.set(path, sha256(bytes));
    for (const [, , name] of new TextDecoder().decode(bytes).matchAll(IMPORT)) {
      const imported = pathOf(name!, path);
      if (imported === undefined || hashes.has(imported)) continue;
      const found = await readImport(imported);
      if (found !== undefined) await add(imported, found);
    }
  };
  await add(resolve(program), await readFile(program));
  const [first, ...others] = hashes.values();
  return others.length === 0 ? first! : sha256([first, ...others].join("\n"));
}

function pathOf(name: string, importer: string): string | undefined {
  try {
    return fileURLToPath(new URL(name, pathToFileURL(importer)));
  } catch {
    return undefined; // no address of a file: it is in a comment or a text
  }
}

/** The bytes of a file; undefined where there is none: it is in a comment or a text. */
async function readImport(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** A program that a run names: what it is, where it was, its option, and its hash at that time. */
interface RunProgram {
  what: "experiment" | "network";
  was: string;
  flag: string;
  sha256: unknown;
}

/**
 * Whether the user has named a program of a run too. UsageError where not, which says how to go on. Says
 * on standard error where it is not what it was at training.
 */
async function checkNamed(
  { what, was, flag, sha256: before }: RunProgram,
  named: unknown,
  option: string,
  run: string,
): Promise<void> {
  if (typeof named !== "string") {
    const add = `${flag} ${printable(was)}`.trim();
    throw new UsageError(
      `${option}: the ${what} of ${run} is a program, ${printable(was)}, which runs only if you ` +
        `name it: add ${add} if you trust it` +
        (before === undefined ? "" : ` (trained with SHA-256 ${before})`),
    );
  }
  const now = await sourcesHash(named);
  if (before === undefined || before === now) return;
  const shown = flag === "" ? named : `${flag}: ${named}`;
  writeErrorLine(
    `note: ${shown} is not what ${run} was trained with: its SHA-256 is ${now}, it was ${before}`,
  );
}

/** The experiment of a run: the repository's, or that of the file which the user has named too. */
export async function loadNamed(
  file: string | undefined,
  { experiment, sha256 }: Config,
  option: string,
  run: string,
): Promise<Loaded> {
  if (typeof experiment !== "string") {
    throw new UsageError(`${option}: needs a run's folder: the config.json of ${run} is no run's`);
  }
  if (isOwn(experiment)) return await loadExperiment(join(ROOT, experiment));
  await checkNamed({ what: "experiment", was: experiment, flag: "", sha256 }, file, option, run);
  return await loadExperiment(file!);
}

/** Checks that the user has named each program of a run that an option names. */
export async function checkPrograms(
  flags: readonly Flag[],
  { config, values }: { config: Config; values: Readonly<Record<string, unknown>> },
  option: string,
  run: string,
): Promise<void> {
  for (const { name, flag, path } of flags) {
    const was = config[name] ?? null;
    if (path !== "program" || was === null) continue;
    const sha256 = config[`${name}Sha256`];
    await checkNamed(
      { what: "network", was: String(was), flag, sha256 },
      values[name],
      option,
      run,
    );
  }
}
