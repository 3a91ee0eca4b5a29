/**
 * `deno task fuzz [--runs N] [--seed S]`: reads N mutated files, shared among all readers. The exit
 * code is 1 where something was found; the file that shows it is printed in base64.
 */
import { parseArgs } from "node:util";
import { HEAD, type Order, READY, type Report } from "./messages.ts";
import { readers } from "./readers.ts";

/** Milliseconds after which a file counts as one that is never read to its end. */
const HANG = 10_000;

const { values } = parseArgs({
  options: { runs: { type: "string", default: "10000" }, seed: { type: "string" } },
});
const runs = Number(values.runs);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(runs >= 1) || !Number.isInteger(seed)) {
  console.error("fuzz: --runs and --seed are whole numbers, and there is at least one run");
  Deno.exit(2);
}
console.log(`seed ${seed}`);

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
