import { nn } from "@glim/glim";
import { DeepNetwork } from "../network.ts";
import type { Recipe } from "./recipe.ts";

/** The paper's kind of network, wider, with AdamW and warped images. */
export const mlpBest: Recipe = {
  name: "mlp-best",
  title: "3 linear layers, hidden 256, ReLU",
  network: ({ imageShape: [rows, columns], classes }) =>
    new nn.Sequential(
      new nn.Flatten(),
      new DeepNetwork(rows * columns, classes, { layers: 3, hidden: 256, activation: "relu" }),
    ),
  settings: {
    epochs: 10,
    batchSize: 128,
    optimizer: "adamw",
    lr: 2e-3,
    weightDecay: 0.01,
    warmUp: 0.1,
    decay: "cosine",
    labelSmoothing: 0,
    ema: null,
    warp: { rotation: 8, scale: 0.08, shear: 0, shift: 1, elastic: 0 },
  },
  reference: { dev: 0.9874, test: 0.9887, seeds: 3 },
};
