/**
 * Products and a CNN's layers on the GPU: what each tile makes of them, and the plan that is chosen by
 * the shape.
 *
 * ```sh
 * deno run --config tests/deno.json --no-check -A bench/lab/gpu_products.ts [part of a row's name]
 * ```
 *
 * Between two reads stand many calls; a read's own time is taken out by twice as many calls.
 */
import { allocOn, type Buffer, viewOf } from "../../src/device/buffer.ts";
import type { ConvSizes } from "../../src/device/kernels.ts";
import { read } from "../../src/device/transfer.ts";
import { opened } from "../../src/webgpu/device.ts";
import { webgpu } from "../../src/webgpu/mod.ts";
import { type Tile, TILES } from "../../src/webgpu/tiled.ts";
import { forced, Kernels, type Plan, planOf } from "../../src/webgpu/tiles.ts";

const only = Deno.args[0] ?? "";
const info = await webgpu();
const gpu = opened!;
const { kernels } = gpu;
const probe = allocOn(gpu, [1]);

/** Milliseconds that a read takes behind n calls. */
async function behind(n: number, call: () => void): Promise<number> {
  const begun = performance.now();
  for (let i = 0; i < n; i++) call();
  await read(probe);
  return performance.now() - begun;
}

/** Microseconds of a call: of two measurements the least. */
async function time(call: () => void): Promise<number> {
  await behind(1, call); // compiles
  let n = 4;
  while (await behind(n, call) < 40 && n < 20000) n *= 2;
  let least = Infinity;
  for (let i = 0; i < 2; i++) {
    const [once, thrice] = [await behind(n, call), await behind(3 * n, call)];
    least = Math.min(least, (thrice - once) / (2 * n) * 1000);
  }
  return least;
}

function nameOf({ tile, parts }: Plan): string {
  const by = tile === null
    ? "element"
    : `${tile.rows}×${tile.cols}/${tile.eachRows}×${tile.eachCols}`;
  return `${by}${tile !== null && tile.unrolled < tile.depth ? ` loop ${tile.unrolled}` : ""}` +
    `${parts > 1 ? ` in ${parts}` : ""}`;
}

/** What a row has taken, which goes with it. */
let taken: Buffer[] = [];

/** Measures a row: a call of so many operations, by some plans; null is the one that is chosen. */
async function row(
  name: string,
  operations: number,
  prepare: () => () => void,
  plans: readonly (Plan | null)[] = [null],
  chosen?: Plan,
): Promise<void> {
  if (!name.includes(only)) return;
  const call = prepare();
  for (const plan of plans) {
    forced.plan = plan;
    const how = plan === null ? `chosen${chosen ? `: ${nameOf(chosen)}` : ""}` : nameOf(plan);
    const start = `${name.padEnd(34)} ${how.padEnd(32)}`;
    try {
      const us = await time(call);
      const rate = operations > 0
        ? `${(operations / us / 1e6).toFixed(2).padStart(7)} TFLOP/s`
        : "";
      console.log(`${start} ${us.toFixed(1).padStart(9)} µs ${rate}`);
    } catch (error) {
      console.log(`${start} ${(error as Error).message}`);
    }
  }
  forced.plan = null;
  for (const x of taken) x.storage.release("the bench");
  taken = [];
}

/** Plans by all tiles, k in so many parts. */
function by(parts = 1, tiles: readonly Tile[] = TILES): Plan[] {
  return tiles.map((tile) => ({ tile, parts }));
}

function take(shape: readonly number[], dtype?: "int32"): Buffer {
  const x = allocOn(gpu, shape, dtype);
  taken.push(x);
  return x;
}

function filled(...shape: number[]): Buffer {
  const x = take(shape);
  kernels.fill(x, 0.01);
  return x;
}

/** 64 images of c channels, which lie last. */
function images(c: number, h: number): Buffer {
  return viewOf(filled(64, h, h, c), [64, c, h, h], [h * h * c, 1, h * c, c]);
}

/** A product [m, k] · [k, n] with operands that lie row by row (n) or column by column (t). */
function product(m: number, k: number, n: number, ways = "nn"): () => () => void {
  const matrix = (rows: number, cols: number, way: string) =>
    way === "n" ? filled(rows, cols) : viewOf(filled(cols, rows), [rows, cols], [1, rows]);
  return () => {
    const [a, b, c] = [matrix(m, k, ways[0]!), matrix(k, n, ways[1]!), filled(m, n)];
    return () => kernels.gemm(a, b, c, null, false);
  };
}

console.log(`${info.vendor} ${info.architecture} ${info.description}`);

await row("a call: fill of 64", 0, () => {
  const tiny = take([64]);
  return () => kernels.fill(tiny, 1);
});

const large = TILES[0]!;
for (const n of [512, 1024, 2048, 4096]) {
  const plans = [null, ...by(1, TILES.slice(0, 3)), ...n > 1024 ? [] : by(4, TILES.slice(0, 3))];
  await row(`product ${n}`, 2 * n ** 3, product(n, n, n), plans, planOf(n, n, n, 1));
}
for (const ways of ["tn", "nt", "tt"]) {
  await row(`product 2048 ${ways}`, 2 * 2048 ** 3, product(2048, 2048, 2048, ways));
}
await row("product 2047", 2 * 2047 ** 3, product(2047, 2047, 2047));

// other forms of the largest tile
await row("product 2048, forms", 2 * 2048 ** 3, product(2048, 2048, 2048), [
  ...[1, 4, 8].map((unrolled) => ({ tile: { ...large, unrolled }, parts: 1 })),
  { tile: { ...large, depth: 8, unrolled: 8 }, parts: 1 },
  { tile: { ...large, rows: 64, cols: 64, depth: 8, unrolled: 8 }, parts: 1 },
  { tile: { ...large, rows: 64, cols: 128, depth: 8, unrolled: 8 }, parts: 1 },
  { tile: { ...large, cols: 256, eachCols: 16, depth: 8, unrolled: 8 }, parts: 1 },
  { tile: { ...large, rows: 256, eachRows: 16, depth: 8, unrolled: 8 }, parts: 1 },
]);

/** The same with another text of the kernels. */
async function rewritten(name: string, rewrite: (code: string) => string): Promise<void> {
  const { tiled } = Kernels.prototype;
  const made = new Map<number, ReturnType<typeof tiled>>();
  Kernels.prototype.tiled = function (...args: Parameters<typeof tiled>) {
    const shader = tiled.apply(this, args);
    let other = made.get(shader.id);
    if (other === undefined) {
      const code = rewrite(shader.code);
      if (code === shader.code) console.log(`${name}: nothing to rewrite`);
      made.set(shader.id, other = { ...shader, code, id: 10000 + ids++ });
    }
    return other;
  };
  const plans = by(1, TILES.slice(0, 2));
  await row(`product 2048 ${name}`, 2 * 2048 ** 3, product(2048, 2048, 2048), plans);
  Kernels.prototype.tiled = tiled;
}
let ids = 0;
await rewritten(
  "by fma",
  (code) =>
    code.replaceAll(/(s\d\w\d) \+= (a\d\.\w) \* (b\d);/g, "$1 = fma(vec4<f32>($2), $3, $1);"),
);

// 32 threads that run together have 4 × 8 blocks of c, and not 2 × 16
await rewritten("by warps of 4 × 8", (code) =>
  code
    .replace(/let ty = \(t \/ 16u\) & (\d+)u;/, "let ty = ((t / 64u) * 4u + t / 8u % 4u) & $1u;")
    .replace(/let tx = t & 15u;/, "let tx = t / 32u % 2u * 8u + t % 8u;"));

// the layers of PyTorch's MNIST example, batch 64
for (const [c, h, o] of [[1, 28, 32], [32, 26, 64]] as const) {
  const oh = h - 2;
  // deno-fmt-ignore
  const s: ConvSizes = {
    n: 64, c, h, w: h, o, oh, ow: oh, kernel: [3, 3], stride: [1, 1], padding: [0, 0],
    dilation: [1, 1], groups: 1,
  };
  const all = (run: (x: Buffer, y: Buffer, w: Buffer) => () => void) => () =>
    run(images(c, h), images(o, oh), filled(o, 3, 3, c));
  const [pixels, work, name] = [64 * oh * oh, 2 * 64 * oh * oh * o * 9 * c, `conv ${c} → ${o}`];
  const plans = [null, ...by()];
  await row(
    `${name} forward`,
    work,
    all((x, y, w) => {
      const bias = filled(o);
      return () => kernels.conv(s, x, w, bias, y);
    }),
    plans,
    planOf(pixels, o, 9 * c, 1),
  );
  await row(
    `${name} images' gradient`,
    work,
    all((x, y, w) => {
      const dx = images(c, h);
      return () => kernels.convGrad(s, x, w, y, dx, null, false);
    }),
    plans,
    planOf(64 * h * h, c, 9 * o, 1),
  );
  await row(
    `${name} weight's gradient`,
    work,
    all((x, y, w) => {
      const dw = filled(9 * c * o + o);
      return () => kernels.convGrad(s, x, w, y, null, dw, true);
    }),
    [null, ...by(16), ...by(64)],
    planOf(9 * c + 1, o, pixels, 1),
  );
}

async function dense(
  name: string,
  [m, k, n]: readonly [number, number, number],
  ways: string,
  parts: number[],
): Promise<void> {
  const plans = [null, ...parts.flatMap((parts) => by(parts, TILES.slice(2)))];
  await row(name, 2 * m * k * n, product(m, k, n, ways), plans, planOf(m, n, k, 1));
}
await dense("linear 9216 → 128", [64, 9216, 128], "nt", [16, 32, 64]);
await dense("linear 9216 → 128, dx", [64, 128, 9216], "nn", [1]);
await dense("linear 9216 → 128, dw", [128, 64, 9216], "tn", [1]);
await dense("linear 784 → 128", [64, 784, 128], "nt", [1, 4, 8]);
await dense("linear 128 → 10", [64, 128, 10], "nt", [1]);

// a layer of a GPT, width 384, of 32 · 256 tokens
for (const [k, n] of [[384, 1152], [384, 384], [384, 1536], [1536, 384]] as const) {
  const [m, work] = [8192, 2 * 8192 * k * n];
  const plans = [null, ...by(1, TILES.slice(0, 3))];
  await row(`GPT ${k} → ${n}`, work, product(m, k, n, "nt"), plans, planOf(m, n, k, 1));
  await row(`GPT ${k} → ${n}, dx`, work, product(m, n, k), plans, planOf(m, k, n, 1));
  const split = [null, ...by(4, TILES.slice(0, 3)), ...by(16, TILES.slice(0, 3))];
  await row(`GPT ${k} → ${n}, dw`, work, product(n, m, k, "tn"), split, planOf(n, k, m, 1));
}

const windows = Array.from({ length: 12 }, (_, i) => [2 * i, 2 * i + 2, 1]).flat();
const both = { rows: windows, cols: windows };
await row("maxPool 64×24×24×64", 0, () => {
  const [x, y, index] = [images(64, 24), images(64, 12), take([64, 64, 12, 12], "int32")];
  return () => kernels.maxPool(x, y, index, [64, 24, 24, 64], both);
});
await row("maxPool 64×24×24×64, gradient", 0, () => {
  const [x, y, index] = [images(64, 24), images(64, 12), take([64, 64, 12, 12], "int32")];
  return () => kernels.maxPoolGrad(y, index, x, [64, 24, 24, 64], both);
});
await row("norm 64×24×24×64, moments", 0, () => {
  const [x, mean, variance] = [images(64, 24), filled(64), filled(64)];
  return () => kernels.channelMoments(x, mean, variance, [64 * 576, 64, 1]);
});
await row("norm 64×24×24×64, affine", 0, () => {
  const [x, y, c] = [images(64, 24), images(64, 24), filled(64)];
  return () => kernels.channelAffine(x, y, c, c, c, [64 * 576, 64, 1]);
});
const { dispatches, submits } = gpu.queue.counts;
console.log(`${dispatches} dispatches, ${submits} submits`);
