/**
 * Random changes of pictures besides the warp: mirrored, cut elsewhere, in other colours, two in one.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  fraction,
  type Kinds,
  notNegative,
  numberThat,
  whole,
} from "../core/options.ts";
import { Generator, generator, permutation } from "../core/random.ts";
import { checkTensor } from "../ops/check.ts";
import { cat, gather, indexSelect, reshape, where } from "../ops/mod.ts";
import { fromTypedArray, zeros } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { uniform } from "./sampler.ts";
import { IMAGE_SHAPE, type ImageShape, imagesShape, type Transform } from "./transform.ts";

/** Images whose pixels are those at other places: `from` gives a place of image i, or −1 for zero. */
function moved(
  name: string,
  x: Tensor,
  imageShape: ImageShape | undefined,
  fromOf: (i: number, h: number, w: number) => (y: number, x: number) => number,
): Tensor {
  const [n, channels, h, w] = imagesShape(name, x, imageShape);
  const size = h * w;
  const places = new Int32Array(n * channels * size);
  for (let i = 0; i < n; i++) {
    const from = fromOf(i, h, w);
    const first = i * channels * size;
    for (let k = 0, row = 0; row < h; row++) {
      for (let column = 0; column < w; column++, k++) {
        const place = from(row, column);
        places[first + k] = place < 0 ? size : place;
      }
    }
    for (let c = 1; c < channels; c++) {
      places.copyWithin(first + c * size, first, first + size);
    }
  }
  return noGrad(() => {
    const flat = reshape(x, [n, channels, size]);
    const { device } = x;
    const ground = zeros([n, channels, 1], { device });
    const index = fromTypedArray(places, [n, channels, size], { device });
    return reshape(gather(cat([flat, ground], 2), 2, index), [...x.shape]);
  });
}

/** Options of {@link RandomFlip}. */
export interface RandomFlipOptions {
  /** How probably left and right are exchanged. Default: 0.5. */
  horizontal?: number;
  /** How probably top and bottom are. Default: 0. */
  vertical?: number;
  /** Rows and columns of images that come as [n, pixels]. */
  imageShape?: ImageShape;
}

const FLIP: Kinds<RandomFlipOptions> = {
  horizontal: fraction,
  vertical: fraction,
  imageShape: IMAGE_SHAPE,
};

/** Mirrors each image by chance. */
export class RandomFlip {
  readonly #options: RandomFlipOptions;

  /** RangeError unless probabilities are from 0 to 1. */
  constructor(options: RandomFlipOptions = {}) {
    atMost(1, arguments.length, "RandomFlip({ horizontal, vertical })");
    this.#options = { ...checkOptions("RandomFlip", options, FLIP) };
  }

  /** Images [n, channels, h, w] or [n, pixels], some mirrored. Has no gradient; bound. */
  readonly apply: Transform = (x: Tensor, generator: Generator): Tensor => {
    const { horizontal = 0.5, vertical = 0, imageShape } = this.#options;
    const draw = uniform(generator);
    return moved("RandomFlip", x, imageShape, (_, h, w) => {
      const [across, down] = [draw() < horizontal, draw() < vertical];
      return (row, column) => (down ? h - 1 - row : row) * w + (across ? w - 1 - column : column);
    });
  };
}

/** Options of {@link RandomCrop}. */
export interface RandomCropOptions {
  /** Pixels that an image moves at most to each side; zeros come in. Default: 4. */
  padding?: number;
  /** Rows and columns of images that come as [n, pixels]. */
  imageShape?: ImageShape;
}

const CROP: Kinds<RandomCropOptions> = { padding: whole(0), imageShape: IMAGE_SHAPE };

/** Cuts each image, with a border of zeros around it, at a place by chance, to its own size. */
export class RandomCrop {
  readonly #options: RandomCropOptions;

  /** RangeError unless the padding is a whole number from 0 up. */
  constructor(options: RandomCropOptions = {}) {
    atMost(1, arguments.length, "RandomCrop({ padding })");
    this.#options = { ...checkOptions("RandomCrop", options, CROP) };
  }

  /** Images [n, channels, h, w] or [n, pixels], each moved. Has no gradient; bound. */
  readonly apply: Transform = (x: Tensor, generator: Generator): Tensor => {
    const { padding = 4, imageShape } = this.#options;
    const draw = uniform(generator);
    const shift = () => Math.floor(draw() * (2 * padding + 1)) - padding;
    return moved("RandomCrop", x, imageShape, (_, h, w) => {
      const [dy, dx] = [shift(), shift()];
      return (row, column) => {
        const [y, x] = [row + dy, column + dx];
        return y < 0 || y >= h || x < 0 || x >= w ? -1 : y * w + x;
      };
    });
  };
}

/** Options of {@link ColourJitter}: 0.2 makes a factor from 0.8 to 1.2. */
export interface ColourJitterOptions {
  /** How light pictures are. Default: 0.2. */
  brightness?: number;
  /** How far from their mean. Default: 0.2. */
  contrast?: number;
  /** How far colours are from grey. Default: 0.2. */
  saturation?: number;
}

const JITTER: Kinds<ColourJitterOptions> = {
  brightness: notNegative,
  contrast: notNegative,
  saturation: notNegative,
};

/** Changes the colours of each image by chance, as torchvision's ColorJitter. */
export class ColourJitter {
  readonly #options: ColourJitterOptions;

  /** RangeError where an option is below 0. */
  constructor(options: ColourJitterOptions = {}) {
    atMost(1, arguments.length, "ColourJitter({ brightness, contrast, saturation })");
    this.#options = { ...checkOptions("ColourJitter", options, JITTER) };
  }

  /** Images float32 [n, channels, h, w] in [0, 1], in other colours. Has no gradient; bound. */
  readonly apply: Transform = (x: Tensor, generator: Generator): Tensor => {
    const { brightness = 0.2, contrast = 0.2, saturation = 0.2 } = this.#options;
    const [n, channels] = imagesShape("ColourJitter", x);
    const draw = uniform(generator);
    const factors = (most: number) =>
      fromTypedArray(
        Float32Array.from({ length: n }, () => Math.max(0, 1 + most * (2 * draw() - 1))),
        [n, 1, 1, 1],
        { device: x.device },
      );
    return noGrad(() => {
      const light = x.mul(factors(brightness)).clamp({ min: 0, max: 1 });
      const mean = light.mean([1, 2, 3], true);
      const clear = light.sub(mean).mul(factors(contrast)).add(mean).clamp({ min: 0, max: 1 });
      if (channels === 1) return clear;
      const grey = clear.mean(1, true);
      return clear.sub(grey).mul(factors(saturation)).add(grey).clamp({ min: 0, max: 1 });
    });
  };
}

/** Options of {@link mixup} and {@link cutmix}. */
export interface MixOptions {
  /** How many classes there are. */
  classes: number;
  /** The share of the other sample has the distribution Beta(alpha, alpha); at most 1. Default: 1. */
  alpha?: number;
  /** What is drawn from; default: what follows `manualSeed`. */
  generator?: Generator;
}

const MIX: Kinds<MixOptions> = {
  classes: whole(1),
  alpha: numberThat("a number above 0, at most 1", (value) => value > 0 && value <= 1),
  generator: {
    needs: "a Generator",
    isType: (value) => value instanceof Generator,
    fits: (value) => value instanceof Generator,
  },
};

/** A number of Beta(alpha, alpha), by Jöhnk's way. */
function beta(alpha: number, draw: () => number): number {
  for (;;) {
    const [a, b] = [draw() ** (1 / alpha), draw() ** (1 / alpha)];
    if (a + b <= 1 && a + b > 0) return a / (a + b);
  }
}

/** Labels [n] as probabilities [n, classes], each with a share of those of another sample. */
function mixedLabels(
  name: string,
  y: Tensor,
  classes: number,
  order: Int32Array,
  shares: Float32Array,
): Tensor {
  const labels = y.toTypedArray();
  const out = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const [own, other] = [Number(labels[i]), Number(labels[order[i]!])];
    if (own < 0 || own >= classes) {
      throw new RangeError(`${name}: labels are 0 to ${classes - 1}: number ${i} is ${own}`);
    }
    out[i * classes + own]! += 1 - shares[i]!;
    out[i * classes + other]! += shares[i]!;
  }
  return fromTypedArray(out, [labels.length, classes], { device: y.device });
}

function checkBatch(name: string, x: Tensor, y: Tensor): number {
  checkTensor(name, x, "x");
  checkTensor(name, y, "y");
  const [n] = x.shape;
  if (x.ndim > 1 && y.ndim === 1 && y.shape[0] === n && y.dtype !== "float32") return n!;
  throw new ShapeError(
    `${name}: x [n, …] and labels y [n] are needed: they are ${show(x.shape)} and ${y.dtype} ` +
      show(y.shape),
  );
}

/**
 * Mixes each sample of a batch with another (Zhang et al., 2018): the samples, and probabilities
 * [n, classes] as targets.
 *
 * @example
 * ```ts
 * import { data, rand, tensor } from "@glim/glim";
 * const [x, y] = data.mixup(rand([2, 3, 8, 8]), tensor([0, 4], { dtype: "int32" }), { classes: 5 });
 * console.log(x.shape, y.shape); // [2, 3, 8, 8] [2, 5]
 * ```
 */
export function mixup(x: Tensor, y: Tensor, options: MixOptions): [x: Tensor, y: Tensor] {
  atMost(3, arguments.length, "mixup(x, y, { classes, alpha })");
  const n = checkBatch("mixup", x, y);
  const { classes, order, draw, alpha } = mixing("mixup", n, options);
  const shares = Float32Array.from({ length: n }, () => beta(alpha, draw));
  return noGrad(() => {
    const { device } = x;
    const share = fromTypedArray(shares, [n, ...x.shape.slice(1).map(() => 1)], { device });
    const other = indexSelect(x, 0, fromTypedArray(order, [n], { device }));
    return [x.add(other.sub(x).mul(share)), mixedLabels("mixup", y, classes, order, shares)];
  });
}

/** Puts a rectangle of another image into each (Yun et al., 2019); targets as {@link mixup} gives them. */
export function cutmix(x: Tensor, y: Tensor, options: MixOptions): [x: Tensor, y: Tensor] {
  atMost(3, arguments.length, "cutmix(x, y, { classes, alpha })");
  const n = checkBatch("cutmix", x, y);
  const [_, __, h, w] = imagesShape("cutmix", x);
  const { classes, order, draw, alpha } = mixing("cutmix", n, options);
  const shares = new Float32Array(n);
  const cut = new Uint8Array(n * h * w);
  for (let i = 0; i < n; i++) {
    const side = Math.sqrt(beta(alpha, draw));
    const [rows, columns] = [Math.round(side * h), Math.round(side * w)];
    const [top, left] = [
      Math.floor(draw() * (h - rows + 1)),
      Math.floor(draw() * (w - columns + 1)),
    ];
    for (let row = top; row < top + rows; row++) {
      cut.fill(1, (i * h + row) * w + left, (i * h + row) * w + left + columns);
    }
    shares[i] = rows * columns / (h * w);
  }
  return noGrad(() => {
    const { device } = x;
    const other = indexSelect(x, 0, fromTypedArray(order, [n], { device }));
    const mask = fromTypedArray(cut, [n, 1, h, w], { device }).to("bool");
    return [where(mask, other, x), mixedLabels("cutmix", y, classes, order, shares)];
  });
}

function mixing(name: string, n: number, options: MixOptions) {
  const { classes, alpha = 1, generator: from = generator() } = checkOptions(name, options, MIX);
  check(name, "classes", classes, MIX.classes);
  const order = permutation(n, from.next());
  return { classes, alpha, order, draw: uniform(from) };
}
