import assert from "node:assert/strict";
import fc from "fast-check";
import * as reference from "../reference.ts";
import {
  arena,
  ARRAYS,
  inParts,
  integers,
  type Numbers,
  SIZES,
  SPECIAL,
  testBuilds,
} from "./harness.ts";

/** Contiguous strides of [n0, n1, n2] with the dimensions stored in another order, spread out. */
function layout(sizes: readonly number[], order: readonly number[], wide: number): number[] {
  const strides = [0, 0, 0];
  let stride = wide;
  for (const dim of [...order].reverse()) {
    strides[dim] = stride;
    stride *= sizes[dim]!;
  }
  return strides;
}

testBuilds("copy: any order of dimensions on either side, 1 to 8 bytes", (kernels) => {
  const size = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 22 }));
  const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
  const wide = fc.constantFrom(1, 1, 1, 2);
  const repeated = fc.constantFrom(-1, -1, 0, 1, 2);
  fc.assert(
    fc.property(
      fc.constantFrom(...ARRAYS),
      fc.tuple(size, size, size),
      order,
      order,
      wide,
      wide,
      repeated,
      (array, sizes, from, to, wideFrom, wideTo, repeat) => {
        arena.clear();
        const [n0, n1, n2] = sizes;
        const s = layout(sizes, from, wideFrom), d = layout(sizes, to, wideTo);
        if (repeat >= 0) s[repeat] = 0; // an expanded source
        const count = n0 * n1 * n2;
        const src = arena.put(array.from(integers(count * wideFrom, 0, 256)), 1);
        const dst = arena.put(new array(count * wideTo).fill(77), 2);
        const expected = dst.slice();
        for (let i = 0; i < n0; i++) {
          for (let j = 0; j < n1; j++) {
            for (let k = 0; k < n2; k++) {
              expected[i * d[0]! + j * d[1]! + k * d[2]!] = src[
                i * s[0]! + j * s[1]! + k * s[2]!
              ]!;
            }
          }
        }
        const args = [array.BYTES_PER_ELEMENT, src.byteOffset, ...s, dst.byteOffset, ...d, n1, n2];
        inParts(n0, dst, (begin, end) => kernels.copy!(...args, begin, end));
        assert.deepEqual([...dst], [...expected]);
        arena.check();
      },
    ),
    { seed: 1, numRuns: 1000 },
  );
});

testBuilds("copy: long rows and large transposes", (kernels) => {
  for (const [rows, cols] of [[3, 1003], [1003, 5], [130, 67], [64, 784]] as const) {
    arena.clear();
    const src = arena.put(integers(rows * cols, 0, 1 << 30));
    const straight = arena.put(new Int32Array(rows * cols), 1);
    const turned = arena.put(new Int32Array(rows * cols));
    const at = src.byteOffset;
    kernels.copy!(4, at, 0, cols, 1, straight.byteOffset, 0, cols, 1, rows, cols, 0, 1);
    kernels.copy!(4, at, 0, 1, cols, turned.byteOffset, 0, rows, 1, cols, rows, 0, 1);
    assert.deepEqual(straight, src);
    const expected = Array.from(turned, (_, i) => src[(i % rows) * cols + Math.floor(i / rows)]);
    assert.deepEqual([...turned], expected);
    arena.check();
  }
});

const DTYPES: readonly reference.Dtype[] = ["float32", "int32", "uint8", "bool"];

function arrayOf(dtype: reference.Dtype, values: readonly number[]): Numbers {
  if (dtype === "float32") return Float32Array.from(values);
  return dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);
}

testBuilds("cast: every pair of types, with fractions, NaN and what does not fit", (kernels) => {
  const odd = [...SPECIAL, 1.9, -1.9, 255.5, 256, 300, -1, -200.7, 2 ** 31, -(2 ** 31), 1e20];
  for (const [from, source] of DTYPES.entries()) {
    for (const [to, target] of DTYPES.entries()) {
      for (const n of SIZES) {
        arena.clear();
        const plain = integers(n, 0, source === "bool" ? 2 : 1 << 20, from);
        const values = Array.from(plain, (v, i) => {
          return source === "float32" && i % 3 === 0 ? odd[i / 3 % odd.length]! : v;
        });
        const x = arena.put(arrayOf(source, values), n % 4);
        const y = arena.put(arrayOf(target, new Array<number>(n).fill(9)), 1);
        inParts(n, y, (b, e) => kernels.cast!(from, to, x.byteOffset, y.byteOffset, b, e));
        const expected = Array.from(x, (v) => reference.cast(v, target) + 0);
        assert.deepEqual(Array.from(y, (v) => v + 0), expected, `${source} to ${target} of ${n}`);
        arena.check();
      }
    }
  }
});

testBuilds("fill32 and fill8: set the range and nothing else", (kernels) => {
  for (const n of SIZES) {
    arena.clear();
    const y = arena.put(new Int32Array(n), n % 4), z = arena.put(new Uint8Array(n), n % 4);
    inParts(n, y, (b, e) => kernels.fill32!(y.byteOffset, -123456789, b, e));
    inParts(n, z, (b, e) => kernels.fill8!(z.byteOffset, 200, b, e));
    assert.ok(y.every((v) => v === -123456789) && z.every((v) => v === 200));
    arena.check();
  }
});
