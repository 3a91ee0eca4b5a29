/** Checkpoints in the browser's storage, in Chromium. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { io, setKernelBuild, train } from "../../mod.ts";
import type { WorkerFitOptions } from "../../src/train/trainer_worker.ts";
import { bundle } from "../../web/site/bundle.ts";
import { type Options, training } from "../train/worker/training.ts";
import { openPage, serveAndStart, test } from "./chromium.ts";
import type { Outcome } from "./storage_page.ts";

const page = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">' +
  '<script type="module" src="page.js"></script>';
const { address, browser } = await serveAndStart(
  new Map([
    ["index.html", new TextEncoder().encode(page)],
    ...await bundle("page.js", import.meta.resolve("./storage_page.ts")),
    ...await bundle("worker.js", import.meta.resolve("./storage_worker.ts")),
  ]),
);

const EPOCHS = 12;
const options: Options = { seed: 4 };
const kept: WorkerFitOptions = { epochs: EPOCHS, checkpoints: { path: "runs/one", seconds: 0 } };

/** The weights of the training when nothing stops it, as the page tells them. */
async function expected(): Promise<string> {
  setKernelBuild("strict");
  const { train: learn, dev, calls: _, config: _config, ...own } = training(options);
  await new train.Trainer(own).fit(learn, dev, { epochs: EPOCHS });
  const bytes = io.encodeSafetensors(own.model.stateDict());
  return Array.from(bytes, (byte) => byte.toString(16)).join();
}

type Given = [Options & { noStorage?: boolean }, WorkerFitOptions];

/** What the page's program defines. */
declare const run: (...given: Given) => Promise<Outcome>;
declare const told: () => number;

function runIn(page: Page, ...given: Given): Promise<Outcome> {
  return page.evaluate((given) => run(...given), given);
}

test("a tab that is reloaded in the middle, twice, goes on to the same bits", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  for (const steps of [20, 50]) { // while it writes after every step
    runIn(page, options, kept).catch(() => {}); // the reload takes the answer away
    await page.waitForFunction((steps) => told() >= steps, steps);
    await page.reload();
  }
  const { weights, epochs, first, problems } = await runIn(page, options, kept);
  assert.deepEqual([epochs, problems], [EPOCHS, []]);
  assert.ok(first > 40, `it went on at step ${first}`);
  assert.equal(weights, await expected());
  const names = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const runs = await (await root.getDirectoryHandle("runs")).getDirectoryHandle("one");
    return await Array.fromAsync((runs as unknown as { keys(): AsyncIterable<string> }).keys());
  });
  assert.ok(
    names.length <= 3 && names.every((name) => /^step-\d{6}\.ckpt$/.test(name)),
    `${names}`,
  );
});

test("where there is no more room training goes on, and tells how much there is", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  const driver = await page.context().newCDPSession(page);
  await driver.send("Storage.overrideQuotaForOrigin", {
    origin: address.slice(0, -1),
    quotaSize: 15_000,
  });
  const { weights, problems } = await runIn(page, options, kept);
  assert.equal(weights, await expected());
  assert.match(
    problems[0]!,
    /^write runs\/one\/step-\d+\.ckpt: the browser gives this page no more room: it has used [\d.]+ of [\d.]+ MB$/,
  );
});

test("where the browser refuses to store anything training goes on, and says why", async () => {
  await using opened = await openPage(browser, address);
  const { weights, problems } = await runIn(opened.page, { ...options, noStorage: true }, kept);
  assert.equal(weights, await expected());
  assert.match(problems[0]!, /^read runs\/one: the browser gives this page no storage: /);
});
