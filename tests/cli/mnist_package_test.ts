import assert from "node:assert/strict";
import { data } from "../../mod.ts";
import { mnistPackageFolder } from "../../cli/mnist_package.ts";
import { testWith } from "../subprocess.ts";

testWith(["read"], "the package's folder holds MNIST itself", () => {
  const dir = mnistPackageFolder();
  assert.ok(dir !== undefined, "the package is not installed");
  assert.equal(data.readMnist({ dir }).name, "MNIST");
});
