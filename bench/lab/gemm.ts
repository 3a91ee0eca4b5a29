/**
 * The laboratory of the matrix product: micro-kernels on panels in L1, then whole products, each
 * beside what the core can do between registers. One thread; best of several rounds, interleaved,
 * since other work on the machine comes and goes.
 *
 * ```sh
 * deno run --config tests/deno.json --allow-read --allow-env bench/lab/gemm.ts          # the fast build's code
 * deno run --config tests/deno.json --allow-read --allow-env bench/lab/gemm.ts strict
 * deno run --config tests/deno.json --v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks \
 *   --allow-read --allow-env bench/lab/gemm.ts wide
 * ```
 *
 * @module
 */
import { isWide, loadLab, MIB, type Row } from "./load.ts";

const kernels = await loadLab("tiles", 0.5);

const limit: Row = isWide
  ? { name: "limit of pairs", work: 2e4 * 320, run: () => kernels.limitOfPairs!(64, 2e4) }
  : { name: "limit", work: 2e4 * 160, run: () => kernels.limit!(64, 2e4) };

/** A tile, 20 times on the same panels, 256 deep. */
function tileRow(name: string): Row {
  const [rows, cols] = name.match(/\d+/g)!.map(Number) as [number, number];
  const run = () => kernels[name]!(MIB, 2 * MIB, 256, 3 * MIB, 20);
  return { name, work: 20 * 256 * rows * cols, run };
}

/** A product; `layout` tells of A and of B whether rows (r) or columns (c) are contiguous. */
function product(name: string, m: number, n: number, k: number, layout: string): Row {
  const a = layout[0] === "r" ? [k, 1] : [1, m], b = layout[1] === "r" ? [n, 1] : [1, k];
  // deno-fmt-ignore
  const args = [MIB, ...a, 6 * MIB, ...b, 11 * MIB, n, m, n, k, 0, 0, 16 * MIB, 0, m, 0, n];
  return { name: `${name} ${layout}`, work: m * n * k, run: () => kernels.gemm!(...args) };
}

/** Measures the rows in turn and prints them. */
async function table(title: string, rows: Row[], rounds: number): Promise<void> {
  const all = [limit, ...rows];
  const turns = all.map((row) => Math.max(1, Math.min(3000, Math.ceil(1e7 / row.work))));
  for (const [i, row] of all.entries()) for (let t = 0; t < 2 * turns[i]! + 20; t++) row.run();
  await new Promise((resolve) => setTimeout(resolve, 500)); // V8 optimises in the background
  const best = all.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [i, row] of all.entries()) {
      const start = performance.now();
      for (let t = 0; t < turns[i]!; t++) row.run();
      best[i] = Math.min(best[i]!, (performance.now() - start) / turns[i]!);
    }
  }
  const rate = all.map((row, i) => 2 * row.work / best[i]! / 1e6);
  console.log(`\n${title.padEnd(26)}GFLOP/s  of limit        µs`);
  for (const [i, row] of all.entries()) {
    console.log(
      row.name.padEnd(26) + rate[i]!.toFixed(1).padStart(7) +
        `${(100 * rate[i]! / rate[0]!).toFixed(0)} %`.padStart(10) +
        (1000 * best[i]!).toFixed(2).padStart(10),
    );
  }
}

const tiles = Object.keys(kernels).filter((name) =>
  /\dx\d/.test(name) && (isWide || name !== "library6x16")
).map(tileRow);
await table("tile, panels in L1", tiles, 40);
await table("m × n × k", [
  ...[64, 128, 250, 256, 260, 512, 1024].map((n) => product(`${n} × ${n} × ${n}`, n, n, n, "rr")),
  ...["rc", "cr", "cc"].map((layout) => product("512 × 512 × 512", 512, 512, 512, layout)),
  ...[61, 64, 67].map((batch) => product(`${batch} × 128 × 784`, batch, 128, 784, "rc")),
  product("128 × 784 × 64", 128, 784, 64, "cr"),
  product("64 × 784 × 128", 64, 784, 128, "rr"),
  product("64 × 10 × 128", 64, 10, 128, "rc"),
  product("10 × 128 × 64", 10, 128, 64, "cr"),
  product("64 × 128 × 10", 64, 128, 10, "rr"),
], 25);
await table("few rows", [
  ...[1, 2, 4, 8, 16].map((batch) => product(`${batch} × 128 × 784`, batch, 128, 784, "rc")),
  ...[1, 2, 4, 8, 16].map((batch) => product(`${batch} × 784 × 128`, batch, 784, 128, "rr")),
  ...[1, 2, 4, 8, 16].map((batch) => product(`128 × 784 × ${batch}`, 128, 784, batch, "cr")),
  ...[1, 4, 8].map((n) => product(`128 × ${n} × 784`, 128, n, 784, "rr")),
  ...[1, 4, 8].map((n) => product(`784 × ${n} × 128`, 784, n, 128, "cr")),
  product("1 × 1 × 1", 1, 1, 1, "rr"),
  product("1 × 10 × 128", 1, 10, 128, "rc"),
  product("8 × 8 × 8", 8, 8, 8, "rr"),
], 25);
