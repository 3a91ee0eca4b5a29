import assert from "node:assert/strict";
import { disk } from "../../src/data/files.ts";
import { findMnist } from "../../src/data/mnist_files.ts";
import { mnistPackageFolder } from "../../src/experiments/mnist_package.ts";

Deno.test({
  name: "the package's folder holds the four files (needs --allow-read)",
  ignore: Deno.permissions.querySync({ name: "read" }).state !== "granted",
  async fn() {
    const dir = mnistPackageFolder();
    assert.ok(dir !== undefined && await disk.kind(dir) === "folder", dir);
    assert.equal((await findMnist({ dir })).dir, dir);
  },
});
