import { findMnist } from "../../src/data/mnist_files.ts";
import { mnistPackageFolder } from "../../cli/mnist_package.ts";
import { fromFiles } from "../../web/worker/data_source.ts";
import type { DigitSets } from "../../web/worker/session.ts";

/** MNIST's training images as the page has them when all have come. */
export function mnistSets(): Promise<DigitSets> {
  return setsOf(undefined);
}

/** The same of a folder of files in MNIST's format. */
export async function setsOf(dir: string | undefined): Promise<DigitSets> {
  const { trainImages, trainLabels } = findMnist({ dir, fallback: mnistPackageFolder() }).paths;
  const files = [trainImages, trainLabels].map((name) => ({
    name,
    bytes: Deno.readFileSync(name).buffer,
  }));
  return (await fromFiles(files)).sets;
}
