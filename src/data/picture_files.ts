/**
 * Folders of pictures, a folder for each class: their files, and what reads them.
 *
 * @module
 */
import { DataError, printable } from "../core/errors.ts";
import { isPlainObject, kind, type Kinds, oneOf, whole } from "../core/options.ts";
import { decodePng } from "../io/png/decode.ts";
import { outside } from "../scope/outside.ts";
import { scope } from "../scope/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { disk, fileSystem, plainBytes, readError } from "./files.ts";
import { cover, pixelsOf } from "./resize.ts";

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
