import assert from "node:assert/strict";
import { deno, root, temporaryFolder, testWith } from "../subprocess.ts";

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

/** What names stand for in the tests, and what the page's bundler puts in the place of a file. */
function pageImports(): Record<string, string> {
  return Object.fromEntries(["tests", "web"].flatMap((product) => {
    const { imports } = JSON.parse(Deno.readTextFileSync(`${root}${product}/deno.json`));
    const place = (path: string) =>
      path.startsWith(".") ? `${new URL(path, `file://${root}${product}/`)}` : path;
    return Object.entries<string>(imports).map(([name, to]) => [place(name), place(to)]);
  }));
}

const missing = whyNoBrowser();
const name =
  "the page learns, reads and goes on in Chromium: in_chromium.ts, interchange.ts, storage_in_chromium.ts and writing_in_chromium.ts hold";
if (missing !== null) {
  Deno.test({ name: `${name} (needs ${missing})`, ignore: true, fn() {} });
} else {
  // A program of its own, as a browser's driver needs all permissions and the bundler a flag.
  testWith(["read", "write", "run", "net"], name, async () => {
    using folder = temporaryFolder();
    const map = `${folder.path}/map.json`;
    Deno.writeTextFileSync(map, JSON.stringify({ imports: pageImports() }));
    const files = [
      "tests/web/in_chromium.ts",
      "tests/web/interchange.ts",
      "tests/web/storage_in_chromium.ts",
      "tests/web/writing_in_chromium.ts",
    ];
    const flags = [
      "--config=tests/deno.json",
      `--import-map=${map}`,
      "--no-check",
      "-A",
      "--unstable-bundle",
    ];
    const { code, stdout, stderr } = await deno(["test", "--parallel", ...flags, ...files]);
    assert.equal(code, 0, stdout + stderr);
  });
}
