import assert from "node:assert/strict";
import fc from "fast-check";
import * as reference from "../reference.ts";
import {
  arena,
  assertClose,
  inParts,
  integers,
  numbers,
  SIZES,
  SPECIAL,
  testBuilds,
} from "./harness.ts";

const OPS = Object.keys(reference.binary);
const ULP: Record<string, number> = { pow: 0.51, mul: 0.5 };

testBuilds("binary: every op at every length and alignment, whole and in parts", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    for (const n of SIZES) {
      arena.clear();
      const a = arena.put(numbers(n, 9, 1), n % 4), b = arena.put(numbers(n, 4, 2), n % 3);
      for (let i = 0; i < n; i += 3) b[i] = a[i]!; // ties
      const c = arena.put(new Float32Array(n), 1);
      inParts(n, c, (from, to) => {
        kernels.binary!(code, a.byteOffset, b.byteOffset, c.byteOffset, from, to);
      });
      const f = reference.binary[op]!;
      assertClose(c, Array.from(a, (v, i) => f(v, b[i]!)), ULP[op] ?? 0.5, `${op} of ${n}`);
      arena.check();
    }
  }
});

testBuilds("binary: every op on every pair of special numbers", (kernels) => {
  const values = Float32Array.from(SPECIAL);
  for (const [code, op] of OPS.entries()) {
    for (const v of values) {
      arena.clear();
      const a = arena.put(new Float32Array(values.length).fill(v)), b = arena.put(values);
      const c = arena.put(new Float32Array(values.length));
      kernels.binary!(code, a.byteOffset, b.byteOffset, c.byteOffset, 0, values.length);
      const f = reference.binary[op]!;
      // x³ is rounded twice.
      const expected = Array.from(values, (w) => f(v, w));
      assertClose(c, expected, op === "pow" ? 1.5 : 0.5, `${op}(${v}, …)`);
    }
  }
});

testBuilds("pow: zeros and infinities have the sign that IEEE 754 gives them", (kernels) => {
  const pow = (x: number, y: number) => {
    const a = arena.put(Float32Array.of(x)), b = arena.put(Float32Array.of(y));
    kernels.binary!(OPS.indexOf("pow"), a.byteOffset, b.byteOffset, a.byteOffset, 0, 1);
    return a[0]!;
  };
  for (const x of [0, -0, Infinity, -Infinity, 2, -2]) {
    for (
      const y of [-5, -4, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 4, 5, 2 ** 24, Infinity, -Infinity]
    ) {
      assert.ok(Object.is(pow(x, y), Math.fround(x ** y)), `${x} ** ${y} is ${pow(x, y)}`);
    }
  }
});

testBuilds("pow: an exponent gives the same bits beside others and alone", (kernels) => {
  const exponents = [2, 3, -1, 0.5, 1.7, 0, -2, 0.25];
  const x = numbers(64, 3, 7).map(Math.abs);
  const b = exponents.map((e) => arena.put(new Float32Array(64).fill(e)));
  const mixed = arena.put(Float32Array.from({ length: 64 }, (_, i) => exponents[i % 8]!));
  const a = arena.put(x), out = arena.put(new Float32Array(64));
  const run = (e: Float32Array) => {
    kernels.binary!(6, a.byteOffset, e.byteOffset, out.byteOffset, 0, 64);
    return out.slice();
  };
  const alone = b.map(run), together = run(mixed);
  together.forEach((v, i) => assert.ok(Object.is(v, alone[i % 8]![i]), `${x[i]} ** ${mixed[i]}`));
});

/** Strides of an operand of shape [n0, n1, n2]: contiguous, with some dimensions repeated. */
function strides(n1: number, n2: number, kept: readonly boolean[], wide: number): number[] {
  return [n1 * n2 * wide, n2 * wide, wide].map((s, i) => kept[i] ? s : 0);
}

testBuilds("binaryBroadcast: any repeated dimensions and any inner stride", (kernels) => {
  const size = fc.integer({ min: 1, max: 9 });
  const kept = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());
  const wide = fc.constantFrom(1, 1, 2, 3);
  const op = fc.constantFrom(...OPS.keys());
  fc.assert(
    fc.property(
      op,
      size,
      size,
      size,
      kept,
      kept,
      wide,
      wide,
      (code, n0, n1, n2, ka, kb, wa, wb) => {
        arena.clear();
        const a = arena.put(numbers(n0 * n1 * n2 * wa, 3, 1), 1);
        const b = arena.put(numbers(n0 * n1 * n2 * wb, 3, 2), 2);
        const c = arena.put(new Float32Array(n0 * n1 * n2), 3);
        const [a0, a1, a2] = strides(n1, n2, ka, wa) as [number, number, number];
        const [b0, b1, b2] = strides(n1, n2, kb, wb) as [number, number, number];
        const f = reference.binary[OPS[code]!]!;
        const args = [a.byteOffset, a0, a1, a2, b.byteOffset, b0, b1, b2, c.byteOffset, n1, n2];
        inParts(n0, c, (begin, end) => kernels.binaryBroadcast!(code, ...args, begin, end));
        const expected = Array.from(c, (_, at) => {
          const i = Math.floor(at / (n1 * n2)), j = Math.floor(at / n2) % n1, k = at % n2;
          return f(a[i * a0 + j * a1 + k * a2]!, b[i * b0 + j * b1 + k * b2]!);
        });
        assertClose(c, expected, ULP[OPS[code]!] ?? 0.5, OPS[code]!);
        arena.check();
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

testBuilds("binaryBroadcast: same bits as binary on the expanded operands", (kernels) => {
  const n = 37, rows = 5;
  for (const code of OPS.keys()) {
    arena.clear();
    const a = arena.put(numbers(rows * n, 3, 3)), row = numbers(n, 3, 4);
    const b = arena.put(row);
    const full = arena.put(Float32Array.from({ length: rows * n }, (_, i) => row[i % n]!));
    const c = arena.put(new Float32Array(rows * n)), d = arena.put(new Float32Array(rows * n));
    const at = [a.byteOffset, n, 0, 1, b.byteOffset, 0, 0, 1, c.byteOffset, 1, n, 0, rows];
    kernels.binaryBroadcast!(code, ...at);
    kernels.binary!(code, a.byteOffset, full.byteOffset, d.byteOffset, 0, rows * n);
    assert.deepEqual(c, d);
  }
});

testBuilds("binaryI32: wraps, whole and in parts", (kernels) => {
  for (const op of Object.keys(reference.binaryI32)) {
    for (const n of SIZES) {
      arena.clear();
      const a = arena.put(integers(n, -(2 ** 31), 2 ** 31, 1), n % 4);
      const b = arena.put(integers(n, -(2 ** 31), 2 ** 31, 2), 1);
      const c = arena.put(new Int32Array(n));
      inParts(n, c, (from, to) => {
        const code = OPS.indexOf(op);
        kernels.binaryI32!(code, a.byteOffset, b.byteOffset, c.byteOffset, from, to);
      });
      assert.deepEqual([...c], Array.from(a, (v, i) => reference.binaryI32[op]!(v, b[i]!)));
      arena.check();
    }
  }
});
