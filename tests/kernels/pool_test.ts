import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, assertClose, bits, inParts, numbers, testBuilds } from "./harness.ts";

type Pooling = [
  size: reference.ImageSize,
  rows: reference.Window[],
  cols: reference.Window[],
];

/** Windows of `kernel`, `stride` apart, cut at the edges of [0, n). */
function slide(n: number, kernel: number, stride: number, padding: number): reference.Window[] {
  const windows: reference.Window[] = [];
  for (let at = -padding; at + kernel <= n + padding; at += stride) {
    windows.push([Math.max(at, 0), Math.min(at + kernel, n), kernel]);
  }
  return windows;
}

const POOLINGS: Pooling[] = [];
for (const inner of [1, 2, 4, 5, 19]) {
  for (const [kernel, stride, padding] of [[1, 1, 0], [2, 2, 0], [3, 1, 1], [3, 2, 1], [2, 3, 0]]) {
    for (const [h, w] of [[3, 4], [7, 9], [5, 27]] as const) {
      POOLINGS.push([
        [3, h, w, inner],
        slide(h, kernel!, stride!, padding!),
        slide(w, kernel!, stride!, padding!),
      ]);
    }
  }
  // windows of several widths, as adaptive pooling has
  POOLINGS.push([[2, 5, 7, inner], [[0, 3, 3], [2, 5, 3]], [[0, 2, 2], [1, 4, 3], [3, 6, 3], [
    5,
    7,
    2,
  ]]]);
}

/** The same windows for a maximum, of pixels that are neighbours or `step` apart. */
function apart(windows: readonly reference.Window[], step: number): reference.Window[] {
  return windows.map(([begin, end]) => [begin, end, step]);
}

function table(windows: readonly reference.Window[]): Int32Array {
  return arena.put(Int32Array.from(windows.flat()));
}

/** Numbers with ties, and NaN here and there. */
function pixels(n: number): Float32Array {
  return numbers(n, 8, n).map((x, i) => i % 53 === 52 ? NaN : Math.round(x));
}

testBuilds("maxPool and its gradient: every layout and window, whole and in parts", (kernels) => {
  const steps = [[1, 1], [2, 1], [1, 2], [3, 2]] as const;
  const all = POOLINGS.flatMap(([size, rows, cols]) =>
    steps.map(([down, right]) => [size, apart(rows, down), apart(cols, right)] as const)
  );
  for (const [size, rows, cols] of all) {
    arena.clear();
    const [outer, h, w, inner] = size;
    const n = outer * rows.length * cols.length * inner;
    const x = arena.put(pixels(outer * h * w * inner), n % 4);
    const y = arena.put(new Float32Array(n), 1), index = arena.put(new Int32Array(n), 3);
    const [r, c] = [table(rows).byteOffset, table(cols).byteOffset];
    inParts(outer * rows.length, y, (begin, end) => {
      // deno-fmt-ignore
      kernels.maxPool!(x.byteOffset, y.byteOffset, index.byteOffset, r, c, h, w, rows.length,
        cols.length, inner, begin, end);
    });
    const [expected, places] = reference.maxPool(x, size, rows, cols);
    assert.deepEqual([...y], expected);
    assert.deepEqual([...index], places);

    const dy = arena.put(numbers(n, 1, 2), 2), dx = arena.put(new Float32Array(x.length), 1);
    inParts(outer, dx, (begin, end) => {
      // deno-fmt-ignore
      kernels.maxPoolGrad!(dy.byteOffset, index.byteOffset, dx.byteOffset, h * w,
        rows.length * cols.length, inner, begin, end);
    });
    assertClose(dx, reference.maxPoolGrad(dy, index, size), 2, "maxPoolGrad", 1e-6);
    arena.check();
  }
});

testBuilds("avgPool and its gradient: every layout and window, whole and in parts", (kernels) => {
  for (const [size, rows, cols] of POOLINGS) {
    arena.clear();
    const [outer, h, w, inner] = size;
    const n = outer * rows.length * cols.length * inner;
    const x = arena.put(numbers(outer * h * w * inner), n % 4);
    const y = arena.put(new Float32Array(n), 1);
    const dy = arena.put(numbers(n, 1, 2), 2), dx = arena.put(new Float32Array(x.length), 3);
    const [r, c] = [table(rows).byteOffset, table(cols).byteOffset];
    const sizes = [h, w, rows.length, cols.length, inner] as const;
    inParts(outer * rows.length, y, (begin, end) => {
      kernels.avgPool!(x.byteOffset, y.byteOffset, r, c, ...sizes, begin, end);
    });
    assertClose(y, reference.avgPool(x, size, rows, cols), 2, "avgPool", 2e-6);
    inParts(outer, dx, (begin, end) => {
      kernels.avgPoolGrad!(dy.byteOffset, dx.byteOffset, r, c, ...sizes, begin, end);
    });
    assertClose(dx, reference.avgPoolGrad(dy, size, rows, cols), 2, "avgPoolGrad", 1e-6);
    arena.check();
  }
});

testBuilds("pooling: a window has the same bits alone and among its neighbours", (kernels) => {
  const x = arena.put(numbers(3 * 40, 4, 1));
  const rows = table([[0, 3, 3]]).byteOffset, windows = slide(40, 3, 2, 0);
  const together = arena.put(new Float32Array(windows.length));
  const cols = table(windows).byteOffset;
  // deno-fmt-ignore
  kernels.avgPool!(x.byteOffset, together.byteOffset, rows, cols, 3, 40, 1, windows.length, 1, 0, 1);
  for (const [i, window] of windows.entries()) {
    const alone = arena.put(new Float32Array(1)), col = table([window]).byteOffset;
    kernels.avgPool!(x.byteOffset, alone.byteOffset, rows, col, 3, 40, 1, 1, 1, 0, 1);
    assert.deepEqual(bits(alone), bits(together.subarray(i, i + 1)));
  }
});

testBuilds(
  "halving has the bits of maxPool, with relu those of both after each other",
  (kernels) => {
    for (const [h, w, inner] of [[2, 2, 8], [7, 9, 8], [6, 5, 24], [4, 8, 40]] as const) {
      arena.clear();
      const outer = 3, [oh, ow] = [h >> 1, w >> 1], n = outer * oh * ow * inner;
      const values = pixels(outer * h * w * inner).map((x, i) => i % 7 === 3 ? -0 : x);
      const x = arena.put(values, 1), dy = arena.put(numbers(n, 1, 2), 2);
      dy[0] = -0;
      const [rows, cols] = [slide(h, 2, 2, 0), slide(w, 2, 2, 0)].map((windows) =>
        table(apart(windows, 1)).byteOffset
      );
      const relu = (from: Float32Array, to: Float32Array) =>
        kernels.unary!(5, from.byteOffset, to.byteOffset, 0, from.length);
      const reluGrad = (y: Float32Array, d: Float32Array, to: Float32Array) =>
        kernels.unaryGrad!(5, y.byteOffset, d.byteOffset, to.byteOffset, 0, y.length);
      for (const rectified of [false, true]) {
        const like = (array: Float32Array) => arena.put(new Float32Array(array.length), 3);
        const from = like(x),
          [y, expected] = [like(dy), like(dy)],
          dx = like(x),
          gradient = like(x);
        const [index, places] = [0, 1].map((shift) => arena.put(new Int32Array(n), shift));
        if (rectified) relu(x, from);
        else from.set(x);
        // deno-fmt-ignore
        kernels.maxPool!(from.byteOffset, expected.byteOffset, places!.byteOffset, rows!, cols!, h, w,
        oh, ow, inner, 0, outer * oh);
        inParts(outer * oh, y, (begin, end) => {
          // deno-fmt-ignore
          kernels.halve!(x.byteOffset, y.byteOffset, index!.byteOffset, h, w, inner, Number(rectified),
          begin, end);
        });
        assert.deepEqual(bits(y), bits(expected));
        assert.deepEqual([...index!], [...places!].map((k, i) => rectified && y[i]! <= 0 ? -1 : k));

        // deno-fmt-ignore
        kernels.maxPoolGrad!(dy.byteOffset, places!.byteOffset, gradient.byteOffset, h * w, oh * ow,
        inner, 0, outer);
        if (rectified) reluGrad(from, gradient, gradient);
        inParts(outer, dx, (begin, end) => {
          // deno-fmt-ignore
          kernels.halveGrad!(dy.byteOffset, index!.byteOffset, dx.byteOffset, h, w, inner, begin, end);
        });
        assert.deepEqual(bits(dx), bits(gradient));
        arena.check();
      }
    }
  },
);
