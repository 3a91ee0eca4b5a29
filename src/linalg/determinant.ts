/**
 * Determinants.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { atMost } from "../core/options.ts";
import { add, mul } from "../ops/binary.ts";
import { lt } from "../ops/compare.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { unsqueeze } from "../ops/view.ts";
import { where } from "../ops/where.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { factored, solved, unit } from "./elimination.ts";
import { eachMatrix, type Matrix, squaresOf, turned } from "./matrices.ts";
import { decomposed } from "./rotations.ts";
import { inv } from "./solve.ts";

/** The determinant of an n × n matrix. */
function determinantOf(a: Matrix, n: number): number {
  const { lu, sign } = factored(a, n);
  let product = sign;
  for (let i = 0; i < n; i++) product *= lu[i * (n + 1)]!;
  return product;
}

/** The determinants of square matrices: [..., n, n] → [...]. */
export function det(x: Tensor): Tensor {
  atMost(1, arguments.length, "det(x)");
  x = squaresOf("det", x);
  const n = x.shape.at(-1)!;
  const [out] = eachMatrix("det", [x], [[]], ([a], [d]) => {
    d![0] = determinantOf(a!, n);
  });
  const y: Tensor = record("det", out!, [[x, (dy) => {
    const each = (t: Tensor) => unsqueeze(unsqueeze(t, -1), -1);
    // what is computed by the inverse has a gradient itself
    if (isRecording()) {
      return mul(each(mul(dy, y)), turned(inNameOf("det", () => inv(x))));
    }
    const [cofactors] = eachMatrix("det", [x], [[n, n]], ([a], [c]) => cofactorsOf(a!, c!, n));
    return mul(each(dy), record("det", cofactors!, []));
  }]], { saved: [x, out!], differentiable: true });
  return y;
}

/** What the determinant's gradient is, also where that is 0: det(A)·A⁻ᵀ, of singular values else. */
function cofactorsOf(a: Matrix, c: Matrix, n: number): void {
  const factors = factored(a, n);
  if (factors.singular < 0) {
    const inverse = new Float64Array(n * n);
    solved(factors, unit(n), inverse, n, n);
    const d = determinantOf(a, n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) c[i * n + j] = d * inverse[j * n + i]!;
    return;
  }
  const { u, s, v } = decomposed(a, n, n);
  const sign = determinantOf(u, n) * determinantOf(v, n);
  for (let k = 0; k < n; k++) {
    let rest = sign;
    for (let i = 0; i < n; i++) if (i !== k) rest *= s[i]!;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) c[i * n + j]! += rest * u[i * n + k]! * v[j * n + k]!;
    }
  }
}

/** A⁻ᵀ, the gradient of log |det A|; of a singular matrix infinite, or NaN where it has no sign. */
function slopesOf(a: Matrix, g: Matrix, n: number): void {
  cofactorsOf(a, g, n);
  const d = determinantOf(a, n);
  for (let i = 0; i < g.length; i++) g[i]! /= d;
}

/** A determinant by its sign and its logarithm. */
export interface SignAndLog {
  /** 1, −1, or 0 where the determinant is 0. */
  sign: Tensor;
  /** The logarithm of the absolute value; −∞ of 0. */
  logabsdet: Tensor;
}

/** Determinants that float32 may not hold: [..., n, n] → two of [...]. */
export function slogdet(x: Tensor): SignAndLog {
  atMost(1, arguments.length, "slogdet(x)");
  x = squaresOf("slogdet", x);
  const n = x.shape.at(-1)!;
  const [sign, log] = eachMatrix("slogdet", [x], [[], []], ([a], [s, l]) => {
    const { lu, sign, singular } = factored(a!, n);
    s![0] = singular < 0 ? sign : 0;
    for (let i = 0; i < n; i++) {
      s![0]! *= Math.sign(lu[i * (n + 1)]!);
      l![0]! += Math.log(Math.abs(lu[i * (n + 1)]!));
    }
  });
  return {
    sign: record("slogdet", sign!, []),
    logabsdet: record("slogdet", log!, [[x, (dy) => {
      const each = unsqueeze(unsqueeze(dy, -1), -1);
      if (isRecording()) return mul(each, turned(inNameOf("slogdet", () => inv(x))));
      const [slopes] = eachMatrix("slogdet", [x], [[n, n]], ([a], [g]) => slopesOf(a!, g!, n));
      return mul(each, record("slogdet", slopes!, []));
    }]], { saved: [x], differentiable: true }),
  };
}

/** The logarithm of determinants; NaN where one is below 0. */
export function logdet(x: Tensor): Tensor {
  atMost(1, arguments.length, "logdet(x)");
  return inNameOf("logdet", () => {
    const { sign, logabsdet } = slogdet(x);
    return add(logabsdet, where(lt(sign, 0), NaN, 0));
  });
}
