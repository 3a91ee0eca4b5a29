/**
 * What a model makes of samples.
 *
 * @module
 */
import type { ImageShape } from "../data/mod.ts";
import { IMAGE_SHAPE, imagesShape } from "../data/transform.ts";
import { ShapeError, show } from "../core/errors.ts";
import type { Module } from "../nn/mod.ts";
import { MODULE } from "../nn/module.ts";
import { checkTensor } from "../ops/check.ts";
import { cat, shiftImages } from "../ops/mod.ts";
import { atMost, check, checkOptions, type Kinds, numberThat } from "../core/options.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { LOADER, overBatches } from "./evaluate.ts";
import type { AnyLoader } from "./streams.ts";

/** Options of {@link predict}. */
export interface PredictOptions {
  /**
   * Whether to show the model shifted copies of each image too, and take the mean of its answers: 1
   * adds the 4 that are one pixel off along a side, 2 all 8 around. Default: 0, the image alone.
   */
  shifts?: 0 | 1 | 2;
  /** Rows and columns of images that come as [b, pixels]: what shifts need to know. */
  imageShape?: ImageShape;
}

const OPTIONS: Kinds<PredictOptions> = {
  shifts: numberThat("0, 1 or 2", (value) => value in SHIFTS),
  imageShape: IMAGE_SHAPE,
};

/** Rows and columns that copies are shifted by. */
const SHIFTS: readonly (readonly (readonly [dy: number, dx: number])[])[] = [
  [[0, 0]],
  [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]],
  [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dy, dx] as const)),
];

/**
 * A classifier's probabilities, float32 [samples, classes], in the order of the loader: the softmax of
 * the model's scores [b, classes], in evaluation mode and without gradients. The tensor is the
 * caller's, outside every scope.
 *
 * RangeError where there is nothing to predict, or `shifts` is none of 0, 1 and 2; ShapeError where
 * the model does not give scores, or x are not images that can be shifted.
 *
 * @example
 * ```ts
 * import { data, nn, randn, train } from "@glim/glim";
 * const set = new data.TensorDataset(randn([10, 1, 8, 8]), randn([10]));
 * const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(64, 3));
 * const loader = new data.DataLoader(set, { batchSize: 4 });
 * const probabilities = await train.predict(model, loader, { shifts: 1 });
 * console.log(probabilities.shape); // [10, 3]
 * ```
 */
export async function predict(
  model: Module<[x: Tensor]>,
  loader: AnyLoader,
  options: PredictOptions = {},
): Promise<Tensor> {
  atMost(3, arguments.length, "predict(model, loader, options)");
  check("predict", "the model", model, MODULE);
  check("predict", "the loader", loader, LOADER);
  const { shifts = 0, imageShape } = checkOptions("predict", options, OPTIONS);
  const copies = SHIFTS[shifts]!;
  const parts: Tensor[] = [];
  try {
    await overBatches(model, loader, (x) => {
      const mean = copies
        .map(([dy, dx]) => probabilities(model, shifted(x, dy, dx, imageShape)))
        .reduce((sum, p) => sum.add(p))
        .div(copies.length);
      parts.push(mean.keep());
    });
    if (parts.length === 0) throw new RangeError("predict: the data set has no batch");
    return noGrad(() => cat(parts)).keep();
  } finally {
    for (const part of parts) part[Symbol.dispose]();
  }
}

function probabilities(model: Module<[x: Tensor]>, x: Tensor): Tensor {
  const scores = model.forward(x);
  checkTensor("predict", scores, "what the model gives");
  if (scores.ndim === 2) return scores.softmax(1);
  throw new ShapeError(
    `predict: the model must give scores [b, classes]: it gives ${show(scores.shape)}`,
  );
}

/** Images moved down by dy and right by dx; zeros come in. */
function shifted(x: Tensor, dy: number, dx: number, imageShape: ImageShape | undefined): Tensor {
  if (dy === 0 && dx === 0) return x;
  const images = x.reshape(imagesShape("predict", x, imageShape));
  return shiftImages(images, dy, dx).reshape(x.shape);
}
