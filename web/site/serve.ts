/**
 * A server of the page's files.
 *
 * @module
 */
import type { Files } from "./bundle.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  txt: "text/plain; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  woff2: "font/woff2",
};

/** Headers that let the page's threads share memory: cross-origin isolation. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Options of {@link servePage}. */
export interface ServeOptions {
  /** The address to listen at. */
  hostname: string;
  /** The port; 0 takes any that is free. */
  port: number;
  /** Whether to send the headers that let threads share memory. */
  isolated: boolean;
}

/**
 * Serves files at the root, of a folder its `index.html`, until the server is shut down. Who asks before
 * they are there waits. Throws Error where it cannot listen at the address.
 */
export function servePage(
  files: Files | Promise<Files>,
  { hostname, port, isolated }: ServeOptions,
): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname, port, automaticCompression: true, onListen() {} };
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const name = pathname.slice(1) + (pathname.endsWith("/") ? "index.html" : "");
    const there = await files;
    const bytes = there.get(name);
    const headers = {
      "content-type": TYPES[name.split(".").at(-1)!] ?? "application/octet-stream",
      "cache-control": "no-cache",
      ...(isolated ? ISOLATION : {}),
    };
    if (there.has(`${name}/index.html`)) {
      return new Response(null, { status: 301, headers: { location: `${pathname}/` } });
    }
    if (bytes === undefined) return new Response("not found\n", { status: 404, headers });
    return new Response(bytes, { headers });
  };
  try {
    return Deno.serve(options, answer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`serve: cannot listen at ${hostname}:${port}: ${reason}`, { cause: error });
  }
}
