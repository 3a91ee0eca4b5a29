import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, assertClose, inParts, integers, numbers, SIZES, testBuilds } from "./harness.ts";

const OPS = ["sum", "max", "min"];

testBuilds("reduceRows: every op, length and number of rows", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    for (const n of SIZES) {
      for (const rows of [0, 1, 3, 7]) {
        arena.clear();
        const x = arena.put(numbers(rows * n, 4, n), n % 4),
          y = arena.put(new Float32Array(rows), 1);
        inParts(rows, y, (b, e) => kernels.reduceRows!(code, x.byteOffset, y.byteOffset, n, b, e));
        const expected = reference.reduce(op, x, rows, n, 1);
        assertClose(y, expected, 0.5, `${op} of ${rows} × ${n}`, op === "sum" ? 1e-6 * n : 0);
        arena.check();
      }
    }
  }
});

testBuilds("reduceCols: every op and shape, whole and in parts of the columns", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    for (const n of [0, 1, 5, 64, 65, 200]) {
      for (const inner of [1, 2, 3, 4, 7, 16, 19, 40]) {
        for (const outer of [1, 3]) {
          arena.clear();
          const x = arena.put(numbers(outer * n * inner, 4, n), n % 4);
          const y = arena.put(new Float32Array(outer * inner), 1);
          inParts(inner, y, (b, e) => {
            kernels.reduceCols!(code, x.byteOffset, y.byteOffset, n, inner, 0, outer, b, e);
          });
          inParts(outer, y, (b, e) => {
            kernels.reduceCols!(code, x.byteOffset, y.byteOffset, n, inner, b, e, 0, inner);
          });
          const expected = reference.reduce(op, x, outer, n, inner);
          const what = `${op} of ${outer} × ${n} × ${inner}`;
          assertClose(y, expected, 0.5, what, op === "sum" ? 1e-6 * n : 0);
          arena.check();
        }
      }
    }
  }
});

testBuilds("reductions of int32 are exact and wrap", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    for (const [outer, n, inner] of [[3, 5, 1], [1, 1003, 1], [2, 7, 19], [1, 64, 16]] as const) {
      arena.clear();
      const x = arena.put(integers(outer * n * inner, -(2 ** 31), 2 ** 31, n), 1);
      const y = arena.put(new Int32Array(outer * inner), 1);
      const at = [code, x.byteOffset, y.byteOffset, n];
      if (inner === 1) inParts(outer, y, (b, e) => kernels.reduceRowsI32!(...at, b, e));
      else inParts(inner, y, (b, e) => kernels.reduceColsI32!(...at, inner, 0, outer, b, e));
      const expected = reference.reduce(op, x, outer, n, inner);
      assert.deepEqual(Array.from(y), Array.from(expected, (v) => v | 0), op);
      arena.check();
    }
  }
});

testBuilds("max and min pass NaN on from any place", (kernels) => {
  for (const code of [1, 2]) {
    for (const n of [1, 3, 5, 16, 40]) {
      for (let place = 0; place < n; place++) {
        arena.clear();
        const values = numbers(n, 4, 1);
        values[place] = NaN;
        const x = arena.put(values), y = arena.put(new Float32Array(1));
        kernels.reduceRows!(code, x.byteOffset, y.byteOffset, n, 0, 1);
        assert.ok(Number.isNaN(y[0]), `row of ${n}, NaN at ${place}`);
        kernels.reduceCols!(code, x.byteOffset, y.byteOffset, n, 1, 0, 1, 0, 1);
        assert.ok(Number.isNaN(y[0]), `column of ${n}, NaN at ${place}`);
      }
    }
  }
});

testBuilds(
  "sums of ten million numbers are right to 4 ulp, though each rounds the same way",
  (kernels) => {
    const n = 10_000_000;
    const x = arena.put(new Float32Array(n).fill(0.1)), y = arena.put(new Float32Array(1));
    for (let i = 0; i < n; i += 3) x[i] = 0.7;
    const expected = reference.reduce("sum", x, 1, n, 1);
    kernels.reduceRows!(0, x.byteOffset, y.byteOffset, n, 0, 1);
    assertClose(y, expected, 4, "a row");
    kernels.reduceCols!(0, x.byteOffset, y.byteOffset, n, 1, 0, 1, 0, 1);
    assertClose(y, expected, 4, "a column");
  },
);

testBuilds("argRows: the first of equals, and the first NaN", (kernels) => {
  const rows: [values: number[], max: number, min: number][] = [
    [[3, 1, 3, 1], 0, 1],
    [[1, NaN, 3, NaN], 1, 1],
    [[-Infinity, -Infinity], 0, 0],
    [[0, -0, 0, 0, -0, 0, 0], 0, 0],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], 8, 0],
    [[9, 8, 7, 6, 5, 4, NaN, 2, 1], 6, 6],
  ];
  for (const [values, max, min] of rows) {
    const x = arena.put(Float32Array.from(values)), y = arena.put(new Int32Array(1));
    kernels.argRows!(1, x.byteOffset, y.byteOffset, values.length, 0, 1);
    assert.equal(y[0], max, `argmax of ${values}`);
    kernels.argRows!(2, x.byteOffset, y.byteOffset, values.length, 0, 1);
    assert.equal(y[0], min, `argmin of ${values}`);
  }
});

testBuilds("argRows and argRowsI32: every length, whole and in parts", (kernels) => {
  for (const n of SIZES.filter((n) => n > 0)) {
    for (const [code, op] of [[1, "max"], [2, "min"]] as const) {
      arena.clear();
      const x = arena.put(numbers(5 * n, 4, n), 1), i = arena.put(integers(5 * n, -3, 4, n), 1);
      const y = arena.put(new Int32Array(5), 1), z = arena.put(new Int32Array(5));
      inParts(5, y, (b, e) => kernels.argRows!(code, x.byteOffset, y.byteOffset, n, b, e));
      inParts(5, z, (b, e) => kernels.argRowsI32!(code, i.byteOffset, z.byteOffset, n, b, e));
      assert.deepEqual([...y], [...reference.argReduce(op, x, 5, n)]);
      assert.deepEqual([...z], [...reference.argReduce(op, i, 5, n)]);
      arena.check();
    }
  }
});
