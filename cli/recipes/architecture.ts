/**
 * Networks that come from a file of the user's.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { nn, scope, Tensor, zeros } from "@glim/glim";
import { UsageError } from "../usage_error.ts";
import type { ImageKind, NetworkBuilder } from "./recipe.ts";
import { messageOf } from "../messages.ts";

/**
 * Loads a TypeScript or JavaScript module whose default export is a function of an
 * {@link ImageKind} that gives a network, and tries the network on images of that kind: images
 * [b, 1, rows, columns] in [0, 1] must give logits [b, classes].
 *
 * Throws UsageError, which names the file and what is wrong with it.
 */
export async function loadArchitecture(path: string, images: ImageKind): Promise<NetworkBuilder> {
  const build = await importBuilder(path);
  let network: unknown;
  try {
    network = build(images);
  } catch (cause) {
    throw fault(path, `its default export failed: ${lineOf(cause)}`, cause);
  }
  if (!(network instanceof nn.Module)) {
    const remedy = 'import { nn } from "@glim/glim", which is the copy that trains';
    throw fault(
      path,
      `its default export must give an nn.Module: it gives ${kindOf(network)}; ${remedy}`,
    );
  }
  try {
    checkOutput(path, network, images);
  } finally {
    network[Symbol.dispose]();
  }
  return build;
}

async function importBuilder(path: string): Promise<NetworkBuilder> {
  const file = resolve(path);
  try {
    if (!(await Deno.stat(file)).isFile) throw fault(path, "needs a file: it is a folder");
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (cause instanceof Deno.errors.NotFound) throw fault(path, "there is no such file", cause);
    throw fault(path, lineOf(cause), cause);
  }
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    throw fault(path, lineOf(cause), cause);
  }
  if (typeof module.default !== "function") {
    throw fault(
      path,
      "needs a function as its default export: " +
        (module.default === undefined ? "it has none" : `it is ${kindOf(module.default)}`),
    );
  }
  return module.default as NetworkBuilder;
}

/**
 * Asks the network about two black images. In evaluation mode nothing changes in it; gradients are
 * recorded, to see that there are any.
 */
function checkOutput(path: string, network: nn.Module, { imageShape, classes }: ImageKind): void {
  if (network.parameters().next().done) throw fault(path, "its network has nothing to learn");
  const input = [2, 1, ...imageShape];
  let output: unknown;
  try {
    output = scope(() => network.eval().forward(zeros(input)));
  } catch (cause) {
    throw fault(
      path,
      `its network fails on images [${input.join(", ")}]: ${lineOf(cause)}`,
      cause,
    );
  }
  const wanted = `its network must give logits [2, ${classes}] for images [${input.join(", ")}]`;
  if (!(output instanceof Tensor)) throw fault(path, `${wanted}: it gives ${kindOf(output)}`);
  using logits = output;
  const { shape } = logits;
  if (shape.length !== 2 || shape[0] !== 2 || shape[1] !== classes) {
    throw fault(path, `${wanted}: they are [${shape.join(", ")}]`);
  }
  if (!logits.requiresGrad) throw fault(path, "its logits do not depend on what it can learn");
}

function fault(path: string, message: string, cause?: unknown): UsageError {
  return new UsageError(`--arch: ${path}: ${message}`, { cause });
}

/** What an error says, on one line: Deno's own have colours and show the place below. */
function lineOf(error: unknown): string {
  const text = messageOf(error);
  const lines = stripVTControlCharacters(text).split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ");
}

/** What a value is, for people: `undefined`, `a string`, `a Promise`. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? "none"}`;
}
