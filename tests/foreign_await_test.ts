/** Where scopes do not follow an `await`. A file of its own: the warning comes once a process. */
import "./without_async_context.ts";
import assert from "node:assert/strict";
import { ones, scope, steps, type Tensor } from "../mod.ts";
import { live } from "./leaks.ts";
import { sleep } from "./waiting.ts";

const warnings: string[] = [];
console.warn = (...words: unknown[]) => warnings.push(words.join(" "));

Deno.test("a foreign await inside a turn releases nothing wrongly and warns once", async () => {
  await sleep(0); // Deno loads its timers here, which hides the first await of the process
  const others: Tensor[] = [];
  const mine: Tensor[] = [];
  const task = (async () => {
    for (const i of steps(3)) {
      mine.push(ones([2]).mul(i));
      await sleep(1); // should have been outside(sleep(1))
      mine.push(ones([2]).mul(i));
    }
  })();
  for (let i = 0; i < 5; i++) {
    others.push(ones([3]).mul(i)); // some of these are made while the turn's scope is current
    await sleep(1);
  }
  await task;
  others.forEach((t, i) => assert.deepEqual(t.toArray(), [i, i, i]));
  mine.forEach((t, i) => assert.deepEqual(t.toArray(), [i >> 1, i >> 1]));
  assert.deepEqual(warnings, [
    "glim: something was awaited inside a turn of steps(), so its tensors are left to the garbage " +
    "collector: write `await outside(promise)` there",
  ]);
});

Deno.test("a second foreign await does not warn again, and scopes after it release", async () => {
  const before = live().tensors;
  let kept!: Tensor;
  await (async () => {
    using _s = scope();
    kept = ones([3]);
    await sleep(1);
  })();
  assert.equal(kept.sum().item(), 3);
  for (const t of [kept]) t[Symbol.dispose]();
  for (const _i of steps(10)) ones([3]);
  scope(() => void ones([3]));
  assert.equal(live().tensors, before + 1); // the sum above is the collector's
  assert.equal(warnings.length, 1);
});
