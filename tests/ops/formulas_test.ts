/**
 * Functions that are formulas for the kernel of steps give the values of their rows: on numbers of all
 * sizes, at lengths that leave some over, in each build, and in place.
 */
import assert from "node:assert/strict";
import {
  functional as f,
  getKernelBuild,
  noGrad,
  scope,
  setKernelBuild,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { alloc, type Buffer, kernelsOf } from "../../src/device/buffer.ts";
import { activations } from "../../src/families/activations.ts";
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
  // digamma, which is lgamma's gradient, is a sum that cancels near its zeros
  const floor = what === "digamma" || what === "lgamma'" ? 2e-6 : 4e-7;
  for (let i = 0; i < got.length; i++) {
    const e = Math.fround(expected(i));
    const isNear = Object.is(got[i], e) || ulps(got[i]!, e) <= 8 || Math.abs(got[i]! - e) <= floor;
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

/** A copy that requires a gradient. */
function leaf(x: Tensor): Tensor {
  const copy = x.clone();
  copy.requiresGrad = true;
  return copy;
}

function isFormula(row: BinaryRow | CompareRow): row is BinaryRow {
  return row.name in OF_TWO;
}

function compare(): void {
  for (const n of [1051, 2063]) {
    const xs = inputs(n, 3, 1), ys = inputs(n, 3, 2), dys = numbers(n, 1, 3);
    const [x, y, dy] = [xs, ys, dys].map((v) => tensor(v)) as [Tensor, Tensor, Tensor];
    const k = kernelsOf(x), act = kernelsOf(x, activations);
    for (const row of unaryRows) {
      const { kernel, f, grad } = row;
      if (kernel in OF_ONE) check(kernel, made(x, (y) => k.unary(row, y, y)), (i) => f(xs[i]!));
      if (!(kernel in GRADIENTS)) continue;
      const dx = made(dy, (d) => k.unaryGrad(row, x, d, d));
      check(`${kernel}'`, dx, (i) => grad(xs[i]!, dys[i]!));
    }
    for (const row of activationRows.filter(({ name }) => name in OF_ONE)) {
      const { name, f, grad } = row, a = 1.5, b = 0.75;
      check(name, made(x, (y) => act.activation(row, y, y, a, b)), (i) => f(xs[i]!, a, b));
      const dx = made(dy, (d) => act.activationGrad(row, x, d, d, a, b));
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

Deno.test("lerp is its ends at the weights 0 and 1, however far apart they are", () => {
  scope(() => {
    const [a, b] = [tensor([1e8, 3.3e7, -1e30]), tensor([1.5, -7.25, 1])];
    for (const weight of [0, 1]) {
      const end = [a, b][weight]!.toArray();
      for (const w of [weight, tensor(weight, { dtype: "float32" })]) {
        assert.deepEqual(f.lerp(a, b, w).toArray(), end);
        assert.deepEqual(a.clone().lerp_(b, w).toArray(), end);
      }
    }
  });
});

Deno.test("what is combined in one walk is what its ops give, and their gradients are there", () => {
  scope(() => {
    const xs = inputs(1051, 3, 1), ys = inputs(1051, 3, 2), zs = numbers(1051, 3, 3);
    const [x, y, z] = [xs, ys, zs].map((v) => tensor(v)) as [Tensor, Tensor, Tensor];
    const whole = x.clamp({ min: -99, max: 99 }).mul(7).nanToNum().to("int32");
    const rows: [name: string, run: (x: Tensor) => Tensor, of: Tensor][] = [
      ["addcmul", (x) => f.addcmul(x, y, z), x],
      ["addcmul with a value", (x) => f.addcmul(x, y, z, 0.3), x],
      ["addcdiv", (x) => f.addcdiv(x, y, z), x],
      ["addcdiv with a value", (x) => f.addcdiv(x, y, z, 0.3), x],
      ["lerp", (x) => f.lerp(x, y, 0.3), x],
      ["lerp beyond the middle", (x) => f.lerp(x, y, 0.7), x],
      ["lerp by a tensor", (x) => f.lerp(x, y, z), x],
      ["nanToNum", (x) => f.nanToNum(x), x],
      ["glu", (x) => f.glu(x.narrow(0, 0, 1050), 0), x],
      ["x³", (x) => f.pow(x, 3), x],
      ["√x", (x) => f.pow(x, 0.5), x],
      ["−x", (x) => f.neg(x), whole],
      ["|x|", (x) => f.abs(x), whole],
      ["sign", (x) => f.sign(x), whole],
      ["not a bool", (x) => f.logicalNot(x), x.gt(0)],
      ["~ of a bool", (x) => f.bitwiseNot(x), x.gt(0)],
      ["~x", (x) => f.bitwiseNot(x), whole],
      ["x << 3", (x) => f.bitwiseLeftShift(x, 3), whole],
      ["x >> 3", (x) => f.bitwiseRightShift(x, 3), whole],
    ];
    for (const [name, run, of] of rows) {
      const got = run(of).toTypedArray();
      const apart = of.reshape([1, of.numel]).expand([2, of.numel]); // rows that are one: no walk
      const expected = of.dtype === "float32" ? run(leaf(of)) : run(apart).narrow(0, 0, 1);
      check(name, got as Float32Array, (i) => Number(expected.toTypedArray()[i]));
    }
  });
});

Deno.test("glu of long rows, and its gradient, are those of its parts", () => {
  for (const [shape, dim] of [[[3, 300], 1], [[2, 134, 3], 1], [[6, 70], 0]] as const) {
    const n = shape[dim]! / 2, count = shape.reduce<number>((a, b) => a * b, 1);
    const values = tensor(Array.from(numbers(count, 4, 5))).reshape([...shape]);
    const x = values.clone().requiresGrad_(), z = values.clone().requiresGrad_();
    const y = f.glu(x, dim);
    const parts = z.narrow(dim, 0, n).mul(z.narrow(dim, n, n).sigmoid());
    const dy = tensor(Array.from(numbers(count / 2, 1, 6))).reshape(y.shape);
    y.backward(dy);
    parts.backward(dy);
    assert.deepEqual(y.toArray(), parts.toArray());
    const [made, expected] = [x, z].map((x) => x.grad!.reshape([-1]).toArray() as number[]);
    made!.forEach((v, i) => {
      assert(Math.abs(v - expected![i]!) <= 1e-6, `${shape}: ${v}, ${expected![i]} at ${i}`);
    });
  }
});

Deno.test("distances of many rows by differences have the bits of those made at once", () => {
  const [a, b] = [tensor(numbers(40 * 70, 1, 7)), tensor(numbers(90 * 70, 1, 8))]
    .map((x, i) => x.reshape([i === 0 ? 40 : 90, 70])) as [Tensor, Tensor];
  for (const p of [1, 3, Infinity]) {
    const whole = f.cdist(a.clone().requiresGrad_(), b, p);
    assert.deepEqual(f.cdist(a, b, p).toArray(), whole.toArray(), `p = ${p}`);
  }
});
