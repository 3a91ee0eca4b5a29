import assert from "node:assert/strict";
import { memory, ones, OutOfMemoryError, scope, zeros } from "../mod.ts";

Deno.test("what cannot fit says the bytes asked for, those in use and the limit", () => {
  scope(() => {
    ones([2 ** 18]);
    assert.throws(() => zeros([2 ** 30]), {
      name: "OutOfMemoryError",
      message: "out of memory: 4096.0 MiB asked for, 1.0 MiB in use by 1 tensors, the limit is " +
        "4096.0 MiB",
    });
  });
});

Deno.test("where most of it is stray, the message names the cure", () => {
  using _stray = ones([2 ** 18]);
  assert.throws(() => zeros([2 ** 30]), /loop over steps\(n\) or a DataLoader, or put `using _s/);
  const tooMuch = { message: /limit is 4096.0 MiB$/ }; // no cure helps
  assert.throws(() => zeros([2 ** 40]), tooMuch);
});

Deno.test("nothing is lost after running out of memory", () => {
  const before = memory();
  for (let i = 0; i < 3; i++) {
    scope(() => {
      const x = ones([100, 100]);
      assert.throws(() => zeros([2 ** 30]), OutOfMemoryError);
      assert.throws(
        () => x.reshape(100, 1, 100).expand(100, 2 ** 20, 100).add(1),
        OutOfMemoryError,
      );
      assert.equal(x.matmul(x).sum().item(), 1e6);
    });
  }
  const after = memory();
  assert.deepEqual([after.liveBytes, after.tensors], [before.liveBytes, before.tensors]);
});
