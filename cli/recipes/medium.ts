import { ConvNetwork } from "./conv_network.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Five convolutions. The first halves the image at once, so that nothing expensive sees all of its
 * pixels: 28 → 12 → 6 → 3 a side, 4.4 million multiplications an image. Label smoothing was chosen by
 * dev accuracy: 0.9963, 0.9960, 0.9964 with seeds 0, 1, 2, and without it 0.9958, 0.9959, 0.9962.
 */
export const medium: Recipe = {
  name: "medium",
  title: "5 convolutions of 24 to 64 channels",
  network: (images) =>
    new ConvNetwork([
      { channels: 24, kernel: 5, stride: 2 },
      { channels: 32, kernel: 3, padding: 1 },
      { channels: 32, kernel: 3, padding: 1, pool: true },
      { channels: 64, kernel: 3, padding: 1 },
      { channels: 64, kernel: 3, padding: 1, pool: true },
    ], images),
  settings: {
    epochs: 15,
    batchSize: 100,
    optimizer: "sgd",
    lr: 0.15,
    weightDecay: 5e-4,
    warmUp: 0.2,
    decay: "linear",
    labelSmoothing: 0.1,
    ema: null,
    warp: { rotation: 12, scale: 0.12, shear: 0.15, shift: 2, elastic: 0.7 },
  },
  reference: {
    dev: 0.9963,
    test: 0.9967,
    seeds: 4,
    ensembles: { 2: 0.9972, 3: 0.9974, 4: 0.9975 },
  },
};
