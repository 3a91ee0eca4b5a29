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

Deno.test("a scalar has the dimensions 0 and -1, and each op refuses another in its name", () => {
  const x = full([], 1.5), one = tensor([0]);
  const calls: Record<string, (dim: number) => unknown> = {
    argmax: (dim) => x.argmax(dim),
    argmin: (dim) => x.argmin(dim),
    softmax: (dim) => x.softmax(dim),
    logSoftmax: (dim) => x.logSoftmax(dim),
    sum: (dim) => x.sum(dim),
    mean: (dim) => x.mean(dim),
    max: (dim) => x.max(dim),
    amin: (dim) => x.amin(dim),
    logsumexp: (dim) => x.logsumexp(dim),
    norm: (dim) => x.norm(2, dim),
    std: (dim) => x.std(dim, { correction: 0 }),
    any: (dim) => x.any(dim),
    cumsum: (dim) => x.cumsum(dim),
    cummax: (dim) => x.cummax(dim),
    sort: (dim) => x.sort(dim),
    topk: (dim) => x.topk(1, dim),
    kthvalue: (dim) => x.kthvalue(1, dim),
    median: (dim) => x.median(dim),
    mode: (dim) => x.mode(dim),
    quantile: (dim) => x.quantile(0.5, dim),
    normalize: (dim) => F.normalize(x, { dim }),
    softmin: (dim) => F.softmin(x, dim),
    flip: (dim) => x.flip([dim]),
    squeeze: (dim) => x.squeeze(dim),
    gather: (dim) => x.gather(dim, one.select(0, 0)),
    indexSelect: (dim) => x.indexSelect(dim, one),
  };
  scope(() => {
    for (const [op, call] of Object.entries(calls)) {
      for (const dim of [0, -1]) call(dim);
      for (const dim of [1, -2]) {
        assert.throws(() => call(dim), (e: Error) => e.message.startsWith(`${op}: dimension must`));
      }
    }
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
