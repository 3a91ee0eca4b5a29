import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Spread } from "../device/kernels.ts";
import { atMost, checkOptions, type Kinds, numberThat, whole } from "../core/options.ts";
import type { Generator, RandomKey } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cosSin, exp } from "./portable_math.ts";
import { fillUniform, IMAGE_SHAPE, type ImageShape, imagesShape } from "./transform.ts";
import { padded, spreadOver, warp } from "./warp.ts";

/** Options of {@link RandomWarp}; each number from 0 up. */
export interface RandomWarpOptions {
  /** Largest angle, in degrees, either way, up to 180. Default: 0. */
  rotation?: number;
  /** Largest zoom of each axis, as a logarithm, either way: 0.1 is a tenth. Default: 0. */
  scale?: number;
  /** Largest shear, as a tangent, either way. Default: 0. */
  shear?: number;
  /** Largest shift along each axis, in pixels, either way. Default: 0. */
  shift?: number;
  /** Standard deviation of the displacements at control points, in pixels. Default: 0. */
  elastic?: number;
  /** Control points along each axis, which span the image. Default: 4. */
  points?: number;
  /** Rows and columns of images that come as [n, pixels]. */
  imageShape?: ImageShape;
}

const FROM_0 = numberThat("a number from 0 up", (value) => value >= 0 && value < Infinity);

const OPTIONS: Kinds<RandomWarpOptions> = {
  rotation: FROM_0,
  scale: FROM_0,
  shear: FROM_0,
  shift: FROM_0,
  elastic: FROM_0,
  points: whole(1),
  imageShape: IMAGE_SHAPE,
};

/** What affine maps are drawn between. */
type Maps = Required<Pick<RandomWarpOptions, "rotation" | "scale" | "shear" | "shift">>;

/**
 * Rotates, zooms, shears, shifts and bends each image of a batch by chance, all in one bilinear
 * resampling, with zeros coming in from outside. Angle, zooms, shear and shifts are uniform; the
 * displacements are normal at points × points control points and bicubic between them. Rotation,
 * zoom and shear are about the centre.
 *
 * An image's numbers follow from the generator's key and its place in the batch: the same for any
 * number of threads, in both builds of the kernels and in every engine.
 *
 * @example
 * ```ts
 * import { data, rand } from "@glim/glim";
 * const warp = new data.RandomWarp({ rotation: 12, scale: 0.1, shift: 2, imageShape: [28, 28] });
 * const set = new data.TensorDataset(rand([100, 784]), rand([100]));
 * const loader = new data.DataLoader(set, { batchSize: 20, transform: warp.apply });
 * ```
 */
export class RandomWarp {
  readonly #options: Required<Omit<RandomWarpOptions, "imageShape">>;
  readonly #imageShape: ImageShape | undefined;
  #spread: { h: number; w: number; spread: Spread } | null = null;

  /** RangeError for a negative number, an angle beyond 180° and less than one control point. */
  constructor(options: RandomWarpOptions = {}) {
    atMost(1, arguments.length, "RandomWarp(options)");
    checkOptions("RandomWarp", options, OPTIONS);
    const { rotation = 0, scale = 0, shear = 0, shift = 0, elastic = 0, points = 4 } = options;
    const lengths = { rotation, scale, shear, shift, elastic };
    if (rotation > 180) {
      throw new RangeError(`RandomWarp: rotation must be at most 180 degrees: it is ${rotation}`);
    }
    this.#options = { ...lengths, points };
    this.#imageShape = options.imageShape && [...options.imageShape];
  }

  /**
   * A warped copy of images, float32 [n, channels, h, w] or [n, pixels]. Takes one key from the
   * generator. Has no gradient. Bound, so that it can be handed to a loader. DTypeError or ShapeError
   * where x is something else.
   */
  readonly apply = (x: Tensor, generator: Generator): Tensor => {
    const images = imagesShape("RandomWarp", x, this.#imageShape);
    const [n, _, h, w] = images;
    const key = generator.next();
    const field = this.#options.elastic > 0 ? this.#field(x, key, n) : null;
    const spread = this.#spreadOver(h, w);
    const maps = fromTypedArray(randomMaps(key, n, this.#options), [n, 6], { device: x.device });
    return warp(x, images, maps, field, spread);
  };

  /** Displacements of each image's control points, where x is. */
  #field(x: Buffer, key: RandomKey, n: number): Buffer {
    const { elastic, points } = this.#options;
    const field = alloc(x, [n, 2, points, padded(points)]);
    kernelsOf(field).normal(field, key, 0, elastic);
    return field;
  }

  /** The weights for a size of images, made once. */
  #spreadOver(h: number, w: number): Spread {
    const { elastic, points } = this.#options;
    if (this.#spread?.h !== h || this.#spread.w !== w) {
      this.#spread = { h, w, spread: spreadOver(h, w, elastic > 0 ? points : 0) };
    }
    return this.#spread.spread;
  }
}

/**
 * [n, 6]: of each image a00, a01, shiftX, a10, a11, shiftY (see `warp`): rotation · shear · zoom, and
 * a shift.
 */
export function randomMaps(key: RandomKey, n: number, most: Maps): Float32Array {
  const maps = new Float32Array(n * 6);
  const uniform = new Float64Array(6);
  const between = (k: number, most: number) => (2 * uniform[k]! - 1) * most; // -most and most
  for (let i = 0; i < n; i++) {
    fillUniform(uniform, key, i);
    const [cos, sin] = cosSin(between(0, most.rotation * (Math.PI / 180)));
    const [zoomX, zoomY] = [exp(between(1, most.scale)), exp(between(2, most.scale))];
    const slope = between(3, most.shear);
    maps[i * 6] = cos * zoomX;
    maps[i * 6 + 1] = (cos * slope - sin) * zoomY;
    maps[i * 6 + 2] = between(4, most.shift);
    maps[i * 6 + 3] = sin * zoomX;
    maps[i * 6 + 4] = (sin * slope + cos) * zoomY;
    maps[i * 6 + 5] = between(5, most.shift);
  }
  return maps;
}
