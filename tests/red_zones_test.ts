/**
 * The library with guards around every block of its memory, and poison in what is fresh or freed: no
 * kernel writes outside, none reads what nobody wrote.
 */
import assert from "node:assert/strict";
import { deno, testWith } from "./subprocess.ts";

/** What runs so: the table of ops with PyTorch's values, the modules, optimizers and data. */
const FILES = [
  "tests/ops_test.ts",
  "tests/conv_test.ts",
  "tests/gradients_test.ts",
  "tests/accumulation_test.ts",
  "tests/outer_gradient_test.ts",
  "tests/fewer_threads_test.ts",
  "tests/nn",
  "tests/optim",
  "tests/data/random_warp_test.ts",
  "tests/train/trainer_test.ts",
  "tests/guarded/programs.ts",
];

const RUNS: Record<string, Record<string, string>> = {
  "on one thread": { GUARDED_THREADS: "1" },
  "on threads whose number changes from op to op, above 2 GiB": {
    GUARDED_THREADS: "3",
    GUARDED_ABOVE: `${2.2e9}`,
  },
};

for (const [name, env] of Object.entries(RUNS)) {
  testWith(["read", "write", "run"], `no memory but its own is written ${name}`, async () => {
    const { code, stdout, stderr } = await deno([
      "test",
      "--quiet",
      "--no-check",
      "--allow-all",
      "--config=tests/deno.json",
      "--import-map=tests/guarded/import_map.json",
      "--preload=tests/guarded/preload.ts",
      ...FILES,
    ], { env });
    assert.equal(code, 0, `${stdout.slice(-4000)}${stderr.slice(-2000)}`);
    assert.match(stdout, /^ok \| \d+ passed/m);
  });
}
