/**
 * The page's own files: programs bundled for browsers, and what stands beside them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The files of a site by their path, relative to its address. */
export type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** The programs: what a browser loads, and where it begins. */
const PROGRAMS = {
  "page.js": "../page/main.ts",
  "worker.js": "../worker/main.ts",
  "gpt/page.js": "../page/writing.ts",
  "gpt/worker.js": "../worker/writer_main.ts",
};

/** Files that are served as they are. */
const PLAIN = {
  "index.html": "../page/index.html",
  "gpt/index.html": "../page/writing.html",
  "icon.svg": "../page/icon.svg",
  "digits.safetensors": "../model/digits.safetensors",
};

/** What there is to read about the page, as plain text. */
const TEXTS = {
  "about/how-it-works.txt": ["../../docs/web.md"],
  "about/code.txt": ["../shared/run_config.ts", "../shared/network.ts", "../worker/session.ts"],
  "about/writing.txt": ["../shared/gpt.ts", "../shared/writing.ts", "../worker/writer.ts"],
  "about/readme.txt": ["../../README.md"],
  "about/licence.txt": ["../../LICENSE"],
};

/** Everything but the images. Throws Error where a program cannot be bundled. */
export async function bundlePage(): Promise<Files> {
  const files: Files = new Map();
  for (const [name, path] of Object.entries(PLAIN)) files.set(name, await read(path));
  // The mark tells browsers that it is UTF-8 where a host does not.
  const mark = new TextEncoder().encode("\ufeff");
  for (const [name, paths] of Object.entries(TEXTS)) {
    files.set(name, join(mark, ...await Promise.all(paths.map(read))));
  }
  const charts = import.meta.resolve("uplot/dist/uPlot.min.css");
  files.set("style.css", join(await read(charts), await read("../page/style.css")));
  const programs = Object.entries(PROGRAMS).map(([name, path]) => bundle(name, place(path)));
  return new Map([...files, ...(await Promise.all(programs)).flatMap((made) => [...made])]);
}

/**
 * A program and all that it imports: one file, which has a name, and one for each part that is only
 * loaded when it is wanted, in the same folder. Classes keep their names, by which modules are printed.
 */
export async function bundle(name: string, path: string): Promise<Files> {
  const { success, errors, outputFiles } = await Deno.bundle({
    entrypoints: [path],
    outputDir: "/",
    platform: "browser",
    format: "esm",
    minify: true,
    keepNames: true,
    codeSplitting: true,
    write: false,
  });
  if (!success) {
    throw new Error(`bundle ${path}: ${errors.map(({ text }) => text).join("; ")}`);
  }
  const own = path.split("/").at(-1)!.replace(/ts$/, "js");
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  return new Map((outputFiles ?? []).map((file) => {
    const written = file.path.split("/").at(-1)!;
    const path = written === own ? name : folder + written;
    return [path, file.contents as Uint8Array<ArrayBuffer>];
  }));
}

function place(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(place(path));
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
