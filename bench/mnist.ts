/**
 * MNIST as the benchmarks take it.
 *
 * @module
 */
import { data, DataError, fromTypedArray, type Tensor } from "@glim/glim";
import { mnistPackageFolder } from "@glim/cli/task";
import { LeftOutError } from "./case.ts";

/** Mean and standard deviation of MNIST's pixels, as PyTorch's example has them. */
const MEAN = 0.1307, STD = 0.3081;

const PIXELS = 784;

let files: data.MnistFiles | undefined;
let normalized: data.TensorDataset | undefined;

function load(): data.MnistFiles {
  try {
    return files ??= data.readMnist({ fallback: mnistPackageFolder() });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new LeftOutError(error.message);
  }
}

/** All 60,000 training samples, normalised: x is float32 [784], y an int32 scalar. */
export function normalizedTraining(): data.TensorDataset {
  const { trainImages, trainLabels } = load();
  return normalized ??= new data.TensorDataset(
    normalize(trainImages),
    fromTypedArray(trainLabels, [trainLabels.length], { dtype: "int32" }),
  );
}

/** The first test images, normalised: [n, 784]. Belongs to no scope. */
export function normalizedTest(n: number): Tensor {
  return normalize(load().testImages.subarray(0, n * PIXELS)).keep();
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

function normalize(bytes: Uint8Array): Tensor {
  const table = Float32Array.from({ length: 256 }, (_, i) => (i / 255 - MEAN) / STD);
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i]!]!;
  return fromTypedArray(values, [bytes.length / PIXELS, PIXELS]);
}
