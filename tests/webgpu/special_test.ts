/** Functions of `special` on the GPU over the whole range of their arguments, beside float64's. */
import assert from "node:assert/strict";
import { besselI, besselJ, besselY, scaledI } from "../../src/core/bessel.ts";
import { hurwitzZeta } from "../../src/core/hurwitz_zeta.ts";
import { lowerGamma, upperGamma } from "../../src/core/incomplete_gamma.ts";
import { erfcx, ndtri } from "../../src/core/special_functions.ts";
import { special, type Tensor, tensor } from "../../mod.ts";
import { unit } from "../prng.ts";
import { gpuTest } from "./running.ts";

/** Positive numbers from 2⁻ᵇᵉˡᵒʷ to 2ᵃᵇᵒᵛᵉ, each power of two as often as another. */
function sizes(n: number, below: number, above: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: n }, (_, i) => 2 ** (unit(1, i) * (above + below) - below));
}

const both = (x: Float32Array<ArrayBuffer>) => Float32Array.from(x, (x, i) => i % 2 === 0 ? x : -x);
const N = 2000;
const wide = sizes(N, 10, 12), shares = sizes(N, 60, 0);

/** Of one element: the op, the function in float64, where, and what its values are measured by. */
type Row = [
  op: (x: Tensor) => Tensor,
  f: (x: number) => number,
  at: Float32Array<ArrayBuffer>,
  scale?: (x: number) => number,
];

/** How far the waves of Bessel's functions swing. */
const swing = (x: number) => Math.min(1, 1 / Math.sqrt(Math.abs(x)));

const OF_ONE: Readonly<Record<string, Row>> = {
  besselJ0: [special.besselJ0, (x) => besselJ(0, x), both(wide), swing],
  besselJ1: [special.besselJ1, (x) => besselJ(1, x), both(wide), swing],
  besselY0: [special.besselY0, (x) => besselY(0, x), wide, swing],
  besselY1: [special.besselY1, (x) => besselY(1, x), wide, swing],
  i0: [special.i0, (x) => besselI(0, x), both(sizes(N, 10, 6.3))],
  i1: [special.i1, (x) => besselI(1, x), both(sizes(N, 10, 6.3))],
  i0e: [special.i0e, (x) => scaledI(0, x), both(wide)],
  i1e: [special.i1e, (x) => scaledI(1, x), both(wide)],
  erfcx: [special.erfcx, erfcx, Float32Array.from(wide, (x, i) => i % 2 === 0 ? x : -x % 9)],
  "ndtri of the left": [special.ndtri, ndtri, shares, () => 1],
  "ndtri of the right": [special.ndtri, ndtri, shares.map((p) => 1 - p), () => 1],
};

/** Fails unless values are those of float64 within 3e-6 of their size, or of what they are measured by. */
async function assertRight(
  name: string,
  y: Tensor,
  expected: readonly number[],
  scales: readonly number[],
): Promise<void> {
  const found = await y.data();
  expected.forEach((value, i) => {
    const allowed = 3e-6 * Math.max(Math.abs(value), scales[i]!);
    if (Object.is(found[i], Math.fround(value))) return;
    assert.ok(
      Math.abs(Number(found[i]) - value) <= allowed,
      `${name} [${i}]: ${found[i]}, ${value}`,
    );
  });
}

gpuTest("special functions of one element are right over the whole range", async () => {
  for (const [name, [op, f, at, scale = () => 0]] of Object.entries(OF_ONE)) {
    const y = op(tensor(at, { device: "webgpu" }));
    await assertRight(name, y, Array.from(at, f), Array.from(at, scale));
  }
});

gpuTest("incomplete gamma functions and zeta are right over the whole range", async () => {
  const shapes = sizes(N, 6, 16);
  // around the mean, where neither part is 0
  const at = shapes.map((a, i) => Math.max(0, a + 4 * (unit(2, i) - 0.5) * Math.sqrt(a)));
  const [a, x] = [shapes, at].map((values) => tensor(values, { device: "webgpu" }));
  const of = (f: (a: number, x: number) => number) => Array.from(shapes, (a, i) => f(a, at[i]!));
  const scales = Array.from(shapes, (a) => 1 + a / 1000); // x itself has no more digits
  await assertRight("gammainc", special.gammainc(a!, x!), of(lowerGamma), scales);
  await assertRight("gammaincc", special.gammaincc(a!, x!), of(upperGamma), scales);
  const s = sizes(N, 6, 4).map((s) => 1 + s), q = sizes(N, 3, 8).toReversed();
  const z = special.zeta(tensor(s, { device: "webgpu" }), tensor(q, { device: "webgpu" }));
  await assertRight(
    "zeta",
    z,
    Array.from(s, (s, i) => hurwitzZeta(s, q[i]!)),
    Array.from(s, () => 0),
  );
});
