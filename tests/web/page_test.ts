import assert from "node:assert/strict";
import { deno, testWith } from "../subprocess.ts";

const CHROMIUM = "/usr/bin/chromium";

/** Why there is no browser to test in; null where there is one. */
function whyNoBrowser(): string | null {
  if (Deno.permissions.querySync({ name: "read", path: CHROMIUM }).state !== "granted") return null;
  try {
    Deno.statSync(CHROMIUM);
    return null;
  } catch {
    return CHROMIUM;
  }
}

const missing = whyNoBrowser();
const name =
  "the page learns, reads and goes on in Chromium: in_chromium.ts and interchange.ts hold";
if (missing !== null) {
  Deno.test({ name: `${name} (needs ${missing})`, ignore: true, fn() {} });
} else {
  // A program of its own, as a browser's driver needs all permissions and the bundler a flag.
  testWith(["read", "write", "run", "net"], name, async () => {
    const files = ["tests/web/in_chromium.ts", "tests/web/interchange.ts"];
    const flags = ["--config=tests/deno.json", "-A", "--unstable-bundle", "--parallel"];
    const { code, stdout, stderr } = await deno(["test", ...flags, ...files]);
    assert.equal(code, 0, stdout + stderr);
  });
}
