/** Random programs: the library beside the reference. */
import assert from "node:assert/strict";
import {
  getKernelBuild,
  getNumThreads,
  setDefaultDevice,
  setKernelBuild,
  setNumThreads,
} from "../../mod.ts";
import { watchShared } from "../../src/wasm/threads.ts";
import { generate } from "./generate.ts";
import { explained, faultOf, startThreads } from "./run.ts";

/** The seed of the first program; the others' follow. */
const SEED = 1;

// With another seed this is `deno task fuzz graphs --seed S --build B --threads T`.
for (
  const [build, threads, seed, runs] of [
    ["fast", 1, SEED, 1000],
    ["fast", 2, SEED + 1000, 600],
    ["strict", 2, SEED + 1600, 400],
  ] as const
) {
  const name = `${runs} random programs from seed ${seed} have the reference's values and ` +
    `gradients in the ${build} build, and the same bits on ${threads} threads`;
  Deno.test(name, async () => {
    const before = { build: getKernelBuild(), threads: getNumThreads() };
    setKernelBuild(build);
    await startThreads(threads);
    let shared = 0;
    watchShared(() => shared++);
    try {
      for (let i = 0; i < runs; i++) {
        const program = generate(seed + i);
        const fault = faultOf(program, threads);
        if (fault === null) continue;
        assert.fail(
          `seed ${seed + i}: ${fault.message}\n${explained(program, fault, threads)}`,
        );
      }
    } finally {
      watchShared(null);
      setKernelBuild(before.build);
      setNumThreads(before.threads);
    }
    if (threads > 1) assert(shared > runs, `threads had to do ${shared} times only`);
  });
}

Deno.test("random programs from seed 5001 have the reference's values and gradients on the reference device", () => {
  setDefaultDevice("reference");
  try {
    for (let seed = 5001; seed <= 5150; seed++) {
      const program = generate(seed);
      const fault = faultOf(program, 1);
      if (fault !== null) {
        assert.fail(`seed ${seed}: ${fault.message}\n${explained(program, fault, 1)}`);
      }
    }
  } finally {
    setDefaultDevice("cpu");
  }
});
