/**
 * The entry of `deno task docs`: writes the site to docs/site/dist/.
 *
 * @module
 */
import { resolve } from "node:path";
import { readArguments } from "../../tools/arguments.ts";
import { OUT, writeSite } from "./build.ts";

const HELP = `Usage: deno task docs [--base PATH]

Writes the documentation as static files to docs/site/dist/. deno task web serves it, at /docs/.

  --base PATH   where it will be served (default: /docs/)
  --out FOLDER  where it is written, below docs/site/
  -h, --help    this`;

const { values: { base, out } } = readArguments(HELP, {
  base: { type: "string", default: "/docs/" },
  out: { type: "string", default: OUT },
});
await writeSite(base, resolve(out));
console.log(`${out}/index.html`);
