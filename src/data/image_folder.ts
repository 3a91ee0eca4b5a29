import { DataError, messageOf, printable, ShapeError, show } from "../core/errors.ts";
import { isPlainObject } from "../core/options.ts";
import {
  atMost,
  check,
  checkOptions,
  kind,
  type Kinds,
  oneOf,
  text,
  whole,
} from "../core/options.ts";
import { decodePng } from "../io/png/decode.ts";
import { reshape } from "../ops/mod.ts";
import { outside } from "../scope/outside.ts";
import { scope } from "../scope/scope.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Dataset } from "./dataset.ts";
import { disk, fileSystem, plainBytes, readError } from "./files.ts";
import { ImageDataset } from "./image_dataset.ts";
import { cover, pixelsOf, withChannels } from "./resize.ts";

/** The pixels of a file: uint8 [channels, rows, columns] of 1 to 4 channels, as `io.decodePng` gives. */
export type ImageDecoder = (bytes: Uint8Array) => Tensor | Promise<Tensor>;

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions {
  /** Rows and columns that all pictures get. Default: 32. */
  size?: number;
  /** Grey or colours. Default: `"grey"` where all pictures are, else `"colour"`. */
  channels?: "grey" | "colour";
  /**
   * What reads files that are no PNG, by the ends of their names: `{ jpg: decodeJpeg, jpeg: decodeJpeg }`
   * with that of `@glim/glim/jpeg`.
   */
  decoders?: Readonly<Record<string, ImageDecoder>>;
}

const OPTIONS: Kinds<ImageFolderOptions> = {
  size: whole(1),
  channels: oneOf("grey", "colour"),
  decoders: kind(
    "an object of functions",
    (value) => isPlainObject(value) && Object.values(value).every((f) => typeof f === "function"),
  ),
};

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
interface Picture {
  file: string;
  label: number;
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
  const known: Record<string, ImageDecoder> = { png: decodePng, ...decoders };
  const classes: string[] = [];
  const pictures: Picture[] = [];
  const warnings: string[] = [];
  for (const name of await namesIn(dir)) {
    const folder = `${dir}/${name}`;
    if (disk.kind(folder) !== "folder") continue;
    const before = pictures.length;
    for (const file of await namesIn(folder)) {
      const path = `${folder}/${file}`;
      const decode = known[/\.([^.]+)$/.exec(file)?.[1]?.toLowerCase() ?? ""];
      if (decode === undefined) {
        if (disk.kind(path) === "file") {
          warnings.push(`${printable(path)}: ${isJpeg(file) ? JPEG : "no picture that is read"}`);
        }
        continue;
      }
      try {
        const bytes = await outside(fileSystem("read", path).promises.readFile(path));
        pictures.push({
          file: path,
          label: classes.length,
          ...await read(decode, plainBytes(bytes), size),
        });
      } catch (error) {
        warnings.push(`${printable(path)}: ${printable(messageOf(error))}`);
      }
    }
    if (pictures.length > before) classes.push(name);
  }
  if (classes.length < 2) {
    throw new DataError(
      `imageFolder: ${dir} needs a folder of pictures for each class, of two at least: there ` +
        (classes.length === 1 ? `is ${printable(classes[0]!)}` : "is none") +
        (warnings.length > 0 ? `; ${warnings[0]}` : ""),
    );
  }
  const isGrey = (channels ?? (pictures.every(isGreyPicture) ? "grey" : "colour")) === "grey";
  const planes = isGrey ? 1 : 3;
  const pixels = new Uint8Array(pictures.length * planes * size * size);
  pictures.forEach((picture, i) => {
    pixels.set(withChannels(picture.pixels, picture.channels, planes), i * planes * size * size);
  });
  return new ImageFolder(pixels, {
    shape: [planes, size, size],
    labels: Int32Array.from(pictures, ({ label }) => label),
    classes,
    files: pictures.map(({ file }) => file),
    warnings,
  });
}

/** What a warning says of JPEG files that nothing reads. */
const JPEG = 'JPEG is read by decoders: { jpg: decodeJpeg, jpeg: decodeJpeg } of "@glim/glim/jpeg"';

function isJpeg(file: string): boolean {
  return /\.jpe?g$/i.test(file);
}

/** A file's pixels in the size that is wanted. */
async function read(
  decode: ImageDecoder,
  file: Uint8Array,
  size: number,
): Promise<Pick<Picture, "pixels" | "channels">> {
  const image = await outside(Promise.resolve(decode(file)));
  return scope(() => {
    const bytes = pixelsOf("imageFolder", image);
    const [channels, h, w] = image.shape as [number, number, number];
    const pixels = cover(bytes, [channels, h, w], [size, size]);
    image[Symbol.dispose]();
    return { pixels, channels };
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

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await outside(fileSystem("read", folder).promises.readdir(folder));
    return names.filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    throw readError(folder, error);
  }
}
