/**
 * Takes the picture of README.md: the page of `deno task web` in Chromium, which reads a digit that is
 * drawn while its network learns. Writes docs/page.png.
 *
 *     deno task picture
 *
 * @module
 */
import { chromium } from "playwright-core";
import { bundlePage } from "../web/site/bundle.ts";
import { imageFiles } from "../web/site/images.ts";
import { servePage } from "../web/site/serve.ts";
import { readArguments } from "./arguments.ts";

readArguments("deno task picture: writes docs/page.png, README's picture of the page", {});

/** A 2, as strokes over a pad whose sides are 1. */
const DIGIT: [x: number, y: number][] = [
  [0.28, 0.32],
  [0.36, 0.2],
  [0.52, 0.16],
  [0.66, 0.22],
  [0.7, 0.36],
  [0.6, 0.52],
  [0.44, 0.66],
  [0.28, 0.82],
  [0.5, 0.8],
  [0.74, 0.8],
];

const files = new Map([...await bundlePage(), ...imageFiles(undefined)]);
const server = servePage(files, { hostname: "127.0.0.1", port: 0, isolated: true });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1080, height: 700 } });
await page.goto(`http://127.0.0.1:${server.addr.port}/`);
await page.locator("#digit", { hasText: "3" }).waitFor(); // the page's own demonstration
await page.click("#run");
await page.waitForFunction(
  () => Number.parseFloat(document.querySelector("#accuracy")!.textContent!) > 96,
  null,
  { timeout: 0 },
);
await page.click("#clear");
const pad = (await page.locator("#pad").boundingBox())!;
for (const [i, [x, y]] of DIGIT.entries()) {
  await page.mouse.move(pad.x + x * pad.width, pad.y + y * pad.height, { steps: 4 });
  if (i === 0) await page.mouse.down();
}
await page.mouse.up();
await page.locator("#digit", { hasText: "2" }).waitFor();
await page.mouse.move(0, 0);
await page.screenshot({ path: "docs/page.png" });
await browser.close();
await server.shutdown();
console.log("docs/page.png", Deno.statSync("docs/page.png").size, "bytes");
