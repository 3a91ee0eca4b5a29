/** Lists of parameters: each row of a table takes the step that it would take alone. */
import assert from "node:assert/strict";
import { arena, bits, type Kernels, numbers, type Row, tableOf, testBuilds } from "./harness.ts";

/** Gradients that are outer products: u of 5 numbers, v of 6. */
const [ROWS, COLUMNS] = [5, 6];

/** Rows of several lengths; the last two have an outer product for a gradient. */
function rowsOf(kept: number): Row[] {
  const plain = [5, 0, 16, 1, 35].map((n, i): Row => ({
    n,
    arrays: [n, n, ...Array(kept).fill(n)].map((n, j) =>
      arena.put(numbers(n, 1, 10 * i + j), i % 3)
    ),
    flags: i === 2 ? 4 : 0,
    corrections: [0.1 * (i + 1), 0.2],
  }));
  const outer = [1, 2].map((i): Row => {
    const arrays = [ROWS * COLUMNS, ROWS + COLUMNS, ROWS * COLUMNS];
    return {
      n: ROWS * COLUMNS,
      arrays: arrays.map((n, j) => arena.put(numbers(n, 1, 100 * i + j), i)),
      columns: COLUMNS,
    };
  });
  return kept === 1 ? [...plain, ...outer] : plain;
}

/** Kernels over lists: how many arrays they keep, and a call on a table's elements. */
const KERNELS: Record<
  string,
  [kept: number, call: (k: Kernels, table: number, count: number, b: number, e: number) => void]
> = {
  sgd: [1, (k, table, count, b, e) => {
    const list = arena.put(new Int32Array(COLUMNS)).byteOffset;
    k.sgd!(table, count, 0.1, 0.9, 0.2, 0.01, 1, list, b, e);
  }],
  adam: [3, (k, ...[table, count, b, e]) => {
    k.adam!(table, count, 0.1, 0.9, 0.99, 1e-8, 0.1, 0, b, e);
  }],
  rmsprop: [3, (k, ...[table, count, b, e]) => {
    k.rmsprop!(table, count, 0.1, 0.9, 1e-3, 0.1, 0.9, b, e);
  }],
  lerp: [0, (k, table, count, b, e) => void k.lerp!(table, count, 0.3, b, e)],
  scaleList: [0, (k, table, count, b, e) => void k.scaleList!(table, count, 0.3, b, e)],
};

for (const [name, [kept, call]] of Object.entries(KERNELS)) {
  testBuilds(`${name}: a list, cut anywhere, is its parameters one by one`, (kernels) => {
    const run = (step: (rows: Row[], total: number) => void) => {
      arena.clear();
      const rows = rowsOf(kept);
      step(rows, rows.reduce((sum, { n }) => sum + n, 0));
      arena.check();
      return rows.flatMap(({ arrays }) => arrays.map((array) => bits(array!)));
    };
    const alone = run((rows) => rows.forEach((row) => call(kernels, tableOf(row), 1, 0, row.n)));
    let cuts = 1;
    for (let cut = 0; cut < cuts; cut++) {
      const parts = run((rows, total) => {
        const table = tableOf(...rows);
        call(kernels, table, rows.length, cut, total);
        call(kernels, table, rows.length, 0, cut);
        cuts = total + 1;
      });
      assert.deepEqual(parts, alone, `cut at ${cut}`);
    }
    assert.ok(cuts > 50);
  });
}
