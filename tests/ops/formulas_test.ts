/**
 * Functions that are formulas for the kernel of steps give the values of their rows: on numbers of all
 * sizes, at lengths that leave some over, in each build, and in place.
 */
import assert from "node:assert/strict";
import { getKernelBuild, noGrad, scope, setKernelBuild, type Tensor, tensor } from "../../mod.ts";
import { alloc, type Buffer, kernelsOf } from "../../src/device/buffer.ts";
import { look } from "../../src/device/transfer.ts";
import "../../src/ops/mod.ts"; // defines the rows
import { type BinaryRow, binaryRows, type CompareRow } from "../../src/ops/binary_op.ts";
import { activationRows } from "../../src/ops/activation_op.ts";
import { unaryRows } from "../../src/ops/unary_op.ts";
import { GRADIENTS, OF_ONE, OF_TWO } from "../../src/wasm/formulas.ts";
import { numbers, ulps } from "../kernels/harness.ts";

const EDGES = [
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  1,
  -1,
  88,
  -88,
  89.3,
  -89.3,
  1e-30,
  -1e-30,
  1e38,
  20.5,
];

/** Numbers up to a scale, edges among them. */
function inputs(n: number, scale: number, seed: number): Float32Array<ArrayBuffer> {
  const x = Float32Array.from(numbers(n, scale, seed));
  EDGES.forEach((v, i) => x[i * 7 + seed % 7] = v);
  return x;
}

/** Fails unless results are right to so many ulp, or to a millionth of what they are made of. */
function check(what: string, got: ArrayLike<number>, expected: (i: number) => number): void {
  for (let i = 0; i < got.length; i++) {
    const e = Math.fround(expected(i));
    const isNear = Object.is(got[i], e) || ulps(got[i]!, e) <= 6 || Math.abs(got[i]! - e) <= 4e-7;
    assert.ok(isNear, `${what}: [${i}] is ${got[i]}, not ${e}`);
  }
}

for (const build of ["fast", "strict", "wide"] as const) {
  Deno.test(`formulas give the values and gradients of their rows (${build} build)`, () => {
    const before = getKernelBuild();
    setKernelBuild(build);
    try {
      scope(() => noGrad(compare));
    } finally {
      setKernelBuild(before);
    }
  });
}

/** What a kernel writes to memory that holds dy, which it may read, too. */
function made(dy: Tensor, run: (y: Buffer) => void): Float32Array {
  const y = alloc(dy, dy.shape);
  kernelsOf(y).copy(dy, y);
  run(y);
  return look("test", y) as Float32Array;
}

function isFormula(row: BinaryRow | CompareRow): row is BinaryRow {
  return row.name in OF_TWO;
}

function compare(): void {
  for (const n of [1051, 2063]) {
    const xs = inputs(n, 3, 1), ys = inputs(n, 3, 2), dys = numbers(n, 1, 3);
    const [x, y, dy] = [xs, ys, dys].map((v) => tensor(v)) as [Tensor, Tensor, Tensor];
    const k = kernelsOf(x);
    for (const row of unaryRows) {
      const { kernel, f, grad } = row;
      if (kernel in OF_ONE) check(kernel, made(x, (y) => k.unary(row, y, y)), (i) => f(xs[i]!));
      if (!(kernel in GRADIENTS)) continue;
      const dx = made(dy, (d) => k.unaryGrad(row, x, d, d));
      check(`${kernel}'`, dx, (i) => grad(xs[i]!, dys[i]!));
    }
    for (const row of activationRows.filter(({ name }) => name in OF_ONE)) {
      const { name, f, grad } = row, a = 1.5, b = 0.75;
      check(name, made(x, (y) => k.activation(row, y, y, a, b)), (i) => f(xs[i]!, a, b));
      const dx = made(dy, (d) => k.activationGrad(row, x, d, d, a, b));
      check(`${name}'`, dx, (i) => grad(xs[i]!, dys[i]!, a, b));
    }
    for (const row of binaryRows.filter(isFormula)) {
      const { name, f } = row;
      const both = made(x, (c) => k.binary(row, c, y, c));
      check(name, both, (i) => f(xs[i]!, ys[i]!));
      check(`${name} 1.5`, made(x, (c) => k.binary(row, c, 1.5, c)), (i) => f(xs[i]!, 1.5));
      check(`1.5 ${name}`, made(x, (c) => k.binary(row, 1.5, c, c)), (i) => f(1.5, xs[i]!));
    }
  }
}
