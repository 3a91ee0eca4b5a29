/**
 * W1: n × n × n products. W2: the three products of the first layer at batch 64.
 *
 * @module
 */
import { matmul, randn, steps, type Tensor } from "@glim/glim";
import type { Case } from "../case.ts";
import { checkNear, sampleIndices } from "../check.ts";
import type { Params } from "../rows.ts";
import { SQUARES } from "../spec.ts";

/** W1. */
export function* squareProducts(): Generator<Case> {
  for (const n of SQUARES) {
    using a = randn([n, n]).keep();
    using b = randn([n, n]).keep();
    yield productCase("W1", { n }, `${n} × ${n} × ${n}`, a, b);
  }
}

/** W2: forward is x·wᵀ, dW is xᵀ·dy and dX is dy·w; what is transposed is a view. */
export function* layerProducts(): Generator<Case> {
  const [batch, inputs, outputs] = [64, 784, 128];
  using x = randn([batch, inputs]).keep();
  using w = randn([inputs, outputs]).keep();
  using dy = randn([batch, outputs]).keep();
  yield productCase("W2", { shape: "fwd xW" }, "x·w, [64, 784] and [784, 128]", x, w);
  yield productCase("W2", { shape: "dW xTg" }, "its gradient to w", x.t(), dy);
  yield productCase("W2", { shape: "dX gWT" }, "its gradient to x", dy, w.t());
}

function productCase(
  workload: string,
  params: Params,
  title: string,
  a: Tensor,
  b: Tensor,
): Case {
  const gflop = 2 * a.shape[0]! * a.shape[1]! * b.shape[1]! / 1e9;
  return {
    workload,
    params,
    title,
    unit: "GFLOPS",
    work: gflop,
    limit: ["fma", gflop],
    notes: "fresh output each time",
    check: () => checkProduct(a, b),
    run: (k) => {
      for (const _i of steps(k)) matmul(a, b);
    },
  };
}

/** Compares 256 entries, edges among them, with the float64 product. */
function checkProduct(a: Tensor, b: Tensor): void {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[1]!;
  const [x, y] = [a.toTypedArray(), b.toTypedArray()];
  using product = matmul(a, b).keep();
  const c = product.toTypedArray();
  for (const i of sampleIndices(m, 16)) {
    for (const j of sampleIndices(n, 16)) {
      let sum = 0;
      let size = 0;
      for (let l = 0; l < k; l++) {
        const term = x[i * k + l]! * y[l * n + j]!;
        sum += term;
        size += Math.abs(term);
      }
      // rounding errors walk at random: √k of them, each half an ulp
      checkNear(`product [${i}, ${j}]`, c[i * n + j]!, sum, 2 ** -24 * Math.sqrt(k) * size);
    }
  }
}
