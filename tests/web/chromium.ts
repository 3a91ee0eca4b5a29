/** A Chromium for tests, and what a page in it does that no page should. */
import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Files } from "../../web/site/bundle.ts";
import { servePage } from "../../web/site/serve.ts";

/** Debian's. */
export const CHROMIUM = "/usr/bin/chromium";

/** What Chromium says where there is no GPU, and Glim where a program does what one would. */
const ABOUT_GPU = /^No available adapters\.$|is no GPU but a program/;

/** Serves the page, and starts a browser without a window, until all tests of the file are over. */
export async function serveAndStart(
  files: Files,
  flags: readonly string[] = [],
): Promise<{ address: string; browser: Browser }> {
  const server = servePage(files, { hostname: "127.0.0.1", port: 0, isolated: true });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", ...flags],
  });
  Deno.test.afterAll(async () => {
    await browser.close();
    await server.shutdown();
  });
  return { address: `http://127.0.0.1:${server.addr.port}/`, browser };
}

/** A test with that browser and server, which live as long as the file. */
export function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

/** A page that is watched: it must log no error and ask no host but its own for anything. */
export interface Watched {
  readonly page: Page;
  /** The paths of what it has asked for. */
  readonly asked: ReadonlySet<string>;
  /** Checks and closes it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens an address; `prepare` may change the page before it loads. */
export async function openPage(
  browser: Browser,
  url: string,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const faults: string[] = [];
  const asked = new Set<string>();
  page.on("console", (message) => {
    if (ABOUT_GPU.test(message.text())) return;
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  context.on("request", (request) => {
    if (/^(blob|data):/.test(request.url())) return;
    const { origin, pathname } = new URL(request.url());
    asked.add(pathname);
    if (origin !== new URL(url).origin) faults.push(`asked for ${request.url()}`);
  });
  await prepare(page);
  await page.goto(url);
  return {
    page,
    asked,
    async [Symbol.asyncDispose]() {
      await context.close();
      assert.deepEqual(faults, []);
    },
  };
}
