/**
 * Tests with guards around every block of the library's memory, and poison in what is fresh or freed:
 * no kernel writes outside, none reads what nobody wrote. Each such run is a file of its own, as
 * files are tested at the same time.
 */
import assert from "node:assert/strict";
import { deno, testWith } from "../subprocess.ts";

/** The table of ops with PyTorch's values, layouts, random programs. */
export const OPS: readonly string[] = [
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
export interface Run {
  env: Record<string, string>;
  flags?: readonly string[];
  /** Default: all. */
  files?: readonly string[];
}

/** Registers a test that such a run passes. */
export function guarded(name: string, { env, flags = [], files = FILES }: Run): void {
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
