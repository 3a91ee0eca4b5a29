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
