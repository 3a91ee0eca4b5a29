import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, ARRAYS, assertClose, inParts, integers, numbers, testBuilds } from "./harness.ts";

/** [outer, n, k, inner]: small and odd. */
const SHAPES = [
  [1, 5, 3, 1],
  [1, 7, 9, 17],
  [3, 4, 5, 1],
  [3, 4, 5, 7],
  [2, 6, 1, 160],
  [4, 1, 2, 3],
  [2, 3, 0, 4],
] as const;

testBuilds("gatherRowsU8: rows of bytes, divided", (kernels) => {
  for (const width of [1, 3, 8, 9, 17, 784]) {
    for (const rows of [0, 1, 6]) {
      arena.clear();
      const src = arena.put(Uint8Array.from(integers(10 * width, 0, 256)), 1);
      const index = arena.put(integers(rows, 0, 10, 2));
      const out = arena.put(new Float32Array(rows * width), 1);
      inParts(rows, out, (b, e) => {
        const at = [src, index, out].map((v) => v.byteOffset);
        kernels.gatherRowsU8!(...at, width, 255, b, e);
      });
      const picked = reference.indexSelect(src, index, 1, 10, width);
      assert.deepEqual([...out], Array.from(picked, (v) => Math.fround(v / 255)));
      arena.check();
    }
  }
});

testBuilds("indexSelect: rows of 1, 2, 4 and 8 bytes, whole and in parts", (kernels) => {
  for (const [outer, n, k, inner] of SHAPES) {
    for (const array of ARRAYS) {
      arena.clear();
      const size = array.BYTES_PER_ELEMENT;
      const src = arena.put(array.from(integers(outer * n * inner, 0, 256)), 1);
      const index = arena.put(integers(k, 0, n, 2)), status = arena.put(new Int32Array(1));
      const out = arena.put(new array(outer * k * inner), 1);
      inParts(outer * k, out, (b, e) => {
        const at = [src, index, out].map((v) => v.byteOffset);
        kernels.indexSelect!(size, ...at, n, k, inner, status.byteOffset, b, e);
      });
      assert.deepEqual([...out], [...reference.indexSelect(src, index, outer, n, inner)]);
      assert.equal(status[0], 0);
      arena.check();
    }
  }
});

testBuilds(
  "indexSelect: words of long lists; the first bad index is told, and gives 0",
  (kernels) => {
    const n = 50, k = 77, outer = 2;
    const src = arena.put(numbers(outer * n, 1, 1), 1), index = arena.put(integers(k, 0, n, 2), 1);
    index[40] = n;
    index[70] = -1;
    const out = arena.put(new Float32Array(outer * k), 1), status = arena.put(new Int32Array(1));
    const at = [src, index, out].map((v) => v.byteOffset);
    kernels.indexSelect!(4, ...at, n, k, 1, status.byteOffset, 0, outer * k);
    const expected = Array.from(out, (_, i) => src[Math.floor(i / k) * n + index[i % k]!]!);
    for (const j of [40, 70, k + 40, k + 70]) expected[j] = 0;
    assert.deepEqual([...out], expected);
    assert.equal(status[0], 41);
  },
);

testBuilds("indexAdd: adds where indexSelect reads, repeated indices too", (kernels) => {
  for (const [outer, n, k, inner] of SHAPES) {
    arena.clear();
    const src = arena.put(numbers(outer * k * inner, 1, 1), 1),
      index = arena.put(integers(k, 0, n, 2));
    const before = numbers(outer * n * inner, 1, 3), out = arena.put(before, 1);
    inParts(outer * inner, out, (b, e) => {
      const at = [src, index, out].map((v) => v.byteOffset);
      kernels.indexAdd!(...at, n, k, inner, b, e);
    });
    const expected = reference.indexAdd(before, src, index, outer, n, inner);
    assertClose(out, expected, 2, `${[outer, n, k, inner]}`, 1e-6);
    arena.check();
  }
});

testBuilds("gather and scatterAdd: element by element, whole and in parts", (kernels) => {
  for (const [outer, n, k, inner] of SHAPES) {
    arena.clear();
    const index = arena.put(integers(outer * k * inner, 0, n, 2), 1);
    const status = arena.put(new Int32Array(1));
    for (const array of ARRAYS) {
      const size = array.BYTES_PER_ELEMENT;
      const src = arena.put(array.from(integers(outer * n * inner, 0, 256)), 1);
      const out = arena.put(new array(outer * k * inner), 1);
      inParts(outer * k, out, (b, e) => {
        const at = [src, index, out].map((v) => v.byteOffset);
        kernels.gather!(size, ...at, n, k, inner, status.byteOffset, b, e);
      });
      assert.deepEqual([...out], [...reference.gather(src, index, n, k, inner)]);
    }
    assert.equal(status[0], 0);
    const dy = arena.put(numbers(outer * k * inner, 1, 4), 1);
    const before = numbers(outer * n * inner, 1, 3), dx = arena.put(before, 1);
    inParts(outer * inner, dx, (b, e) => {
      const at = [dy, index, dx].map((v) => v.byteOffset);
      kernels.scatterAdd!(...at, n, k, inner, b, e);
    });
    const expected = reference.scatterAdd(before, dy, index, n, k, inner);
    assertClose(dx, expected, 2, `${[outer, n, k, inner]}`, 1e-6);
    arena.check();
  }
});

testBuilds(
  "scatter: sets, adds, multiplies and takes extremes in order, whole and in parts",
  (kernels) => {
    const ops: ((old: number, x: number) => number)[] = [
      (_, x) => x,
      (old, x) => old + x,
      (old, x) => old * x,
      Math.max,
      Math.min,
    ];
    for (const [outer, n, k, inner] of SHAPES) {
      for (const [op, f] of ops.entries()) {
        for (const array of [...op === 0 ? ARRAYS : [], Float32Array, Int32Array]) {
          arena.clear();
          const index = arena.put(integers(outer * k * inner, 0, n, 2), 1);
          const status = arena.put(new Int32Array(1));
          const src = arena.put(array.from(integers(outer * k * inner, 0, 50, 3)), 1);
          const before = array.from(integers(outer * n * inner, 0, 50, 4));
          const out = arena.put(before.slice(), 1);
          const expected = Array.from(before, Number);
          for (let i = 0; i < index.length; i++) {
            const at = (Math.floor(i / (k * inner)) * n + index[i]!) * inner + i % inner;
            expected[at] = f(expected[at]!, src[i]!);
          }
          const size = op > 0 && array === Int32Array ? 0 : array.BYTES_PER_ELEMENT;
          inParts(outer * inner, out, (b, e) => {
            const at = [src, index, out].map((v) => v.byteOffset);
            kernels.scatter!(op, size, ...at, n, k, inner, status.byteOffset, b, e);
          });
          assert.deepEqual([...out], [...array.from(expected)], `${op} ${[outer, n, k, inner]}`);
          assert.equal(status[0], 0);
          arena.check();
        }
      }
    }
  },
);

testBuilds("an index out of range is reported, makes 0 and is passed over", (kernels) => {
  for (const bad of [-1, 4, -(2 ** 31), 2 ** 31 - 1]) {
    arena.clear();
    const src = arena.put(Int32Array.of(1, 2, 3, 4)),
      index = arena.put(Int32Array.of(2, bad, 0, bad));
    const status = arena.put(new Int32Array(1)), out = arena.put(new Int32Array(4).fill(9));
    const at = [src, index, out].map((v) => v.byteOffset);
    kernels.indexSelect!(4, ...at, 4, 4, 1, status.byteOffset, 0, 4);
    assert.equal(status[0], 2);
    assert.deepEqual([...out], [3, 0, 1, 0]);

    status[0] = 0;
    out.fill(9);
    kernels.gather!(4, ...at, 4, 4, 1, status.byteOffset, 0, 4);
    assert.equal(status[0], 2);
    assert.deepEqual([...out], [3, 0, 1, 0]);

    status[0] = 0;
    const put = arena.put(new Int32Array(4));
    kernels.scatter!(
      0,
      4,
      src.byteOffset,
      index.byteOffset,
      put.byteOffset,
      4,
      4,
      1,
      status.byteOffset,
      0,
      1,
    );
    assert.equal(status[0], 2);
    assert.deepEqual([...put], [3, 0, 1, 0]);

    for (const kernel of ["indexAdd", "scatterAdd"]) {
      const dy = arena.put(Float32Array.of(1, 2, 3, 4)), dx = arena.put(new Float32Array(4));
      kernels[kernel]!(dy.byteOffset, index.byteOffset, dx.byteOffset, 4, 4, 1, 0, 1);
      assert.deepEqual([...dx], [3, 0, 1, 0]);
    }
    arena.check();
  }
});

testBuilds("indexCopy: writes rows where the index says, of several the last", (kernels) => {
  for (const [outer, n, k, inner] of SHAPES) {
    for (const array of ARRAYS) {
      arena.clear();
      const src = arena.put(array.from(integers(outer * k * inner, 0, 256)), 1);
      const index = arena.put(integers(k, 0, n, 2)), status = arena.put(new Int32Array(1));
      const before = array.from(integers(outer * n * inner, 0, 256, 3));
      const expected = [...before];
      for (let i = 0; i < src.length; i++) {
        const o = Math.floor(i / (k * inner)), j = Math.floor(i / inner) % k;
        expected[(o * n + index[j]!) * inner + i % inner] = src[i]!;
      }
      const out = arena.put(before, 1);
      inParts(outer, out, (b, e) => {
        const at = [src, index, out].map((v) => v.byteOffset);
        kernels.indexCopy!(array.BYTES_PER_ELEMENT, ...at, n, k, inner, status.byteOffset, b, e);
      });
      assert.deepEqual([...out], expected);
      assert.equal(status[0], 0);
      arena.check();
    }
  }
});

testBuilds(
  "compress: the words where the mask is not 0, in order, and how many they are",
  (kernels) => {
    const x = arena.put(Float32Array.from({ length: 13 }, (_, i) => i / 8));
    const mask = arena.put(Uint8Array.from(x, (_, i) => i % 3 === 1 ? 0 : 1), 1);
    const out = arena.put(new Float32Array(x.length)), count = arena.put(new Int32Array(1));
    const [from, by, to, at] = [x, mask, out, count].map((v) => v.byteOffset) as [
      number,
      number,
      number,
      number,
    ];
    kernels.compress!(from, by, to, at, x.length, 0, 1);
    const expected = x.filter((_, i) => mask[i] !== 0);
    assert.deepEqual(out.slice(0, expected.length), expected);
    assert.equal(count[0], expected.length);
  },
);

testBuilds(
  "nonzero: places, or rows and columns, in order; a zero of either sign is none",
  (kernels) => {
    const values = [0, 1, -0, 3, 0, 0, 7, -1, 0, 2, 0, NaN];
    for (const [size, array] of [[1, Uint8Array], [4, Int32Array], [0, Float32Array]] as const) {
      const x = arena.put(array.from(values), 1), count = arena.put(new Int32Array(1));
      const out = arena.put(new Int32Array(2 * x.length)), [rows, n] = [4, 3];
      const found = [...x.keys()].filter((i) => x[i] !== 0);
      for (const inPairs of [0, 1]) {
        const at = [x, out, count].map((v) => v.byteOffset);
        kernels.nonzero!(size, ...at, rows, n, inPairs, 0, 1);
        const expected = inPairs ? found.flatMap((i) => [Math.floor(i / n), i % n]) : found;
        assert.deepEqual([...out.slice(0, expected.length)], expected);
        assert.equal(count[0], found.length);
      }
    }
  },
);
