/** Pictures out of files, as a network takes them. */
import { data, DataError } from "@glim/glim";
import { kindOf, readFile } from "../files.ts";
import { inkOf, shapesIn } from "../images/ink.ts";
import { fitPicture, prepareDigit } from "../images/prepare_digit.ts";
import { isJpeg, readJpeg } from "../images/read_jpeg.ts";
import { type GreyPicture, readPng } from "../images/picture.ts";
import { UsageError } from "../errors.ts";

/** What to read, and how. */
export interface InputOptions {
  /** PNG, JPEG and IDX files, and folders of pictures. */
  readonly images: readonly string[];
  /** Which images of an IDX file; null for its first ones. */
  readonly index: readonly number[] | null;
  /** Whether pictures are prepared as MNIST was, not taken as they are; null: by the data. */
  readonly center: boolean | null;
}

/** What the network learnt from. */
export interface ImagesLearnt {
  readonly imageShape: readonly [rows: number, columns: number];
  /** Whether the images are placed as MNIST's digits are. */
  readonly isCentred: boolean;
}

/** One picture. */
export interface Input {
  /** Its file, and for one of several its number there. */
  readonly name: string;
  /** How it was read: `640 × 480, dark on light`. */
  readonly note: string;
  /** How many shapes stand side by side in it, where they are several. */
  readonly shapes?: number;
  /** [rows · columns] in [0, 1]. */
  readonly pixels: Float32Array<ArrayBuffer>;
}

/** How many images of an IDX file are read where nobody says which. */
const FIRST = 10;

/** Which files are taken out of a folder. */
const PICTURES = /\.(png|jpe?g)$/i;

/**
 * All pictures of some files and folders, in order. A file that cannot be read, or does not suit the
 * network, is among the failures, a sentence each. UsageError where `--index` names what there is not.
 */
export async function readInputs(
  { images, index, center }: InputOptions,
  { imageShape, isCentred }: ImagesLearnt,
): Promise<{ inputs: Input[]; failures: string[] }> {
  const inputs: Input[] = [];
  const failures: string[] = [];
  let hasIdx = false;
  const place = center === false ? asIs : center ?? isCentred ? prepared : whole;
  const readOne = async (path: string) => {
    const bytes = await readFile(path);
    try {
      const picture = await pictureIn(bytes);
      if (picture !== null) {
        inputs.push({ name: path, ...place(picture, imageShape) });
        return;
      }
      checkIdx(bytes);
      hasIdx = true;
      inputs.push(...fromIdx(path, bytes, index, imageShape));
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause;
      throw new DataError(`${path}: ${cause.message}`, { cause });
    }
  };
  /** What fails is noted, and spares the rest. */
  const attempt = async (read: () => Promise<void>) => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      failures.push(error.message);
    }
  };
  for (const path of images) {
    await attempt(async () => {
      if (kindOf(path) !== "folder") return await readOne(path);
      for (const file of picturesIn(path)) await attempt(() => readOne(file));
    });
  }
  if (index !== null && !hasIdx) {
    throw new UsageError("--index: goes with an IDX file: there is none among the images");
  }
  return { inputs, failures };
}

/** The picture in a file; null where it is none that is read. */
async function pictureIn(bytes: Uint8Array): Promise<GreyPicture | null> {
  if (isJpeg(bytes)) return await readJpeg(bytes);
  return bytes[0] === 0x89 ? readPng(bytes) : null;
}

/** The pictures of a folder, by name. DataError where there is none. */
function picturesIn(folder: string): string[] {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => PICTURES.test(name)).sort();
  if (names.length > 0) return names.map((name) => `${folder.replace(/\/$/, "")}/${name}`);
  throw new DataError(`${folder}: a folder without pictures: PNG and JPEG files are read in one`);
}

/** How a picture is made an input of a network. */
type Place = (picture: GreyPicture, shape: ImagesLearnt["imageShape"]) => Omit<Input, "name">;

/** A drawing of a digit. */
const prepared: Place = (picture, imageShape) => {
  const ink = inkOf(picture);
  const found = ink.isDark ? "dark on light, inverted" : "light on dark";
  const shapes = shapesIn(ink);
  return {
    note: `${ink.columns} × ${ink.rows}, ${found}`,
    pixels: prepareDigit(ink, imageShape),
    ...(shapes > 1 ? { shapes } : {}),
  };
};

/** A picture for a network whose images are no digits in the middle. */
const whole: Place = (picture, imageShape) => {
  const { rows, columns } = picture;
  const { pixels, isInverted } = fitPicture(picture, imageShape);
  const isScaled = rows !== imageShape[0] || columns !== imageShape[1];
  const how = [
    `${columns} × ${rows}`,
    ...(isScaled ? ["scaled as a whole"] : []),
    ...(isInverted ? ["inverted"] : []),
    "not centred, as what the network learnt from is not",
  ];
  return { note: how.join(", "), pixels };
};

/** A picture that is prepared already. What is transparent in it is black. */
const asIs: Place = (picture, [rows, columns]) => {
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
};

/** Refuses what is no IDX file, with a hint where it is a picture of another kind. */
function checkIdx(bytes: Uint8Array): void {
  const isIdx = bytes[0] === 0 && bytes[1] === 0 || bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (isIdx) return;
  if (bytes.length === 0) throw new DataError("the file is empty");
  const begin = String.fromCharCode(...bytes.subarray(0, 12));
  const kinds = { GIF: /^GIF8/, BMP: /^BM/, WebP: /^RIFF.{4}WEBP$/s };
  const [kind] = Object.entries(kinds).find(([_, pattern]) => pattern.test(begin)) ?? [];
  throw new DataError(
    "PNG, JPEG and IDX files are read: this is " +
      (kind === undefined ? "none of them" : `${kind}: save the picture as PNG`),
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
