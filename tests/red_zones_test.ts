/**
 * The library with guards around every block of its memory, and poison in what is fresh or freed: no
 * kernel writes outside, none reads what nobody wrote.
 */
import assert from "node:assert/strict";
import { deno, JOINED, testWith } from "./subprocess.ts";

/** What runs so: the table of ops with PyTorch's values, layouts, random programs. */
const OPS = [
  "tests/ops_test.ts",
  "tests/conv_test.ts",
  "tests/gradients_test.ts",
  "tests/accumulation_test.ts",
  "tests/outer_gradient_test.ts",
  "tests/guarded/programs.ts",
];

/** And all else: modules, optimizers, data. They run where a third of their ops are on one thread. */
const FILES = [
  ...OPS,
  "tests/fewer_threads_test.ts",
  "tests/nn",
  "tests/optim",
  "tests/data/random_warp_test.ts",
  "tests/train/trainer_test.ts",
];

/** What takes long, by kernels that the others call too: much drawn, many steps. */
const LONG = ["tests/nn/generate_test.ts", "tests/nn/norm_test.ts"];

/** What a run is started with, besides the guards. */
interface Run {
  env: Record<string, string>;
  flags?: readonly string[];
  files?: readonly string[];
}

const RUNS: Record<string, Run> = {
  "on one thread": { env: { GUARDED_THREADS: "1" }, files: OPS },
  "on threads whose number changes from op to op, above 2 GiB": {
    env: { GUARDED_THREADS: "3", GUARDED_ABOVE: `${2.2e9}` },
  },
  // each kernel optimised before its first call, without a check of its addresses
  "where the engine joins vectors and checks no bounds": {
    env: { GUARDED_THREADS: "1" },
    flags: [`${JOINED},--no-liftoff`, "--filter=in the wide build"],
    files: ["tests/ops_test.ts"],
  },
};

for (const [name, { env, flags = [], files = FILES }] of Object.entries(RUNS)) {
  testWith(["read", "write", "run"], `no memory but its own is written ${name}`, async () => {
    const { code, stdout, stderr } = await deno([
      "test",
      "--quiet",
      "--no-check",
      "--allow-all",
      "--config=tests/deno.json",
      "--import-map=tests/guarded/import_map.json",
      "--preload=tests/guarded/preload.ts",
      `--ignore=${LONG.join()}`,
      ...flags,
      ...files,
    ], { env });
    assert.equal(code, 0, `${stdout.slice(-4000)}${stderr.slice(-2000)}`);
    assert.match(stdout, /^ok \| [1-9]\d* passed/m);
  });
}
