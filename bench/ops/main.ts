/**
 * Functions of 10⁶ elements on one thread, in the wide and the fast build and in PyTorch, which take
 * turns in bursts: the least time of each, in ms, and how many times faster than PyTorch it is.
 *
 * ```sh
 * deno run --config tests/deno.json --allow-read --allow-run --allow-env \
 *   --v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks bench/ops/main.ts
 * ```
 *
 * `--only gelu,pow` takes the rows whose names begin so, `--below 0.7` shows those that are slower than
 * that, `--rounds` says how many turns there are (3), `--python CMD` names another Python.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { scope, setKernelBuild, setNumThreads } from "@glim/glim";
import { linesOf } from "../protocol.ts";
import { INPUTS, ROWS } from "./rows.ts";

/** How long a burst takes, in ms, unless a call takes longer. */
const BURST = 20;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    below: { type: "string" },
    rounds: { type: "string", default: "3" },
    python: { type: "string", default: "python3" },
  },
});
const rounds = Number(values.rounds), below = Number(values.below ?? Infinity);
const chosen = ROWS.filter(({ name }) =>
  values.only === undefined || values.only.split(",").some((part) => name.startsWith(part))
);

const peer = new Deno.Command(values.python, {
  args: [fileURLToPath(new URL("../peers/torch_ops.py", import.meta.url))],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const asked = peer.stdin.getWriter(), answers = linesOf(peer.stdout);
const send = (request: unknown) =>
  asked.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
await send(INPUTS);

/** The least time of PyTorch's in a burst. */
async function torch(call: string): Promise<number> {
  await send({ call, ms: BURST });
  const { value, done } = await answers.next();
  if (done) throw new Error(`PyTorch does not answer: ${call}`);
  return Number(value);
}

/** The least time of this library's. */
function glim(build: "wide" | "fast", run: () => void): number {
  setKernelBuild(build);
  let least = Infinity;
  for (const end = performance.now() + BURST; performance.now() < end;) {
    scope(() => {
      const start = performance.now();
      run();
      least = Math.min(least, performance.now() - start);
    });
  }
  return least;
}

setNumThreads(1);
const width = Math.max(...chosen.map(({ name }) => name.length)) + 2;
const columns = (name: string, ...cells: string[]) =>
  console.log(name.padEnd(width) + cells.map((cell) => cell.padStart(9)).join(""));
columns("", "wide", "fast", "PyTorch", "× wide", "× fast");
for (const { name, run, torch: call } of chosen) {
  let wide = Infinity, fast = Infinity, other = Infinity;
  for (let round = 0; round < rounds; round++) {
    wide = Math.min(wide, glim("wide", run));
    other = Math.min(other, await torch(call));
    fast = Math.min(fast, glim("fast", run));
  }
  if (other / wide >= below) continue;
  const times = [wide, fast, other].map((ms) => ms.toFixed(3));
  columns(name, ...times, (other / wide).toFixed(2), (other / fast).toFixed(2));
}
await asked.close();
await peer.status;
