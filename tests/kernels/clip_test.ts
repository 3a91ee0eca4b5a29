/** What clips gradients: norms of lists of arrays, as every cut of the list has them. */
import assert from "node:assert/strict";
import { arena, numbers, SIZES, tableOf, testBuilds } from "./harness.ts";

testBuilds("squareSums: of each array of a list, the same alone and together", (kernels) => {
  arena.clear();
  const arrays = SIZES.map((n, i) => arena.put(numbers(n, 3, i), i % 4));
  const rows = arrays.map((array) => ({ n: array.length, arrays: [array] }));
  const { buffer } = arrays[0]!;
  const found = (table: number, i: number) => new Float64Array(buffer, table + 48 * i + 32, 1)[0]!;
  const alone = rows.map((row) => {
    const table = tableOf(row);
    kernels.squareSums!(table, 0, 1);
    return found(table, 0);
  });
  const table = tableOf(...rows);
  kernels.squareSums!(table, 3, rows.length);
  kernels.squareSums!(table, 0, 3);
  for (const [i, array] of arrays.entries()) {
    const exact = array.reduce((sum, v) => sum + v * v, 0);
    assert.equal(found(table, i), alone[i]);
    assert.ok(Math.abs(alone[i]! - exact) <= 2e-6 * exact, `${alone[i]} of ${exact}`);
  }
  arena.check();
});
