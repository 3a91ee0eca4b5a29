import { messageOf, printable, ShapeError, show } from "../core/errors.ts";
import { atMost, check, checkOptions, text } from "../core/options.ts";
import { reshape } from "../ops/mod.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Dataset } from "./dataset.ts";
import { ImageDataset } from "./image_dataset.ts";
import {
  checkClasses,
  type ImageFile,
  imageFilesOf,
  type ImageFolderOptions,
  OPTIONS,
  readImage,
} from "./picture_files.ts";
import { withChannels } from "./resize.ts";

/**
 * Pictures in classes, in memory as bytes. A sample is x: float32 [channels, size, size] in [0, 1] and
 * y: an int32 scalar. Made by {@link imageFolder}.
 */
export class ImageFolder extends Dataset {
  /** How many pictures there are. */
  readonly length: number;
  /** The names of the classes, by their label. */
  readonly classes: readonly string[];
  /** The file of each picture. */
  readonly files: readonly string[];
  /** The label of each picture. */
  readonly labels: Int32Array;
  /** Channels, rows and columns of a picture. */
  readonly shape: readonly [channels: number, rows: number, columns: number];
  /** Files that could not be read, a sentence each. */
  readonly warnings: readonly string[];
  readonly #images: ImageDataset;

  /** Pictures as bytes, one behind the other, each of the same shape. ShapeError where they are not. */
  constructor(
    pixels: Uint8Array,
    { shape, labels, classes, files, warnings = [] }:
      & Pick<ImageFolder, "shape" | "labels" | "classes" | "files">
      & Partial<Pick<ImageFolder, "warnings">>,
  ) {
    super();
    const [n, size] = [labels.length, shape.reduce((product, length) => product * length, 1)];
    if (pixels.length !== n * size || files.length !== n) {
      throw new ShapeError(
        `ImageFolder: ${n} pictures of ${show(shape)} take ${
          n * size
        } bytes: there are ${pixels.length}`,
      );
    }
    this.length = n;
    this.classes = classes;
    this.files = files;
    this.labels = labels;
    this.shape = shape;
    this.warnings = warnings;
    this.#images = new ImageDataset(fromTypedArray(pixels, [n, size]), fromTypedArray(labels, [n]));
  }

  /** One picture and its label. */
  get(index: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.#images.get(index);
    return [reshape(x, [...this.shape]), y];
  }

  /** Several pictures [b, channels, rows, columns] and their labels [b]. */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const [x, y] = this.#images.batch(indices);
    return [reshape(x, [indices.length, ...this.shape]), y];
  }
}

/** A picture as it was read. */
interface Picture extends ImageFile {
  pixels: Uint8Array;
  channels: number;
}

/**
 * The pictures of a folder that has a folder for each class, in the order of their names. They are cut
 * to a square, scaled to one size, and white where they are transparent. PNG is read; JPEG and others by
 * `decoders`. A file that cannot be read is passed over, and among the `warnings`.
 *
 * DataError where there are no two classes with a picture that can be read, or no disk.
 *
 * @example
 * ```ts ignore
 * import { data } from "@glim/glim";
 * // pets/cat/1.png, pets/cat/2.png, pets/dog/1.png …
 * const set = await data.imageFolder("pets", { size: 64 });
 * const { train, dev, test } = data.split(set, { stratify: true, seed: 1 });
 * console.log(set.classes, set.shape); // ["cat", "dog"] [3, 64, 64]
 * ```
 */
export async function imageFolder(
  dir: string,
  options: ImageFolderOptions = {},
): Promise<ImageFolder> {
  atMost(2, arguments.length, "imageFolder(dir, { size, channels, decoders })");
  check("imageFolder", "the folder", dir, text);
  const { size = 32, channels, decoders = {} } = checkOptions("imageFolder", options, OPTIONS);
  const { files, warnings } = await imageFilesOf(dir, decoders);
  const pictures: Picture[] = [];
  for (const file of files) {
    try {
      pictures.push({ ...file, ...await readImage(file, size) });
    } catch (error) {
      warnings.push(`${printable(file.file)}: ${printable(messageOf(error))}`);
    }
  }
  warnings.sort();
  const classes = [...new Set(pictures.map(({ className }) => className))];
  checkClasses("imageFolder", dir, classes, warnings);
  const isGrey = (channels ?? (pictures.every(isGreyPicture) ? "grey" : "colour")) === "grey";
  const planes = isGrey ? 1 : 3;
  const pixels = new Uint8Array(pictures.length * planes * size * size);
  pictures.forEach((picture, i) => {
    pixels.set(withChannels(picture.pixels, picture.channels, planes), i * planes * size * size);
  });
  return new ImageFolder(pixels, {
    shape: [planes, size, size],
    labels: Int32Array.from(pictures, ({ className }) => classes.indexOf(className)),
    classes,
    files: pictures.map(({ file }) => file),
    warnings,
  });
}

function isGreyPicture({ pixels, channels }: Picture): boolean {
  if (channels <= 2) return true;
  const n = pixels.length / channels;
  for (let i = 0; i < n; i++) {
    if (pixels[i] !== pixels[n + i] || pixels[i] !== pixels[2 * n + i]) return false;
  }
  return true;
}
