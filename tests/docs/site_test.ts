/** The documentation's site is built, and holds in Chromium. */
import assert from "node:assert/strict";
import { deno, root, temporaryFolder, testWith } from "../subprocess.ts";

const name = "the documentation is built, searched and run in Chromium: in_chromium.ts holds";
const CHROMIUM = "/usr/bin/chromium";

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (Deno.permissions.querySync({ name: "read" }).state === "granted" && !isThere(CHROMIUM)) {
  Deno.test({ name: `${name} (needs ${CHROMIUM})`, ignore: true, fn() {} });
} else {
  testWith(["read", "write", "run", "net"], name, async () => {
    using folder = temporaryFolder();
    const program = ["--config=docs/site/deno.json", "--unstable-bundle", "docs/site/main.ts"];
    const built = await deno(["run", "-A", ...program, "--out", folder.path]);
    assert.equal(built.code, 0, built.stdout + built.stderr);
    const { code, stdout, stderr } = await deno(
      ["test", "-A", "--no-check", "--config=tests/deno.json", `${root}tests/docs/in_chromium.ts`],
      { env: { DOCS: `${folder.path}/` } },
    );
    assert.equal(code, 0, stdout + stderr);
  });
}
