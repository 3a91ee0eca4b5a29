import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  getNumThreads,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  setNumThreads,
  steps,
  tensor,
  zeros,
} from "../mod.ts";
import { free, i32, malloc, memory } from "../src/wasm/memory.ts";
import { module as core } from "../build/core.ts";
import { runOnThreads } from "../src/wasm/threads.ts";
import { runAlone, toThreads } from "../src/wasm/instance.ts";
import { useThreads } from "./threads.ts";

/** The weights of a small network after 50 steps of momentum, as a hash. */
function trained(): string {
  manualSeed(3);
  const model = new nn.Sequential(
    new nn.Linear(203, 131),
    new nn.Tanh(),
    new nn.Linear(131, 67),
    new nn.ReLU(),
    new nn.Linear(67, 10),
  );
  const x = randn([260, 203]);
  const y = tensor(Int32Array.from({ length: 260 }, (_, i) => i % 10));
  const sgd = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const loss = new nn.CrossEntropyLoss();
  for (const _i of steps(50)) {
    sgd.zeroGrad();
    loss.forward(model.forward(x), y).backward();
    sgd.step();
  }
  const hash = createHash("sha256");
  for (const p of model.parameters()) hash.update(new Uint8Array(p.toTypedArray().buffer));
  return hash.digest("hex");
}

Deno.test("training gives the same bits on 1, 2, 3 and 4 threads", async () => {
  const before = getNumThreads();
  const hashes: string[] = [];
  for (const n of [1, 2, 3, 4]) {
    await useThreads(n, 60);
    hashes.push(trained());
  }
  setNumThreads(before);
  assert.deepEqual(hashes, Array(4).fill(hashes[0]));
});

Deno.test("elementwise work is shared: every element is computed on any number of threads", async () => {
  const before = getNumThreads();
  const x = randn([300_007]);
  const expected = noGrad(() => (setNumThreads(1), x.exp().toTypedArray()));
  for (const n of [2, 4]) {
    await useThreads(n, 60);
    assert.deepEqual(x.exp().toTypedArray(), expected);
  }
  setNumThreads(before);
});

Deno.test("a trap in a worker is thrown with its cause, and the next operation works", async () => {
  const before = getNumThreads();
  await useThreads(2, 60);
  const outOfBounds = memory.buffer.byteLength; // the first byte that there is not
  let failed = 0;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const deadline = performance.now() + 60_000; performance.now() < deadline;) {
    try {
      // main's part only sleeps, so that the worker gets its own, which writes past the memory's end
      runOnThreads(
        () => void Atomics.wait(pause, 0, 0, 5),
        toThreads(core, "fill32"),
        [outOfBounds, 1, 0, 64],
        { rangeAt: 2, align: 1, parts: 1 },
      );
    } catch (error) {
      failed++;
      assert.match(String(error), /fill32: a worker thread failed: RuntimeError: memory access/);
    }
    if (failed > 1) break;
  }
  assert(failed > 1, "no worker ever got a part");
  assert.deepEqual(ones([4]).add(zeros([4])).toArray(), [1, 1, 1, 1]);
  assert.equal(randn([400_000]).mul(0).add(1).sum().item(), 400_000);
  setNumThreads(before);
});

Deno.test("a trap in main's own part waits for the workers and is thrown as it is", async () => {
  const before = getNumThreads();
  await useThreads(2, 60);
  let thrown = 0;
  const deadline = performance.now() + 60_000;
  while (thrown < 3 && performance.now() < deadline) {
    try { // a worker may claim every part before main has one
      const mine = () => {
        throw new Error("mine");
      };
      runOnThreads(mine, toThreads(core, "fill8"), [0, 0, 0, 64], { rangeAt: 2, align: 1 });
    } catch (error) {
      assert.match(String(error), /mine/);
      thrown++;
    }
  }
  assert.equal(thrown, 3);
  assert.equal(randn([400_000]).mul(0).add(1).sum().item(), 400_000);
  setNumThreads(before);
});

Deno.test("setNumThreads refuses what is no number of threads", () => {
  for (const n of [0, -1, 1.5, NaN, 65]) {
    assert.throws(() => setNumThreads(n), /setNumThreads: a whole number from 1 to 64 is needed/);
  }
});

Deno.test("a range that begins amid is shared among threads as one from 0 on", async () => {
  const before = getNumThreads();
  const [length, begin, end] = [4096, 37, 4001];
  const ptr = malloc(4 * length);
  for (const n of [2, 3]) {
    await useThreads(n, 60);
    const expected = Int32Array.from({ length }, (_, i) => i >= begin && i < end ? 7 : 0);
    const fill = (...args: number[]) => runAlone(core, "fill32", args);
    for (let i = 0; i < 200; i++) { // who takes which part is chance
      const part = i32.subarray(ptr >>> 2, (ptr >>> 2) + length).fill(0);
      runOnThreads(fill, toThreads(core, "fill32"), [ptr, 7, begin, end], { rangeAt: 2, align: 1 });
      assert.deepEqual(Int32Array.from(part), expected);
    }
  }
  free(ptr, 4 * length);
  setNumThreads(before);
});
