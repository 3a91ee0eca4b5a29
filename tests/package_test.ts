import assert from "node:assert/strict";
import { deno, testWith } from "./subprocess.ts";

// A program of its own, as compilers, bundlers and a browser's driver need all permissions.
testWith(
  ["read", "write", "run", "net"],
  "the npm package is sound, small, and computes the same in Node, Bun and Chromium: engines/package.ts holds",
  async () => {
    const flags = ["--quiet", "--no-check", "--config=tests/deno.json", "-A"];
    const { code, stdout, stderr } = await deno(["test", ...flags, "tests/engines/package.ts"]);
    assert.equal(code, 0, stdout + stderr);
  },
);
