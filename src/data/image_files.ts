import { DataError, messageOf, printable } from "../core/errors.ts";
import { atMost, check, checkOptions, text } from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import { scopeOf } from "../scope/task.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
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
import type { AsyncDataset } from "./stream_loader.ts";

/**
 * Pictures in classes that are read from their files when they are asked for: for more of them than fit
 * in memory. Made by {@link imageFiles}; a {@link StreamLoader} loops over it, and a
 * {@link WorkerDataset} reads in workers.
 */
export class ImageFiles implements AsyncDataset {
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
  /** Files that nothing reads, a sentence each. */
  readonly warnings: readonly string[];
  readonly #files: readonly ImageFile[];

  /** What was found in a folder. */
  constructor(
    files: readonly ImageFile[],
    warnings: readonly string[],
    shape: readonly [channels: number, rows: number, columns: number],
  ) {
    this.length = files.length;
    this.classes = [...new Set(files.map(({ className }) => className))];
    this.files = files.map(({ file }) => file);
    this.labels = Int32Array.from(files, ({ className }) => this.classes.indexOf(className));
    this.shape = shape;
    this.warnings = warnings;
    this.#files = files;
  }

  /** One picture, float32 [channels, size, size] in [0, 1], and its label. */
  async get(index: number): Promise<[x: Tensor, y: Tensor]> {
    const [x, y] = await this.batch(Int32Array.of(index));
    return [x.reshape([...this.shape]), y.reshape([])];
  }

  /**
   * Several pictures [b, channels, size, size] and their labels [b]. Rejects with DataError that names a
   * file that cannot be read, and with RangeError where there is no such number.
   */
  batch(indices: Int32Array): Promise<[x: Tensor, y: Tensor]> {
    return scopeOf("a batch of ImageFiles", async () => {
      const [planes, size] = this.shape;
      const each = planes * size * size;
      const pixels = new Uint8Array(indices.length * each);
      await outside(Promise.all(Array.from(indices, async (index, i) => {
        const file = this.#files[index];
        if (file === undefined) {
          throw new RangeError(
            `batch: the numbers must be from 0 to ${this.length - 1}: one is ${index}`,
          );
        }
        try {
          const picture = await readImage(file, size);
          pixels.set(withChannels(picture.pixels, picture.channels, planes as 1 | 3), i * each);
        } catch (cause) {
          throw new DataError(`${printable(file.file)}: ${messageOf(cause)}`, { cause });
        }
      })));
      const n = indices.length;
      // a data set keeps what it is made of, and this one is gone after its batch
      using images = fromTypedArray(pixels, [n, each]);
      using labels = fromTypedArray(indices.map((index) => this.labels[index]!), [n]);
      const [x, y] = new ImageDataset(images, labels).batch(indices.map((_, i) => i));
      return [x.reshape([n, ...this.shape]), y];
    });
  }
}

/**
 * The pictures of a folder that has a folder for each class, read from their files when they are asked
 * for; else as {@link imageFolder}, which reads all at once. A file that cannot be read is an error when
 * its turn comes.
 *
 * DataError where there are no two classes, or no disk.
 *
 * @example
 * ```ts ignore
 * import { data } from "@glim/glim";
 * const set = await data.imageFiles("pets", { size: 64 });
 * const loader = new data.StreamLoader(set, { batchSize: 64, shuffle: true });
 * console.log(set.classes, loader.length);
 * ```
 */
export async function imageFiles(
  dir: string,
  options: ImageFolderOptions = {},
): Promise<ImageFiles> {
  atMost(2, arguments.length, "imageFiles(dir, { size, channels, decoders })");
  check("imageFiles", "the folder", dir, text);
  const { size = 32, channels, decoders = {} } = checkOptions("imageFiles", options, OPTIONS);
  const { files, warnings } = await imageFilesOf(dir, decoders);
  const set = new ImageFiles(files, warnings, [channels === "grey" ? 1 : 3, size, size]);
  checkClasses("imageFiles", dir, set.classes, warnings);
  return set;
}
