/**
 * MNIST as the benchmarks take it.
 *
 * @module
 */
import { data, DataError, fromTypedArray, type Tensor } from "@glim/glim";
import { LeftOutError } from "./case.ts";

/** Mean and standard deviation of MNIST's pixels, as PyTorch's example has them. */
const MEAN = 0.1307, STD = 0.3081;

/** Of an image. */
export const PIXELS = 784;

let folder = "";
let files: data.MnistFiles | undefined;
let normalized: data.TensorDataset | undefined;

/** Says where the four files are. */
export function readFrom(path: string): void {
  folder = path;
}

/** The four files. LeftOutError where they are not there. */
function load(): data.MnistFiles {
  try {
    return files ??= data.readMnist({ dir: folder });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new LeftOutError(error.message);
  }
}

/** All 60,000 training samples, normalised: x is float32 [784], y an int32 scalar. */
export function normalizedTraining(): data.TensorDataset {
  const { trainImages, trainLabels } = load();
  return normalized ??= new data.TensorDataset(
    tensorOf(normalize(trainImages)),
    fromTypedArray(trainLabels, [trainLabels.length], { dtype: "int32" }),
  );
}

/** The first test images, normalised: [n, 784]. Belongs to no scope. */
export function normalizedTest(n: number): Tensor {
  return tensorOf(testPixels(n)).keep();
}

/** The same as numbers. */
export function testPixels(n: number): Float32Array<ArrayBuffer> {
  return normalize(load().testImages.subarray(0, n * PIXELS));
}

/** The training samples as numbers: pixels, normalised or from 0 to 1, and labels. */
export function trainingNumbers(
  pixels: "normalized" | "from 0 to 1" = "normalized",
): { x: Float32Array<ArrayBuffer>; y: Int32Array<ArrayBuffer> } {
  const { trainImages, trainLabels } = load();
  const x = pixels === "normalized"
    ? normalize(trainImages)
    : Float32Array.from(trainImages, (byte) => byte / 255);
  return { x, y: Int32Array.from(trainLabels) };
}

/** The training samples as `deno task train` has them: bytes that become floats in [0, 1]. */
export function byteTraining(): data.ImageDataset {
  const { trainImages, trainLabels } = load();
  const n = trainLabels.length;
  return new data.ImageDataset(
    fromTypedArray(trainImages, [n, PIXELS]),
    fromTypedArray(trainLabels, [n], { dtype: "int32" }),
  );
}

function normalize(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const table = Float32Array.from({ length: 256 }, (_, i) => (i / 255 - MEAN) / STD);
  return Float32Array.from(bytes, (byte) => table[byte]!);
}

function tensorOf(values: Float32Array<ArrayBuffer>): Tensor {
  return fromTypedArray(values, [values.length / PIXELS, PIXELS]);
}
