import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import {
  arena,
  assertClose,
  bits,
  inParts,
  numbers,
  SIZES,
  tableOf,
  testBuilds,
} from "./harness.ts";

testBuilds("lerp: every length and weight, whole and in parts", (kernels) => {
  for (const weight of [0.001, 0.25, 0.5, 0.9]) {
    for (const n of SIZES) {
      arena.clear();
      const x = arena.put(numbers(n, 1, 1), n % 4), y = arena.put(numbers(n, 1, 2), 1);
      const expected = Array.from(x, (v, i) => reference.lerp(v, y[i]!, weight));
      const table = tableOf({ n, arrays: [x, y] });
      inParts(n, x, (b, e) => kernels.lerp!(table, 1, weight, b, e));
      assertClose(x, expected, 2, `weight ${weight}`, 1e-7);
      arena.check();
    }
  }
});

testBuilds("lerp: 0 leaves x, 1 gives y, and equal numbers stay", (kernels) => {
  const values = numbers(9, 1, 1), others = numbers(9, 1e-6, 2);
  const x = arena.put(values), y = arena.put(others);
  const table = tableOf({ n: 9, arrays: [x, y] });
  kernels.lerp!(table, 1, 0, 0, 9);
  assert.deepEqual(bits(x), bits(values));
  kernels.lerp!(table, 1, 1, 0, 9);
  assert.deepEqual(bits(x), bits(others));
  for (const weight of [0.0001, 0.3, 0.7]) {
    kernels.lerp!(table, 1, weight, 0, 9);
    assert.deepEqual(bits(x), bits(others));
  }
});

testBuilds("lerp: no array is read or written past its end", (kernels) => {
  for (const n of [1, 2, 3, 5, 7]) {
    for (const isLast of [true, false]) {
      arena.clear();
      const x = isLast ? arena.last(numbers(n)) : arena.put(numbers(n));
      const y = isLast ? arena.put(numbers(n, 1, 2)) : arena.last(numbers(n, 1, 2));
      const table = tableOf({ n, arrays: [x, y] });
      for (const weight of [0.1, 0.9]) {
        assert.doesNotThrow(() => kernels.lerp!(table, 1, weight, 0, n));
      }
      arena.check();
    }
  }
});
