/**
 * The documentation, which `deno task docs` writes.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Files } from "./bundle.ts";

/** Where it is written to. */
const WRITTEN = fileURLToPath(new URL("../../docs/site/dist/", import.meta.url));

const NOT_WRITTEN = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Glim's documentation</title>
<body style="font: 16px/1.5 system-ui; margin: 2rem">
<h1>Not here yet</h1>
<p>Write the documentation by <code>deno task docs</code>, and serve or build this page again.</p>
`;

/** Its files below `docs/`; where it has not been written, a page that says how to. */
export async function docsFiles(folder: string = WRITTEN): Promise<Files> {
  const files: Files = new Map();
  const add = async (path: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder + path)) {
      if (isDirectory) await add(`${path}${name}/`);
      else files.set(`docs/${path}${name}`, await Deno.readFile(folder + path + name));
    }
  };
  try {
    await add("");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    files.set("docs/index.html", new TextEncoder().encode(NOT_WRITTEN));
  }
  return files;
}
