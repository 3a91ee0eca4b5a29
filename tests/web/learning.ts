/** What a user does with the page, as tests do it. */
import type { Page } from "playwright-core";

/** Milliseconds that a machine with other things to do may take for anything. */
const PATIENCE = { timeout: 120_000 };

/** Waits until the run stands still after a number of steps. */
export async function pausedAt(page: Page, steps: number): Promise<void> {
  await page.locator(`body[data-state=paused][data-steps="${steps}"]`).waitFor(PATIENCE);
  await page.locator("#hash").waitFor(PATIENCE);
}

/** Makes the page fetch its images, and waits until all have come and a run can begin. */
export async function allImages(page: Page): Promise<void> {
  await page.locator("body[data-state=ready]").waitFor(PATIENCE);
  await page.click("#sample");
  await page.getByText(/images to learn from/).waitFor(PATIENCE);
  await page.locator("body[data-state=ready]").waitFor(PATIENCE);
}

/** Starts the run, waits until the accuracy on the dev set passes a mark, and pauses. */
export async function learnUntil(page: Page, accuracy: number): Promise<number> {
  await page.click("#run");
  await page.waitForFunction(
    (mark) => Number.parseFloat(document.querySelector("#accuracy")!.textContent!) > 100 * mark,
    accuracy,
    PATIENCE,
  );
  await page.click("#run");
  await page.locator("body[data-state=paused]").waitFor(PATIENCE);
  await page.locator("#hash").waitFor(PATIENCE);
  return Number(await page.getAttribute("body", "data-steps"));
}

/** The hash of the weights that the page shows. */
export async function shownHash(page: Page): Promise<string> {
  return (await page.textContent("#hash"))!.match(/[0-9a-f]{64}/)![0];
}

/** Clicks on a button that downloads a file, and returns the file. */
export async function downloaded(page: Page, button: string): Promise<Uint8Array<ArrayBuffer>> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  return Deno.readFileSync(await download.path());
}

/** Draws lines with the mouse, in units of the pad's side. */
export async function draw(
  page: Page,
  ...points: (readonly [x: number, y: number])[]
): Promise<void> {
  const { x, y, width } = (await page.locator("#pad").boundingBox())!;
  const at = ([px, py]: readonly [number, number]) => [x + px * width, y + py * width] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 8 });
  await page.mouse.up();
}

/** Waits until a page has written a checkpoint into a folder of its own storage. */
export async function checkpointIn(page: Page, folder: string): Promise<void> {
  await page.evaluate(async (folder) => {
    const root = await navigator.storage.getDirectory();
    const run = await root.getDirectoryHandle(folder, { create: true });
    for (;;) {
      await new Promise(requestAnimationFrame);
      for await (const name of (run as unknown as { keys(): AsyncIterable<string> }).keys()) {
        if (name.endsWith(".ckpt")) return;
      }
    }
  }, folder);
}
