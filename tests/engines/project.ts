/**
 * A user's project: a folder that has the package in `node_modules`, as `npm install` leaves it.
 *
 * @module
 */
import * as esbuild from "esbuild";
import { fileURLToPath, pathToFileURL } from "node:url";
import { writePackage } from "../../tools/pack.ts";
import { root } from "../subprocess.ts";

/** The project, until it is removed. */
export class Project {
  /** Its folder, with a slash at the end. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A new project in the temporary folder. */
  static async create(): Promise<Project> {
    const project = new Project(`${await Deno.makeTempDir({ prefix: "glim_" })}/`);
    const modules = `${project.path}node_modules/`;
    await writePackage(pathToFileURL(`${modules}@glim/glim/`));
    await Deno.symlink(`${root}tests/node_modules/fflate`, `${modules}fflate`);
    project.write("package.json", '{ "type": "module" }\n');
    return project;
  }

  /** Writes a file of the project's; tells its path. */
  write(name: string, text: string): string {
    Deno.writeTextFileSync(this.path + name, text);
    return this.path + name;
  }

  /** A file that the package has. */
  packaged(path: string): string {
    return `${this.path}node_modules/@glim/glim/${path}`;
  }

  /**
   * A program and what it needs as one minified module. What it imports by `@glim/glim` is the
   * package, and so are files of the library's own.
   */
  async bundle(
    input: { file: string } | { code: string },
    options: esbuild.BuildOptions = {},
  ): Promise<string> {
    const inside: esbuild.Plugin = {
      name: "inside",
      setup: (build) => {
        build.onResolve({ filter: /^\.\.\/\.\.\/src\// }, ({ path }) => ({
          path: this.packaged(path.slice("../../".length).replace(/\.ts$/, ".js")),
        }));
        // what stands beside this file, as if it were the project's
        build.onResolve({ filter: /^\.\/\w+\.ts$/ }, ({ path }) => ({ path: beside(path) }));
        build.onLoad({ filter: /tests\/engines\/\w+\.ts$/ }, ({ path }) => ({
          contents: Deno.readTextFileSync(path),
          loader: "ts",
          resolveDir: this.path,
        }));
      },
    };
    const from = "file" in input ? await Deno.readTextFile(input.file) : input.code;
    const { outputFiles } = await esbuild.build({
      stdin: { contents: from, loader: "ts", resolveDir: this.path },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      write: false,
      logLevel: "silent",
      plugins: [inside],
      ...options,
    });
    return outputFiles![0]!.text;
  }

  /** Removes the folder, and ends the bundler. */
  async [Symbol.asyncDispose](): Promise<void> {
    await esbuild.stop();
    await Deno.remove(this.path, { recursive: true });
  }
}

/** The suite as one module, for any engine. */
export async function bundledSuite(project: Project): Promise<string> {
  const worker = await project.bundle({ file: beside("worker.ts") }, { charset: "ascii" });
  return await project.bundle({ file: beside("suite.ts") }, {
    define: { WORKER: JSON.stringify(worker) },
  });
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
