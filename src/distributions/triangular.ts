/**
 * Triangular matrices, by ops, so that gradients come by themselves: a step a row.
 *
 * @module
 */
import { cat, matmul, pad } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The rows and columns of [..., n, n] swapped. */
export function turned(x: Tensor): Tensor {
  return x.transpose(-1, -2);
}

/** Lower triangular L of L·Lᵀ = a, [..., n, n]; NaN where a is not positive definite. */
export function cholesky(a: Tensor): Tensor {
  a = a.add(turned(a)).mul(0.5);
  const n = a.shape.at(-1)!;
  const columns: Tensor[] = [];
  for (let j = 0; j < n; j++) {
    let column = a.narrow(-1, j, 1).narrow(-2, j, n - j);
    if (j > 0) {
      const before = cat(columns, -1).narrow(-2, j, n - j);
      column = column.sub(matmul(before, turned(before.narrow(-2, 0, 1))));
    }
    columns.push(pad(column.div(column.narrow(-2, 0, 1).sqrt()), [0, 0, j, 0]));
  }
  return cat(columns, -1);
}

/** x of L·x = b: lower triangular L [..., n, n], b [..., n, m]. */
export function solveLower(L: Tensor, b: Tensor): Tensor {
  const rows: Tensor[] = [];
  for (let i = 0; i < L.shape.at(-1)!; i++) {
    const row = L.narrow(-2, i, 1);
    let x = b.narrow(-2, i, 1);
    if (i > 0) x = x.sub(matmul(row.narrow(-1, 0, i), cat(rows, -2)));
    rows.push(x.div(row.narrow(-1, i, 1)));
  }
  return cat(rows, -2);
}
