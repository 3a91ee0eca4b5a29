/** The tasks of deno.json, as whoever types them wrong meets them. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { deno, testWith } from "./subprocess.ts";

/**
 * The tasks that run one program of ours; the others are Deno's own, or some of these in turn. The
 * packages of `bench/peers` are not installed with the tests'.
 */
const PROGRAMS = Object.entries(config.tasks)
  .map(([name, { command }]) => ({ name, command }))
  .filter(({ command }) => /^deno run /.test(command) && !/&&|bench\/peers/.test(command));

testWith(["read", "write", "run"], "each task refuses options that it does not know", async () => {
  const wrong = await Promise.all(PROGRAMS.map(async ({ name, command }) => {
    const { code, stdout, stderr } = await deno([...command.split(" ").slice(1), "--nope"]);
    const isTold = code === 2 && stdout === "" && /^error: .+\n$/.test(stderr);
    return isTold ? [] : [{ name, code, stdout, stderr }];
  }));
  assert.deepEqual(wrong.flat(), []);
  assert.ok(PROGRAMS.length > 11);
});

testWith(["read", "write", "run"], "the help of each task begins with its own name", async () => {
  const wrong = await Promise.all(PROGRAMS.map(async ({ name, command }) => {
    const { code, stdout } = await deno([...command.split(" ").slice(1), "--help"]);
    const [first] = stdout.split("\n");
    const isTold = code === 0 && new RegExp(`^(Usage: )?deno task ${name}(:? |$)`).test(first!);
    return isTold ? [] : [{ name, code, first }];
  }));
  assert.deepEqual(wrong.flat(), []);
});
