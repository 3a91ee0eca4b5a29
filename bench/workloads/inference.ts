/**
 * W5: what the trained network would answer, its output read back: one image, and 256.
 *
 * @module
 */
import { functional, noGrad, steps, type TypedArray } from "../../mod.ts";
import type { Case } from "../case.ts";
import { checkNear, sampleIndices } from "../check.ts";
import { normalizedTest } from "../mnist.ts";
import { gflopOf, network } from "../network.ts";
import { ReferenceMlp } from "../reference_mlp.ts";
import { initialLayers } from "../seeds.ts";
import { INFERENCE_BATCH, MLP } from "../spec.ts";

/** W5. */
export function* inference(): Generator<Case> {
  using model = network(MLP).eval();
  for (const batch of [1, INFERENCE_BATCH]) {
    using x = normalizedTest(batch);
    const answer = (): TypedArray => functional.logSoftmax(model.forward(x), 1).toTypedArray();
    yield {
      workload: "W5",
      params: { net: "mlp", batch },
      unit: batch === 1 ? "us" : "samples/s",
      work: batch,
      limit: ["fma", gflopOf(MLP, false) * batch],
      notes: "output copied out",
      check: () => {
        const expected = new ReferenceMlp(initialLayers(MLP)).predict(
          x.toTypedArray() as Float32Array,
        );
        const actual = noGrad(answer);
        for (const i of sampleIndices(expected.length, 100)) {
          checkNear(`log-probability ${i}`, actual[i]!, expected[i]!, 1e-5);
        }
      },
      run: (k) =>
        noGrad(() => {
          for (const _i of steps(k)) answer();
        }),
    };
  }
}
