import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, assertClose, inParts, numbers, testBuilds } from "./harness.ts";

const WIDTHS = [1, 3, 4, 5, 7, 10, 16, 17, 1000, 1003];
const ROWS = 5;

testBuilds("softmaxRows: probabilities and their logarithms, whole and in parts", (kernels) => {
  for (const n of WIDTHS) {
    for (const scale of [1, 30, 1000]) {
      for (const log of [0, 1]) {
        arena.clear();
        const x = arena.put(numbers(ROWS * n, scale, n), n % 4);
        const y = arena.put(new Float32Array(ROWS * n), 1);
        inParts(ROWS, y, (b, e) => {
          kernels.softmaxRows!(log, x.byteOffset, y.byteOffset, n, b, e);
        });
        const expected = reference.softmax(log === 1, x, ROWS, n);
        // x - max is rounded, by up to half an ulp of it: as much again of the exponential of it.
        const limit = 8 + 2 * scale;
        assertClose(y, expected, limit, `log ${log}, ${n} wide, to ${scale}`, log ? 5e-7 : 1e-35);
        arena.check();
      }
    }
  }
});

testBuilds("softmaxRows: infinities and NaN as in PyTorch", (kernels) => {
  const cases: [log: number, x: number[], y: number[]][] = [
    [0, [-Infinity, 0], [0, 1]],
    [1, [-Infinity, 0], [-Infinity, 0]],
    [0, [-Infinity, -Infinity], [NaN, NaN]],
    [0, [Infinity, 0], [NaN, NaN]],
    [0, [1, NaN, 0], [NaN, NaN, NaN]],
    [1, [1, NaN, 0], [NaN, NaN, NaN]],
  ];
  for (const [log, values, expected] of cases) {
    const x = arena.put(Float32Array.from(values));
    kernels.softmaxRows!(log, x.byteOffset, x.byteOffset, values.length, 0, 1);
    // Of infinity and a number PyTorch makes two NaN; 0 for the number is as good.
    if (values[0] === Infinity) assert.ok(Number.isNaN(x[0]));
    else assert.deepEqual([...x], expected);
  }
});

testBuilds("softmaxRows: an element of a row has the same bits whatever row it is", (kernels) => {
  const row = numbers(13, 3, 1);
  const x = arena.put(new Float32Array(13 * 7)), y = arena.put(new Float32Array(13 * 7), 1);
  for (let i = 0; i < 7; i++) x.set(row, i * 13);
  kernels.softmaxRows!(0, x.byteOffset, y.byteOffset, 13, 0, 7);
  for (let i = 1; i < 7; i++) assert.deepEqual(y.slice(i * 13, i * 13 + 13), y.slice(0, 13));
});

testBuilds("softmaxGradRows: both gradients, whole and in parts", (kernels) => {
  for (const n of WIDTHS) {
    for (const log of [0, 1]) {
      arena.clear();
      const y = arena.put(
        Float32Array.from(reference.softmax(log === 1, numbers(ROWS * n), ROWS, n)),
      );
      const dy = arena.put(numbers(ROWS * n, 1, 2), 1);
      const dx = arena.put(new Float32Array(ROWS * n), 2);
      inParts(ROWS, dx, (b, e) => {
        kernels.softmaxGradRows!(log, y.byteOffset, dy.byteOffset, dx.byteOffset, n, b, e);
      });
      const expected = reference.softmaxGrad(log === 1, y, dy, ROWS, n);
      assertClose(dx, expected, 4, `log ${log}, ${n} wide`, 1e-6);
      arena.check();
    }
  }
});
