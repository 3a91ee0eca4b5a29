import assert from "node:assert/strict";
import {
  arena,
  assertClose,
  bits,
  builds,
  inParts,
  type Kernels,
  numbers,
  testBuilds,
} from "./harness.ts";

/** One call: images [n, channels, h, w], a map for each, and a field where there are points. */
interface Call {
  size: [n: number, channels: number, h: number, w: number];
  points: number;
  x: Float32Array;
  affine: Float32Array;
  /** [n, 2, points, points up to a multiple of 4]. */
  field: Float32Array;
  /** [points up to a multiple of 4, w up to a multiple of 4]. */
  cols: Float32Array;
  rows: Float32Array;
}

function upToFour(n: number): number {
  return Math.ceil(n / 4) * 4;
}

/** A call with noise for everything, the maps near the identity. */
function noisy(size: Call["size"], points: number): Call {
  const [n, channels, h, w] = size;
  const [padded, width] = [upToFour(points), upToFour(w)];
  const identity = [1, 0, 0, 0, 1, 0];
  return {
    size,
    points,
    x: numbers(n * channels * h * w, 1),
    affine: numbers(n * 6, 0.3, 2).map((v, i) => identity[i % 6]! + (i % 3 === 2 ? 5 * v : v)),
    field: numbers(n * 2 * points * padded, 1, 3),
    cols: numbers(padded * width, 1, 4).map((v, i) => i < points * width ? v : 0),
    rows: numbers(h * points, 1, 5),
  };
}

/** y, in plain loops. */
function warped({ size, points, x, affine, field, cols, rows }: Call): number[] {
  const [n, channels, h, w] = size;
  const [padded, width] = [upToFour(points), upToFour(w)];
  const y: number[] = [];
  for (let plane = 0; plane < n * channels; plane++) {
    const sample = Math.floor(plane / channels);
    const pixel = (i: number, j: number) =>
      i < 0 || i >= h || j < 0 || j >= w ? 0 : x[(plane * h + i) * w + j]!;
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const [row, column] = [1, 0].map((axis) => {
          const [a0, a1, shift] = affine.subarray(sample * 6 + axis * 3) as unknown as number[];
          let place = a0! * (j - (w - 1) / 2) + a1! * (i - (h - 1) / 2) + shift!;
          for (let k = 0; k < points; k++) {
            for (let l = 0; l < points; l++) {
              const displacement = field[((sample * 2 + axis) * points + k) * padded + l]!;
              place += displacement * rows[i * points + k]! * cols[l * width + j]!;
            }
          }
          return place + ((axis === 0 ? w : h) - 1) / 2;
        }) as [number, number];
        const [top, left] = [Math.floor(row), Math.floor(column)];
        const [fy, fx] = [row - top, column - left];
        y.push(
          (1 - fy) * ((1 - fx) * pixel(top, left) + fx * pixel(top, left + 1)) +
            fy * ((1 - fx) * pixel(top + 1, left) + fx * pixel(top + 1, left + 1)),
        );
      }
    }
  }
  return y;
}

/** What the kernel makes of it, whole and in parts. */
function run(kernels: Kernels, call: Call, inPlace = false): Float32Array {
  arena.clear();
  const { size: [n, channels, h, w], points } = call;
  const x = arena.put(call.x, 1);
  const y = inPlace ? x : arena.put(new Float32Array(x.length), 3);
  const scratch = arena.put(new Float32Array(2 * upToFour(w) + 2 * (h + 2) * (w + 2) + 2));
  const [affine, field] = [arena.put(call.affine, 3), arena.put(call.field, 2)];
  const [cols, rows] = [arena.put(call.cols), arena.put(call.rows, 1)];
  inParts(n * channels, y, (begin, end) => {
    // deno-fmt-ignore
    kernels.warp!(x.byteOffset, y.byteOffset, affine.byteOffset, field.byteOffset,
      cols.byteOffset, rows.byteOffset, points, channels, h, w, scratch.byteOffset, begin, end);
  });
  arena.check();
  return y.slice();
}

const SIZES: [size: Call["size"], points: number][] = [
  [[3, 1, 28, 28], 4],
  [[2, 3, 7, 11], 3],
  [[4, 2, 5, 6], 0],
  [[1, 1, 9, 33], 8],
  [[2, 1, 1, 9], 5],
  [[2, 1, 9, 1], 1],
  [[3, 1, 1, 1], 2],
  [[3, 1, 2, 3], 6],
];

testBuilds("warp: images of every size and fields of every fineness, in any parts", (kernels) => {
  for (const [size, points] of SIZES) {
    const call = noisy(size, points);
    assertClose(run(kernels, call), warped(call), 0, `[${size}], ${points} points`, 3e-5);
  }
});

testBuilds("warp: the identity gives the same bits, in place as well", (kernels) => {
  for (const [size, points] of SIZES) {
    const call = noisy(size, points);
    call.affine.set(call.affine.map((_, i) => i % 6 === 0 || i % 6 === 4 ? 1 : 0));
    call.field.fill(0);
    assert.deepEqual(bits(run(kernels, call)), bits(call.x));
    assert.deepEqual(bits(run(kernels, call, true)), bits(call.x));
  }
});

testBuilds("warp: a shift by whole pixels moves them unchanged", (kernels) => {
  const call = noisy([1, 1, 6, 7], 0);
  call.affine.set([1, 0, 2, 0, 1, -3]);
  const expected = Array.from(call.x, (_, at) => {
    const [i, j] = [Math.floor(at / 7) - 3, at % 7 + 2];
    return i < 0 || j >= 7 ? 0 : call.x[i * 7 + j]!;
  });
  assert.deepEqual([...run(kernels, call)], expected);
});

testBuilds("warp: what comes from far outside, or from nowhere, is 0", (kernels) => {
  for (const far of [8, 1e30, -1e30, Infinity, -Infinity, NaN]) {
    for (const shift of [2, 5]) {
      const call = noisy([1, 2, 5, 6], 0);
      call.affine.set([1, 0, 0, 0, 1, 0]);
      call.affine[shift] = far;
      assert.deepEqual([...run(kernels, call)], Array(60).fill(0), `${far}`);
    }
  }
});

Deno.test("warp: both builds give the same bits", () => {
  for (const [size, points] of SIZES) {
    const call = noisy(size, points);
    assert.deepEqual(bits(run(builds.fast, call)), bits(run(builds.strict, call)));
  }
});
