/** Scans and order on the GPU. */
import assert from "node:assert/strict";
import { functional as F, type Tensor, tensor } from "../../mod.ts";
import { uniformArray } from "../prng.ts";
import { assertLikeCpu, assertSame } from "./both.ts";
import { gpuTest } from "./running.ts";

/** Lines of a thread each, of a group each, of several blocks; and where lines are neighbours. */
const SIZES = [[5000, 70, 1], [3, 65, 1], [2, 300, 3], [2, 9001, 1], [1, 5000, 2]] as const;

for (const shape of SIZES) {
  gpuTest(`[${shape}] is scanned as on the CPU, with the same bits every time`, async () => {
    const given = [{
      shape,
      of: uniformArray(7, shape[0] * shape[1] * shape[2]).map((v) => v - 0.5),
    }];
    await assertLikeCpu("cumsum", given, (x) => F.cumsum(x, 1), 2e-5);
    await assertLikeCpu("logcumsumexp", given, (x) => F.logcumsumexp(x, 1), 2e-5);
    await assertLikeCpu("cummax", given, (x) => F.cummax(x, 1).values, 1e-5);
    await assertLikeCpu("cumprod", given, (x) => F.cumprod(x.mul(0.02).add(1), 1), 1e-3);
  });
}

/** Rows with equal elements, infinities, NaN, and zeros of both signs. */
function rowsOf(rows: number, n: number): Tensor {
  const values = uniformArray(11, rows * n).map((v) => Math.round(v * 200) - 100);
  values.set([NaN, Infinity, -0, 0, -Infinity, NaN, -0], n >> 1);
  return tensor(values, { shape: [rows, n], dtype: "float32" });
}

gpuTest("rows are in the CPU's order, equal elements in that of their places", async () => {
  for (const [rows, n] of [[300, 10], [3, 1024], [2, 1025], [5, 3000]] as const) {
    const x = rowsOf(rows, n);
    for (const values of [x, x.nanToNum().to("int32")]) {
      const there = values.to("webgpu");
      for (const descending of [false, true]) {
        const expected = F.argsort(values, 1, descending).toTypedArray() as Int32Array;
        const actual = await F.argsort(there, 1, descending).data() as Int32Array;
        assertSame(actual, expected, `[${rows}, ${n}] of ${values.dtype}`);
      }
      const ranked = (x: Tensor) => [
        F.topk(x, 5, 1).indices,
        (F.median(x, 1)).indices,
        (F.nanmedian(x, 1)).indices,
        F.kthvalue(x, 3, 1).indices,
      ];
      const found = await Promise.all(ranked(there).map((y) => y.data()));
      assert.deepEqual(found, ranked(values).map((y) => y.toTypedArray()));
    }
  }
});
