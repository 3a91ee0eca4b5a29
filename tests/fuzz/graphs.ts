/** Random programs for as long as one likes; see `../graphs/`. */
import { type KernelBuild, setKernelBuild } from "../../mod.ts";
import { watchShared } from "../../src/wasm/threads.ts";
import { generate } from "../graphs/generate.ts";
import { explained, faultOf, startThreads } from "../graphs/run.ts";

/** Programs between two lines that tell how far it is. */
const LINE = 1000;

/** Runs the programs of the seeds from one on, prints what is wrong, and returns how many are. */
export async function fuzzGraphs(
  { runs, seed, build, threads, findings }: {
    runs: number;
    seed: number;
    build: KernelBuild;
    threads: number;
    /** Findings after which it stops: most of them show the same. */
    findings: number;
  },
): Promise<number> {
  setKernelBuild(build);
  await startThreads(threads);
  let found = 0, steps = 0, shared = 0, i = 0;
  watchShared(() => shared++);
  for (; i < runs && found < findings; i++) {
    if (i > 0 && i % LINE === 0) console.log(`${i} programs`);
    const program = generate(seed + i);
    steps += program.steps.length;
    const fault = faultOf(program, threads);
    if (fault === null) continue;
    found++;
    console.error(`seed ${seed + i}: ${fault.message}\n${explained(program, fault, threads)}`);
  }
  console.log(
    `${i} programs, ${steps} steps, ${build} build, ${threads} threads` +
      `${threads > 1 ? ` (${shared} kernels shared)` : ""}: ${found || "nothing"} wrong`,
  );
  return found;
}
