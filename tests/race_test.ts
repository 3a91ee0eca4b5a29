/** Which build is faster is decided once, as a program runs: so this is a file of its own. */
import assert from "node:assert/strict";
import {
  functional,
  getKernelBuild,
  manualSeed,
  noGrad,
  randn,
  scope,
  setNumThreads,
  zeros,
} from "../mod.ts";

Deno.test("where the wide build is taken while a program runs, nothing but its speed changes", () => {
  // a clock by which a tile of the wide build takes two thirds of the time of one of the fast build
  const { now } = performance;
  let [time, reads] = [0, 0];
  performance.now = () => time += [1, 3, 2][reads++ % 3]!;
  setNumThreads(1);
  manualSeed(1);
  try {
    scope(() =>
      noGrad(() => {
        const [x, w] = [randn([192, 128]), randn([32, 128])];
        const product = () => functional.linear(x, w).toTypedArray();
        const first = product();
        // what lies behind the memory that kernels were given, wherever that is
        const others = Array.from({ length: 100 }, () => zeros([1024]));
        for (let i = 0; i < 2000 && getKernelBuild() === "fast"; i++) {
          assert.deepEqual(product(), first, `product ${i}`);
        }
        assert.equal(getKernelBuild(), "wide");
        assert.deepEqual(product(), first);
        assert.ok(others.every((x) => x.toTypedArray().every((value) => value === 0)));
      })
    );
  } finally {
    performance.now = now;
  }
});
