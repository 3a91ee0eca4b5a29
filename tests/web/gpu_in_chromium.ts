/** The page's switch between CPU and GPU, in Chromium, where a program, SwiftShader, is the GPU. */
import assert from "node:assert/strict";
import { bundlePage } from "../../web/site/bundle.ts";
import { imageFiles } from "../../web/site/images.ts";
import { openPage, serveAndStart, test } from "./chromium.ts";
import { allImages, pausedAt, shownHash } from "./learning.ts";

const files = new Map([...await bundlePage(), ...imageFiles(undefined)]);
const { address, browser } = await serveAndStart(files, ["--enable-unsafe-webgpu"]);

test("a run moves to the GPU and back, with the speed of both beside each other", async () => {
  await using opened = await openPage(browser, address);
  const { page, asked } = opened;
  const parts = () => [...asked].filter((path) => path.includes("mod-"));
  await allImages(page);
  await page.click("#step");
  await pausedAt(page, 1);
  const first = await shownHash(page);
  assert.deepEqual(parts(), [], "nothing of the GPU is loaded before it is wanted");

  await page.locator("input[value=webgpu]:enabled").check();
  await page.locator("body[data-device=webgpu]").waitFor();
  await pausedAt(page, 1);
  assert.equal(parts().length, 1);
  assert.equal(await shownHash(page), first, "the weights came along");
  await page.click("#step");
  await pausedAt(page, 2);
  const second = await shownHash(page);
  assert.notEqual(second, first);
  assert.match((await page.textContent("#accuracy"))!, /^[\d.]+ %$/);

  await page.locator("input[value=cpu]").check();
  await page.locator("body[data-device=cpu]").waitFor();
  await pausedAt(page, 2);
  assert.equal(await shownHash(page), second);
  await page.click("#step");
  await pausedAt(page, 3);
  for (const device of ["cpu", "webgpu"]) {
    assert.match((await page.textContent(`#rate-${device}`))!, /^[\d,]+ samples a second$/, device);
  }
  assert.ok(!await page.locator("#problem").isVisible());
});

test("a run that learns to write moves to the GPU, writes and is looked at there, and moves back", async () => {
  await using opened = await openPage(browser, `${address}gpt/`);
  const { page } = opened;
  await page.locator("body[data-state=ready]").waitFor();
  const sizes = { layers: 1, heads: 2, width: 16, context: 8, batchSize: 4 };
  for (const [name, value] of Object.entries(sizes)) await page.fill(`#${name}`, String(value));
  await page.click("#steps");
  await pausedAt(page, 100);
  const first = await shownHash(page);
  for (const device of ["webgpu", "cpu"]) {
    const before = await shownHash(page);
    const steps = Number(await page.getAttribute("body", "data-steps"));
    await page.locator(`input[value=${device}]:enabled`).check();
    await page.locator(`body[data-device=${device}]`).waitFor();
    await pausedAt(page, steps);
    assert.equal(await shownHash(page), before, "the weights came along");
    await page.click("#steps");
    await pausedAt(page, steps + 100);
    assert.match((await page.textContent(`#rate-${device}`))!, /^[\d,.]+ steps a second$/);
    await page.waitForFunction(() =>
      document.querySelector("#written")!.textContent!.length === 300
    );
    await page.fill("#line", `on ${device}`);
    const letters = page.locator("#letters");
    await letters.getByText(device.at(-1)!, { exact: true }).first().waitFor();
  }
  assert.notEqual(await shownHash(page), first);
  assert.ok(!await page.locator("#kept").isVisible(), "it is the same run");
  assert.ok(!await page.locator("#problem").isVisible());
});

test("a GPU that cannot be opened is told, and the run stays where it was", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await allImages(page);
  await page.click("#step");
  await pausedAt(page, 1);
  const hash = await shownHash(page);
  for (const each of page.workers()) {
    await each.evaluate("navigator.gpu.requestAdapter = async () => null");
  }
  await page.locator("input[value=webgpu]:enabled").check();
  await page.getByRole("alert").getByText(/webgpu/).waitFor();
  await page.locator("input[value=cpu]:checked").waitFor();
  await pausedAt(page, 1);
  await page.click("#step");
  await pausedAt(page, 2);
  assert.notEqual(await shownHash(page), hash);
});
