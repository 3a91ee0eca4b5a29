import { record } from "../autograd/autograd.ts";
import { isIndex } from "../core/dtype.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { training } from "../families/training.ts";
import { fromTypedArray } from "../tensor/create.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { checkTensor } from "../ops/check.ts";
import type { DeviceName } from "../devices.ts";
import { contiguous, indexSelect, reshape, to } from "../ops/mod.ts";
import { atMost, check, describe, whole } from "../core/options.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { Dataset, DEVICE } from "./dataset.ts";

const FROM_0 = whole(0);

/**
 * Grey images that lie in memory as bytes, and their labels. A sample is x: float32 [pixels] in
 * [0, 1] and y: an int32 scalar; a batch [b, pixels] and [b]. Bytes become floats batch by batch.
 */
export class ImageDataset extends Dataset {
  /** How many images there are. */
  readonly length: number;
  readonly #images: Tensor;
  readonly #labels: Tensor;

  /**
   * A data set of images that are kept as they are given.
   *
   * @param images Bytes [n, pixels], uint8.
   * @param labels Labels [n], int32 or uint8. ShapeError where the two n differ, DTypeError for other
   * dtypes.
   */
  constructor(images: Tensor, labels: Tensor) {
    atMost(2, arguments.length, "ImageDataset(images, labels)");
    checkTensor("ImageDataset", images, "images");
    checkTensor("ImageDataset", labels, "labels");
    super();
    if (images.ndim !== 2 || labels.ndim !== 1 || images.shape[0] !== labels.shape[0]) {
      throw new ShapeError(
        `ImageDataset: images must be [n, pixels] and labels [n]: they are ` +
          `${show(images.shape)} and ${show(labels.shape)}`,
      );
    }
    if (images.dtype !== "uint8" || !isIndex(labels.dtype)) {
      throw new DTypeError(
        `ImageDataset: images must be uint8 and labels int32 or uint8: they are ${images.dtype} ` +
          `and ${labels.dtype}`,
      );
    }
    this.length = images.shape[0]!;
    this.#images = noGrad(() => contiguous(images)).keep();
    this.#labels = labels.keep();
  }

  /** The same with its bytes there, copied once. */
  override to(device: DeviceName): ImageDataset {
    atMost(1, arguments.length, "to(device)");
    check("to", "the device", device, DEVICE);
    return new ImageDataset(to(this.#images, device), to(this.#labels, device));
  }

  /** One image and its label. */
  get(index: number): [x: Tensor, y: Tensor] {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(
        `get: the number must be from 0 to ${this.length - 1}: it is ${describe(index)}`,
      );
    }
    const [x, y] = this.batch(Int32Array.of(index));
    return [reshape(x, [-1]), reshape(y, [])];
  }

  /** Several images and their labels. RangeError where there is no such number. */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    for (const i of indices) {
      if (i < 0 || i >= this.length) {
        throw new RangeError(
          `batch: the numbers must be from 0 to ${this.length - 1}: one is ${i}`,
        );
      }
    }
    const index = fromTypedArray(indices, [indices.length], { device: this.#images.device });
    const x = alloc(this.#images, [indices.length, this.#images.shape[1]!]);
    kernelsOf(x, training).gatherImages(this.#images, index, x, 255);
    return [record("batch", x, []), indexSelect(this.#labels, 0, index)];
  }

  /** The images from `start` to before `end`, over the same memory. */
  slice(start: number, end: number): ImageDataset {
    atMost(2, arguments.length, "slice(start, end)");
    check("slice", "the start", start, FROM_0);
    check("slice", "the end", end, FROM_0);
    const n = end - start;
    return new ImageDataset(
      this.#images.narrow(0, start, n),
      this.#labels.narrow(0, start, n),
    );
  }
}
