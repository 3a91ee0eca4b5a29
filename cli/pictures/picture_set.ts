/** Pictures of a folder that were read once: in memory, or in a file where they are too many. */
import { data, fromTypedArray, type Tensor } from "@glim/glim";
import { classesOf } from "../data_parts.ts";
import { messageOf, printable } from "../errors.ts";
import { sha256 } from "../files.ts";
import { readAll } from "../read_files.ts";
import { Rows } from "../rows.ts";
import { DECODERS } from "./decoders.ts";

/** Pictures in classes, as `data.ImageFolder` has them. */
export type PictureSet =
  & data.Dataset
  & Pick<data.ImageFolder, "classes" | "files" | "labels" | "shape" | "warnings">;

/** Pictures, and what was seen of them while they were read. */
export interface ReadPictures {
  readonly set: PictureSet;
  /** Of each picture a text that equal ones share. */
  readonly keys: readonly string[];
  readonly areInFile: boolean;
}

/** Those of a folder, all of `size` rows and columns; `known` are the classes of a trained network. */
export async function readPictures(
  folder: string,
  size: number,
  known?: readonly string[],
): Promise<ReadPictures> {
  const found = await data.imageFiles(folder, { size, channels: "colour", decoders: DECODERS });
  const plane = size * size;
  const rows = new Rows(found.length, 3 * plane);
  const warnings = [...found.warnings];
  const kept: number[] = [];
  const keys: string[] = [];
  let isGrey = true;
  await readAll({
    what: "pictures",
    set: found,
    worker: { url: new URL("./picture_worker.ts", import.meta.url), about: { folder, size } },
    take(i, [x]) {
      const levels = x.toTypedArray() as Float32Array;
      const pixels = new Uint8Array(levels.length);
      for (let k = 0; k < levels.length; k++) pixels[k] = Math.round(255 * levels[k]!);
      isGrey &&= hasEqualPlanes(pixels, plane);
      rows.write(kept.length, pixels);
      keys.push(sha256(pixels).slice(0, 32));
      kept.push(i);
    },
    passOver: (_, error) => void warnings.push(printable(messageOf(error))),
  });
  const names = kept.map((i) => found.classes[found.labels[i]!]!);
  warnings.sort();
  const classes = classesOf(folder, "pictures", names, { known, warnings });
  const about = {
    shape: [isGrey ? 1 : 3, size, size],
    labels: Int32Array.from(names, (name) => classes.indexOf(name)),
    classes,
    files: kept.map((i) => found.files[i]!),
    warnings,
  } as const;
  const set = rows.bytes === null ? new FiledPictures(rows, about) : new data.ImageFolder(
    packed(rows.bytes, kept.length, 3 * plane, isGrey ? plane : 3 * plane),
    about,
  );
  return { set, keys, areInFile: rows.areInFile };
}

/** Whether a picture in three planes is grey. */
function hasEqualPlanes(pixels: Uint8Array, plane: number): boolean {
  for (let i = 0; i < plane; i++) {
    if (pixels[i] !== pixels[plane + i] || pixels[i] !== pixels[2 * plane + i]) return false;
  }
  return true;
}

/** The first so many bytes of each row, one behind the other. */
function packed(bytes: Uint8Array, count: number, row: number, wanted: number): Uint8Array {
  for (let i = 0; i < count; i++) bytes.copyWithin(i * wanted, i * row, i * row + wanted);
  return bytes.subarray(0, count * wanted);
}

/** Pictures whose pixels are in a file, of which a batch is read when it is asked for. */
class FiledPictures extends data.Dataset implements PictureSet {
  readonly length: number;
  readonly classes: readonly string[];
  readonly files: readonly string[];
  readonly labels: Int32Array;
  readonly shape: data.ImageFolder["shape"];
  readonly warnings: readonly string[];
  readonly #rows: Rows;

  constructor(rows: Rows, about: Omit<PictureSet, keyof data.Dataset>) {
    super();
    this.length = about.labels.length;
    this.classes = about.classes;
    this.files = about.files;
    this.labels = about.labels;
    this.shape = about.shape;
    this.warnings = about.warnings;
    this.#rows = rows;
  }

  get(index: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.batch(Int32Array.of(index));
    return [x.reshape([...this.shape]), y.reshape([])];
  }

  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const each = this.shape[0] * this.shape[1] * this.shape[2];
    const pixels = new Uint8Array(indices.length * each);
    indices.forEach((row, i) => this.#rows.read(row, pixels.subarray(i * each, (i + 1) * each)));
    const device = "cpu"; // what is wanted elsewhere goes there batch by batch
    const n = indices.length;
    // a data set keeps what it is made of, and this one is gone after its batch
    using images = fromTypedArray(pixels, [n, each], { device });
    using labels = fromTypedArray(indices.map((i) => this.labels[i]!), [n], { device });
    const [x, y] = new data.ImageDataset(images, labels).batch(indices.map((_, i) => i));
    return [x.reshape([n, ...this.shape]), y];
  }
}
