/**
 * Experiments out of files.
 *
 * @module
 */
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { messageOf } from "./messages.ts";
import type { Experiment } from "./experiment.ts";
import { sourcesHash } from "./sources.ts";
import { UsageError } from "./usage_error.ts";

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
  const path = await findFile(file);
  const module = await importModule(file, path);
  if (!isExperiment(module.default)) {
    const found = module.default === undefined ? "it has none" : `it is ${kindOf(module.default)}`;
    throw fault(
      file,
      `needs an experiment as its default export: ${found}; ` +
        'import { defineExperiment } from "@glim/cli"',
    );
  }
  return { experiment: module.default, name: nameOf(path), sha256: await sourcesHash(path) };
}

/** What `config.json` calls a file: those of the repository by their place in it. */
function nameOf(path: string): string {
  const inside = relative(ROOT, path);
  return isOwn(inside) ? inside.replaceAll("\\", "/") : path;
}

/** Whether a name is of an experiment of the repository, which runs though nobody names it. */
export function isOwn(name: string): boolean {
  return /^experiments[/\\][\w-]+\.ts$/.test(name);
}

function isExperiment(value: unknown): value is Experiment {
  const { schema, data, build } = Object(value) as Partial<Experiment>;
  return schema instanceof z.ZodObject && typeof data === "function" && typeof build === "function";
}

async function findFile(file: string): Promise<string> {
  for (const path of isOwn(file) ? [resolve(file), join(ROOT, file)] : [resolve(file)]) {
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) continue;
      if (isOwn(file) && cause instanceof Deno.errors.NotCapable) continue; // nor is it there
      throw fault(file, lineOf(cause), cause);
    }
    throw fault(file, "needs a file: it is a folder");
  }
  throw fault(file, "there is no such file");
}

async function importModule(file: string, path: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    throw fault(file, lineOf(cause), cause);
  }
}

function fault(file: string, message: string, cause?: unknown): UsageError {
  return new UsageError(`${file}: ${message}`, { cause });
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
