/**
 * Matrix products.
 *
 * @module
 */
import type { Products } from "../device/kernels.ts";
import { numbers, store, tabulate } from "./memory.ts";

/** Matrix products. */
export const products: Products = {
  gemm(a, b, c, bias, accumulate) {
    const [x, y, z] = [numbers(a), numbers(b), numbers(c)];
    const [k, n] = b.shape as [number, number];
    const [ar, ac] = a.strides as [number, number];
    const [br, bc] = b.strides as [number, number];
    const shift = bias === null ? null : numbers(bias);
    tabulate(c, (at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = (accumulate ? z[at]! : 0) + (shift?.[j] ?? 0);
      for (let p = 0; p < k; p++) sum += x[i * ar + p * ac]! * y[p * br + j * bc]!;
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
