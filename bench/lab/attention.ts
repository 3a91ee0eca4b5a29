/**
 * Attention beside what it cannot do without, and beside the form of five ops that keeps all scores: how
 * far it is from its limit, and how many times as fast as that form it could be at all. One thread; the
 * least of many tries in turns, since other work on the machine comes and goes.
 *
 * ```sh
 * deno run --config tests/deno.json --v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks \
 *   --allow-read bench/lab/attention.ts wide
 * ```
 *
 * @module
 */
import {
  attend,
  exp,
  functional,
  grad,
  type KernelBuild,
  randn,
  scope,
  setKernelBuild,
  setNumThreads,
  type Tensor,
} from "@glim/glim";
import { Limits } from "../limit.ts";

const build = (Deno.args[0] ?? "fast") as KernelBuild;
setNumThreads(1);
setKernelBuild(build);
using limits = await Limits.start(1, {
  relaxed: build !== "strict",
  vectors: build === "wide" ? 2 : 1,
});

/** The least milliseconds of each of some works, in turns. */
function least(works: readonly (() => void)[], rounds: number): number[] {
  const best = works.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      const start = performance.now();
      scope(work);
      best[i] = Math.min(best[i]!, performance.now() - start);
    }
  }
  return best;
}

/** Attention of five ops. */
function composed(x: Tensor): Tensor {
  const scores = x.mul(1 / Math.sqrt(x.shape.at(-1)!)).matmul(x.transpose(-2, -1));
  return functional.softmax(scores, -1).matmul(x);
}

/** Turns of the loop of multiply-adds: as long as a work. */
const FMA = 20;
limits.run("fma", 1, 50 * FMA); // V8 optimises

console.log("          l   d            ms: op    ops   limit   op of limit   ops of limit");
for (
  const [heads, l, d] of [[8, 64, 32], [4, 128, 64], [2, 256, 64], [1, 512, 64], [1, 1024, 64]]
) {
  const shape = [heads!, l!, d!];
  const x = randn(shape, { requiresGrad: true }), dy = randn(shape);
  const scores = randn([heads!, l!, l!]);
  const product = 2 * heads! * l! * l! * d! / 1e9; // GFLOP
  const backward = (form: (x: Tensor) => Tensor) => () =>
    void grad([form(x)], [x], { gradOutputs: [dy] });
  const [op, ops, opBack, opsBack, exps, fma] = least([
    () => void attend(x, x, x),
    () => void composed(x),
    backward((x) => attend(x, x, x)),
    backward(composed),
    () => void exp(scores),
    () => limits.run("fma", 1, FMA),
  ], l! > 300 ? 40 : 200) as [number, number, number, number, number, number];
  const rate = FMA * limits.workOf("fma", 1) / fma;
  console.log(
    `${String(l).padStart(11)}${String(d).padStart(4)} multiply-adds ${
      (1000 * rate).toFixed(1)
    } GFLOP/s`,
  );
  /** What products at the speed of registers and exponentials take. */
  const row = (what: string, products: number, times: number, mine: number, theirs: number) => {
    const limit = products * product / rate + times * exps;
    const figures = [mine, theirs, limit].map((ms) => ms.toFixed(3).padStart(7)).join("");
    const shares = [mine, theirs].map((ms) => `${(100 * limit / ms).toFixed(0)} %`.padStart(13));
    console.log(
      `${String(l).padStart(11)}${String(d).padStart(4)} ${what}${figures}${shares.join("")}`,
    );
  };
  row("forward   ", 2, 1, op, ops);
  // seven products with the op, which makes the scores again, six without
  row("gradients ", 7, 2, opBack, opsBack);
}
Deno.exit();
