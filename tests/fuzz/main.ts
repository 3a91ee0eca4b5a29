/**
 * - `deno task fuzz [--runs N] [--seed S]`: reads N mutated files, shared among all readers; a file
 *   that shows something is printed in base64.
 * - `deno task fuzz graphs [--runs N] [--seed S] [--build strict] [--threads T]
 *   [--findings F]`: runs N random programs by the library and by the reference, until F (3) show
 *   something; small programs that show the same are printed.
 * - `deno task fuzz async [--runs N] [--seed S]`: runs N random programs of loops, scopes and tasks
 *   across awaits; the seed of the first that goes wrong is printed.
 *
 * The exit code is 1 where something was found.
 */
import type { KernelBuild } from "../../mod.ts";
import { readArguments } from "../../tools/arguments.ts";
import { HEAD, type Order, READY, type Report } from "./messages.ts";

const HELP = `deno task fuzz [graphs | async] [options]

Reads mutated files by everything that reads files; with graphs, runs random programs by the library and by a reference; with async, random programs of loops, scopes and tasks across awaits.

  --runs N         files or programs (default: 10000)
  --seed S         where all random numbers begin (default: the time)
  --build NAME     graphs: fast, strict or wide (default: fast)
  --threads T      graphs: threads (default: 1)
  --findings F     graphs: how many to look for (default: 3)
  -h, --help       this`;

/** Milliseconds after which a file counts as one that is never read to its end. */
const HANG = 10_000;

const { values, positionals: [what = "readers"] } = readArguments(HELP, {
  runs: { type: "string", default: "10000" },
  seed: { type: "string" },
  build: { type: "string", default: "fast" },
  threads: { type: "string", default: "1" },
  findings: { type: "string", default: "3" },
}, 1);
const runs = Number(values.runs), threads = Number(values.threads);
const findings = Number(values.findings);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(runs >= 1) || !Number.isInteger(seed)) {
  refuse("--runs and --seed are whole numbers, and there is at least one run");
}
if (!["readers", "graphs", "async"].includes(what)) {
  refuse(`there are readers (mutated files), graphs and async (random programs): not ${what}`);
}
if (!["fast", "strict", "wide"].includes(values.build)) refuse("--build is fast, strict or wide");
if (!(findings >= 1)) refuse("--findings is a number from 1");
if (!(Number.isInteger(threads) && threads >= 1 && threads <= 64)) {
  refuse("--threads is a whole number from 1 to 64");
}
console.log(`seed ${seed}`);
if (what === "graphs") {
  const { fuzzGraphs } = await import("./graphs.ts");
  const build = values.build as KernelBuild;
  Deno.exit(await fuzzGraphs({ runs, seed, build, threads, findings }) === 0 ? 0 : 1);
}

if (what === "async") {
  const { runPrograms } = await import("../async_programs/run_programs.ts");
  try {
    await runPrograms(runs, seed);
  } catch (error) {
    console.error(error);
    Deno.exit(1);
  }
  Deno.exit(0);
}

function refuse(message: string): never {
  console.error(`fuzz: ${message}`);
  Deno.exit(2);
}

// Not before: it makes tensors, which the random programs would count.
const { readers } = await import("./readers.ts");
const shared = new SharedArrayBuffer(HEAD + 2 ** 20);
const head = new Int32Array(shared, 0, HEAD / 4);
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
let waiting = readers.length, found = 0;

worker.addEventListener("message", ({ data }: MessageEvent<Report | typeof READY>) => {
  if (data === READY) return worker.postMessage({ runs, seed, shared } satisfies Order);
  if (data.finding === undefined) {
    console.log(`${data.name}: ${data.runs} files, ${data.read} read, the others refused`);
  } else {
    tell(data.name, data.finding.message, data.finding.bytes);
  }
  if (--waiting === 0) Deno.exit(found === 0 ? 0 : 1);
});
worker.addEventListener("error", (event) => {
  console.error(`fuzz: the worker failed: ${event.message}`);
  Deno.exit(1);
});

let before = -1;
setInterval(() => {
  const now = Atomics.load(head, 0);
  if (now === before && now > 0) {
    tell(readers[head[1]!]!.name, `no end after ${HANG} ms`, new Uint8Array(shared, HEAD, head[2]));
    Deno.exit(1);
  }
  before = now;
}, HANG);

function tell(name: string, message: string, bytes: Uint8Array): void {
  found++;
  console.error(`${name}: ${message}\n${new Uint8Array(bytes).toBase64()}`);
}
