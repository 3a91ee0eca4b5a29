import assert from "node:assert/strict";
import fc from "fast-check";
import { ShapeError } from "../src/core/errors.ts";
import {
  axisOf,
  broadcastShape,
  checkShape,
  expandStrides,
  inferShape,
  isContiguous,
  isDense,
  numelOf,
  type Shape,
  stridesOf,
  viewStrides,
} from "../src/core/shape.ts";

/** Where the elements of a view stand in memory, in row-major order. */
function places(shape: Shape, strides: readonly number[]): number[] {
  let list = [0];
  shape.forEach((n, d) => {
    list = list.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * strides[d]!));
  });
  return list;
}

/** A view of a row-major array: dimensions permuted, and some cut to a part of their length. */
const views = fc.array(
  fc.record({ n: fc.integer({ min: 1, max: 4 }), rest: fc.nat(2), order: fc.nat() }),
  { maxLength: 4 },
).map((dims) => {
  const strides = stridesOf(dims.map(({ n, rest }) => n + rest));
  const order = dims.map((_, i) => i).sort((i, j) => dims[i]!.order - dims[j]!.order);
  return { shape: order.map((i) => dims[i]!.n), strides: order.map((i) => strides[i]!) };
});

/** Another shape with as many elements, by cutting prime factors out of the number. */
function refactored(numel: number, picks: readonly number[]): number[] {
  const shape: number[] = [];
  let left = numel;
  for (const pick of picks) {
    const divisors = Array.from({ length: left }, (_, i) => i + 1).filter((d) => left % d === 0);
    const d = divisors[pick % divisors.length]!;
    shape.push(d);
    left /= d;
  }
  return [...shape, left];
}

Deno.test("a scalar has one element, and a dimension of length 0 leaves none", () => {
  assert.equal(numelOf([]), 1);
  assert.equal(numelOf([3, 0, 2]), 0);
  assert.equal(numelOf([2, 3, 4]), 24);
});

Deno.test("row-major strides count what one step along a dimension skips", () => {
  assert.deepEqual(stridesOf([2, 3, 4]), [12, 4, 1]);
  assert.deepEqual(stridesOf([]), []);
});

Deno.test("a view is contiguous exactly if its elements stand one behind the other", () => {
  fc.assert(fc.property(views, ({ shape, strides }) => {
    const isRowMajor = places(shape, strides).every((place, i) => place === i);
    assert.equal(isContiguous(shape, strides), isRowMajor);
  }));
});

Deno.test("what has no elements is contiguous and dense, whatever its strides", () => {
  for (const strides of [[1, 8], [0, 0], [7, 1]]) {
    assert(isContiguous([0, 2], strides) && isContiguous([2, 0], strides));
    assert(isDense([0, 2], strides) && isDense([2, 0], strides));
  }
});

Deno.test("viewStrides finds the strides of a reshaped view wherever there are any", () => {
  fc.assert(
    fc.property(views, fc.array(fc.nat(), { maxLength: 3 }), ({ shape, strides }, picks) => {
      const to = refactored(numelOf(shape), picks);
      const wanted = places(shape, strides);
      // One step along each dimension shows its stride; whether these serve, all elements show.
      const unit = stridesOf(to);
      const only = to.map((n, d) => n > 1 ? wanted[unit[d]!]! : 1);
      const exists = places(to, only).every((place, i) => place === wanted[i]);
      const found = viewStrides(shape, strides, to);
      assert.equal(found !== null, exists);
      if (found !== null) assert.deepEqual(places(to, found), wanted);
    }),
    { numRuns: 500 },
  );
});

Deno.test("shapes broadcast from their ends, and length 1 gives way", () => {
  assert.deepEqual(broadcastShape("add", [64, 10], [10]), [64, 10]);
  assert.deepEqual(broadcastShape("add", [3, 1], [1, 4]), [3, 4]);
  assert.deepEqual(broadcastShape("add", [], [2, 3]), [2, 3]);
  assert.deepEqual(broadcastShape("add", [0, 3], [1, 3]), [0, 3]);
});

Deno.test("broadcasting gives the same shape from either side", () => {
  const shape = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 4 });
  fc.assert(fc.property(shape, shape, (a, b) => {
    const attempt = (p: number[], q: number[]) => {
      try {
        return [...broadcastShape("add", p, q)];
      } catch (error) {
        assert(error instanceof ShapeError);
        return null;
      }
    };
    assert.deepEqual(attempt(a, b), attempt(b, a));
  }));
});

Deno.test("shapes that do not broadcast are told with the dimension that differs", () => {
  assert.throws(() => broadcastShape("add", [64, 10], [64, 1, 9]), {
    name: "ShapeError",
    message: "add: shapes must broadcast: a is [64, 10], b is [64, 1, 9], which differ in " +
      "dimension -1 (10 and 9)",
  });
});

Deno.test("expanded strides are 0 along what is repeated", () => {
  assert.deepEqual(expandStrides([3, 1], [1, 1], [2, 3, 4]), [0, 1, 0]);
  assert.deepEqual(expandStrides([], [], [2]), [0]);
});

Deno.test("one length of -1 is filled in", () => {
  assert.deepEqual(inferShape("reshape", [4, 6], [-1, 8]), [3, 8]);
  assert.deepEqual(inferShape("reshape", [4, 6], [2, 12]), [2, 12]);
  assert.deepEqual(inferShape("reshape", [], [-1]), [1]);
});

Deno.test("a shape that does not hold the elements is told with both numbers", () => {
  assert.throws(() => inferShape("reshape", [4, 6], [5, 5]), {
    name: "ShapeError",
    message: "reshape: [4, 6] has 24 elements, [5, 5] has 25",
  });
  assert.throws(() => inferShape("reshape", [4, 6], [-1, 5]), {
    message: "reshape: [4, 6] with 24 elements does not fit [-1, 5]",
  });
  assert.throws(() => inferShape("reshape", [4], [-1, -1]), {
    name: "ShapeError",
    message: "reshape: one length at most may be -1: the shape is [-1, -1]",
  });
  assert.throws(() => inferShape("reshape", [0], [-1, 0]), ShapeError);
});

Deno.test("dimensions count from either end, and others are refused", () => {
  assert.equal(axisOf("sum", -1, 3), 2);
  assert.equal(axisOf("sum", 0, 3), 0);
  assert.throws(() => axisOf("sum", 3, 3), {
    name: "ShapeError",
    message: "sum: dimension must be from -3 to 2: it is 3",
  });
  assert.throws(() => axisOf("sum", 0.5, 3), ShapeError);
  assert.throws(() => axisOf("sum", 0, 0), { message: "sum: a scalar has no dimension 0" });
});

Deno.test("lengths are whole and not negative", () => {
  checkShape("zeros", [0, 2]);
  for (const shape of [[-1], [1.5], [NaN]]) {
    assert.throws(() => checkShape("zeros", shape), ShapeError);
  }
});

/** All lists of `length` whole numbers from 0 to `most`. */
function lists(length: number, most: number): number[][] {
  if (length === 0) return [[]];
  return lists(length - 1, most).flatMap((list) =>
    Array.from({ length: most + 1 }, (_, i) => [...list, i])
  );
}

Deno.test("a layout is dense where each place of one span is one element's", () => {
  let dense = 0;
  for (const ndim of [0, 1, 2, 3]) {
    for (const shape of lists(ndim, 3)) {
      for (const strides of lists(ndim, 6)) {
        const list = places(shape, strides);
        const isSpan = new Set(list).size === list.length &&
          list.every((place) => place < list.length);
        assert.equal(isDense(shape, strides), isSpan, `[${shape}] by [${strides}]`);
        if (isSpan) dense++;
      }
    }
  }
  assert.ok(dense > 1000);
});
