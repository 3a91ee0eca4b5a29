/** The kernels under Tint, the compiler of Chromium. */
import assert from "node:assert/strict";
import { deno, testWith } from "../subprocess.ts";

testWith(
  ["run"],
  "Tint takes every kernel by the limits that all GPUs have, the variants of tiles included",
  async () => {
    const program = "tests/webgpu/in_tint.ts";
    const { stdout, stderr } = await deno([
      "run",
      "--quiet",
      "--cached-only",
      "--no-check",
      "--allow-all", // a native library
      "--config=tests/deno.json",
      program,
    ]);
    assert.ok(stdout.includes("{"), stderr);
    const { kernels, refused } = JSON.parse(stdout.slice(stdout.indexOf("{")));
    assert.ok(kernels > 200, `${kernels} kernels`);
    const wrong = [
      /^wrong: .*main/,
      /^too many threads: .*257/,
      /^too much memory of a group: .*16400/,
    ];
    const last = refused.splice(-wrong.length);
    wrong.forEach((of, i) => assert.match(last[i] ?? "", of, "Tint refuses what is wrong"));
    assert.deepEqual(refused, []);
  },
);
