/** Random programs: the library beside the reference. */
import assert from "node:assert/strict";
import { getKernelBuild, setKernelBuild } from "../../mod.ts";
import { runProgram } from "./run.ts";

/** Programs of a test, from this seed on. */
const RUNS = 500;
const SEED = 1;

for (const build of ["fast", "strict"] as const) {
  Deno.test(`${RUNS} random programs have the reference's values and gradients in the ${build} build`, () => {
    const before = getKernelBuild();
    setKernelBuild(build);
    try {
      const failures: string[] = [];
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        try {
          runProgram(seed);
        } catch (error) {
          failures.push(`seed ${seed}: ${error}`);
        }
      }
      assert.deepEqual(failures, []);
    } finally {
      setKernelBuild(before);
    }
  });
}
