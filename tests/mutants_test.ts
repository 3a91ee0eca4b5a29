/** The mutation check: its list is true, and a few of its faults are seen. `deno task mutants`: all. */
import assert from "node:assert/strict";
import { FAULTS } from "./mutants/faults.ts";
import { misplaced } from "./mutants/main.ts";
import { deno, testWith } from "./subprocess.ts";

testWith(["read"], "each fault of the mutation check changes a place that there is", () => {
  assert.deepEqual(misplaced(FAULTS), []);
  assert.ok(FAULTS.length > 80, `${FAULTS.length} faults`);
  const names = FAULTS.map(({ file, what }) => `${file}: ${what}`);
  assert.deepEqual(names, [...new Set(names)]);
});

testWith(
  ["read", "write", "run"],
  "six faults that are put into the sources are seen by their tests",
  async () => {
    const flags = ["--no-prompt", "--no-check", "--allow-read", "--allow-write", "--allow-run"];
    const { code, stdout, stderr } = await deno([
      "run",
      ...flags,
      "tests/mutants/main.ts",
      "--quick",
    ]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^6 of 6 faults are seen, in /m);
  },
);
