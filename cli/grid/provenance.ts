/**
 * What a trial's bits depend on beside its options and seed: the experiment's code, the library that
 * computes it and the data that it learns from. Two machines that agree on these give the same bits.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { data, getKernelHash, scope, tensor, VERSION } from "@glim/glim";
import { mnistPackageFolder } from "../mnist_package.ts";

/** What decides a trial's bits beside its options and seed. */
export interface Provenance {
  /** The experiment's file, by its name and a hash of its code. */
  experiment: string;
  /** The library; see {@link libraryId}. */
  library: string;
  /** The data set, by its contents. */
  data: string;
}

/** A data set as a grid needs to know it. */
export interface DataId {
  /** The folder of its files. */
  dir: string;
  /** "MNIST" by its checksums, or a hash of another set in its format. */
  id: string;
  /** Training samples, those of the dev set not counted. */
  samples: number;
}

/** Images at the end of the training set that are the dev set. */
const DEV = 10_000;

/** Finds the data set and names it by its contents. Throws DataError as `data.mnist` does. */
export function identifyData(dataDir: string | null): DataId {
  const files = data.readMnist({ dir: dataDir ?? undefined, fallback: mnistPackageFolder() });
  const samples = files.trainLabels.length - DEV;
  if (files.name === "MNIST") return { dir: files.dir, id: files.name, samples };
  const hash = createHash("sha256").update(JSON.stringify(files.imageShape));
  for (const part of [files.trainImages, files.trainLabels, files.testImages, files.testLabels]) {
    hash.update(part);
  }
  return { dir: files.dir, id: hash.digest("hex").slice(0, 16), samples };
}

/**
 * The library by its version, its kernels, and whether multiply and add are one rounding or two,
 * which the processor decides: `0.1.0, kernels 1a2b3c4d, fused`.
 */
export function libraryId(): string {
  return `${VERSION}, kernels ${getKernelHash()}, ${isFused() ? "fused" : "two roundings"}`;
}

/**
 * Whether the kernels round once after multiply and add. With x = 1 + 2⁻¹², x² is 1 + 2⁻¹¹ + 2⁻²⁴,
 * whose last term a rounding to float32 loses: x² - (1 + 2⁻¹¹) is 0 after two roundings, else 2⁻²⁴.
 */
export function isFused(): boolean {
  const x = 1 + 2 ** -12;
  return scope(() => {
    const a = tensor([[-(1 + 2 ** -11), x]]).expand([16, 2]).contiguous();
    const b = tensor([[1], [x]]).expand([2, 16]).contiguous();
    return a.matmul(b).max().item() > 0;
  });
}
