/** Fewer threads than were started: who is not wanted takes no part. */
import assert from "node:assert/strict";
import { functional, getNumThreads, randn, scope, setNumThreads, zeros } from "../mod.ts";
import { module as core } from "../build/core.ts";
import { i32, malloc } from "../src/wasm/memory.ts";
import { toThreads } from "../src/wasm/instance.ts";
import { runOnThreads } from "../src/wasm/threads.ts";
import { useThreads } from "./threads.ts";

Deno.test("a job's parts go to the threads that are wanted, whatever number has been started", async () => {
  const before = getNumThreads();
  const rooms = malloc(8 * 64 * 4);
  await useThreads(6);
  for (const wanted of [2, 3, 5, 2, 6]) {
    await useThreads(wanted);
    i32.fill(0, rooms >>> 2, (rooms >>> 2) + 8 * 64);
    for (let job = 0; job < 20; job++) {
      runOnThreads(
        () => { // main's part: long enough for each of the others to come
          const until = performance.now() + 0.5;
          while (performance.now() < until);
        },
        toThreads(core, "fill32"),
        [rooms, 1, 0, 64],
        { rangeAt: 2, align: 1, parts: 8, varyAt: 0, varyBy: 64 * 4 },
      );
    }
    const wrote = Array.from({ length: 8 }, (_, i) => i)
      .filter((i) =>
        i32.subarray((rooms >>> 2) + 64 * i, (rooms >>> 2) + 64 * (i + 1)).includes(1)
      );
    assert.ok(wrote.every((i) => i < wanted), `of ${wanted} threads these took part: ${wrote}`);
  }
  setNumThreads(before);
});

Deno.test("products and convolutions are right, and nothing else changes, when threads are lowered", async () => {
  const before = getNumThreads();
  await useThreads(5);
  for (const wanted of [3, 2]) {
    setNumThreads(wanted);
    for (let i = 1; i <= 6; i++) {
      scope(() => {
        const a = randn([96 + 64 * i, 200]); // a larger scratch each time
        const b = randn([200, 160]);
        const x = randn([8, 8, 20, 20]);
        const w = randn([8 + 8 * i, 8, 5, 5]);
        const run = () => [a.matmul(b), functional.conv2d(x, w)].map((y) => y.toTypedArray());
        run(); // the scratch grows
        const others = Array.from({ length: 40 }, () => zeros([4096])); // they lie behind it
        const many = run();
        setNumThreads(1);
        assert.deepEqual(many, run());
        setNumThreads(wanted);
        for (const other of others) {
          assert.deepEqual([other.min().item(), other.max().item()], [0, 0]);
        }
      });
    }
  }
  setNumThreads(before);
});
