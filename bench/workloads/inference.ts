/**
 * W5: what the trained networks would answer, their output read back: one image, and 256.
 *
 * @module
 */
import { functional, type nn, noGrad, steps, type TypedArray } from "@glim/glim";
import type { Case } from "../case.ts";
import { checkNear, sampleIndices } from "../check.ts";
import { normalizedTest } from "../mnist.ts";
import { Cnn, CNN_PRODUCTS, gflopOf, mlp, mlpProducts } from "../network.ts";
import { referenceCnn } from "../reference_cnn.ts";
import { ReferenceMlp } from "../reference_mlp.ts";
import { initialLayers } from "../seeds.ts";
import { INFERENCE_BATCH, MLP } from "../spec.ts";

/** A network that is asked. */
interface Asked {
  /** What the peers call it. */
  net: string;
  /** Takes images [n, 784]. */
  model: nn.Module;
  /** The multiplications of its layers. */
  products: readonly number[];
  /** Log-probabilities [10] of one image [784]. */
  reference: (image: Float32Array) => Float64Array;
}

/** W5. */
export function* inference(): Generator<Case> {
  const reference = new ReferenceMlp(initialLayers(MLP));
  yield* askedCases({
    net: "mlp",
    model: mlp(MLP),
    products: mlpProducts(MLP),
    reference: (image) => reference.predict(image),
  });
  yield* askedCases({
    net: "cnn",
    model: new Cnn(0),
    products: CNN_PRODUCTS,
    reference: referenceCnn,
  });
}

function* askedCases({ net, model, products, reference }: Asked): Generator<Case> {
  using _model = model.eval();
  for (const batch of [1, INFERENCE_BATCH]) {
    using x = normalizedTest(batch);
    const answer = (): TypedArray => functional.logSoftmax(model.forward(x), 1).toTypedArray();
    yield {
      workload: "W5",
      params: { net, batch },
      title: `${net === "mlp" ? "784-128-128-10" : "PyTorch's MNIST example"}, ` +
        (batch === 1 ? "one image, µs" : `batches of ${batch}, samples/s`),
      unit: batch === 1 ? "us" : "samples/s",
      work: batch,
      limit: ["fma", gflopOf(products, false) * batch],
      notes: "output copied out",
      check: () => {
        const actual = noGrad(answer);
        const images = x.toTypedArray() as Float32Array;
        for (const i of sampleIndices(batch, 4)) {
          reference(images.subarray(i * 784, (i + 1) * 784)).forEach((expected, label) => {
            const what = `log-probability of ${label} for image ${i}`;
            checkNear(what, actual[i * 10 + label]!, expected, 1e-5);
          });
        }
      },
      run: (k) =>
        noGrad(() => {
          for (const _i of steps(k)) answer();
        }),
    };
  }
}
