import { DataError, messageOf, printable } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  isPlainObject,
  kind,
  type Kinds,
  oneOf,
  text,
  whole,
} from "../core/options.ts";
import { decodePng } from "../io/png/decode.ts";
import { outside } from "../scope/outside.ts";
import { scope } from "../scope/scope.ts";
import { scopeOf } from "../scope/task.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { disk, fileSystem, plainBytes, readError } from "./files.ts";
import { ImageDataset } from "./image_dataset.ts";
import { cover, pixelsOf, withChannels } from "./resize.ts";
import type { AsyncDataset } from "./stream_loader.ts";

/** The pixels of a file: uint8 [channels, rows, columns] of 1 to 4 channels, as `io.decodePng` gives. */
export type ImageDecoder = (bytes: Uint8Array) => Tensor | Promise<Tensor>;

/** Options of {@link imageFolder} and {@link imageFiles}. */
export interface ImageFolderOptions {
  /** Rows and columns that all pictures get. Default: 32. */
  size?: number;
  /**
   * Grey or colours. Default: `"grey"` where all pictures are, else `"colour"`; of {@link imageFiles},
   * which has seen none, `"colour"`.
   */
  channels?: "grey" | "colour";
  /**
   * What reads files that are no PNG, by the ends of their names: `{ jpg: decodeJpeg, jpeg: decodeJpeg }`
   * with that of `@glim/glim/jpeg`.
   */
  decoders?: Readonly<Record<string, ImageDecoder>>;
}

/** What the options may be. */
export const OPTIONS: Kinds<ImageFolderOptions> = {
  size: whole(1),
  channels: oneOf("grey", "colour"),
  decoders: kind(
    "an object of functions",
    (value) => isPlainObject(value) && Object.values(value).every((f) => typeof f === "function"),
  ),
};

/** A file of a class. */
export interface ImageFile {
  /** Its path. */
  readonly file: string;
  /** Its folder's name. */
  readonly className: string;
  /** What reads it. */
  readonly decode: ImageDecoder;
}

/** The files of a folder of folders that there is a decoder for, and a warning for each other. */
export async function imageFilesOf(
  dir: string,
  decoders: Readonly<Record<string, ImageDecoder>>,
): Promise<{ files: ImageFile[]; warnings: string[] }> {
  const known: Record<string, ImageDecoder> = { png: decodePng, ...decoders };
  const files: ImageFile[] = [];
  const warnings: string[] = [];
  for (const className of await namesIn(dir)) {
    const folder = `${dir}/${className}`;
    if (disk.kind(folder) !== "folder") continue;
    for (const name of await namesIn(folder)) {
      const file = `${folder}/${name}`;
      const decode = known[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
      if (decode !== undefined) files.push({ file, className, decode });
      else if (disk.kind(file) === "file") {
        const isJpeg = /\.jpe?g$/i.test(name);
        warnings.push(`${printable(file)}: ${isJpeg ? JPEG : "no picture that is read"}`);
      }
    }
  }
  return { files, warnings };
}

/** What a warning says of JPEG files that nothing reads. */
const JPEG = 'JPEG is read by decoders: { jpg: decodeJpeg, jpeg: decodeJpeg } of "@glim/glim/jpeg"';

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await outside(fileSystem("read", folder).promises.readdir(folder));
    return names.filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    throw readError(folder, error);
  }
}

/** Refuses a folder without two classes. */
export function checkClasses(
  name: string,
  dir: string,
  classes: readonly string[],
  warnings: readonly string[],
): void {
  if (classes.length >= 2) return;
  throw new DataError(
    `${name}: ${dir} needs a folder of pictures for each class, of two at least: there ` +
      (classes.length === 1 ? `is ${printable(classes[0]!)}` : "is none") +
      (warnings.length > 0 ? `; ${warnings[0]}` : ""),
  );
}

/** A file's pixels in the size that is wanted. */
export async function readImage(
  { file, decode }: ImageFile,
  size: number,
): Promise<{ pixels: Uint8Array; channels: number }> {
  const bytes = await outside(fileSystem("read", file).promises.readFile(file));
  const image = await outside(Promise.resolve(decode(plainBytes(bytes))));
  return scope(() => {
    const [channels, h, w] = image.shape as [number, number, number];
    const pixels = cover(pixelsOf("imageFolder", image), [channels, h, w], [size, size]);
    image[Symbol.dispose]();
    return { pixels, channels };
  });
}

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
