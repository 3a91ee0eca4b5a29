/**
 * Pictures out of files, as a network takes them.
 *
 * @module
 */
import { data, DataError } from "../../../mod.ts";
import { disk } from "../../data/files.ts";
import { inkOf } from "../images/ink.ts";
import { prepareDigit } from "../images/prepare_digit.ts";
import { readPng } from "../images/read_png.ts";
import { UsageError } from "../usage_error.ts";
import type { PredictOptions } from "./options.ts";

/** One picture. */
export interface Input {
  /** Its file, and for one of several its number there. */
  readonly name: string;
  /** How it was read: `640 × 480, dark on light`. */
  readonly note: string;
  /** [rows · columns] in [0, 1]. */
  readonly pixels: Float32Array<ArrayBuffer>;
}

/** How many images of an IDX file are read where nobody says which. */
const FIRST = 10;

/**
 * All pictures of some files, in order. Throws DataError, which names the file, where one cannot be
 * read or does not suit the network; UsageError where `--index` names what there is not.
 */
export function readInputs(
  { images, index, center }: Pick<PredictOptions, "images" | "index" | "center">,
  imageShape: readonly [rows: number, columns: number],
): Input[] {
  let hasIdx = false;
  const inputs = images.flatMap((path) => {
    const bytes = disk.read(path);
    try {
      if (bytes[0] === 0x89) {
        return [{ name: path, ...center ? prepared(bytes, imageShape) : asIs(bytes, imageShape) }];
      }
      checkIdx(bytes);
      hasIdx = true;
      return fromIdx(path, bytes, index, imageShape);
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause;
      throw new DataError(`${path}: ${cause.message}`, { cause });
    }
  });
  if (index !== null && !hasIdx) {
    throw new UsageError("--index: goes with an IDX file: there is none among the images");
  }
  return inputs;
}

function prepared(
  bytes: Uint8Array,
  imageShape: readonly [rows: number, columns: number],
): Omit<Input, "name"> {
  const ink = inkOf(readPng(bytes));
  const found = ink.isDark ? "dark on light, inverted" : "light on dark";
  return {
    note: `${ink.columns} × ${ink.rows}, ${found}`,
    pixels: prepareDigit(ink, imageShape),
  };
}

/** A picture that is prepared already. What is transparent in it is black. */
function asIs(
  bytes: Uint8Array,
  [rows, columns]: readonly [rows: number, columns: number],
): Omit<Input, "name"> {
  const picture = readPng(bytes);
  if (picture.rows !== rows || picture.columns !== columns) {
    throw new DataError(
      `--no-center needs pictures of ${columns} × ${rows}: it is ` +
        `${picture.columns} × ${picture.rows}`,
    );
  }
  const { grey, opacity } = picture;
  return {
    note: "as it is",
    pixels: Float32Array.from(grey, (level, i) => level * (opacity?.[i] ?? 255) / 255 ** 2),
  };
}

/** Refuses what is no IDX file, with a hint where it is a picture of another kind. */
function checkIdx(bytes: Uint8Array): void {
  const isIdx = bytes[0] === 0 && bytes[1] === 0 || bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (isIdx) return;
  if (bytes.length === 0) throw new DataError("the file is empty");
  const begin = String.fromCharCode(...bytes.subarray(0, 12));
  const kind = begin.startsWith("\xff\xd8\xff")
    ? "JPEG"
    : begin.startsWith("GIF8")
    ? "GIF"
    : begin.startsWith("BM")
    ? "BMP"
    : begin.startsWith("RIFF") && begin.endsWith("WEBP")
    ? "WebP"
    : undefined;
  throw new DataError(
    "PNG and IDX files are read: this is " +
      (kind === undefined ? "neither" : `${kind}: save the picture as PNG`),
  );
}

function fromIdx(
  path: string,
  bytes: Uint8Array,
  index: readonly number[] | null,
  [rows, columns]: readonly [rows: number, columns: number],
): Input[] {
  const { dtype, shape, data: levels } = data.readIdx(bytes);
  const [n = 0] = shape;
  if (dtype !== "uint8" || shape.length !== 3 || shape[1] !== rows || shape[2] !== columns) {
    throw new DataError(
      `an IDX file of uint8 images [n, ${rows}, ${columns}] is needed: it is ` +
        `${dtype} [${shape.join(", ")}]`,
    );
  }
  const chosen = index ?? Array.from({ length: Math.min(FIRST, n) }, (_, i) => i);
  return chosen.map((i) => {
    if (i >= n) {
      throw new UsageError(`--index: ${path} has ${n} images, from 0 on: there is no ${i}`);
    }
    const image = levels.subarray(i * rows * columns, (i + 1) * rows * columns);
    return {
      name: `${path} ${i}`,
      note: "as it is",
      pixels: Float32Array.from(image, (level) => level / 255),
    };
  });
}
