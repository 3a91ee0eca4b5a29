/**
 * The entry of `deno task docs`: writes the site to docs/site/dist/.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { OUT, writeSite } from "./build.ts";

const { values: { base, out, help } } = parseArgs({
  args: Deno.args,
  options: {
    base: { type: "string", default: "/docs/" },
    out: { type: "string", default: OUT },
    help: { type: "boolean", default: false },
  },
});
if (help) {
  console.log(`Usage: deno task docs [--base PATH]

Writes the documentation as static files to docs/site/dist/. deno task web serves it, at /docs/.

  --base PATH  where it will be served (default: /docs/)`);
} else {
  await writeSite(base, resolve(out));
  console.log(`${out}/index.html`);
}
