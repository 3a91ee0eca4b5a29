import assert from "node:assert/strict";
import { deno, testWith } from "../subprocess.ts";

const CHROMIUM = "/usr/bin/chromium";

function isThere(): boolean {
  if (Deno.permissions.querySync({ name: "read", path: CHROMIUM }).state !== "granted") return true;
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}

const name = "the GPU in Chromium: ops, a training, and what is said of a bad label";
if (!isThere()) {
  Deno.test({ name: `${name} (needs ${CHROMIUM})`, ignore: true, fn() {} });
} else {
  // A program of its own, as a browser's driver needs all permissions and the bundler a flag.
  testWith(["read", "write", "run", "net"], name, async () => {
    const flags = ["--config=tests/deno.json", "--no-check", "-A", "--unstable-bundle"];
    const { code, stdout, stderr } = await deno(["test", ...flags, "tests/webgpu/in_chromium.ts"]);
    assert.equal(code, 0, stdout + stderr);
  });
}
