/** Matrix products. */
import { array, broadcastShape, count, type NDArray, need, positions, stepsOf } from "./array.ts";
import { add } from "./elementwise.ts";
import { expand, reshape, transpose } from "./views.ts";

/** a·b; a vector counts as a row on the left and a column on the right, batches broadcast. */
export function matmul(a: NDArray, b: NDArray): NDArray {
  need(a.shape.length > 0 && b.shape.length > 0, "scalars");
  need(a.dtype === "float32" && b.dtype === "float32", `${a.dtype} by ${b.dtype}`);
  if (a.shape.length === 1) {
    const row = matmul(reshape(a, [1, -1]), b);
    return reshape(row, row.shape.toSpliced(b.shape.length === 1 ? 0 : -2, 1));
  }
  if (b.shape.length === 1) {
    const column = matmul(a, reshape(b, [-1, 1]));
    return reshape(column, column.shape.slice(0, -1));
  }
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [rows, n] = b.shape.slice(-2) as [number, number];
  need(k === rows, `[${a.shape}] by [${b.shape}]`);
  const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const x = expand(a, [...lead, m, k]).data, y = expand(b, [...lead, k, n]).data;
  const out = new Float64Array(count(lead) * m * n);
  const starts = positions(lead, stepsOf(lead));
  for (const batch of starts) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < k; j++) {
        const factor = x[(batch * m + i) * k + j]!;
        const from = (batch * k + j) * n, to = (batch * m + i) * n;
        for (let l = 0; l < n; l++) out[to + l]! += factor * y[from + l]!;
      }
    }
  }
  return array([...lead, m, n], out);
}

/** x·wᵀ + b. */
export function linear(x: NDArray, w: NDArray, b?: NDArray | null): NDArray {
  need(w.shape.length === 2 && x.shape.length > 0, `[${x.shape}] by [${w.shape}]`);
  const rows = reshape(x, [count(x.shape.slice(0, -1)), x.shape.at(-1)!]);
  const product = matmul(rows, transpose(w, 0, 1));
  const y = reshape(product, [...x.shape.slice(0, -1), w.shape[0]!]);
  if (!b) return y;
  need(b.shape.length === 1 && b.shape[0] === w.shape[0], `a bias [${b.shape}]`);
  return add(y, b);
}
