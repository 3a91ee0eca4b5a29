import { record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { show } from "../core/errors.ts";
import {
  anyNumber,
  atMost,
  checkOptions,
  either,
  type Kinds,
  listOf,
  number,
  oneOf,
} from "../core/options.ts";
import type { Generator, RandomKey } from "../core/random.ts";
import { stridesOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { exp, log } from "./portable_math.ts";
import { fillUniform, IMAGE_SHAPE, type ImageShape, imagesShape } from "./transform.ts";

/** Options of {@link RandomErasing}. */
export interface RandomErasingOptions {
  /** The probability that an image loses a rectangle. Default: 0.5. */
  p?: number;
  /** Least and largest share of the image that it covers. Default: [0.02, 0.33]. */
  area?: readonly [low: number, high: number];
  /** Least and largest height over width. Default: [0.3, 3.3]. */
  ratio?: readonly [low: number, high: number];
  /** What it is filled with; "random": a normal number for each element. Default: 0. */
  value?: number | "random";
  /** Rows and columns of images that come as [n, pixels]. */
  imageShape?: ImageShape;
}

const PAIR = listOf(anyNumber, 2, "two numbers");

const OPTIONS: Kinds<RandomErasingOptions> = {
  p: anyNumber,
  area: PAIR,
  ratio: PAIR,
  value: either(number, oneOf("random")),
  imageShape: IMAGE_SHAPE,
};

/** How often a rectangle is drawn until one fits. */
const ATTEMPTS = 10;

/** A rectangle in an image. */
interface Rectangle {
  top: number;
  left: number;
  height: number;
  width: number;
}

/**
 * Erases a rectangle of each image by chance, all channels alike, as torchvision's RandomErasing
 * does (Zhong et al., "Random erasing data augmentation", 2017). The area is uniform, the logarithm
 * of the ratio is, and so is the place. An image that none of ten rectangles fits into stays whole.
 *
 * An image's numbers follow from the generator's key and its place in the batch alone.
 */
export class RandomErasing {
  readonly #p: number;
  readonly #area: readonly [number, number];
  readonly #logRatio: readonly [number, number];
  readonly #value: number | "random";
  readonly #imageShape: ImageShape | undefined;

  /** RangeError unless 0 ≤ p ≤ 1, 0 ≤ area ≤ 1, 0 < ratio, with low ≤ high in both. */
  constructor(options: RandomErasingOptions = {}) {
    atMost(1, arguments.length, "RandomErasing(options)");
    checkOptions("RandomErasing", options, OPTIONS);
    const { p = 0.5, area = [0.02, 0.33], ratio = [0.3, 3.3], value = 0, imageShape } = options;
    if (!(p >= 0 && p <= 1)) {
      throw new RangeError(`RandomErasing: the probability must be from 0 to 1: it is ${p}`);
    }
    if (!(area[0] >= 0 && area[0] <= area[1] && area[1] <= 1)) {
      throw new RangeError(
        `RandomErasing: area must be low and high, from 0 to 1: it is ${show(area)}`,
      );
    }
    if (!(ratio[0] > 0 && ratio[0] <= ratio[1] && ratio[1] < Infinity)) {
      throw new RangeError(
        `RandomErasing: ratio must be low and high, above 0: it is ${show(ratio)}`,
      );
    }
    this.#p = p;
    this.#area = [...area];
    this.#logRatio = [log(ratio[0]), log(ratio[1])];
    this.#value = value;
    this.#imageShape = imageShape && [...imageShape];
  }

  /**
   * A copy of images, float32 [n, channels, h, w] or [n, pixels], some with a rectangle erased. Takes
   * one key from the generator. Has no gradient. Bound, so that it can be handed to a loader.
   * DTypeError or ShapeError where x is something else.
   */
  readonly apply = (x: Tensor, generator: Generator): Tensor => {
    const [n, channels, h, w] = imagesShape("RandomErasing", x, this.#imageShape);
    const key = generator.next();
    const strides = stridesOf([n, channels, h, w]);
    const y = alloc(x, x.shape);
    kernelsOf(y).copy(x, y);
    const filling = this.#filling(x, key, [n, channels, h, w]);
    for (let i = 0; i < n; i++) {
      const rectangle = this.#rectangle(key, i, h, w);
      if (rectangle === null) continue;
      const { top, left, height, width } = rectangle;
      const shape = [channels, height, width];
      const at = i * strides[0]! + top * w + left;
      const part = viewOf(y, shape, strides.slice(1), at);
      const from = filling.numel === 1 ? filling : viewOf(filling, shape, strides.slice(1), at);
      kernelsOf(part).copy(from, part);
    }
    return record("RandomErasing", y, []);
  };

  /** What rectangles are filled from: one number, or normal numbers for the whole batch; where x is. */
  #filling(x: Buffer, key: RandomKey, shape: number[]): Buffer {
    const filling = alloc(x, this.#value === "random" ? shape : []);
    if (this.#value === "random") kernelsOf(filling).normal(filling, key, 0, 1);
    else kernelsOf(filling).fill(filling, this.#value);
    return filling;
  }

  /** What image i loses. */
  #rectangle(key: RandomKey, i: number, h: number, w: number): Rectangle | null {
    const uniform = new Float64Array(4);
    fillUniform(uniform, key, i);
    if (uniform[0]! >= this.#p) return null;
    const [low, high] = this.#area;
    const [flat, tall] = this.#logRatio;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      fillUniform(uniform, key, i, attempt);
      const area = h * w * (low + (high - low) * uniform[0]!);
      const ratio = exp(flat + (tall - flat) * uniform[1]!);
      const height = Math.round(Math.sqrt(area * ratio));
      const width = Math.round(Math.sqrt(area / ratio));
      if (height >= h || width >= w) continue;
      const top = Math.floor(uniform[2]! * (h - height + 1));
      const left = Math.floor(uniform[3]! * (w - width + 1));
      return { top, left, height, width };
    }
    return null;
  }
}
