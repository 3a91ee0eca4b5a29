/**
 * MNIST, or a set in its format, as convolutional networks take it.
 *
 * @module
 */
import { data, type Tensor } from "@glim/glim";
import type { ImageKind } from "./recipe.ts";

/** Images with a dimension for their one channel: a batch is x [b, 1, rows, columns], y [b]. */
export class PictureSet extends data.Dataset {
  /** How many images there are. */
  readonly length: number;
  readonly #flat: data.Dataset;
  readonly #imageShape: ImageKind["imageShape"];

  /** Of a set whose batches are [b, rows · columns]. */
  constructor(flat: data.Dataset, imageShape: ImageKind["imageShape"]) {
    super();
    this.length = flat.length;
    this.#flat = flat;
    this.#imageShape = imageShape;
  }

  /** One image [1, rows, columns] and its label. */
  get(index: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.#flat.get(index);
    return [x.reshape(1, ...this.#imageShape), y];
  }

  /** Several images and their labels. */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const [x, y] = this.#flat.batch(indices);
    return [x.reshape(-1, 1, ...this.#imageShape), y];
  }
}

/** A data set's three parts as pictures, and what kind they are. */
export interface Pictures extends ImageKind {
  /** What is learnt from. */
  readonly train: PictureSet;
  /** What networks are compared by. */
  readonly dev: PictureSet;
  /** What is looked at once. */
  readonly test: PictureSet;
}

/** Turns a data set into pictures. There are as many classes as the highest label says. */
export function picturesOf({ train, dev, test, imageShape }: data.Mnist): Pictures {
  let classes = 0;
  for (const set of [train, dev, test]) {
    for (const [_, y] of new data.DataLoader(set, { batchSize: 1000 })) {
      classes = Math.max(classes, y.max().item() + 1);
    }
  }
  const picture = (set: data.ImageDataset) => new PictureSet(set, imageShape);
  return { train: picture(train), dev: picture(dev), test: picture(test), imageShape, classes };
}
