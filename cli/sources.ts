/**
 * What a program is made of: its file, and every local file that it imports.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DataError } from "@glim/glim";
import { readFile } from "./files.ts";

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

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
