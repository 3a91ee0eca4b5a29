/**
 * Glim for the site's pages: its entry points as modules for browsers, with what they share.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { entryPoints, NAME, REPOSITORY } from "./library.ts";

/** Writes the modules below a folder, and what is imported by which name (`@glim/glim/nn`). */
export async function bundleLibrary(folder: string): Promise<Record<string, string>> {
  const root = fileURLToPath(REPOSITORY);
  const paths = Object.entries(entryPoints).map(([entry, path]) =>
    [NAME + entry.slice(1), path.slice("./".length)] as const
  );
  const { success, errors, outputFiles } = await Deno.bundle({
    entrypoints: paths.map(([_, path]) => root + path),
    outputDir: folder,
    platform: "browser",
    format: "esm",
    minify: true,
    keepNames: true, // a module prints its class
    codeSplitting: true,
    write: false,
  });
  if (!success) throw new Error(`bundle: ${errors.map(({ text }) => text).join("; ")}`);
  for (const { path, contents } of outputFiles!) {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, contents!);
  }
  return Object.fromEntries(paths.map(([name, path]) => [name, path.replace(/\.ts$/, ".js")]));
}
