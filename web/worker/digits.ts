/**
 * A data set that grows while it is being learnt from.
 *
 * @module
 */
import { fromTypedArray, noGrad, scope, type Tensor, zeros } from "@glim/glim";
import * as data from "@glim/glim/data";

/**
 * Images [784] and labels of which only the first have come. `length` follows only when `refresh`
 * is called, which a run does at the beginning of an epoch: an epoch's order of samples depends on
 * how many there are, so their number must not change within it.
 */
export class Digits extends data.Dataset implements Disposable {
  /** How many images there is room for. */
  readonly capacity: number;
  readonly #images: Tensor;
  readonly #labels: Tensor;
  readonly #all: data.ImageDataset;
  #length = 0;
  #available = 0;

  /** Room for `capacity` images of `pixels` pixels. */
  constructor(capacity: number, pixels: number) {
    super();
    this.capacity = capacity;
    this.#images = zeros([capacity, pixels], { dtype: "uint8" });
    this.#labels = zeros([capacity], { dtype: "int32" });
    this.#all = new data.ImageDataset(this.#images, this.#labels);
  }

  /** How many images an epoch has. */
  get length(): number {
    return this.#length;
  }

  /** How many images have come. */
  get available(): number {
    return this.#available;
  }

  /** Appends images [n, pixels] and their labels [n]. RangeError where there is no room for them. */
  append(images: Uint8Array, labels: Uint8Array): void {
    const begin = this.#available;
    const n = labels.length;
    if (begin + n > this.capacity) {
      throw new RangeError(
        `append: there is room for ${this.capacity} images: it is ${begin} and ${n} more`,
      );
    }
    scope(() => {
      const pixels = this.#images.shape[1]!;
      noGrad(() => {
        this.#images.narrow(0, begin, n).copy_(fromTypedArray(images, [n, pixels]));
        this.#labels.narrow(0, begin, n).copy_(fromTypedArray(labels, [n], { dtype: "int32" }));
      });
    });
    this.#available = begin + n;
  }

  /** Makes the first `n` images, or all that have come, those of the next epoch. */
  refresh(n: number = this.#available): void {
    if (n > this.#available) {
      throw new RangeError(`refresh: ${n} images are needed: ${this.#available} have come`);
    }
    this.#length = n;
  }

  /** One image [784] in [0, 1] and its label. */
  get(index: number): [x: Tensor, y: Tensor] {
    return this.#all.get(index);
  }

  /** Several images and their labels. */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    return this.#all.batch(indices);
  }

  /** An image's bytes and its label. */
  raw(index: number): { image: Uint8Array<ArrayBuffer>; label: number } {
    return scope(() => ({
      image: this.#images.select(0, index).toTypedArray() as Uint8Array<ArrayBuffer>,
      label: this.#labels.select(0, index).item(),
    }));
  }

  /** Releases the images. */
  [Symbol.dispose](): void {
    this.#images[Symbol.dispose]();
    this.#labels[Symbol.dispose]();
  }
}
