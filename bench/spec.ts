/**
 * Sizes, rates and seeds of the workloads: those of the peers' benchmarks, so that figures can
 * stand side by side.
 *
 * @module
 */

/** Sides of the square products. */
export const SQUARES: readonly number[] = [64, 128, 256, 512, 1024];

/** Layers of the network: inputs, hidden, hidden, classes. */
export const MLP: readonly number[] = [784, 128, 128, 10];

/** Layers of the report's network. */
export const REPORT_MLP: readonly number[] = [784, 100, 100, 10];

/** Batch sizes of training, and the learning rate of each. */
export const TRAINING: readonly (readonly [batch: number, lr: number])[] = [
  [1, 0.001],
  [16, 0.01],
  [64, 0.01],
  [256, 0.02],
  [1024, 0.05],
];

/** β. */
export const MOMENTUM = 0.9;

/** After 200 steps of 64 the last ten losses have this mean, whichever library trains. */
export const KNOWN_LOSS = { batch: 64, lr: 0.01, steps: 200, mean: 0.344, tolerance: 0.0005 };

/** Elements of the elementwise workloads. */
export const ELEMENTS = 1_000_000;

/** The large batch of inference. */
export const INFERENCE_BATCH = 256;
