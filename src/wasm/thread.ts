/**
 * How a thread is started. Bundles for pages have all of it, since Node, Bun and Deno run them, too.
 *
 * @module
 */
import type { Platform } from "../core/platform.ts";

declare const Worker: Platform["Worker"];
declare const Blob: Platform["Blob"];
declare const URL: Platform["URL"];

/** What of Node's worker threads is used. */
interface WorkerThreads {
  Worker: new (
    code: string,
    options: { eval: boolean; workerData: unknown; env: Record<string, string> },
  ) => { unref(): void; on(event: "error", listener: (error: unknown) => void): void };
}

/** What Node, Bun and Deno have. */
const engine = globalThis as {
  process?: { getBuiltinModule?: (name: string) => WorkerThreads | undefined };
};

/**
 * Starts a thread that calls `run` with the data, `run` being a function's text; a program ends by
 * itself all the same. `fail` is called, later, where there can be none. Returns what must be held,
 * for a worker that nobody holds may be collected. Throws where the engine has no workers at all.
 */
export function startThread(run: string, data: object, fail: () => void): unknown {
  const threads = engine.process?.getBuiltinModule?.("node:worker_threads");
  if (threads !== undefined) {
    const code = `(${run})(require("node:worker_threads").workerData)`;
    // An empty environment: to copy this program's would ask for a permission.
    const worker = new threads.Worker(code, { eval: true, workerData: data, env: {} });
    worker.unref();
    worker.on("error", fail); // that nobody heard would end the process
    return worker;
  }
  const code = `onmessage = ({ data }) => (${run})(data)`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.onerror = fail;
  worker.postMessage(data);
  return worker;
}
