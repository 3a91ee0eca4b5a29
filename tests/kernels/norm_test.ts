import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, assertClose, inParts, numbers, testBuilds } from "./harness.ts";

/** [outer, c, inner]: down columns where inner is 1, else along spans. */
const SIZES = [
  [2, 1, 1],
  [5, 3, 1],
  [40, 4, 1],
  [33, 21, 1],
  [100, 50, 1],
  [20, 1100, 1],
  [2, 3, 4],
  [3, 2, 17],
  [2, 5, 300],
] as const;

testBuilds("channelMoments: mean and variance, whole and in parts", (kernels) => {
  for (const [outer, c, inner] of SIZES) {
    for (const offset of [0, 1000]) {
      arena.clear();
      const n = outer * inner;
      const x = arena.put(numbers(outer * c * inner).map((v) => v + offset), 1);
      const mean = arena.put(new Float32Array(c), 2), variance = arena.put(new Float32Array(c), 3);
      const scratch = arena.put(new Float32Array(3 * 512));
      inParts(c, variance, (begin, end) => {
        const at = [x.byteOffset, mean.byteOffset, variance.byteOffset] as const;
        kernels.channelMoments!(...at, outer, c, inner, scratch.byteOffset, begin, end);
      });
      const exact = reference.sumChannels(outer, c, inner, (i) => x[i]! / n);
      // of a channel whose mean is a multiple of its deviation too: what one pass would lose
      const squares = reference.sumChannels(
        outer,
        c,
        inner,
        (i, j) => (x[i]! - exact[j]!) ** 2 / n,
      );
      assertClose(mean, exact, 4, `mean of ${[outer, c, inner]}`, 1e-6);
      assertClose(variance, squares, 32, `variance of ${[outer, c, inner]}`, 1e-7 * (1 + offset));
      arena.check();
    }
  }
});

testBuilds("channelSums: of the gradient and of its products, whole and in parts", (kernels) => {
  for (const [outer, c, inner] of SIZES) {
    arena.clear();
    const n = outer * c * inner;
    const x = arena.put(numbers(n), 1), dy = arena.put(numbers(n, 1, 2), 2);
    const mean = arena.put(numbers(c, 1, 3));
    const sum = arena.put(new Float32Array(c)), product = arena.put(new Float32Array(c), 1);
    const room = arena.put(new Float32Array(6 * 512)).byteOffset;
    const from = [x, dy, mean].map((a) => a.byteOffset);
    const to = [sum, product].map((a) => a.byteOffset);
    inParts(c, product, (begin, end) => {
      kernels.channelSums!(...from, 0, 0, ...to, outer, c, inner, room, begin, end);
    });
    const sums = reference.sumChannels(outer, c, inner, (i) => dy[i]!);
    const products = reference.sumChannels(outer, c, inner, (i, j) => dy[i]! * (x[i]! - mean[j]!));
    assertClose(sum, sums, 8, "sum", 1e-5);
    assertClose(product, products, 8, "product", 2e-5);
    arena.check();
  }
});

testBuilds("channelAffine and its gradient: every layout, whole and in parts", (kernels) => {
  for (const [outer, c, inner] of SIZES) {
    arena.clear();
    const n = outer * c * inner;
    const channel = (i: number) => Math.floor(i / inner) % c;
    const x = arena.put(numbers(n), 1), dy = arena.put(numbers(n, 1, 2), 2);
    const y = arena.put(new Float32Array(n), 3);
    const [mean, a, k, d] = [3, 4, 5, 6].map((seed) => arena.put(numbers(c, 1, seed), seed % 4));
    const at = [mean!, a!, d!].map((v) => v.byteOffset);
    inParts(outer, y, (begin, end) => {
      kernels.channelAffine!(x.byteOffset, y.byteOffset, ...at, -Infinity, c, inner, begin, end);
    });
    const rest = (i: number, f: Float32Array) => {
      const j = channel(i);
      return (x[i]! - mean![j]!) * f[j]! + d![j]!;
    };
    assertClose(y, Array.from(x, (_, i) => rest(i, a!)), 2, "y", 1e-6);
    const scaled = [x, dy, y, mean!, a!].map((v) => v.byteOffset);
    inParts(outer, y, (begin, end) => {
      const slope = [k!, d!].map((v) => v.byteOffset);
      kernels.channelAffineGrad!(...scaled, 0, ...slope, c, inner, begin, end);
    });
    const expected = Array.from(dy, (g, i) => g * a![channel(i)]! + rest(i, k!));
    assertClose(y, expected, 2, "dx", 1e-6);
    arena.check();
  }
});

testBuilds("channelScale and channelGradScale: the formulas, whole and in parts", (kernels) => {
  const c = 7;
  const inputs = [1, 2, 3, 4].map((seed) => arena.put(numbers(c, 1, seed).map(Math.abs)));
  const [variance, w, sum, product] = inputs as [Float32Array, ...Float32Array[]];
  const outputs = [0, 1, 2, 3, 4].map((shift) => arena.put(new Float32Array(c), shift % 4));
  const [inverse, scale, dw, k, d] = outputs as [Float32Array, ...Float32Array[]];
  inParts(c, scale!, (begin, end) => {
    const at = [variance, w!, inverse, scale!].map((v) => v.byteOffset);
    kernels.channelScale!(...at, 0.5, begin, end);
  });
  const roots = Array.from(variance, (v) => 1 / Math.sqrt(v + 0.5));
  assertClose(inverse, roots, 2, "inverse");
  assertClose(scale!, roots.map((v, j) => v * w![j]!), 2, "scale");
  inParts(c, k!, (begin, end) => {
    const at = [sum!, product!, inverse, scale!, dw!, k!, d!].map((v) => v.byteOffset);
    kernels.channelGradScale!(...at, 0.1, begin, end);
  });
  assertClose(dw!, Array.from(product!, (p, j) => p * inverse[j]!), 1, "dw");
  const expected = Array.from(product!, (p, j) => -0.1 * scale![j]! * inverse[j]! ** 2 * p);
  assertClose(k!, expected, 4, "k");
  assertClose(d!, Array.from(sum!, (s, j) => -0.1 * scale![j]! * s), 4, "d");
});

testBuilds("layerNorm: value and gradients along rows, whole and in parts", (kernels) => {
  const eps = 1e-3;
  for (const [rows, n] of [[3, 1], [4, 5], [2, 16], [50, 19], [5, 1003], [70, 144]] as const) {
    arena.clear();
    const x = arena.put(numbers(rows * n), 1), dy = arena.put(numbers(rows * n, 1, 2), 2);
    const w = arena.put(numbers(n, 2, 3), 3), b = arena.put(numbers(n, 2, 4));
    const y = arena.put(new Float32Array(rows * n), 1), dx = arena.put(new Float32Array(rows * n));
    const stats = arena.put(new Float32Array(rows * 2), 2);
    const dw = arena.put(new Float32Array(n), 1), db = arena.put(new Float32Array(n), 3);
    const room = arena.put(new Float32Array(6 * 512)).byteOffset;
    inParts(rows, y, (begin, end) => {
      const at = [x, w, b, y, stats].map((v) => v.byteOffset);
      kernels.layerNormRows!(...at, n, eps, begin, end);
    });
    const exact = reference.layerNorm(x, w, b, rows, n, eps);
    assertClose(y, exact.y, 8, `y of ${rows} rows of ${n}`, 4e-6);

    const z = Array.from(x, (v, i) => {
      const row = Math.floor(i / n);
      return (v - exact.mean[row]!) * exact.inverse[row]!;
    });
    const g = Array.from(dy, (v, i) => v * w[i % n]!);
    const meanOf = (f: (i: number) => number, row: number) => {
      let sum = 0;
      for (let i = row * n; i < row * n + n; i++) sum += f(i);
      return sum / n;
    };
    inParts(rows, dx, (begin, end) => {
      const at = [x, w, dy, stats, dx].map((v) => v.byteOffset);
      kernels.layerNormGradRows!(...at, n, begin, end);
    });
    const expected = z.map((v, i) => {
      const row = Math.floor(i / n);
      const flat = meanOf((i) => g[i]!, row) + v * meanOf((i) => g[i]! * z[i]!, row);
      return (g[i]! - flat) * exact.inverse[row]!;
    });
    assertClose(dx, expected, 8, `dx of ${rows} rows of ${n}`, n === 1 ? 1e-4 : 4e-6);
    inParts(n, dw, (begin, end) => {
      const at = [x, dy, stats, dw, db].map((v) => v.byteOffset);
      kernels.layerNormGradWeight!(...at, rows, n, room, begin, end);
    });
    assertClose(
      dw,
      reference.reduce("sum", z.map((v, i) => v * dy[i]!), 1, rows, n),
      8,
      "dw",
      1e-5,
    );
    assertClose(db, reference.reduce("sum", dy, 1, rows, n), 8, "db", 1e-5);
    arena.check();
  }
});

testBuilds("layerNorm: an element has the same bits whatever row it is in", (kernels) => {
  const row = numbers(13, 3, 1);
  const x = arena.put(new Float32Array(13 * 5)), stats = arena.put(new Float32Array(10));
  for (let i = 0; i < 5; i++) x.set(row, i * 13);
  const w = arena.put(numbers(13, 1, 2)), b = arena.put(numbers(13, 1, 3));
  const at = [x, w, b, x, stats].map((v) => v.byteOffset);
  kernels.layerNormRows!(...at, 13, 1e-5, 0, 5);
  for (let i = 1; i < 5; i++) assert.deepEqual(x.slice(i * 13, i * 13 + 13), x.slice(0, 13));
});
