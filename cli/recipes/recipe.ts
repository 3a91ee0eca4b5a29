/**
 * What a recipe is: a network, and all that decides how it is trained.
 *
 * @module
 */
import type { nn } from "@glim/glim";

/** The images that a network is made for. */
export interface ImageKind {
  /** Rows and columns of an image. */
  readonly imageShape: readonly [rows: number, columns: number];
  /** How many classes there are. */
  readonly classes: number;
}

/** Makes an untrained network: images [b, 1, rows, columns] in [0, 1] → logits [b, classes]. */
export type NetworkBuilder = (images: ImageKind) => nn.Module;

/** How far images are warped at random; see `data.RandomWarp`. */
export interface Warp {
  /** Degrees, to either side. */
  readonly rotation: number;
  /** Logarithm of the scale of each axis, to either side. */
  readonly scale: number;
  /** Columns a row, to either side. */
  readonly shear: number;
  /** Pixels, to either side. */
  readonly shift: number;
  /** Standard deviation of the elastic field, in pixels. */
  readonly elastic: number;
}

/** The choices of a training run that are plain values: `config.json` holds them. */
export interface Settings {
  /** Passes over the training set. */
  readonly epochs: number;
  /** Samples a step; what is left over at an epoch's end is left out. */
  readonly batchSize: number;
  /** SGD with Nesterov momentum 0.9, or AdamW with β 0.9 and 0.999. */
  readonly optimizer: "sgd" | "adamw";
  /** Highest learning rate. */
  readonly lr: number;
  /** Of the weights; biases, and what normalisations learn, have none. */
  readonly weightDecay: number;
  /** The share of all steps in which the learning rate rises. */
  readonly warmUp: number;
  /** How it falls to 0 after that. */
  readonly decay: "linear" | "cosine";
  /** The share of each target that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Decay of the average of the weights, which takes their place at the end; null for none. */
  readonly ema: number | null;
  /** How the training images are warped; null for not at all. */
  readonly warp: Warp | null;
}

/** What the same recipe gives elsewhere, on MNIST: means over some seeds. */
export interface RecipeReference {
  /** Dev accuracy after the last epoch. */
  readonly dev: number;
  /** Test accuracy after the last epoch. */
  readonly test: number;
  /** How many seeds. */
  readonly seeds: number;
  /** Test accuracy of some networks that vote, by their number. */
  readonly ensembles?: Readonly<Record<number, number>>;
}

/** A network with everything that is needed to train it. */
export interface Recipe {
  /** What `--recipe` calls it. */
  readonly name: string;
  /** What the network is, in a few words. */
  readonly title: string;
  /** Makes the network. */
  readonly network: NetworkBuilder;
  /** How it is trained. */
  readonly settings: Settings;
  /** What PyTorch 2.13 gives with the same network and settings, but no label smoothing. */
  readonly reference: RecipeReference;
}
