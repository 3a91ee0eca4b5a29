import assert from "node:assert/strict";
import { memory, ones } from "../mod.ts";
import { collect } from "./collector.ts";
import { leavesNothing, leavesNothingAsync, live } from "./leaks.ts";
import { root, testWith } from "./subprocess.ts";
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

/** Files that may: what the collector does is what they test, or a program of its own reads. */
const MAY = ["collector_test.ts", "leaks_test.ts", "ops/attention_test.ts"];

testWith(
  ["read"],
  "a test that awaits reads live() of leaks.ts, which no collection disturbs",
  () => {
    const found: string[] = [];
    const look = (folder: string): void => {
      for (const { name, isDirectory } of Deno.readDirSync(`${root}tests/${folder}`)) {
        const path = folder + name;
        if (isDirectory && name !== "node_modules") look(`${path}/`);
        if (!name.endsWith("_test.ts") || MAY.includes(path)) continue;
        const tests = Deno.readTextFileSync(`${root}tests/${path}`).split(
          /^(?=[^/\n]*[tT]est(?:With)?\()/m,
        );
        const disturbed = tests.filter((test) =>
          /\bawait\b/.test(test) && /\bmemory\(\)(\.(tensors|liveBytes)|;)/.test(test)
        );
        found.push(...disturbed.map((test) => `${path}: ${test.split("\n")[0]}`));
      }
    };
    look("");
    assert.deepEqual(found, []);
  },
);
