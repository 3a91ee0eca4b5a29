/** Sizes at which counts of 32 bits end, and scratch memory that is not needed. */
import assert from "node:assert/strict";
import { full, functional as F, memory, ones, scope, tensor } from "../../mod.ts";

Deno.test("more than 2³¹ bytes are filled, repeated, converted and read where they stand", () => {
  const n = 2 ** 31 + 64;
  const places = [0, 1, 2 ** 31 - 1, 2 ** 31, n - 1];
  const at = (x: ReturnType<typeof full>) => places.map((i) => x.select(0, i).item());
  scope(() => {
    const x = full([1], 4, { dtype: "uint8" }).expand([n]).contiguous();
    assert.deepEqual(at(x), [4, 4, 4, 4, 4]);
    x.fill_(3);
    assert.deepEqual(at(x), [3, 3, 3, 3, 3]);
    x.narrow(0, 2 ** 31, 2).fill_(9);
    assert.deepEqual(at(x), [3, 3, 3, 9, 3]);
    const rows = x.reshape(2, n / 2); // strided: every element of the second row is above 2³⁰
    assert.deepEqual(rows.select(0, 1).narrow(0, n / 2 - 65, 3).toArray(), [3, 9, 9]);
    const kept = x.narrow(0, n - 2, 2);
    assert.deepEqual(kept.to("float32").toArray(), [3, 3]);
  });
});

Deno.test("what a kernel cannot count in 32 bits is refused before memory is asked for", () => {
  const x = full([1, 1], 4, { dtype: "uint8" }).expand([2 ** 30, 1]);
  const before = memory();
  const index = tensor([0, 0], { dtype: "int32" });
  assert.throws(() => x.indexSelect(1, index), {
    name: "ShapeError",
    message: /fewer than 2³¹ parts/,
  });
  index[Symbol.dispose]();
  assert.deepEqual(memory(), before);
});

Deno.test("dot products of contiguous vectors and rows need no scratch memory", () => {
  scope(() => {
    const a = ones([8_000_000]);
    const rows = a.reshape(4, 2_000_000);
    const before = memory().heapBytes;
    assert.equal(a.matmul(a).item(), 8_000_000);
    rows.matmul(rows.t());
    F.linear(rows, rows);
    assert.ok(memory().heapBytes - before < 2 ** 20, "within what a page of memory holds");
  });
});
