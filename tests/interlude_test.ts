/** A file of its own, hence a process state of its own: no global of Deno's has been read yet. */
import assert from "node:assert/strict";
import { memory, ones, steps } from "../mod.ts";

Deno.test("microtasks that Deno runs amid synchronous code are not taken for an await", () => {
  const warn = console.warn;
  const warnings: string[] = [];
  console.warn = (...words: unknown[]) => warnings.push(words.join(" "));
  const before = memory().tensors;
  try {
    for (const _i of steps(2)) {
      ones([3]);
      // Deno loads these when they are first read, and empties the queue of microtasks.
      for (const name of ["WebSocket", "OffscreenCanvas", "process", "Buffer"]) {
        Reflect.get(globalThis, name);
      }
      ones([3]);
    }
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(warnings, []);
  assert.equal(memory().tensors, before);
});
