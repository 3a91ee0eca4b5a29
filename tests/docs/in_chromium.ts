/** What holds of the documentation in Chromium: site_test.ts builds it and names its folder. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { docsFiles } from "../../web/site/docs.ts";
import { openPage, serveAndStart, test, type Watched } from "../web/chromium.ts";

const files = await docsFiles(Deno.env.get("DOCS")!);
const { address, browser } = await serveAndStart(files);

/** Opens a page of the site. */
function open(path: string): Promise<Watched> {
  // a machine with other things to do may take long
  return openPage(
    browser,
    `${address}docs/${path}`,
    (page) => Promise.resolve(page.setDefaultTimeout(120_000)),
  );
}

/** Types into the search, and gives the addresses and titles of what is found first. */
async function search(page: Page, words: string): Promise<string[]> {
  await page.locator("#localsearch-input").fill(words);
  const first = page.locator(`.result .title`, { hasText: words.replace(/_$/, "") }).first();
  await first.waitFor();
  return await page.locator(".result").evaluateAll((links) =>
    links.map((link) => new URL((link as HTMLAnchorElement).href).pathname)
  );
}

/** The finds of axe, in a few words each: of some of its rules, or of all. */
async function faults(page: Page, ...rules: string[]): Promise<string[]> {
  const axe = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));
  await page.addScriptTag({ path: axe });
  return await page.evaluate(async (rules) => {
    const { violations } = await (globalThis as unknown as {
      axe: {
        run(options: unknown): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
      };
    }).axe.run(rules.length === 0 ? {} : { runOnly: rules });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  }, rules);
}

test("search finds public names, the page of a name first", async () => {
  await using opened = await open("");
  const { page } = opened;
  await page.keyboard.press("Control+k");
  for (
    const [name, path] of [
      ["MultiheadAttention", "nn/MultiheadAttention"],
      ["clipGradNorm_", "nn/utils/clipGradNorm_"],
      ["scaledDotProductAttention", "functional/scaledDotProductAttention"],
      ["encodeNpz", "npz/encodeNpz"],
    ] as const
  ) {
    const found = await search(page, name);
    assert.ok(found.slice(0, 5).includes(`/docs/reference/${path}.html`), `${name}: ${found}`);
  }
  await page.locator(".result").first().click();
  await page.getByRole("heading", { name: "encodeNpz", level: 1 }).waitFor();
});

Deno.test("all public names are in the search's index", () => {
  const [_, index] = [...files].find(([name]) => name.includes("@localSearchIndexroot"))!;
  const text = new TextDecoder().decode(index);
  const pages = [...files.keys()].filter((name) => /^docs\/reference\/.*\.html$/.test(name));
  assert.ok(pages.length > 200, `${pages.length} pages`);
  const unknown = pages.filter((name) => !text.includes(`/${name.replace(/index\.html$/, "")}#`));
  assert.deepEqual(unknown, []);
});

test("a block is run, edited and run again; an error and an endless loop are told", async () => {
  await using opened = await open("tutorials/start.html");
  const { page } = opened;
  const bar = page.locator(".run-bar").first();
  const output = page.locator(".run-output").first();
  await bar.getByRole("button", { name: "Run" }).click();
  await page.locator(".run-output[data-state=ended]").waitFor();
  assert.match((await output.textContent())!, /^Sequential\([^]*\)tensor\(\[\[/);
  await bar.getByRole("button", { name: "Edit" }).click();
  const editor = page.locator(".cm-content");
  const run = async (code: string) => {
    await editor.fill(code);
    await bar.getByRole("button", { name: "Run" }).click();
  };
  await run(`import { arange } from "@glim/glim";
import { softmax, type Dims } from "@glim/glim/functional";
const dim: Dims = 0;
console.log(softmax(arange(0, 4), dim as number).argmax().item(), [1, 2], { a: null });
console.log(arange(0, 64).reshape([8, 8]));`);
  await output.getByText("3 [1, 2] { a: null }").waitFor();
  await output.getByRole("img", { name: "a tensor [8, 8]" }).waitFor();
  await run(`import { ones } from "@glim/glim"; ones([2, 3]).matmul(ones([2, 3]));`);
  await output.getByText(/^ShapeError: matmul: inner dimensions must agree/).waitFor();
  await run(`for (;;);`);
  await bar.getByRole("button", { name: "Stop" }).click();
  await output.getByText("stopped").waitFor();
  await run(`const x: = 1;`);
  await output.getByText(/SyntaxError/).waitFor();
  await bar.getByRole("button", { name: "Reset" }).click();
  await editor.getByText("manualSeed(1);").waitFor();
});

test("each block of the tutorials that a page can run runs there", async () => {
  const tutorials = [...files.keys()].filter((name) => /^docs\/tutorials\/.*\.html$/.test(name));
  assert.ok(tutorials.length > 9);
  await using opened = await open("");
  const { page } = opened;
  let blocks = 0;
  for (const tutorial of tutorials) {
    await page.goto(address + tutorial);
    const count = await page.locator("div.runnable").count();
    for (let i = 0; i < count; i++) {
      await page.locator(".run-bar").nth(i).getByRole("button", { name: "Run" }).click();
      const output = page.locator(".run-output").nth(i);
      await output.and(page.locator("[data-state=ended]")).waitFor();
      const errors = await output.locator(".run-error, .run-warn").allTextContents();
      assert.deepEqual(errors, [], `${tutorial}, block ${i}`);
      blocks++;
    }
  }
  assert.ok(blocks > 15, `${blocks} blocks`);
});

const KINDS = [
  "",
  "tutorials/start.html",
  "tutorials/from-pytorch.html",
  "guides/architecture.html",
  "reference/",
  "reference/nn/",
  "reference/nn/types.html",
  "reference/glim/Tensor-class.html",
];

test("axe finds nothing in light and dark, and nothing is wider than a phone", async () => {
  await using opened = await open("");
  const { page } = opened;
  for (const path of KINDS) {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${address}docs/${path}`);
    const edit = page.getByRole("button", { name: "Edit" }).first();
    if (await page.locator("div.runnable").count() > 0) {
      await edit.click();
      await page.locator(".cm-content").waitFor();
      await page.getByRole("button", { name: "Run" }).first().click();
      await page.locator(".run-output[data-state=ended]").waitFor();
    }
    assert.deepEqual(await faults(page), [], path);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator("html.dark").waitFor();
    // colours are all that differs
    assert.deepEqual(await faults(page, "color-contrast"), [], `${path}, dark`);
    await page.setViewportSize({ width: 360, height: 740 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, path);
  }
});
