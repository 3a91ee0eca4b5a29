/**
 * Single convolutions of all kinds, forward and each gradient, beside PyTorch's: of each the GFLOP/s, what
 * part of the limit of multiply-adds between registers that is, and how many times faster than PyTorch in
 * the better of its two memory layouts. A convolution counts as the sum of products that it is.
 *
 * ```sh
 * deno run --config tests/deno.json --allow-read --allow-run --allow-env \
 *   --v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks bench/lab/layers.ts
 * ```
 *
 * `--only depthwise,1x1` takes the rows whose names hold one of the words, `--threads 2` both of two
 * threads, `--rounds` says how many turns there are (2), `--ms` how long a burst takes (15), `--build fast`
 * another build, `--no-torch` measures this library alone.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as glim from "@glim/glim";
import { grad, noGrad, ones, rand, record, scope, setKernelBuild, setNumThreads } from "@glim/glim";
import { type Tensor, zeros } from "@glim/glim";
import { Limits } from "../limit.ts";
import { linesOf } from "../protocol.ts";
import { LAYERS } from "./layer_list.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    only: { type: "string" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "2" },
    ms: { type: "string", default: "15" },
    build: { type: "string", default: "wide" },
    torch: { type: "boolean", default: true },
    python: { type: "string", default: "python3" },
  },
});
const threads = Number(values.threads), rounds = Number(values.rounds), burst = Number(values.ms);
const chosen = LAYERS.filter(({ name }) =>
  values.only === undefined || values.only.split(",").some((part) => name.includes(part))
);

/** What is timed of a layer. */
const PARTS = ["forward", "dx", "dw"] as const;

const peer = values.torch
  ? new Deno.Command(values.python, {
    args: [fileURLToPath(new URL("../peers/torch_layers.py", import.meta.url))],
    stdin: "piped",
    stdout: "piped",
  }).spawn()
  : null;
const asked = peer?.stdin.getWriter(), answers = peer && linesOf(peer.stdout);

/** PyTorch's least times of forward, dx and dw, in ms. */
async function torch(layer: (typeof LAYERS)[number]): Promise<number[]> {
  const request = { ...layer, threads, ms: burst };
  await asked!.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  const { value, done } = await answers!.next();
  if (done) throw new Error(`PyTorch does not answer: ${layer.name}`);
  return JSON.parse(value);
}

/** The least time of a call, in ms. */
function least(run: () => void): number {
  let best = Infinity;
  for (const end = performance.now() + burst; performance.now() < end;) {
    scope(() => {
      const start = performance.now();
      run();
      best = Math.min(best, performance.now() - start);
    });
  }
  return best;
}

type Op = (x: Tensor, w: Tensor, b: null, options: object) => Tensor;
const CONVOLUTIONS: Record<string, Op> = {
  conv1d: glim.functional.conv1d,
  conv2d: glim.functional.conv2d,
  conv3d: glim.functional.conv3d,
  convTranspose2d: glim.functional.convTranspose2d,
};

/** This library's least times, and the multiplications of one of them. */
function ours(layer: (typeof LAYERS)[number]): [times: number[], products: number] {
  return scope(() => {
    const run = CONVOLUTIONS[layer.op]!, options = layer.options ?? {};
    const [n, c, ...sides] = layer.x as [number, number, ...number[]];
    const places = sides.map((_, i) => i + 1);
    // as it comes from a layer before: channels last
    const input = rand([n, ...sides, c]).permute(0, places.length + 1, ...places);
    const w = rand(layer.w);
    const y = run(input, w, null, options), dy = y.mul(0.5);
    const each = layer.op.includes("Transpose") ? input.numel : y.numel;
    const products = each * w.numel / w.shape[0]!;
    const times = [
      least(() => noGrad(() => void run(input, w, null, options))),
      ...[input, w].map((operand) => {
        // as from a layer before, which takes the gradient as it is: a leaf would have it copied
        const leaf = zeros([1], { requiresGrad: true });
        const of = record("layer before", operand, [[leaf, () => ones([1])]]);
        const y = operand === w ? run(input, of, null, options) : run(of, w, null, options);
        return least(() => grad(y, leaf, { gradOutputs: dy, retainGraph: true }));
      }),
    ];
    return [times, products];
  });
}

setKernelBuild(values.build as "wide" | "fast" | "strict");
setNumThreads(threads);
const limits = await Limits.start(threads, { relaxed: true, vectors: 2 });
let limit = 0;
function measureLimit(): void {
  const times = 2e4, work = limits.workOf("fma", threads) * times;
  const start = performance.now();
  limits.run("fma", threads, times);
  limit = Math.max(limit, work / (performance.now() - start) * 1000);
}
const width = Math.max(...chosen.map(({ name }) => name.length)) + 2;
console.log(
  "".padEnd(width) +
    PARTS.map((part) => `${part}, GFLOP/s  limit  × PyTorch`.padStart(32)).join(""),
);
for (const layer of chosen) {
  const best = [Infinity, Infinity, Infinity], theirs = [Infinity, Infinity, Infinity];
  let products = 0;
  for (let round = 0; round < rounds; round++) {
    measureLimit();
    const [times, count] = ours(layer);
    products = count;
    times.forEach((time, i) => best[i] = Math.min(best[i]!, time));
    if (peer === null) continue;
    (await torch(layer)).forEach((time, i) => theirs[i] = Math.min(theirs[i]!, time));
  }
  const cells = PARTS.map((_, i) => {
    const rate = 2 * products / best[i]! / 1e6;
    return `${(best[i]! * 1000).toFixed(0)} µs`.padStart(11) + rate.toFixed(1).padStart(7) +
      `${(100 * rate / limit).toFixed(0)} %`.padStart(7) +
      (peer ? (theirs[i]! / best[i]!).toFixed(2) : "").padStart(7);
  });
  console.log(layer.name.padEnd(width) + cells.join(""));
}
limits[Symbol.dispose]();
await asked?.close();
await peer?.status;
console.log(`limit ${limit.toFixed(0)} GFLOP/s`);
