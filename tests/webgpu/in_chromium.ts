/**
 * What holds of the GPU in Chromium, where a program, SwiftShader, is one:
 * `deno test -A --unstable-bundle --config tests/deno.json tests/webgpu/in_chromium.ts`.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { benchPage } from "../../bench/gpu/write_page.ts";
import { temporaryFolder } from "../subprocess.ts";
import { CHROMIUM, test } from "../web/chromium.ts";

const { outputFiles } = await Deno.bundle({
  entrypoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
  platform: "browser",
  format: "esm",
  write: false,
});
const program = outputFiles![0]!.text();
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  const isProgram = new URL(request.url).pathname === "/page.js";
  const type = isProgram ? "text/javascript" : "text/html";
  const html =
    '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';
  return new Response(isProgram ? program : html, { headers: { "content-type": type } });
});
const address = `http://127.0.0.1:${server.addr.port}/`;
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--enable-unsafe-webgpu"],
});
Deno.test.afterAll(async () => {
  await browser.close();
  await server.shutdown();
});
const page = await browser.newPage();
await page.goto(address);
await page.waitForFunction("globalThis.glim !== undefined");

/** What a function of the page gives. */
async function call<T>(name: string, ...args: string[]): Promise<T> {
  return await page.evaluate(`glim.${name}(${args.map((arg) => JSON.stringify(arg)).join()})`) as T;
}

test("it opens, and says that it is a program", async () => {
  const info = await call<{ isSoftware: boolean }>("open");
  assert.equal(info.isSoftware, true, JSON.stringify(info));
});

test("ops give what they give on the CPU, NaN and infinities too", async () => {
  const expected = await call<Record<string, string[]>>("ops", "cpu");
  const actual = await call<Record<string, string[]>>("ops", "webgpu");
  for (const [op, values] of Object.entries(expected)) {
    assert.ok(values.length > 0);
    const most = Math.max(...values.map((v) => Math.abs(Number(v))).filter((v) => v < 1e30), 1);
    values.forEach((value, i) => {
      const found = actual[op]![i]!;
      const isNear =
        Math.abs(Number(found) - Number(value)) <= 1e-5 * Math.max(Math.abs(Number(value)), most);
      assert.ok(found === value || isNear, `${op}: element ${i} is ${found}, on the CPU ${value}`);
    });
  }
});

test("20 steps of an MLP have the CPU's losses", async () => {
  const expected = await call<number[]>("losses", "cpu");
  const actual = await call<number[]>("losses", "webgpu");
  assert.equal(actual.length, 20);
  assert.ok(actual[19]! < 0.9 * actual[0]!, String(actual));
  for (const [i, loss] of expected.entries()) {
    assert.ok(Math.abs(actual[i]! - loss) < 1e-4, `step ${i}: ${actual[i]}, on the CPU ${loss}`);
  }
});

test("a bad label is told at the next read", async () => {
  assert.match(await call("badLabel"), /^crossEntropy: labels must be .* row 1 is 9$/);
});

test("the page that measures a GPU does so as a file, and shows tables and figures", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/bench.html`, await benchPage({ Glim: "glim.ts" }));
  const page = await browser.newPage();
  await page.goto(`file://${folder.path}/bench.html?milliseconds=50&rows=mlp,products&sizes=16`);
  await page.click("#run");
  await page.getByText("Done.").waitFor();
  const tables = (await page.textContent("#tables"))!;
  assert.match(tables, /^\| MLP 784-128-128-10 \| Glim \| \d+ \| [\d.]+ \|/m);
  assert.match(tables, /^\| product 16 \| Glim \| [\d.]+ \|/m);
  const { architecture, figures } = JSON.parse(await page.inputValue("#json"));
  assert.equal(architecture, "swiftshader");
  const [mlp] = figures;
  assert.ok(mlp.twentieth < mlp.first, "it has learnt");
  assert.deepEqual([mlp.bindGroups, mlp.buffers], [0, 0]);
});
