/**
 * The entry of `deno task docs`: writes the site to docs/site/dist/.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { OUT, writeSite } from "./build.ts";

const HELP = `Usage: deno task docs [--base PATH]

Writes the documentation as static files to docs/site/dist/. deno task web serves it, at /docs/.

  --base PATH   where it will be served (default: /docs/)
  --out FOLDER  where it is written, below docs/site/
  -h, --help    this`;

/** What the arguments ask for; those that are wrong end the program before it does anything. */
function read() {
  try {
    return parseArgs({
      args: Deno.args,
      options: {
        base: { type: "string", default: "/docs/" },
        out: { type: "string", default: OUT },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    return Deno.exit(2);
  }
}

const { base, out, help } = read();
if (help) {
  console.log(HELP);
} else {
  await writeSite(base, resolve(out));
  console.log(`${out}/index.html`);
}
