/** The programs behind `deno task web` and `deno task web:build`. */
import assert from "node:assert/strict";
import { encodeIdx } from "../../web/site/images.ts";
import { deno, startDeno, temporaryFolder, testWith } from "../subprocess.ts";

const PROGRAM = ["run", "--unstable-bundle", "-A", "web/site/main.ts"];

/** Twelve images of as many labels, as the four files of a data set in MNIST's format. */
function writeImages(folder: string): void {
  const images = encodeIdx([12, 28, 28], new Uint8Array(12 * 784));
  const labels = encodeIdx([12], new Uint8Array(12));
  for (const name of ["train", "t10k"]) {
    Deno.writeFileSync(`${folder}/${name}-images-idx3-ubyte`, images);
    Deno.writeFileSync(`${folder}/${name}-labels-idx1-ubyte`, labels);
  }
}

/** The permissions that the tasks give the program. */
const GRANTED = ["run", "--unstable-bundle", "--allow-read", "--allow-net", "web/site/main.ts"];

/** Serves with some options, and gives the address to `visit`. */
async function served(
  options: readonly string[],
  visit: (url: string) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  writeImages(folder.path);
  const args = [...PROGRAM, "serve", "--port", "0", "--data", folder.path, ...options];
  await using child = startDeno(args);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  await visit(value!.trim());
  child.kill();
  await reader.cancel();
  await child.stderr.cancel();
}

testWith(
  ["read", "write", "run", "net"],
  "the server prints its address, isolates the page and serves it with its images",
  async () => {
    await served([], async (url) => {
      const page = await fetch(url);
      assert.match(await page.text(), /<title>Glim/);
      assert.equal(page.headers.get("cross-origin-opener-policy"), "same-origin");
      assert.equal(page.headers.get("cross-origin-embedder-policy"), "require-corp");
      const index = await (await fetch(`${url}data/index.json`)).json();
      assert.deepEqual([index.name, index.train, index.total], ["unverified", 10, 12]);
      assert.equal((await fetch(`${url}data/train-00.idx`)).headers.get("content-length"), "7856");
      const docs = await fetch(`${url}docs`); // leads to docs/, and that to its index.html
      assert.deepEqual([docs.status, new URL(docs.url).pathname], [200, "/docs/"]);
      assert.match(await docs.text(), /<html[^]*<title>/);
      const missing = await fetch(`${url}../deno.json`);
      assert.equal(missing.status, 404);
      await missing.body?.cancel();
    });
  },
);

testWith(
  ["read", "write", "run", "net"],
  "without isolation there are no headers for it",
  async () => {
    await served(["--no-isolation"], async (url) => {
      const page = await fetch(url);
      assert.equal(page.headers.get("cross-origin-opener-policy"), null);
      await page.body?.cancel();
    });
  },
);

testWith(["read", "write", "run"], "the static files are the same, images gzipped", async () => {
  using folder = temporaryFolder();
  writeImages(folder.path);
  const out = `${folder.path}/site`;
  const { code, stdout, stderr } = await deno(
    [...PROGRAM, "build", "--data", folder.path, "--out", out],
  );
  assert.deepEqual({ code, stdout, stderr }, {
    code: 0,
    stdout: `${out}/index.html\n`,
    stderr: "",
  });
  const names = Array.from(Deno.readDirSync(out), ({ name }) => name.replace(/-\w+\.js$/, "-"))
    .sort();
  assert.deepEqual(names, [
    "about",
    "chunk-",
    "data",
    "digits.safetensors",
    "docs",
    "gpt",
    "icon.svg",
    "index.html",
    "mod-",
    "page.js",
    "style.css",
    "worker.js",
  ]);
  assert.deepEqual([...Deno.readFileSync(`${out}/data/train-00.idx`).subarray(0, 2)], [0x1f, 0x8b]);
});

testWith(["read", "write", "run"], "a wrong option and a missing folder are told", async () => {
  const cases: [string[], number, RegExp][] = [
    [["serve", "--port", "http"], 1, /^error: --port: needs a whole number .*: it is "http"\n$/],
    [["serve", "--porto", "1"], 2, /unknown option '--porto'/],
    [["build", "--data", "no/such"], 1, /^error: mnist: no folder no\/such\n$/],
  ];
  for (const [args, expected, message] of cases) {
    const { code, stderr } = await deno([...PROGRAM, ...args]);
    assert.equal(code, expected, stderr);
    assert.match(stderr, message);
  }
});

testWith(["read", "run"], "help needs no permission that the task does not give", async () => {
  const { code, stdout, stderr } = await deno([...GRANTED, "serve", "--help"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /--no-isolation/);
});

testWith(["read", "run", "net"], "a port in use is told with its address", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const { code, stderr } = await deno([...GRANTED, "serve", "--port", String(port)]);
  listener.close();
  assert.equal(code, 1, stderr);
  assert.match(stderr, new RegExp(`^error: serve: cannot listen at 127.0.0.1:${port}: .*in use`));
});
