/**
 * Sizes, rates and seeds of the workloads: those of the peers' benchmarks, so that figures can
 * stand side by side.
 *
 * @module
 */
import type { KnownLoss } from "./training_run.ts";

/** Sides of the square products. */
export const SQUARES: readonly number[] = [64, 128, 256, 512, 1024];

/** Layers of the network: inputs, hidden, hidden, classes. */
export const MLP: readonly number[] = [784, 128, 128, 10];

/** Layers of the paper's network. */
export const PAPER_MLP: readonly number[] = [784, 100, 100, 10];

/** Batch sizes of training, and the learning rate of each. */
export const TRAINING: readonly (readonly [batch: number, lr: number])[] = [
  [1, 0.001],
  [16, 0.01],
  [64, 0.01],
  [256, 0.02],
  [1024, 0.05],
];

/**
 * A training that has gone on for some time, with pixels from 0 to 1: by then the momentum of weights
 * that few samples reach has decayed to numbers that slow down a processor, unless they become 0.
 */
export const LATER: Readonly<Record<"batch" | "lr" | "steps", number>> = {
  batch: 1,
  lr: 0.01,
  steps: 2000,
};

/** Batch sizes of training through `DataLoader` and `Trainer`, and the learning rate of each. */
export const LOOP_BATCHES: readonly (readonly [batch: number, lr: number])[] = [
  [1, 0.001],
  [64, 0.01],
];

/** Steps of an epoch there. */
export const LOOP_STEPS = 64;

/** β. */
export const MOMENTUM = 0.9;

/** How likely dropout is behind the pool of the convolutional network. */
export const CNN_DROPOUT = 0.25;

/** A training whose losses are known. */
export interface KnownTraining {
  /** Samples in a batch. */
  batch: number;
  /** Learning rate. */
  lr: number;
  /** What the last ten losses have as their mean, whichever library trains. */
  known: KnownLoss;
}

/** How large a GPT is. */
export type GptSizes = Readonly<
  Record<"vocabulary" | "context" | "batch" | "layers" | "heads" | "width", number>
>;

/** A small GPT: nanoGPT's configuration for CPUs. */
export const GPT: GptSizes = {
  vocabulary: 65,
  context: 64,
  batch: 12,
  layers: 4,
  heads: 4,
  width: 128,
};

/** A larger one, for GPUs: that of nanoGPT's characters of Shakespeare, with half its batch. */
export const LARGE_GPT: GptSizes = {
  vocabulary: 65,
  context: 256,
  batch: 32,
  layers: 6,
  heads: 6,
  width: 384,
};

/** AdamW, whose decay is of matrices alone, and the norm that gradients are clipped to. */
export const GPT_OPTIMIZER = {
  lr: 1e-3,
  betas: [0.9, 0.99],
  weightDecay: 0.1,
  clip: 1,
} as const;

/** Its losses: the mean of the first ten, and of the last ten of so many steps. PyTorch 2.13 says so. */
export const GPT_LOSS = { first: 3.3938, steps: 30, mean: 1.87, tolerance: 0.0005 } as const;

/** Pictures of noise that `bench/picture_networks.ts` learn from. */
export const PICTURES = 512;

/** For each network, without dropout. PyTorch 2.13 says 0.344, 0.6165 and 0.3346 (in float64 0.3343). */
export const KNOWN_LOSS: Readonly<
  Record<"mlp" | "cnn" | "medium" | "resnet" | "mobile", KnownTraining>
> = {
  mlp: { batch: 64, lr: 0.01, known: { steps: 200, mean: 0.344, tolerance: 0.0005 } },
  cnn: { batch: 64, lr: 0.01, known: { steps: 30, mean: 0.6165, tolerance: 0.0005 } },
  // Ties in its pools and at relu's kink make roundings grow: the two builds of the kernels agree to
  // the last printed digit in the first three steps, and to 0.01 in the thirtieth.
  // the first ten losses; in float64 2.3986 and 2.3369
  resnet: { batch: 32, lr: 0.01, known: { steps: 10, mean: 2.3986, tolerance: 0.003 } },
  mobile: { batch: 32, lr: 0.01, known: { steps: 10, mean: 2.3369, tolerance: 0.0005 } },
  medium: { batch: 100, lr: 0.01, known: { steps: 30, mean: 0.3345, tolerance: 0.005 } },
};

/** Elements of the elementwise workloads. */
export const ELEMENTS = 1_000_000;

/** The large batch of inference. */
export const INFERENCE_BATCH = 256;
