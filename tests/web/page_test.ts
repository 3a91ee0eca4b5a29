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
const name = "the page learns, reads and goes on in Chromium: all of in_chromium.ts holds";
if (missing !== null) {
  Deno.test({ name: `${name} (needs ${missing})`, ignore: true, fn() {} });
} else {
  // A program of its own, as a browser's driver needs all permissions and the bundler a flag.
  testWith(["read", "write", "run", "net"], name, async () => {
    const args = ["test", "-A", "--unstable-bundle", "tests/web/in_chromium.ts"];
    const { code, stdout, stderr } = await deno(args);
    assert.equal(code, 0, stdout + stderr);
  });
}
