/**
 * What holds of the page in Chromium: `deno test -A --unstable-bundle tests/web/in_chromium.ts`.
 * Everything about bits is on the strict build.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { setKernelBuild, train } from "../../mod.ts";
import type { Page } from "playwright-core";
import { bundlePage } from "../../web/site/bundle.ts";
import { docsFiles } from "../../web/site/docs.ts";
import { encodeIdx, imageFiles } from "../../web/site/images.ts";
import { servePage } from "../../web/site/serve.ts";
import { writeSite } from "../../web/site/write.ts";
import { DEFAULTS } from "../../web/shared/run_config.ts";
import { openRun } from "../../web/worker/run_file.ts";
import { Session } from "../../web/worker/session.ts";
import { hashOf } from "../../web/worker/weights.ts";
import { temporaryFolder } from "../subprocess.ts";
import { openPage, serveAndStart, test } from "./chromium.ts";
import {
  allImages,
  checkpointIn,
  downloaded,
  draw,
  learnUntil,
  pausedAt,
  shownHash,
} from "./learning.ts";
import { mnistSets } from "./mnist_sets.ts";

const files = new Map([
  ...await bundlePage(),
  ...await docsFiles("no/such/folder/"), // as a clone has it, before deno task docs
  ...imageFiles(undefined),
]);
const { address, browser } = await serveAndStart(files);

/** A file as a user chooses it. */
function fileOf(
  name: string,
  bytes: Uint8Array,
): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) };
}

test("100 steps leave the same bits in Chromium and in Deno", async () => {
  setKernelBuild("strict");
  await using opened = await openPage(browser, `${address}?kernels=strict`);
  const { page } = opened;
  await allImages(page);
  for (const network of ["mlp", "cnn"] as const) {
    await page.selectOption("#network", network);
    await page.locator("body[data-steps='0']").waitFor();
    await page.click("#steps");
    await pausedAt(page, 100);
    using session = new Session(DEFAULTS[network], await mnistSets());
    await session.run(100);
    assert.equal(await shownHash(page), await hashOf(session.model), network);
  }
});

test("a run goes on in Deno and back in the page, with the same bits", async () => {
  setKernelBuild("strict");
  await using opened = await openPage(browser, `${address}?kernels=strict`);
  const { page } = opened;
  await allImages(page);
  await learnUntil(page, 0.95);
  const file = openRun(await downloaded(page, "#save-checkpoint"));
  using resumed = new Session(file.config, await mnistSets());
  file.putInto(resumed);
  assert.equal(await hashOf(resumed.model), await shownHash(page), "as it was downloaded");
  await page.click("#steps");
  await pausedAt(page, resumed.steps + 100);
  await resumed.run(100);
  const hash = await hashOf(resumed.model);
  assert.equal(hash, await shownHash(page), "100 steps later");

  const bytes = train.encodeCheckpoint(resumed.checkpoint());
  await resumed.run(5);
  const last = await hashOf(resumed.model);
  await using another = await openPage(browser, `${address}?kernels=strict`);
  const { page: next } = another;
  await allImages(next);
  await next.setInputFiles("#open", fileOf("run.safetensors", bytes));
  await pausedAt(next, resumed.steps - 5);
  assert.equal(await shownHash(next), hash, "as Deno wrote it");
  for (let i = 0; i < 5; i++) {
    await next.click("#step");
    await pausedAt(next, resumed.steps - 5 + i + 1);
  }
  assert.equal(await shownHash(next), last, "5 steps later, one by one");
});

test("a drawn 7 is read as 7 within 10 ms, and one drawn with keys too", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await page.locator("#digit", { hasText: "3" }).waitFor(); // the demonstration
  const times: number[] = [];
  while (times.length < 30 && !times.some((time) => time < 10)) {
    await page.click("#clear");
    await draw(page, [0.25, 0.22], [0.75, 0.22], [0.42, 0.82]);
    await page.locator("#digit", { hasText: "7" }).waitFor();
    times.push(Number.parseFloat((await page.textContent("#speed"))!.match(/[\d.]+/)![0]));
  }
  // the quickest of some, as other tests run at the same time
  assert(Math.min(...times) < 10, `milliseconds: ${times}`);
  await page.getByRole("status").getByText(/^Reads 7/).waitFor();
  await page.click("#clear");
  await page.focus("#pad");
  for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "Space"]) {
    await page.keyboard.press(key);
  }
  for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowDown");
  await page.locator("#digit", { hasText: "1" }).waitFor();
});

test("what a browser loads first is under 0.8 MB, not compressed, without the images", async () => {
  await using opened = await openPage(browser, address);
  await opened.page.locator("body[data-state=ready]").waitFor();
  await opened.page.locator("#digit", { hasText: "3" }).waitFor(); // the demonstration is over
  const images = () => [...opened.asked].filter((path) => path.endsWith(".idx"));
  assert.deepEqual(images(), [], "no image before one is wanted");
  await allImages(opened.page);
  assert.ok(images().length > 20);
  const names = [...opened.asked].map((path) => path === "/" ? "index.html" : path.slice(1));
  const first = names.filter((name) => !name.startsWith("data/"));
  const all = [...files.keys()].filter((name) => !/\//.test(name));
  const later = all.filter((name) => name.startsWith("mod-"));
  assert.equal(later.length, 1, "the GPU's part is there, and not loaded");
  assert.deepEqual(first.toSorted(), all.filter((name) => !later.includes(name)).toSorted());
  const bytes = first.reduce((sum, name) => sum + files.get(name)!.length, 0);
  assert(bytes < 8e5, `${bytes} bytes`);
});

test("as static files below a path, without headers, it learns on one thread from what has come", async () => {
  using folder = temporaryFolder();
  await writeSite(`${folder.path}/some/where`, files);
  const held = Promise.withResolvers<void>();
  const types: Record<string, string> = { html: "text/html", js: "text/javascript" };
  await using host = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/train-05.idx")) await held.promise;
      const type = types[pathname.split(".").at(-1)!];
      const headers = new Headers(type === undefined ? {} : { "content-type": type });
      return new Response(await Deno.readFile(folder.path + pathname), { headers });
    },
  );
  const url = `http://127.0.0.1:${host.addr.port}/some/where/index.html`;
  await using opened = await openPage(browser, url);
  const { page } = opened;
  await page.getByText(/Computes on one thread.*More would need two headers/).waitFor();
  await page.click("#sample");
  await page.getByText("15,000 of 60,000 images are here").waitFor();
  await learnUntil(page, 0.8);
  held.resolve();
  await page.getByText(/50,000 images to learn from/).waitFor();
  await learnUntil(page, 0.95);
});

test("a small CNN learns too, and while it does, its rates can be changed and it can be saved", async () => {
  await using opened = await openPage(browser, `${address}?kernels=strict`);
  const { page } = opened;
  await allImages(page);
  await page.selectOption("#network", "cnn");
  await page.locator("#size", { hasText: "26,826" }).waitFor();
  await learnUntil(page, 0.5);
  await page.click("#run");
  await page.locator("body[data-state=running]").waitFor();
  await page.focus("#lr");
  await page.keyboard.press("Home");
  const file = openRun(await downloaded(page, "#save-checkpoint"));
  assert.equal(await page.getAttribute("body", "data-state"), "running");
  setKernelBuild("strict");
  using session = new Session(file.config, await mnistSets());
  file.putInto(session);
  assert.deepEqual(session.rates, { lr: 0.0001, momentum: 0.9 });
  assert.equal(session.config.network, "cnn");
});

test("without relaxed SIMD the strict build computes, by itself", async () => {
  const refuse = `
    const { Module } = WebAssembly;
    let fast; // the length of the first of the kernels' modules
    WebAssembly.Module = class extends Module {
      constructor(bytes) {
        if (bytes.length > 10_000 && bytes.length === (fast ??= bytes.length)) throw new WebAssembly.CompileError();
        super(bytes);
      }
    };`;
  const changed = new Map(files); // the parts that the worker imports are run before it
  for (const name of files.keys()) {
    if (name.startsWith("chunk-")) {
      changed.set(name, await new Blob([refuse, files.get(name)!]).bytes());
    }
  }
  await using other = servePage(changed, { hostname: "127.0.0.1", port: 0, isolated: true });
  await using opened = await openPage(browser, `http://127.0.0.1:${other.addr.port}/`);
  await opened.page.getByText(/with the strict build/).waitFor();
  await allImages(opened.page);
});

test("a tab that is reloaded while it learns goes on to the same bits", async () => {
  setKernelBuild("strict");
  await using opened = await openPage(browser, `${address}?kernels=strict`);
  const { page } = opened;
  await allImages(page);
  await page.click("#run");
  await checkpointIn(page, "glim-run");
  await page.reload();
  await page.locator("body[data-state=paused]").waitFor({ timeout: 120_000 });
  const steps = Number(await page.getAttribute("body", "data-steps"));
  assert.ok(steps > 0);
  await page.click("#steps");
  await pausedAt(page, steps + 100);
  using session = new Session(DEFAULTS.mlp, await mnistSets());
  await session.run(steps + 100);
  assert.equal(await shownHash(page), await hashOf(session.model));
});

test("where there is no GPU the switch is off and says why", async () => {
  await using opened = await openPage(browser, address);
  await opened.page.getByText("This browser finds no GPU that it can compute with.").waitFor();
  assert.ok(await opened.page.locator("input[name=device][value=webgpu]").isDisabled());
});

test("an image that is shown is on the pad, with its truth, until somebody draws", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await allImages(page);
  await page.click("#sample");
  const truth = page.locator("#truth", {
    hasText: /^One of the images to judge by: it is a \d\.$/,
  });
  await truth.waitFor();
  const [pad, seen] = await page.evaluate(() =>
    ["pad", "seen"].map((id) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`#${id}`)!;
      const small = new OffscreenCanvas(28, 28).getContext("2d")!;
      small.imageSmoothingEnabled = false;
      small.drawImage(canvas, 0, 0, 28, 28);
      return Array.from(small.getImageData(0, 0, 28, 28).data);
    })
  );
  assert.deepEqual(pad, seen, "the pad shows what the network sees");
  await draw(page, [0.25, 0.22], [0.75, 0.22], [0.42, 0.82]);
  assert.equal(await page.textContent("#truth"), "");
  await page.locator("#digit", { hasText: "7" }).waitFor();
});

test("a learning rate that puts the network out is told, with a way back; the chart keeps its scale", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await allImages(page);
  await page.focus("#lr");
  await page.keyboard.press("End"); // 1
  await page.click("#run");
  await page.locator("#hint", { hasText: /learning rate of 1 / }).waitFor({ timeout: 120_000 });
  const lr = Number(await page.textContent("#lr-value"));
  assert.equal(lr, 1);
  await page.getByRole("button", { name: "Start over with learning rate 0.05" }).click();
  await page.locator("body[data-state=ready][data-steps='0']").waitFor();
  assert.equal(await page.textContent("#lr-value"), "0.05");
  assert.ok(!await page.locator("#hint").isVisible());
  await learnUntil(page, 0.8);
  assert.ok(!await page.locator("#hint").isVisible());
});

test("another network says that it takes the place of one that has learnt, which comes back", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await allImages(page);
  await page.click("#steps");
  await pausedAt(page, 100);
  const hash = await shownHash(page);
  for (const width of ["64", "32"]) { // the second gives way to nothing that has learnt
    await page.fill("#width", width);
    await page.locator("#width").blur();
    await page.locator("body[data-steps='0']").waitFor();
    await page.getByText(
      "A new network begins. The one before, MLP, 2 × 128, ReLU after 100 steps, is kept.",
    ).waitFor();
  }
  await page.click("#undo");
  await pausedAt(page, 100);
  assert.equal(await shownHash(page), hash);
  assert.equal(await page.inputValue("#width"), "128");
  assert.ok(!await page.locator("#kept").isVisible());
});

test("a program, network or script that the server lacks is told, not waited for", async () => {
  const without = async (name: string, see: (page: Page) => Promise<void>) => {
    const fewer = new Map(files);
    fewer.delete(name);
    await using other = servePage(fewer, { hostname: "127.0.0.1", port: 0, isolated: true });
    const page = await browser.newPage(); // not watched: it logs the 404
    await page.goto(`http://127.0.0.1:${other.addr.port}/`);
    await see(page);
    await page.close();
  };
  const alert = (page: Page, text: RegExp) => page.getByRole("alert").getByText(text).waitFor();
  await without("worker.js", async (page) => {
    await alert(page, /^The program that (learns|reads drawings) \(worker\.js\) could not/);
    assert.equal(await page.textContent("#state"), "Not available.");
  });
  await without("digits.safetensors", async (page) => {
    await alert(page, /could not be fetched, .* answer: the server says 404\.$/);
    await allImages(page); // the rest works
  });
  await without("page.js", async (page) => {
    await page.getByText(/^The program of this page \(page\.js\) has not started/).waitFor();
  });
});

test("tables have captions and headings, links lead to texts, and small text has contrast", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await page.locator("body[data-state=ready]").waitFor();
  const tables = await page.evaluate(() =>
    Array.from(document.querySelectorAll("table"), (table) => ({
      caption: table.caption?.textContent ?? "",
      scopes: Array.from(table.querySelectorAll("th"), (th) => th.scope),
    })).filter(({ scopes }) => scopes.length >= 8) // others are the legends of charts
  );
  assert.equal(tables.length, 2);
  for (const { caption, scopes } of tables) {
    assert.ok(caption !== "" && scopes.every((scope) => scope !== ""), caption);
  }
  for (const link of await page.locator("footer a").all()) {
    const name = await link.getAttribute("href");
    assert.ok(files.get(name!)!.length > 300, name!);
  }
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const ratios = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name: string) => {
        const hex = Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16);
        const [r, g, b] = [hex >> 16, (hex >> 8) & 255, hex & 255].map((byte) =>
          byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4
        ) as [number, number, number];
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      return ["--ink", "--muted", "--warm-ink"].flatMap((ink) =>
        ["--paper", "--card", "--zero"].map((ground) => {
          const [a, b] = [light(ink), light(ground)];
          return [
            `${ink} on ${ground}`,
            (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
          ] as const;
        })
      );
    });
    for (const [name, ratio] of ratios) assert.ok(ratio >= 4.5, `${colorScheme} ${name}: ${ratio}`);
  }
});

for (
  const [what, sentence] of [
    ["WebAssembly.validate = () => false", /SIMD instructions, which this browser does not know/],
    ["delete globalThis.WebAssembly", /WebAssembly, which this browser does not have/],
    ["WebAssembly.Memory = null", /memory that can be shared, which this browser does not allow/],
  ] as const
) {
  test(`a browser after "${what}" is told what is missing`, async () => {
    await using opened = await openPage(browser, address, (page) => page.addInitScript(what));
    await opened.page.getByRole("alert").getByText(sentence).waitFor();
  });
}

test("other images in MNIST's format take the place of MNIST, and others are refused", async () => {
  await using opened = await openPage(browser, address);
  const { page } = opened;
  await allImages(page);
  const images = encodeIdx([60, 28, 28], new Uint8Array(60 * 784).fill(100));
  const labels = encodeIdx([60], new Uint8Array(60).fill(3));
  await page.setInputFiles("#images", [fileOf("labels", labels), fileOf("images", images)]);
  await page.getByText("images: 50 images to learn from, 10 to judge by").waitFor();
  await page.click("#steps");
  await pausedAt(page, 100);
  assert.equal(await page.textContent("#accuracy"), "100.00 %");
  const wide = encodeIdx([6, 4, 49], new Uint8Array(6 * 196));
  await page.setInputFiles("#images", [fileOf("labels", labels), fileOf("wide", wide)]);
  await page.getByRole("alert").getByText(/wide: bytes \[n, 28, 28\] .* uint8 \[6, 4, 49\]/)
    .waitFor();
  await page.setInputFiles("#open", fileOf("labels", labels));
  await page.getByRole("alert").getByText(/^labels: decodeSafetensors/).waitFor();
  await page.setInputFiles("#open", fileOf("digits", files.get("digits.safetensors")!));
  await page.locator("#problem").waitFor({ state: "hidden" });
});
