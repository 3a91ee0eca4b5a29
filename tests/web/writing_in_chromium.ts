/** What holds of the page of writing in Chromium: run as in_chromium.ts. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { setKernelBuild, train } from "../../mod.ts";
import { dataOf, Training } from "../../cli/fit.ts";
import type { Options } from "../../cli/experiment.ts";
import { loadExperiment } from "../../cli/load.ts";
import { bundlePage } from "../../web/site/bundle.ts";
import { imageFiles } from "../../web/site/images.ts";
import { hashOf } from "../../web/worker/weights.ts";
import { deno, temporaryFolder } from "../subprocess.ts";
import { openPage, serveAndStart, test } from "./chromium.ts";
import { checkpointIn, downloaded, pausedAt, shownHash } from "./learning.ts";

const { address, browser } = await serveAndStart(
  new Map([...await bundlePage(), ...imageFiles(undefined)]),
);

const TEXT = "the quick brown fox jumps over the lazy dog.\n".repeat(20);

/** A network so small that a hundred steps are nothing. */
const TINY = { layers: 2, heads: 2, width: 16, context: 8, batchSize: 4, lr: 0.01, epochs: 5 };

/** Waits for the page, and fills its form. */
async function fill(page: Page, text = TEXT, config: object = TINY): Promise<void> {
  await page.locator("body[data-state=ready]").waitFor();
  await page.fill("#text", text);
  for (const [name, value] of Object.entries(config)) await page.fill(`#${name}`, String(value));
}

/** A file as a user chooses it. */
function fileOf(name: string, bytes: Uint8Array) {
  return { name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) };
}

/** The same run by the command line's experiment, which is to be stopped after some steps. */
async function inDeno(file: string, config: object = TINY) {
  const { experiment } = await loadExperiment("experiments/gpt.ts");
  const options = experiment.schema.parse({ ...config, stepsPerEpoch: 100, file }) as Options;
  const data = await dataOf(experiment, options);
  const training = await Training.begin(experiment, { options, seed: 1, data });
  let last = 0;
  training.listeners.push({
    onStepEnd: ({ totalSteps }) => void (totalSteps === last && training.trainer.stop()),
  });
  const checkpoint = () => training.trainer.readCheckpoint({ config: training.built.note!() });
  return {
    model: training.model,
    checkpoint,
    resume: (checkpoint: train.Checkpoint) => training.resume(checkpoint, {}),
    /** Goes on until so many steps are done. */
    async runTo(steps: number) {
      last = steps;
      if (training.trainer.isStopped) training.resume(await checkpoint(), {});
      await training.fit();
    },
    [Symbol.dispose]: () => training[Symbol.dispose](),
  };
}

test("a text is learnt with the same bits in the page and by experiments/gpt.ts, from one to the other and back", async () => {
  setKernelBuild("strict");
  using folder = temporaryFolder();
  const file = `${folder.path}/text.txt`;
  Deno.writeTextFileSync(file, TEXT);
  await using opened = await openPage(browser, `${address}gpt/?kernels=strict`);
  const { page } = opened;
  await fill(page);
  await page.click("#steps");
  await pausedAt(page, 100);
  using whole = await inDeno(file);
  await whole.runTo(100);
  assert.equal(await shownHash(page), await hashOf(whole.model), "from the start");

  const path = `${folder.path}/page.safetensors`;
  Deno.writeFileSync(path, await downloaded(page, "#save-checkpoint"));
  using resumed = await inDeno(path); // which has the text
  resumed.resume(await train.loadCheckpoint(path));
  await resumed.runTo(150);
  const bytes = train.encodeCheckpoint(await resumed.checkpoint());
  const hash = await hashOf(resumed.model);
  await resumed.runTo(250);

  await using another = await openPage(browser, `${address}gpt/?kernels=strict`);
  const { page: next } = another;
  await next.locator("body[data-state=ready]").waitFor();
  await next.setInputFiles("#open", fileOf("step-000150.ckpt", bytes));
  await pausedAt(next, 150);
  assert.equal(await shownHash(next), hash, "as Deno wrote it");
  assert.equal(await next.inputValue("#text"), TEXT);
  assert.equal(await next.inputValue("#width"), "16");
  await next.click("#steps");
  await pausedAt(next, 250);
  assert.equal(await shownHash(next), await hashOf(resumed.model), "100 steps later");
});

test("deno task train --resume takes a run of the page over, and what it writes opens in the page", async () => {
  using folder = temporaryFolder();
  await using opened = await openPage(browser, `${address}gpt/`);
  const { page } = opened;
  await fill(page);
  await page.click("#steps");
  await pausedAt(page, 100);
  const path = `${folder.path}/page.safetensors`;
  Deno.writeFileSync(path, await downloaded(page, "#save-checkpoint"));
  const out = `${folder.path}/run`;
  const { code, stdout, stderr } = await deno([
    ...["run", "--no-prompt", "--allow-read", "--allow-write", "cli/main.ts"],
    ...["--resume", path, "--out", out, "--checkpoint-every", "150"],
  ]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /going on in epoch 0 after step 100/);
  const { epochs, layers } = JSON.parse(Deno.readTextFileSync(`${out}/config.json`));
  assert.deepEqual([epochs, layers], [5, 2]);
  await page.setInputFiles("#open", `${out}/checkpoints/step-000450.ckpt`);
  await pausedAt(page, 450);
  assert.ok(!await page.locator("#problem").isVisible());
});

test("a tab that is reloaded while it learns to write goes on to the same bits", async () => {
  setKernelBuild("strict");
  using folder = temporaryFolder();
  const file = `${folder.path}/text.txt`;
  Deno.writeTextFileSync(file, TEXT);
  await using opened = await openPage(browser, `${address}gpt/?kernels=strict`);
  const { page } = opened;
  const config = { ...TINY, epochs: 500 }; // more than there is time for
  await fill(page, TEXT, config);
  await page.click("#run");
  await checkpointIn(page, "glim-writing");
  await page.reload();
  await page.locator("body[data-state=paused]").waitFor({ timeout: 120_000 });
  const steps = Number(await page.getAttribute("body", "data-steps"));
  assert.ok(steps > 0);
  assert.equal(await page.inputValue("#text"), TEXT);
  await page.click("#steps");
  await pausedAt(page, steps + 100);
  using whole = await inDeno(file, config);
  await whole.runTo(steps + 100);
  assert.equal(await shownHash(page), await hashOf(whole.model));
});

test("it writes as it learns, in the letters of the text, and on from a prompt of the user's", async () => {
  await using opened = await openPage(browser, `${address}gpt/`);
  const { page } = opened;
  await fill(page);
  await page.click("#run");
  await page.waitForFunction(() => document.querySelector("#written")!.textContent!.length === 300);
  assert.equal(await page.getAttribute("body", "data-state"), "running");
  await page.click("#run");
  await page.locator("body[data-state=paused]").waitFor();
  await page.fill("#prompt", "the Ü");
  await page.click("#write");
  await page.getByText("The text has no “Ü”: left out.").waitFor();
  const [prompt, written] = await page.locator(".written span").allTextContents();
  assert.equal(prompt, "the Ü");
  assert.match(written!, /^[a-z. \n]{300}$/);
  await page.focus("#temperature");
  await page.keyboard.press("Home");
  for (let i = 0; i < 2; i++) await page.click("#write");
  await page.getByText(/^By the network after/).or(page.getByText(/left out/)).waitFor();
  const steps = Number(await page.getAttribute("body", "data-steps"));
  const tile = (await page.textContent("#step-count"))!.replaceAll(",", "");
  assert.equal(Number(tile), steps);
});

test("each head is a picture of the line, and its letters say what they look at", async () => {
  await using opened = await openPage(browser, `${address}gpt/`);
  const { page } = opened;
  await fill(page);
  await page.click("#steps");
  await pausedAt(page, 100);
  await page.fill("#line", "the fox jumps"); // five more than it sees
  // until now there were the letters of another line
  await page.waitForFunction(() => {
    const letters = [...document.querySelectorAll("#letters span")];
    return letters.map(({ textContent }) => textContent).join("") === "ox␣jumps";
  });
  const heads = page.locator("#heads-shown button");
  assert.deepEqual(
    await heads.allTextContents(),
    ["layer 1, head 1", "layer 1, head 2", "layer 2, head 1", "layer 2, head 2"],
  );
  assert.deepEqual(
    await heads.locator("canvas").evaluateAll((all) =>
      all.map((canvas) => (canvas as HTMLCanvasElement).width)
    ),
    [8, 8, 8, 8],
  );
  await page.focus("#letter");
  await page.keyboard.press("Home");
  await page.getByText("In layer 1, head 1, “o” (1.) looks at “o” (1., 100 %).").waitFor();
  await heads.nth(3).click();
  await page.getByText("In layer 2, head 2, “o” (1.) looks at “o” (1., 100 %).").waitFor();
  assert.equal(await heads.nth(3).getAttribute("aria-pressed"), "true");
});

test("a text or a size that nothing can be learnt from is told, and what was there stays", async () => {
  await using opened = await openPage(browser, `${address}gpt/?kernels=strict`);
  const { page } = opened;
  await fill(page);
  await page.click("#steps");
  await pausedAt(page, 100);
  const hash = await shownHash(page);
  const refused: [text: string, config: object, message: RegExp][] = [
    ["", {}, /^the text is empty: there is nothing to learn$/],
    ["\n  \n", {}, /^the text is empty/],
    ["a".repeat(500), {}, /^the text is one character over and over, "a":/],
    ["to be or not to be", {}, /at least 81 characters for a context of 8.* it has 18$/],
    ["ab".repeat(5e6), {}, /10,000,000 characters: the page takes at most 2,000,000;/],
    [TEXT, { width: 15 }, /^width: a multiple of the 2 heads is needed: it is 15$/],
    [TEXT, { width: 16, layers: 99 }, /^layers: a whole number from 1 to 8 is needed: it is 99$/],
    [TEXT, { layers: 2, context: "" }, /^context: a whole number from 4 to 256 .* it is NaN$/],
  ];
  for (const [text, config, message] of refused) {
    await page.evaluate((text) => {
      document.querySelector<HTMLTextAreaElement>("#text")!.value = text;
    }, text);
    for (const [name, value] of Object.entries(config)) await page.fill(`#${name}`, String(value));
    await page.click("#reset");
    await page.getByRole("alert").getByText(message).waitFor();
  }
  await page.setInputFiles("#open", fileOf("text.txt", new TextEncoder().encode(TEXT)));
  await page.getByRole("alert").getByText(/^text.txt: decodeCheckpoint: /).waitFor();
  await page.fill("#context", "8");
  await page.click("#steps");
  await pausedAt(page, 200);
  assert.notEqual(await shownHash(page), hash);
});

test("a run that gives way to another, and one that an earlier visit left, come back", async () => {
  await using opened = await openPage(browser, `${address}gpt/`);
  const { page } = opened;
  await fill(page);
  await page.click("#steps");
  await pausedAt(page, 100);
  const hash = await shownHash(page);
  await page.fill("#width", "8");
  await page.click("#reset");
  await page.getByText("The network before, after 100 steps, is kept.").waitFor();
  await page.click("#undo");
  await pausedAt(page, 100);
  assert.equal(await shownHash(page), hash);
  assert.equal(await page.inputValue("#width"), "16");
  await page.click("#steps");
  await pausedAt(page, 200);
  const later = await shownHash(page);
  await page.goto(address); // not a reload
  await page.goto(`${address}gpt/`);
  await page.getByText("The last visit's network, after 200 steps, is kept.").waitFor();
  await page.click("#undo");
  await pausedAt(page, 200);
  assert.equal(await shownHash(page), later);
});

test("the pages lead to each other; all that can be pressed has a name, and a phone shows all of it", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await page.getByRole("link", { name: "Another learns to write." }).click();
  await page.waitForURL(`${address}gpt/index.html`);
  await page.locator("body[data-state=ready]").waitFor();
  const unnamed = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLInputElement>("input, textarea, button")]
      .filter((one) => (one.labels?.[0] ?? one).textContent!.trim() === "").map(({ id }) => id)
  );
  assert.deepEqual(unnamed, []);
  await page.locator("#heads-shown button").nth(7).waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.waitForFunction(() => document.documentElement.scrollWidth === 360); // once drawn anew
  await page.getByRole("link", { name: "Another network learns to read." }).click();
  await page.waitForURL(`${address}index.html`);
  await page.getByRole("heading", { name: "Draw a digit" }).waitFor();
});
