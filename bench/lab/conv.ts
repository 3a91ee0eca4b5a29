/**
 * The laboratory of the convolution: the steps of Winograd's algorithm for one sample of 32 → 64
 * channels at 26 × 26, beside what the core can do between registers. One thread; best of several
 * rounds, interleaved, since other work on the machine comes and goes.
 *
 * ```sh
 * deno run --config tests/deno.json --allow-read --allow-env bench/lab/conv.ts          # the fast build's code
 * deno run --config tests/deno.json --allow-read --allow-env bench/lab/conv.ts strict
 * ```
 *
 * @module
 */
import { loadLab, memory, MIB, type Row } from "./load.ts";

const kernels = await loadLab("conv", 0.01);

const [IMAGE, A, B, C, TEMP] = [MIB, 2 * MIB, 4 * MIB, 6 * MIB, 1024];
const product = 36 * 36 * 32 * 64;
const rows: Row[] = [
  { name: "limit", work: 2e4 * 80, run: () => kernels.limit!(64, 2e4) },
  { name: "V of x, 32", work: 0, run: () => kernels.transform!(0, IMAGE, A, 32, 26) },
  { name: "V · U", work: product, run: () => kernels.products!(A, B, C, 32, 64) },
  { name: "y of M, 64", work: 0, run: () => kernels.transform!(1, IMAGE, A, 64, 24) },
  { name: "dM of dy, 64", work: 0, run: () => kernels.transform!(2, IMAGE, A, 64, 24) },
  { name: "dM · Uᵀ", work: product, run: () => kernels.products!(A, B, C, 64, 32) },
  { name: "dx of dV, 32", work: 0, run: () => kernels.transform!(3, IMAGE, A, 32, 26) },
  { name: "Vᵀ · dM", work: product, run: () => kernels.weightProducts!(A, B, C, 32, 64) },
  { name: "db", work: 0, run: () => kernels.sums!(IMAGE, 576, 64, TEMP) },
];
/** Puts the sizes of a convolution where its kernel reads them; see assembly/conv/shape.ts. */
function shape(at: number, list: number[]): number {
  new Int32Array(memory.buffer, at, list.length).set(list);
  return at;
}
const FIRST = shape(4096, [1, 1, 28, 28, 32, 26, 26, 3, 3, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0]);
const LARGE = shape(8192, [1, 1, 28, 28, 24, 14, 14, 5, 5, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0, 0]);
for (
  const [name, at, work] of [["1 → 32, 3", FIRST, 676 * 9 * 32], [
    "1 → 24, 5",
    LARGE,
    196 * 600,
  ]] as const
) {
  const room = 8 * MIB;
  rows.push({
    name,
    work,
    run: () => kernels.convForward!(at, IMAGE, A, 0, B, room, 0, at === FIRST ? 26 : 14),
  }, {
    name: `${name}, dw`,
    work,
    run: () => kernels.convGrad!(at, IMAGE, A, B, 0, C, room, 0, 1),
  });
}
const SECOND = shape(12288, [1, 32, 26, 26, 64, 24, 24, 3, 3, 1, 1, 0, 0, 1, 1, 1, 1, 1, 4, 4]);
for (const across of [0, 1]) {
  const name = across ? "U across" : "U of w";
  rows.push({ name, work: 0, run: () => kernels.winogradWeight!(SECOND, A, B, across, 0, 64) });
}
const best = rows.map(() => Infinity);
for (const row of rows) for (let t = 0; t < 300; t++) row.run();
await new Promise((resolve) => setTimeout(resolve, 500)); // V8 optimises in the background
for (let round = 0; round < 100; round++) {
  for (const [i, row] of rows.entries()) {
    const start = performance.now();
    for (let t = 0; t < 4; t++) row.run();
    best[i] = Math.min(best[i]!, (performance.now() - start) / 4);
    if (row.name.startsWith("dx")) new Float32Array(memory.buffer, IMAGE, MIB / 4).fill(0.01);
  }
}
const most = 2 * rows[0]!.work / best[0]!;
console.log("step".padEnd(16) + "      µs  GFLOP/s  of limit");
for (const [i, { name, work }] of rows.entries()) {
  const rate = 2 * work / best[i]!;
  console.log(
    name.padEnd(16) + (1000 * best[i]!).toFixed(1).padStart(8) +
      (work === 0 ? "" : (rate / 1e6).toFixed(1).padStart(9) +
        `${(100 * rate / most).toFixed(0)} %`.padStart(10)),
  );
}
