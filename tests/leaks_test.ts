import assert from "node:assert/strict";
import { memory, ones } from "../mod.ts";
import { collect } from "./collector.ts";
import { leavesNothing, leavesNothingAsync, live } from "./leaks.ts";
import { macrotask } from "./waiting.ts";

Deno.test("what is live is told as if the collector had never run", async () => {
  for (let i = 0; i < 100; i++) ones([10]);
  const [told, before] = [memory(), live()];
  ones([3]);
  collect();
  await macrotask();
  const now = memory();
  assert(now.tensors <= told.tensors - 100 && now.liveBytes <= told.liveBytes - 4000);
  assert.deepEqual(live(), { liveBytes: before.liveBytes + 12, tensors: before.tensors + 1 });
});

Deno.test("a tensor that is left behind is found, collected or not", async () => {
  assert.throws(() => leavesNothing(() => void ones([1])));
  await assert.rejects(leavesNothingAsync(async () => {
    ones([1]);
    collect();
    await macrotask();
  }));
});
