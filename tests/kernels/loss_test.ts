import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, assertClose, inParts, integers, numbers, testBuilds } from "./harness.ts";

const CLASSES = [1, 2, 3, 10, 17, 1003];
const ROWS = 7;

testBuilds(
  "nllRows and nllGradRows: pick the label's element and give it the gradient",
  (kernels) => {
    for (const c of CLASSES) {
      arena.clear();
      const logp = arena.put(numbers(ROWS * c, 4, c), 1), labels = arena.put(integers(ROWS, 0, c));
      const losses = arena.put(new Float32Array(ROWS), 1), status = arena.put(new Int32Array(1));
      inParts(ROWS, losses, (b, e) => {
        const at = [logp, labels, losses].map((v) => v.byteOffset);
        kernels.nllRows!(...at, c, status.byteOffset, b, e);
      });
      assertClose(losses, reference.nll(logp, labels, c), 0, `${c} classes`);
      assert.equal(status[0], 0);

      const dx = arena.put(numbers(ROWS * c), 3);
      for (const dloss of [arena.put(numbers(ROWS, 1, 5), 1), arena.put(Float32Array.of(0.7))]) {
        const step = dloss.length === 1 ? 0 : 1;
        inParts(ROWS, dx, (b, e) => {
          const d = dloss.byteOffset;
          kernels.nllGradRows!(labels.byteOffset, d, step, 0.25, dx.byteOffset, c, b, e);
        });
        const each = Array.from({ length: ROWS }, (_, i) => dloss[i * step]!);
        assertClose(dx, reference.nllGrad(labels, each, 0.25, c), 0, `${c} classes`);
      }
      arena.check();
    }
  },
);

testBuilds("crossEntropyRows and its gradient, whole and in parts", (kernels) => {
  for (const c of CLASSES) {
    for (const scale of [1, 20]) {
      arena.clear();
      const x = arena.put(numbers(ROWS * c, scale, c), 1), labels = arena.put(integers(ROWS, 0, c));
      const losses = arena.put(new Float32Array(ROWS), 1), status = arena.put(new Int32Array(1));
      const stats = arena.put(new Float32Array(2 * ROWS), 2);
      inParts(ROWS, losses, (b, e) => {
        const at = [x, labels, losses, stats].map((v) => v.byteOffset);
        kernels.crossEntropyRows!(...at, c, status.byteOffset, b, e);
      });
      assertClose(losses, reference.crossEntropy(x, labels, c), 4, `${c} classes`, 5e-7);
      const top = reference.reduce("max", x, ROWS, c, 1), lse = reference.logSumExp(x, ROWS, c);
      const expected = Array.from(stats, (_, i) => {
        const row = i >> 1;
        return i & 1 ? Math.exp(top[row]! - lse[row]!) : top[row]!;
      });
      assertClose(stats, expected, 8 + 2 * scale, `stats of ${c} classes`);
      assert.equal(status[0], 0);

      const dx = arena.put(new Float32Array(ROWS * c), 3);
      for (const dloss of [arena.put(numbers(ROWS, 1, 5), 1), arena.put(Float32Array.of(0.7))]) {
        const step = dloss.length === 1 ? 0 : 1;
        inParts(ROWS, dx, (b, e) => {
          const at = [x, labels, stats, dloss].map((v) => v.byteOffset);
          kernels.crossEntropyGradRows!(...at, step, 0.25, dx.byteOffset, c, b, e);
        });
        const each = Array.from({ length: ROWS }, (_, i) => dloss[i * step]!);
        const expected = reference.crossEntropyGrad(x, labels, each, 0.25, c);
        assertClose(dx, expected, 4, `gradient, ${c} classes`, 1e-6);
      }
      arena.check();
    }
  }
});

testBuilds(
  "crossEntropyRows: loss and gradient keep their digits beside large scores",
  (kernels) => {
    const x = arena.put(Float32Array.of(10_000, 9_995)), labels = arena.put(Int32Array.of(0));
    const losses = arena.put(new Float32Array(1)), stats = arena.put(new Float32Array(2));
    const status = arena.put(new Int32Array(1)), dloss = arena.put(Float32Array.of(1));
    const at = [x, labels, losses, stats].map((v) => v.byteOffset);
    kernels.crossEntropyRows!(...at, 2, status.byteOffset, 0, 1);
    // The logarithm of the sum alone has steps of 0.001 here.
    assertClose(losses, [Math.log1p(Math.exp(-5))], 0, "loss", 1e-7);
    const from = [x, labels, stats, dloss].map((v) => v.byteOffset);
    kernels.crossEntropyGradRows!(...from, 0, 1, x.byteOffset, 2, 0, 1);
    const p = 1 / (1 + Math.exp(5));
    assertClose(x, [-p, p], 0, "gradient", 1e-7);
  },
);

testBuilds("a label out of range makes NaN and is reported, the first one wins", (kernels) => {
  for (const bad of [-1, 3, 2 ** 31 - 1, -(2 ** 31)]) {
    for (const kernel of ["nllRows", "crossEntropyRows"]) {
      arena.clear();
      const x = arena.put(numbers(15)), labels = arena.put(Int32Array.of(0, 2, bad, 1, bad));
      const losses = arena.put(new Float32Array(5)), stats = arena.put(new Float32Array(10));
      const status = arena.put(new Int32Array(1));
      const at = [x, labels, losses].map((v) => v.byteOffset);
      if (kernel === "crossEntropyRows") at.push(stats.byteOffset);
      kernels[kernel]!(...at, 3, status.byteOffset, 0, 5);
      assert.equal(status[0], 3);
      assert.deepEqual([...losses].map(Number.isNaN), [false, false, true, false, true]);
      const dx = arena.put(new Float32Array(15)), dloss = arena.put(Float32Array.of(1));
      kernels.nllGradRows!(labels.byteOffset, dloss.byteOffset, 0, 1, dx.byteOffset, 3, 0, 5);
      assert.deepEqual([...dx.subarray(6, 9)].map(Math.abs), [0, 0, 0]);
      arena.check();
    }
  }
});
