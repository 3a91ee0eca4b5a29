/**
 * WF: telling the other threads of a job and waiting for them, the job being next to nothing: as many
 * numbers as there are threads' parts.
 *
 * @module
 */
import { module as core } from "../../build/core.ts";
import { runAlone, toThreads } from "../../src/wasm/instance.ts";
import { f32, free, malloc } from "../../src/wasm/memory.ts";
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
  const fill = (...args: number[]) => runAlone(core, KERNEL, args);
  const kernel = toThreads(core, KERNEL);
  const ones = (ptr: number, n: number): void => {
    const args = [ptr, 0x3f800000, 0, n]; // the bits of 1
    runOnThreads(fill, kernel, args, { rangeAt: 2, align: 16 });
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
