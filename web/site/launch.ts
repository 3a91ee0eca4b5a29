/**
 * The entry of `deno task web` and `deno task web:build`: starts Deno on `main.ts` with what the
 * page needs, which is this repository and one address, or the folder that is written.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { startDeno, valuesOf } from "@glim/cli/task";

const { args } = Deno;
const one = (name: string, otherwise: string) => valuesOf(args, name).at(-1) ?? otherwise;
const host = one("--host", "127.0.0.1");
const isServed = args[0] === "serve";
const permissions = {
  read: [fileURLToPath(new URL("../..", import.meta.url)), ...valuesOf(args, "--data")],
  write: isServed ? [] : [one("--out", "site")],
  net: isServed ? [`${host.includes(":") ? `[${host}]` : host}:${one("--port", "8000")}`] : [],
};
const main = new URL("main.ts", import.meta.url);
const config = new URL("../deno.json", import.meta.url);
Deno.exit(await startDeno(main, config, permissions, args, ["--unstable-bundle"]));
