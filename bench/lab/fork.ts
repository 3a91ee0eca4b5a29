/**
 * WF: telling the other threads of a job and waiting for them, the job being next to nothing: as many
 * numbers as there are threads' parts.
 *
 * @module
 */
import { getKernelBuild } from "@glim/glim";
import { bytesOf } from "../../src/wasm/builds.ts";
import { f32, free, malloc, memory } from "../../src/wasm/memory.ts";
import { runOnThreads } from "../../src/wasm/threads.ts";
import type { Case } from "../case.ts";
import { checkNear } from "../check.ts";

const KERNEL = "fill32";

/** Numbers to fill: two parts of the least size, which main and another thread can take. */
const PARTS = 32;

/** Milliseconds in which the other threads fall asleep. */
const SLEEP = 1;

/** WF. */
export function* fork(): Generator<Case> {
  const isFast = getKernelBuild() !== "strict"; // this kernel is the same in the wide build
  const module = new WebAssembly.Module(bytesOf(isFast ? "fast" : "strict")!);
  const instance = new WebAssembly.Instance(module, {
    env: { memory: memory as WebAssembly.Memory },
  });
  const fill = instance.exports[KERNEL] as (...args: number[]) => unknown;
  const ones = (ptr: number, n: number): void => {
    const args = [ptr, 0x3f800000, 0, n]; // the bits of 1
    runOnThreads(fill, KERNEL, isFast ? 0 : 1, args, { rangeAt: 2, align: 16 });
  };
  const room = malloc(4 * PARTS);
  const row = {
    workload: "WF",
    unit: "us",
    on: "several",
    check: () => checkFill(ones),
  } as const;
  yield {
    ...row,
    params: { job: "empty" },
    title: "a job for all threads, µs",
    notes: "the others are awake and look for work",
    run: (k) => {
      for (let i = 0; i < k; i++) ones(room, PARTS);
    },
  };
  yield {
    ...row,
    params: { job: "empty, others asleep" },
    title: "the same while the others sleep, µs",
    notes: `${SLEEP} ms after the job before`,
    run: (k) => {
      let spent = 0;
      for (let i = 0; i < k; i++) {
        const until = performance.now() + SLEEP;
        while (performance.now() < until);
        const began = performance.now();
        ones(room, PARTS);
        spent += performance.now() - began;
      }
      return spent / 1000;
    },
  };
}

function checkFill(ones: (ptr: number, n: number) => void): void {
  const n = 1000;
  const ptr = malloc(4 * (n + 1));
  const block = f32.subarray(ptr >>> 2, (ptr >>> 2) + n + 1).fill(0);
  ones(ptr, n);
  block.forEach((value, i) => checkNear(`filled [${i}]`, value, i < n ? 1 : 0, 0));
  free(ptr, 4 * (n + 1));
}
