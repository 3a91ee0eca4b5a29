import assert from "node:assert/strict";
import { findMnist, readMnist } from "../../src/data/mnist_files.ts";
import { mnistPackageFolder } from "../../cli/mnist_package.ts";
import { testWith } from "../subprocess.ts";

testWith(["read"], "the package's folder holds MNIST itself", () => {
  const dir = mnistPackageFolder();
  assert.ok(dir !== undefined, "the package is not installed");
  assert.equal(readMnist(findMnist({ dir })).name, "MNIST");
});
