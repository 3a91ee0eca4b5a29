import assert from "node:assert/strict";
import { arena, inParts, integers, testBuilds } from "./harness.ts";

/** NaN above all, equal ones in the order of their places. */
function orderOf(x: ArrayLike<number>, begin: number, n: number, sign: number): number[] {
  const key = (i: number) => x[begin + i]!;
  const compare = (i: number, j: number) => {
    const [a, b] = [key(i), key(j)];
    const isNaN = Number(a !== a) - Number(b !== b);
    return sign * (isNaN || (a !== a ? 0 : a - b)) || i - j;
  };
  return Array.from({ length: n }, (_, i) => i).sort(compare);
}

/** Few different numbers, so that many are equal; of floats also NaN, infinities and zeros of both signs. */
function row(n: number, isInt: boolean, seed: number): Int32Array | Float32Array {
  const list = integers(n, -n, n, seed);
  if (isInt) return list.map((v) => v % 7 === 0 ? -(2 ** 31) : v % 11 === 0 ? 2 ** 31 - 1 : v);
  const special = [NaN, Infinity, -Infinity, 0, -0, 1e-40];
  return Float32Array.from(list, (v, i) => v % 9 === 0 ? special[i % special.length]! : v / 3);
}

const LENGTHS = [1, 2, 16, 17, 18, 40, 41, 300, 3300];

/** Room for words and counts. */
function scratch(n: number): number {
  return arena.put(new Uint8Array(16 * (n + 4) + (4 << 11))).byteOffset;
}

testBuilds(
  "order: the first k of each row, smallest or largest, of floats and integers",
  (kernels) => {
    for (const isInt of [false, true]) {
      for (const n of LENGTHS) {
        for (const k of new Set([1, 3, 16, 17, n >> 1, n - 1, n].filter((k) => k > 0 && k <= n))) {
          for (const descending of [0, 1]) {
            arena.clear();
            const x = arena.put(row(2 * n, isInt, n + k), 1);
            const index = arena.put(new Int32Array(2 * k), 1), room = scratch(n);
            inParts(2, index, (b, e) => {
              const at = [x, index].map((v) => v.byteOffset);
              kernels.order!(Number(isInt), ...at, n, k, descending, room, b, e);
            });
            const expected = [0, n].flatMap((begin) => {
              return orderOf(x, begin, n, descending ? -1 : 1).slice(0, k);
            });
            assert.deepEqual([...index], expected, `${k} of ${n}, ${descending}, ${isInt}`);
            arena.check();
          }
        }
      }
    }
  },
);

testBuilds("ranked: the element of a rank, the median with NaN and without", (kernels) => {
  for (const isInt of [false, true]) {
    for (const n of LENGTHS) {
      for (const rank of new Set([-2, -1, 0, n >> 1, n - 1])) {
        arena.clear();
        const x = arena.put(row(3 * n, isInt, n), 1);
        const index = arena.put(new Int32Array(3), 1), room = scratch(n);
        inParts(3, index, (b, e) => {
          const at = [x, index].map((v) => v.byteOffset);
          kernels.ranked!(Number(isInt), ...at, n, rank, room, b, e);
        });
        const expected = [0, n, 2 * n].map((begin) => {
          const order = orderOf(x, begin, n, 1);
          const count = order.filter((i) => !Number.isNaN(x[begin + i])).length;
          if (rank >= 0) return order[rank];
          return rank === -1 && count < n ? order[count] : order[(Math.max(1, count) - 1) >> 1];
        });
        assert.deepEqual([...index], expected, `${rank} of ${n}, ${isInt}`);
        arena.check();
      }
    }
  }
});

testBuilds("scanExtremes: the extreme so far and where the last of its like stood", (kernels) => {
  for (const isInt of [false, true]) {
    for (const op of [2, 3]) {
      for (const [outer, n, inner] of [[2, 0, 3], [3, 50, 1], [2, 9, 7], [1, 5, 16]] as const) {
        arena.clear();
        const x = arena.put(row(outer * n * inner, isInt, n), 1);
        const y = arena.put(x.map(() => 0), 1), index = arena.put(new Int32Array(x.length), 1);
        const columns = outer * inner;
        const at = [x, y, index].map((v) => v.byteOffset);
        inParts(columns, y, (b, e) => {
          kernels.scanExtremes!(op, Number(isInt), ...at, n, inner, b, e);
        });
        for (let c = 0; c < columns; c++) {
          let place = 0;
          const element = (j: number) => {
            return (Math.floor(c / inner) * n + j) * inner + c % inner;
          };
          for (let j = 0; j < n; j++) {
            const [value, before] = [x[element(j)]!, x[element(place)]!];
            const isNext = op === 2 ? value >= before : value <= before;
            if (isNext || value !== value) place = j;
            const what = `${op} ${isInt} [${outer}, ${n}, ${inner}], ${c}, ${j}`;
            assert.equal(index[element(j)], place, what);
            const expected = x[element(place)]!;
            assert(y[element(j)] === expected || expected !== expected, what);
          }
        }
        arena.check();
      }
    }
  }
});

testBuilds("scanI32: sums of integers, forwards and backwards", (kernels) => {
  for (const [outer, n, inner] of [[2, 0, 3], [3, 50, 1], [2, 9, 7], [1, 5, 16]] as const) {
    for (const reversed of [0, 1]) {
      arena.clear();
      const x = arena.put(integers(outer * n * inner, -(2 ** 31), 2 ** 31, n), 1);
      const y = arena.put(new Int32Array(x.length), 1);
      inParts(outer * inner, y, (b, e) => {
        kernels.scanI32!(x.byteOffset, y.byteOffset, n, inner, reversed, b, e);
      });
      const expected = new Int32Array(x.length);
      for (let i = 0; i < x.length; i++) {
        const j = Math.floor(i / inner) % n;
        const from = reversed ? j : 0, to = reversed ? n : j + 1;
        for (let s = from; s < to; s++) expected[i]! += x[i + (s - j) * inner]!;
      }
      assert.deepEqual([...y], [...expected]);
      arena.check();
    }
  }
});
