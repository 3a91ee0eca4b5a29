import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, assertClose, inParts, numbers, SIZES, SPECIAL, testBuilds } from "./harness.ts";

const OPS = Object.keys(reference.unary);

/**
 * Largest error in ulp. To the left GELU is an exponential, whose argument's rounding counts: the
 * more, the smaller the result.
 */
const ULP: Record<string, number> = {
  exp: 1,
  log: 1,
  gelu: 20,
  geluTanh: 32,
  silu: 3,
  erf: 8, // a quotient of polynomials
  erfc: 8,
  tan: 3, // a quotient of two polynomials
  // rounded once
  ...Object.fromEntries(
    ["neg", "abs", "sqrt", "relu", "reciprocal", "square", "sign"].map((op) => [op, 0.5]),
  ),
};
const OTHERS = 2.5;

/** Those whose gradient is a sum that cancels: its error is measured by dy. */
const SUMS = new Set(["gelu", "geluTanh", "silu"]);

/** n numbers of many sizes, with the special ones among them. */
function inputs(n: number, seed: number): Float32Array {
  const x = numbers(n, 5, seed);
  SPECIAL.forEach((v, i) => i * 7 < n && (x[i * 7] = v));
  return x;
}

testBuilds("unary: every op at every length and alignment, whole and in parts", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    for (const n of SIZES) {
      arena.clear();
      const x = arena.put(inputs(n, 1), n % 4), y = arena.put(new Float32Array(n), 3 - n % 4);
      inParts(n, y, (b, e) => kernels.unary!(code, x.byteOffset, y.byteOffset, b, e));
      assertClose(y, Array.from(x, reference.unary[op]!), ULP[op] ?? OTHERS, `${op} of ${n}`);
      arena.check();
    }
  }
});

testBuilds("unary: one rare number among many changes no other, nor in place", (kernels) => {
  const n = 1100;
  for (const [code, op] of OPS.entries()) {
    if (!/^(exp|log|sin|cos|tan)/.test(op)) continue;
    for (const rare of [NaN, Infinity, -Infinity, -1, 1e-42, 9000, -95]) {
      arena.clear();
      const x = arena.put(numbers(n, 2, 4).map((v) => Math.abs(v) + 0.1), 1);
      x[700] = rare;
      const y = arena.put(new Float32Array(n), 3), alone = arena.put(new Float32Array(n));
      for (let i = 0; i < n; i++) kernels.unary!(code, x.byteOffset, alone.byteOffset, i, i + 1);
      kernels.unary!(code, x.byteOffset, y.byteOffset, 0, n);
      assert.deepEqual(y, alone, `${op} with ${rare}`);
      kernels.unary!(code, x.byteOffset, x.byteOffset, 0, n);
      assert.deepEqual(x, alone, `${op} with ${rare}, in place`);
      arena.check();
    }
  }
});

testBuilds("unary: writes over its input", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    const before = inputs(1003, 2);
    const x = arena.put(before, 1);
    kernels.unary!(code, x.byteOffset, x.byteOffset, 0, x.length);
    assertClose(x, Array.from(before, reference.unary[op]!), ULP[op] ?? OTHERS, op);
  }
});

testBuilds("unary: an element has the same bits at every place in a range", (kernels) => {
  for (const code of OPS.keys()) {
    const value = 1.2345678;
    const x = arena.put(new Float32Array(23).fill(value)), y = arena.put(new Float32Array(23));
    kernels.unary!(code, x.byteOffset, y.byteOffset, 0, 23);
    assert.equal(new Set(y).size, 1, OPS[code]!);
  }
});

testBuilds("unaryGrad: every op at every length, whole and in parts", (kernels) => {
  for (const op of Object.keys(reference.unaryGrad)) {
    const code = OPS.indexOf(op);
    for (const n of SIZES) {
      arena.clear();
      const saved = arena.put(inputs(n, 3), n % 3), dy = arena.put(numbers(n, 2, 4), 1);
      const dx = arena.put(new Float32Array(n), n % 2);
      inParts(n, dx, (b, e) => {
        kernels.unaryGrad!(code, saved.byteOffset, dy.byteOffset, dx.byteOffset, b, e);
      });
      const f = reference.unaryGrad[op]!;
      // 1 - y² and 1 - y cancel near 1: a rounding of dy there is no error of the result.
      const expected = Array.from(saved, (v, i) => f(v, dy[i]!));
      for (let i = 0; i < n; i++) {
        const scale = Math.max(
          Math.abs(expected[i]!),
          Math.abs(dy[i]!) * (SUMS.has(op) ? 2 : Math.min(saved[i]! ** 2, 1)),
        );
        assertClose([dx[i]!], [expected[i]!], 2, `${op}'(${saved[i]})`, scale * 2e-7);
      }
      arena.check();
    }
  }
});

testBuilds("unaryGrad: PyTorch's values at the kinks", (kernels) => {
  const cases: [op: string, saved: number, expected: number][] = [
    ["relu", 0, 0],
    ["relu", NaN, 1],
    ["relu", 2, 1],
    ["abs", 0, 0],
    ["abs", -3, -1],
    ["sqrt", 0, Infinity],
    ["sign", 5, 0],
  ];
  for (const [op, value, expected] of cases) {
    const saved = arena.put(Float32Array.of(value)), dy = arena.put(Float32Array.of(1));
    kernels.unaryGrad!(OPS.indexOf(op), saved.byteOffset, dy.byteOffset, dy.byteOffset, 0, 1);
    assert.equal(dy[0], expected, `${op}' at ${value}`);
  }
});

testBuilds("clamp and its gradient: NaN stays, the bounds let the gradient through", (kernels) => {
  for (const [low, high] of [[-1, 2], [-Infinity, 0.5], [0, Infinity], [2, 1]] as const) {
    for (const n of SIZES) {
      arena.clear();
      const x = arena.put(inputs(n, 5), 2), dy = arena.put(numbers(n, 1, 6), 1);
      const y = arena.put(new Float32Array(n), 3), dx = arena.put(new Float32Array(n));
      inParts(n, y, (b, e) => kernels.clamp!(x.byteOffset, y.byteOffset, low, high, b, e));
      inParts(n, dx, (b, e) => {
        kernels.clampGrad!(x.byteOffset, dy.byteOffset, dx.byteOffset, low, high, b, e);
      });
      assertClose(y, Array.from(x, (v) => reference.clamp(v, low, high)), 0, "clamp");
      const expected = Array.from(x, (v, i) => reference.clampGrad(v, dy[i]!, low, high));
      assertClose(dx, expected, 0, "clampGrad");
      arena.check();
    }
  }
});

/** Settings, float32, of which the second is the larger; their bounds are met. */
const SETTINGS = [[0.5, 2], [1, 20]] as const;

testBuilds("activation: itself and its gradient at every length, whole and in parts", (kernels) => {
  for (const [code, { name, f, grad }] of reference.activations.entries()) {
    for (const n of SIZES) {
      for (const [a, b] of SETTINGS) {
        arena.clear();
        const x = arena.put(inputs(n, 9), n % 4), dy = arena.put(numbers(n, 2, 10), 1);
        [a, -a, b, 3, -3].forEach((v, i) => i * 7 + 2 < n && (x[i * 7 + 2] = v));
        const y = arena.put(new Float32Array(n), 2);
        inParts(n, y, (begin, end) => {
          kernels.activation!(code, x.byteOffset, y.byteOffset, a, b, begin, end);
        });
        assertClose(y, Array.from(x, (v) => f(v, a, b)), 2.5, name, 2e-7);
        inParts(n, y, (begin, end) => {
          const at = [x.byteOffset, dy.byteOffset, y.byteOffset];
          kernels.activationGrad!(code, ...at, a, b, begin, end);
        });
        assertClose(y, Array.from(x, (v, i) => grad(v, dy[i]!, a, b)), 3, `${name}'`, 4e-7);
        arena.check();
      }
    }
  }
});

testBuilds("activation: writes over its input", (kernels) => {
  for (const [code, { name, f }] of reference.activations.entries()) {
    const before = inputs(1003, 11);
    const x = arena.put(before, 1);
    kernels.activation!(code, x.byteOffset, x.byteOffset, 0.5, 2, 0, x.length);
    assertClose(x, Array.from(before, (v) => f(v, 0.5, 2)), 2.5, name, 2e-7);
  }
});

testBuilds("leakyRelu: itself and its gradient at every length, whole and in parts", (kernels) => {
  for (const n of SIZES) {
    arena.clear();
    const x = arena.put(inputs(n, 7), n % 4), dy = arena.put(numbers(n, 2, 8), 1);
    const y = arena.put(new Float32Array(n), 2);
    const slope = Math.fround(0.01);
    inParts(n, y, (b, e) => {
      kernels.leakyRelu!(x.byteOffset, x.byteOffset, y.byteOffset, slope, b, e);
    });
    assertClose(y, Array.from(x, (v) => v > 0 ? v : v * slope), 0.5, "leakyRelu");
    inParts(n, y, (b, e) => {
      kernels.leakyRelu!(x.byteOffset, dy.byteOffset, y.byteOffset, slope, b, e);
    });
    assertClose(y, Array.from(dy, (v, i) => x[i]! > 0 ? v : v * slope), 0.5, "its gradient");
    arena.check();
  }
});
