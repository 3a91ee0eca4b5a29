/**
 * Before each file of tests that runs with the guarded allocator: where blocks lie and how many
 * threads there are, as the environment says; after each test all guards are looked at.
 *
 * @module
 */
import { watch } from "../../src/device/watch.ts";
import { setNumThreads } from "../../mod.ts";
import { setMinWork } from "../../src/wasm/threads.ts";
import { mix } from "../prng.ts";
import { useThreads } from "../threads.ts";
import { checkAll, damages, guarded, startAbove } from "./memory.ts";

const above = Number(Deno.env.get("GUARDED_ABOVE") ?? 0);
const threads = Number(Deno.env.get("GUARDED_THREADS") ?? 1);

if (guarded().blocks === 0) throw new Error("the guarded allocator is not in place");
if (above > 0) startAbove(above);
await useThreads(threads);
if (threads > 1) {
  setMinWork(100); // tables have small tensors: let kernels be shared all the same
  // From op to op another number of threads: workers beyond it must keep away.
  let ops = 0;
  const made = () => setNumThreads(1 + mix(7, ops++) % threads);
  watch({ wantsParts: false, made, kernels: (kernels) => kernels });
}

Deno.test.afterEach(() => {
  checkAll();
  if (damages.length > 0) throw new Error(`guarded memory: ${damages.join("; ")}`);
});
