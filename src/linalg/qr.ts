/**
 * The QR decomposition.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { GradientError } from "../core/errors.ts";
import { atMost, check, oneOf } from "../core/options.ts";
import { add, sub } from "../ops/binary.ts";
import { triu } from "../ops/diagonal.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { cat } from "../ops/join.ts";
import { matmul } from "../ops/matmul.ts";
import { narrow } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { unit } from "./elimination.ts";
import { eachMatrix, matricesOf, type Matrix, turned, withoutElements } from "./matrices.ts";
import { solveTriangular } from "./solve.ts";

/** What {@link qr} gives. */
export interface QAndR {
  /** Orthonormal columns: [..., m, k], or [..., m, m]; without elements in mode `"r"`. */
  Q: Tensor;
  /** Upper triangular, [..., k, n], or [..., m, n]. */
  R: Tensor;
}

/** Householder's reflections: r [m, n] ← R of it; q [m, m], if it is given, ← Q. */
function reflected(r: Matrix, q: Matrix | null, m: number, n: number): void {
  const v = new Float64Array(m);
  for (let k = 0; k < Math.min(m - 1, n); k++) {
    let below = 0;
    for (let i = k + 1; i < m; i++) below = Math.hypot(below, r[i * n + k]!);
    if (below === 0) continue;
    const head = r[k * n + k]!;
    const end = head < 0 ? Math.hypot(head, below) : -Math.hypot(head, below); // no digits cancel
    v[k] = head - end;
    for (let i = k + 1; i < m; i++) v[i] = r[i * n + k]!;
    const scale = 2 / v.subarray(k).reduce((s, x) => s + x * x, 0);
    const turn = (a: Matrix, columns: number) => {
      for (let j = 0; j < columns; j++) {
        let dot = 0;
        for (let i = k; i < m; i++) dot += v[i]! * a[i * columns + j]!;
        for (let i = k; i < m; i++) a[i * columns + j]! -= scale * dot * v[i]!;
      }
    };
    turn(r, n);
    for (let i = k + 1; i < m; i++) r[i * n + k] = 0;
    if (q !== null) turn(q, m); // Qᵀ, until it is turned round
  }
}

/** Q and R of each matrix, with so many columns of Q. */
function factors(x: Tensor, columns: number): QAndR {
  const [m, n] = x.shape.slice(-2) as [number, number];
  const [q, r] = eachMatrix("qr", [x], [[m, columns], [columns, n]], ([a], [q, r]) => {
    const turned = unit(m);
    reflected(a!, turned, m, n);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < columns; j++) q![i * columns + j] = turned[j * m + i]!;
    }
    r!.set(a!.subarray(0, columns * n));
  });
  // of A = Q·R with no fewer rows than columns
  const gradient = (given: Tensor, ofQ: boolean): Tensor => {
    if (columns > n) {
      throw new GradientError(
        `backward: the gradient of qr in mode "complete" needs square matrices: one is [${m}, ${n}]`,
      );
    }
    const M = ofQ ? matmul(turned(Q), given) : matmul(given, turned(R));
    const upper = triu(M);
    const both = add(upper, turned(triu(M, 1))); // symmetric
    const part = matmul(Q, both);
    const whole = ofQ ? sub(given, part) : part;
    return solveTriangular(turned(R), whole, { upper: false, left: false });
  };
  const how = { saved: [q!, r!], differentiable: true };
  const Q: Tensor = record("qr", q!, [[x, (dQ) => gradient(dQ, true)]], how);
  const R: Tensor = record("qr", r!, [[x, (dR) => gradient(dR, false)]], how);
  return { Q, R };
}

/**
 * Q·R = x, [..., m, n], with orthonormal columns in Q and R upper triangular: k = min(m, n) columns in
 * mode `"reduced"`, m in mode `"complete"`; `"r"` gives R alone.
 */
export function qr(x: Tensor, mode: "reduced" | "complete" | "r" = "reduced"): QAndR {
  atMost(2, arguments.length, "qr(x, mode)");
  return inNameOf("qr", () => {
    x = matricesOf("qr", x);
    check("qr", "the mode", mode, oneOf("reduced", "complete", "r"));
    const [m, n] = x.shape.slice(-2) as [number, number];
    if (m < n) { // the first columns make Q
      const { Q, R } = factors(narrow(x, -1, 0, m), m);
      const rest = matmul(turned(Q), narrow(x, -1, m, n - m));
      return settled(Q, cat([R, rest], -1), mode);
    }
    const { Q, R } = factors(x, mode === "complete" ? m : n);
    return settled(Q, R, mode);
  });
}

function settled(Q: Tensor, R: Tensor, mode: string): QAndR {
  if (mode !== "r") return { Q, R };
  return { Q: withoutElements("qr", Q), R };
}
