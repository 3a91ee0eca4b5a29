/**
 * Eigenvalues and eigenvectors of symmetric matrices.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { atMost, check, oneOf } from "../core/options.ts";
import { add, div, mul, sub } from "../ops/binary.ts";
import { diagEmbed } from "../ops/diagonal.ts";
import { filledLike } from "../ops/filled_like.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { matmul } from "../ops/matmul.ts";
import { unsqueeze } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkFinite, eachMatrix, squaresOf, turned } from "./matrices.ts";
import { eigen } from "./rotations.ts";

/** What {@link eigh} gives. */
export interface EigenvaluesAndVectors {
  /** In rising order, [..., n]. */
  eigenvalues: Tensor;
  /** Each a column, orthonormal, [..., n, n]; which of v and −v it is follows from no rule. */
  eigenvectors: Tensor;
}

/** Which triangle of a symmetric matrix is read. */
export type UPLO = "L" | "U";

/**
 * Eigenvalues and eigenvectors of symmetric matrices [..., n, n], of which one triangle is read. Where
 * eigenvalues are alike the gradient of eigenvectors is not finite.
 */
export function eigh(x: Tensor, uplo: UPLO = "L"): EigenvaluesAndVectors {
  atMost(2, arguments.length, "eigh(x, uplo)");
  x = squaresOf("eigh", x);
  check("eigh", "uplo", uplo, oneOf("L", "U"));
  const n = x.shape.at(-1)!;
  const [l, v] = eachMatrix("eigh", [x], [[n], [n, n]], ([a], [l, v], place) => {
    checkFinite("eigh", x, a!, place);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        if (uplo === "L") a![j * n + i] = a![i * n + j]!;
        else a![i * n + j] = a![j * n + i]!;
      }
    }
    const { values, vectors } = eigen(a!, n);
    l!.set(values);
    v!.set(vectors);
  });
  const back = (inner: Tensor) => matmul(matmul(V, inner), turned(V));
  const how = { saved: [l!, v!], differentiable: true };
  const L: Tensor = record("eigh", l!, [[x, (dL) => back(diagEmbed(dL))]], how);
  const V: Tensor = record("eigh", v!, [[x, (dV) => {
    const apart = add(sub(unsqueeze(L, -2), unsqueeze(L, -1)), diagEmbed(filledLike(L, 1)));
    const turns = div(matmul(turned(V), dV), apart);
    const dx = back(mul(turns, sub(1, diagEmbed(filledLike(L, 1)))));
    return mul(add(dx, turned(dx)), 0.5);
  }]], how);
  return { eigenvalues: L, eigenvectors: V };
}

/** The eigenvalues alone, in rising order. */
export function eigvalsh(x: Tensor, uplo: UPLO = "L"): Tensor {
  atMost(2, arguments.length, "eigvalsh(x, uplo)");
  return inNameOf("eigvalsh", () => eigh(x, uplo).eigenvalues);
}
