/**
 * Files of the command line in the page, and the page's in the command line: run as in_chromium.ts.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fromTypedArray, io, nn, noGrad, scope, setKernelBuild } from "../../mod.ts";
import { bundlePage } from "../../web/site/bundle.ts";
import { imageFiles } from "../../web/site/images.ts";
import { openRun } from "../../web/worker/run_file.ts";
import { Session } from "../../web/worker/session.ts";
import { deno, temporaryFolder } from "../subprocess.ts";
import { CliFolder, interrupted } from "../cli_folder.ts";
import { openPage, serveAndStart, test } from "./chromium.ts";
import { allImages, downloaded, pausedAt, shownHash } from "./learning.ts";
import { setsOf } from "./mnist_sets.ts";

const cli = new CliFolder(28);
const files = new Map([...await bundlePage(), ...imageFiles(cli.data)]);
const { address, browser } = await serveAndStart(files);
Deno.test.afterAll(() => cli[Symbol.dispose]());

/** Epochs in all: enough that a run is not over before it can be interrupted. */
const LAST = "40";

const TRAIN = ["run", "--no-prompt", "--allow-read", "--allow-write", "cli/main.ts"];

/** Writes a file into the folder, and gives its path. */
function put(name: string, bytes: Uint8Array): string {
  Deno.writeFileSync(`${cli.path}/${name}`, bytes);
  return `${cli.path}/${name}`;
}

/** The probabilities that `predict` gives for the first test images. */
async function predictions(weights: string): Promise<number[][]> {
  const images = `${cli.data}/t10k-images-idx3-ubyte`;
  const { code, stdout, stderr } = await deno(
    [...TRAIN, "predict", "--json", "--weights", weights, images],
  );
  assert.deepEqual([code, stderr], [0, ""], weights);
  return JSON.parse(stdout).map(({ probabilities }: { probabilities: number[] }) => probabilities);
}

/** What a network itself gives for the same images. */
function answers(model: nn.Module): number[][] {
  const bytes = cli.bytes("data/t10k-images-idx3-ubyte").subarray(16, 16 + 10 * 784);
  return scope(() =>
    noGrad(() => {
      const x = fromTypedArray(Float32Array.from(bytes, (byte) => byte / 255), [10, 784]);
      return model.forward(x).softmax(1).toArray() as number[][];
    })
  );
}

function assertClose(actual: readonly number[][], expected: readonly number[][], what: string) {
  for (const [i, row] of expected.entries()) {
    for (const [k, p] of row.entries()) {
      assert.ok(Math.abs(actual[i]![k]! - p) < 1e-5, `${what}: image ${i}, class ${k}`);
    }
  }
}

/** The SHA-256 that the page shows of the weights in a file. */
function hashOf(bytes: Uint8Array): string {
  const weights = io.encodeSafetensors(io.decodeSafetensors(bytes));
  return createHash("sha256").update(weights).digest("hex");
}

for (
  const [name, options] of [
    ["relu", ["--layers", "3", "--hidden", "20"]],
    ["tanh", ["--layers", "2", "--hidden", "20", "--activation", "tanh", "--momentum"]],
    ["linear", ["--layers", "1"]],
    ["recipe", ["--recipe", "mlp-best"]],
  ] as const
) {
  test(`a run of the command line (${name}) goes on in the page, and from there in the command line`, async () => {
    const own = ["--epochs", "1", "--batch-size", "20", "--quiet", ...options];
    const trained = await cli.train(name, ...own);
    assert.equal(trained.code, 0, trained.stderr);
    const before = await predictions(`${cli.path}/${name}`);
    assertClose(await predictions(`${cli.path}/${name}/weights.safetensors`), before, "file");

    await using opened = await openPage(browser, address);
    const { page } = opened;
    await allImages(page);
    // a folder once, a file alone otherwise
    if (name === "tanh") await page.setInputFiles("#open-folder", `${cli.path}/${name}`);
    else await page.setInputFiles("#open", `${cli.path}/${name}/weights.safetensors`);
    await pausedAt(page, 0);
    assert.ok(!await page.locator("#problem").isVisible());
    const opens = put(`${name}-opened.safetensors`, await downloaded(page, "#save-weights"));
    assert.equal(hashOf(Deno.readFileSync(opens)), await shownHash(page));
    assertClose(await predictions(opens), before, "as the page opened it");

    await page.click("#steps");
    await pausedAt(page, 100);
    const weights = await downloaded(page, "#save-weights");
    const checkpoint = await downloaded(page, "#save-checkpoint");
    assert.equal(hashOf(weights), await shownHash(page));
    const run = openRun(checkpoint);
    using session = new Session(run.config, await setsOf(cli.data));
    run.putInto(session);
    const after = answers(session.model);
    assert.notDeepEqual(after, before);
    assertClose(await predictions(put(`${name}-w.safetensors`, weights)), after, "weights");
    if (name !== "relu") return; // the rest is alike for all

    const path = put(`${name}-c.safetensors`, checkpoint);
    assertClose(await predictions(path), after, "checkpoint");

    const out = `${cli.path}/${name}-on`;
    const on = [...TRAIN, "--resume", path, "--epochs", LAST, "--data-dir", cli.data];
    const done = await deno([...on, "--out", out, "--threads", "1"]);
    assert.deepEqual([done.code, done.stderr], [0, ""]);
    await session.run(Infinity, Number(LAST));
    assertClose(await predictions(out), answers(session.model), "gone on with");
    const judged = await deno([...TRAIN, "eval", "--json", "--weights", out]);
    assert.deepEqual([judged.code, judged.stderr], [0, ""]);
    const test = done.stdout.match(/^test accuracy +(\S+)/m)![1];
    assert.equal(JSON.parse(judged.stdout).accuracy.toFixed(4), test);

    // Stopped in between, it ends with the same bits, and the page opens what it ended with.
    const stopped = `${cli.path}/stopped`;
    const first = await interrupted([...on, "--out", stopped, "--threads", "1"], /^epoch +1 /m);
    assert.equal(first.code, 130, first.stderr);
    const rest = await deno([...TRAIN, "--resume", stopped]);
    assert.deepEqual([rest.code, rest.stderr], [0, ""]);
    const bytes = Deno.readFileSync(`${stopped}/weights.safetensors`);
    assert.deepEqual(bytes, Deno.readFileSync(`${out}/weights.safetensors`));
    await page.setInputFiles("#open", `${stopped}/weights.safetensors`);
    await page.locator("#hash", { hasText: hashOf(bytes) }).waitFor();
  });
}

test("a report shows all columns of its confusion matrix on a phone, in light and dark", async () => {
  const options = ["--epochs", "1", "--batch-size", "50", "--quiet"];
  assert.equal((await cli.train("report", ...options)).code, 0);
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({
      viewport: { width: 390, height: 800 },
      colorScheme,
    });
    const page = await context.newPage();
    await page.goto(`file://${cli.path}/report/report.html`);
    const box = await page.locator(".matrix .share").first().boundingBox();
    assert.ok(box!.x + box!.width <= 390, `the last column ends at ${box!.x + box!.width}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await context.close();
  }
});

test("the page's small CNN is read, judged and gone on with in the command line", async () => {
  setKernelBuild("fast");
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await allImages(page);
  await page.selectOption("#network", "cnn");
  await page.locator("#size", { hasText: "26,826" }).waitFor();
  await page.click("#step");
  await pausedAt(page, 1);
  const path = put("cnn.safetensors", await downloaded(page, "#save-checkpoint"));
  const run = openRun(Deno.readFileSync(path));
  using session = new Session(run.config, await setsOf(cli.data));
  run.putInto(session);
  assertClose(await predictions(path), answers(session.model), "checkpoint");
});

test("what the page or the command line cannot go on with is refused with what can", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await allImages(page);
  const alert = (text: RegExp) => page.getByRole("alert").getByText(text).waitFor();
  using folder = temporaryFolder();
  const conv = new nn.Sequential(new nn.Conv2d(1, 2, 3));
  Deno.mkdirSync(`${cli.path}/small`);
  put("small/config.json", new TextEncoder().encode('{"recipe": "small", "data": {}}'));
  put("small/weights.safetensors", io.encodeSafetensors(conv.stateDict()));
  await page.setInputFiles("#open-folder", `${cli.path}/small`);
  await alert(/^small: the network of the recipe small is none .* task train predict reads/);
  await page.setInputFiles("#open-folder", `${cli.path}/data`);
  await alert(/^data: a run's folder has weights.safetensors: this one has none/);
  await page.click("#step");
  await pausedAt(page, 1);
  const weights = put("w.safetensors", await downloaded(page, "#save-weights"));
  const page1 = put("c.safetensors", await downloaded(page, "#save-checkpoint"));
  const places = ["--data-dir", cli.data, "--out", `${folder.path}/run`];
  const refused: [args: string[], message: RegExp][] = [
    [[weights, "--epochs", "2", ...places], /has weights, which .*: the page's checkpoint does;/],
    [[page1, ...places], /^error: --epochs: needs .*, above 0, .* it is not given$/m],
    [[page1, "--epochs", "2", "--out", `${folder.path}/run`], /^error: resume: the data must be/],
    [[`${cli.path}/small`, "--epochs", "2"], /^error: --epochs: does not go with --resume/],
  ];
  for (const [args, message] of refused) {
    const { code, stderr } = await deno([...TRAIN, "--resume", ...args]);
    assert.match(stderr, message);
    assert.notEqual(code, 0);
  }
});
