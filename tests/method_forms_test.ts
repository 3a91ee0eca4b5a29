/**
 * Methods have every form that their functions have. What is declared here with a type does so
 * without a cast; it is the type check that can fail.
 */
import assert from "node:assert/strict";
import { functional, scope, type Tensor, tensor } from "../mod.ts";

Deno.test("methods whose functions have several forms have them all", () => {
  using _s = scope();
  const x = tensor([[1, 4, 3], [0.5, 3, 2]]);
  const medians: Tensor[] = [x.median(), functional.median(x), x.nanmedian()];
  const along: Tensor[] = [x.median(1).values, x.nanmedian(1, true).indices];
  assert.deepEqual(medians.map((y) => y.item()), [2, 2, 2]);
  assert.deepEqual(along.map((y) => y.toArray()), [[3, 2], [[2], [2]]]);
});

Deno.test("unique gives as many tensors as were asked for, by its type too", () => {
  using _s = scope();
  const x = tensor([3, 1, 3]);
  const only: Tensor = x.unique();
  const [values, inverse]: [Tensor, Tensor] = x.unique({ returnInverse: true });
  const [, counts]: [Tensor, Tensor] = functional.unique(x, { returnCounts: true });
  const all: [Tensor, Tensor, Tensor] = x.uniqueConsecutive({
    returnInverse: true,
    returnCounts: true,
  });
  assert.deepEqual(only.toArray(), [1, 3]);
  assert.deepEqual([values.toArray(), inverse.toArray()], [[1, 3], [1, 0, 1]]);
  assert.deepEqual(counts.toArray(), [1, 2]);
  assert.deepEqual(all.map((y) => y.toArray()), [[3, 1, 3], [0, 1, 2], [1, 1, 1]]);
});
