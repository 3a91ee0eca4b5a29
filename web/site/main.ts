/**
 * The entry of `deno task web` and `deno task web:build`.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { DataError } from "@glim/glim";
import { OUTPUT } from "@glim/cli/task";
import { bundlePage, type Files } from "./bundle.ts";
import { docsFiles } from "./docs.ts";
import { imageFiles } from "./images.ts";
import { servePage } from "./serve.ts";
import { writeSite } from "./write.ts";

/** What runs each command: its help says that. */
const TASKS: Record<string, string> = { serve: "deno task web", build: "deno task web:build" };

const program = new Command("web")
  .description("The page in which a network learns, and reads drawn digits.")
  .helpCommand(false)
  .configureOutput(OUTPUT)
  .configureHelp({
    commandUsage: (command) => `${TASKS[command.name()] ?? command.name()} ${command.usage()}`,
  })
  .exitOverride();

program.command("serve")
  .description("serve the page; Ctrl-C ends it")
  .option("--port <n>", "port", "8000")
  .option("--host <name>", "address to listen at; 0.0.0.0 lets other machines in", "127.0.0.1")
  .option("--data <folder>", "images in MNIST's format instead of MNIST")
  .option("--no-isolation", "leave out the headers that let threads share memory")
  .action(async ({ port, host: hostname, data, isolation: isolated }) => {
    const number = Number(port);
    if (!/^\d+$/.test(port) || number > 65535) {
      throw new Error(
        `--port: needs a whole number from 0 to 65535: it is ${JSON.stringify(port)}`,
      );
    }
    const files = siteFiles(data);
    const server = servePage(files, { hostname, port: number, isolated });
    await files;
    const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
    console.log(`http://${hostname === "0.0.0.0" ? "localhost" : shown}:${server.addr.port}/`);
    await server.finished;
  });

program.command("build")
  .description("write the page as static files, for any host and any path")
  .option("--out <folder>", "where to", "site")
  .option("--data <folder>", "images in MNIST's format instead of MNIST")
  .action(async ({ out, data }) => {
    await writeSite(out, await siteFiles(data));
    console.log(`${out}/index.html`);
  });

/** The page, the documentation and the images; a word about them where there are no images. */
async function siteFiles(data: string | undefined): Promise<Files> {
  let images: Files = new Map();
  try {
    images = imageFiles(data); // first, as bundling takes seconds
  } catch (error) {
    if (!(error instanceof DataError) || data !== undefined) throw error;
    console.error(`${error.message}; the page can only be shown files`);
  }
  return new Map([...await bundlePage(), ...await docsFiles(), ...images]);
}

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) Deno.exit(error.exitCode === 0 ? 0 : 2);
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
