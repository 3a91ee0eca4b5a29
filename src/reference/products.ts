/**
 * Matrix products.
 *
 * @module
 */
import type { Products } from "../device/kernels.ts";
import { numbers, places, store, tabulate } from "./memory.ts";

/** Matrix products. */
export const products: Products = {
  gemm(a, b, c, bias, accumulate) {
    const [x, y, z] = [numbers(a), numbers(b), numbers(c)];
    const [m, n] = c.shape.slice(-2) as [number, number];
    const k = a.shape.at(-1)!;
    const batches = c.shape.slice(0, -2);
    const [aFirst, bFirst] = [a, b].map(({ strides }) => places(batches, strides));
    const [ar, ac] = a.strides.slice(-2) as [number, number];
    const [br, bc] = b.strides.slice(-2) as [number, number];
    const shift = bias === null ? null : numbers(bias);
    tabulate(c, (at) => {
      const [batch, i, j] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
      const [row, column] = [aFirst![batch]! + i * ar, bFirst![batch]! + j * bc];
      let sum = (accumulate ? z[at]! : 0) + (shift?.[j] ?? 0);
      for (let p = 0; p < k; p++) sum += x[row + p * ac]! * y[column + p * br]!;
      return sum;
    });
  },
  join(u, v, to) {
    const [x, y] = [numbers(u), numbers(v)];
    store(
      to,
      Float64Array.from({ length: to.numel }, (_, i) => i < u.numel ? x[i]! : y[i - u.numel]!),
    );
  },
  outer(u, v, y) {
    const [a, b, n] = [numbers(u), numbers(v), v.numel];
    tabulate(y, (i) => a[Math.floor(i / n)]! * b[i % n]!);
  },
};
