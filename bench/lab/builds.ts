/**
 * Each kernel in the fast and in the wide build, in one process: whether its bits are the same, and
 * how long it takes, the least of many tries in turns. In processor time: the machine may do other work.
 *
 * ```sh
 * deno run --config tests/deno.json --v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks \
 *   --allow-read --allow-env bench/lab/builds.ts          # all; or those whose names hold an argument
 * ```
 *
 * @module
 */
import process from "node:process";
import { BUILDS, compile } from "../../tools/build.ts";
import { BINARY_OP, REDUCE_OP, SOFTMAX_OP, UNARY_OP } from "../../build/abi.ts";
import { GRADIENTS } from "../../src/wasm/formulas.ts";
import { type Kernel, memory, MIB } from "./load.ts";

type Kernels = Record<string, Kernel>;

memory.grow(1024 - memory.buffer.byteLength / 65536);

/** Where kernels find their inputs, and where their outputs and scratch space are. */
const [A, B, C, D, OUT, SCRATCH] = [1, 7, 13, 19, 25, 50].map((mib) => mib * MIB) as [
  number,
  number,
  number,
  number,
  number,
  number,
];
/** Tables: int32 numbers of shapes, windows and lists of parameters. */
const TABLE = 4096;

/** Elements of the elementwise rows. */
const N = 100_003;

/** A call of one kernel. */
interface Row {
  name: string;
  run: (kernels: Kernels) => void;
}

const rows: Row[] = [];
const row = (name: string, run: Row["run"]): void => void rows.push({ name, run });

/** Writes int32 numbers to the table. */
function ints(values: readonly number[]): number {
  new Int32Array(memory.buffer, TABLE, values.length).set(values);
  return TABLE;
}

for (const [name, op] of Object.entries(UNARY_OP)) {
  row(name, (k) => k.unary!(op, A, OUT, 0, N));
  if (!(name in GRADIENTS)) row(`${name} gradient`, (k) => k.unaryGrad!(op, A, B, OUT, 0, N));
}
for (const [name, op] of Object.entries(BINARY_OP)) {
  row(name, (k) => k.binary!(op, A, B, OUT, 0, N));
}
row("add, one row", (k) => k.binaryBroadcast!(0, A, 1000, 0, 1, B, 0, 0, 1, OUT, 1, 1000, 0, 100));
row(
  "add, one column",
  (k) => k.binaryBroadcast!(0, A, 1000, 0, 1, B, 1, 0, 0, OUT, 1, 1000, 0, 100),
);
row("add, rows of 10", (k) => k.binaryBroadcast!(0, A, 10, 0, 1, B, 0, 0, 1, OUT, 1, 10, 0, 10000));
for (const [name, op] of Object.entries({ add: 0, mul: 2, maximum: 4 })) {
  row(`int32 ${name}`, (k) => k.binaryI32!(op, A, B, OUT, 0, N));
}
row("leakyRelu", (k) => k.leakyRelu!(A, B, OUT, 0.1, 0, N));
row("clamp", (k) => k.clamp!(A, OUT, -1, 1, 0, N));
row("clamp gradient", (k) => k.clampGrad!(A, B, OUT, -1, 1, 0, N));
row("compare", (k) => k.compare!(1, A, B, OUT, 0, N));
row("where", (k) => k.where!(A, B, C, OUT, 0, N));
row("fill", (k) => k.fill32!(OUT, 7, 0, N));
row("copy", (k) => k.copy!(4, A, 0, 0, 1, OUT, 0, 0, 1, 1, N, 0, 1));
row("transpose", (k) => k.copy!(4, A, 0, 1, 300, OUT, 0, 300, 1, 300, 300, 0, 1));
for (
  const [name, from, to] of [
    ["float to int", 0, 1],
    ["int to float", 1, 0],
    ["byte to float", 2, 0],
    ["float to byte", 0, 2],
    ["float to bool", 0, 3],
  ] as const
) row(`cast ${name}`, (k) => k.cast!(from, to, A, OUT, 0, N));

for (const [name, op] of Object.entries(REDUCE_OP)) {
  row(`${name} along rows of 1000`, (k) => k.reduceRows!(op, A, OUT, 1000, 0, 100));
  row(`${name} along rows of 10`, (k) => k.reduceRows!(op, A, OUT, 10, 0, 10000));
  row(`${name} down 1000 columns`, (k) => k.reduceCols!(op, A, OUT, 100, 1000, 0, 1, 0, 1000));
  row(`${name} down 10 columns`, (k) => k.reduceCols!(op, A, OUT, 10000, 10, 0, 1, 0, 10));
}
row("argmax along rows of 1000", (k) => k.argRows!(1, A, OUT, 1000, 0, 100));
row("argmax along rows of 10", (k) => k.argRows!(1, A, OUT, 10, 0, 10000));
for (const [name, form] of Object.entries(SOFTMAX_OP)) {
  row(`${name} of 1000`, (k) => k.softmaxRows!(form, A, OUT, 1000, 0, 100));
  row(`${name} of 10`, (k) => k.softmaxRows!(form, A, OUT, 10, 0, 6400));
  row(`${name} gradient of 1000`, (k) => k.softmaxGradRows!(form, A, B, OUT, 1000, 0, 100));
}
const labels = (k: Kernels) => k.fill32!(D, 3, 0, 10000);
for (const [n, count] of [[1000, 100], [10, 6400]] as const) {
  row(`crossEntropy of ${n}`, (k) => {
    labels(k);
    k.crossEntropyRows!(A, D, OUT, OUT + MIB, n, TABLE, 0, count);
  });
  row(`crossEntropy gradient of ${n}`, (k) => {
    labels(k);
    k.crossEntropyGradRows!(A, D, B, C, 0, 1 / count, OUT, n, 0, count);
  });
}

row("layerNorm of 256", (k) => k.layerNormRows!(A, B, C, OUT, OUT + MIB, 256, 1e-5, 0, 400));
row("layerNorm gradient of 256", (k) => k.layerNormGradRows!(A, B, C, D, OUT, 256, 0, 400));
row("layerNorm weights of 256", (k) => {
  k.layerNormGradWeight!(A, C, D, OUT, OUT + MIB, 400, 256, SCRATCH, 0, 256);
});
for (
  const [name, outer, c, inner] of [
    ["channels last", 1568, 64, 1],
    ["images", 16, 8, 784],
    ["features", 100, 1000, 1],
  ] as const
) {
  const size = [outer, c, inner] as const;
  row(`batchNorm moments, ${name}`, (k) => k.channelMoments!(A, OUT, OUT + MIB, ...size, 0, c));
  row(`batchNorm, ${name}`, (k) => k.channelAffine!(A, OUT, B, C, D, c, inner, 0, outer));
  row(`batchNorm sums, ${name}`, (k) => k.channelSums!(A, B, C, OUT, OUT + MIB, ...size, 0, c));
  row(`batchNorm gradient, ${name}`, (k) => {
    k.channelAffineGrad!(A, B, OUT, C, C + 4096, D, D + 4096, c, inner, 0, outer);
  });
}

/** Two tables of windows, 2 × 2 of an image of 24 × 24. */
function windows(step: number, size: number): [number, number] {
  const lines = Array.from({ length: 24 / step - (size > step ? 1 : 0) }, (_, i) => [
    i * step,
    i * step + size,
    1,
  ]);
  ints(lines.flat());
  return [TABLE, lines.length];
}
for (const [name, images, inner] of [["channels last", 8, 32], ["images", 256, 1]] as const) {
  row(`maxPool, ${name}`, (k) => {
    const [t, n] = windows(2, 2);
    k.maxPool!(A, OUT, OUT + MIB, t, t, 24, 24, n, n, inner, 0, images * n);
  });
  row(`maxPool gradient, ${name}`, (k) => {
    const [t, n] = windows(2, 2);
    k.maxPool!(A, OUT, OUT + MIB, t, t, 24, 24, n, n, inner, 0, images * n);
    k.maxPoolGrad!(B, OUT + MIB, OUT + 2 * MIB, 576, n * n, inner, 0, images);
  });
  row(`avgPool, ${name}`, (k) => {
    const [t, n] = windows(2, 2);
    k.avgPool!(A, OUT, t, t, 24, 24, n, n, inner, 0, images * n);
  });
  row(`avgPool gradient, ${name}`, (k) => {
    const [t, n] = windows(2, 2);
    k.avgPoolGrad!(B, OUT, t, t, 24, 24, n, n, inner, 0, images);
  });
}

/** A list of one parameter of N numbers. */
function list(flags: number, kept: readonly number[]): number {
  ints([N, flags, OUT, B, kept[0] ?? 0, kept[1] ?? 0, kept[2] ?? 0, 0]);
  new Float64Array(memory.buffer, TABLE + 32, 2).set([0.5, 0.5]);
  return TABLE;
}
const [M1, M2, M3] = [OUT + MIB, OUT + 2 * MIB, OUT + 3 * MIB] as const;
row("sgd", (k) => k.sgd!(list(0, []), 1, 1e-3, 0, 0, 0, 0, SCRATCH, 0, N));
row("sgd, decay", (k) => k.sgd!(list(0, []), 1, 1e-3, 0, 0, 1e-4, 0, SCRATCH, 0, N));
row("sgd, momentum", (k) => k.sgd!(list(0, [M1]), 1, 1e-3, 0.9, 0, 0, 0, SCRATCH, 0, N));
row("sgd, momentum, decay", (k) => {
  k.sgd!(list(0, [M1]), 1, 1e-3, 0.9, 0, 1e-4, 0, SCRATCH, 0, N);
});
row("sgd, nesterov", (k) => k.sgd!(list(0, [M1]), 1, 1e-3, 0.9, 0, 1e-4, 1, SCRATCH, 0, N));
row("sgd, outer product", (k) => {
  k.sgdOuter!(OUT, B, C, 0, 784, 1e-3, 0, 0, 0, 0, SCRATCH, 0, 128);
});
row("sgd, outer product, momentum", (k) => {
  k.sgdOuter!(OUT, B, C, M1, 784, 1e-3, 0.9, 0, 0, 0, SCRATCH, 0, 128);
});
row("outerProduct", (k) => k.outerProduct!(A, B, OUT, 784, 0, 128));
row("adam", (k) => k.adam!(list(0, [M1, M2]), 1, 1e-3, 0.9, 0.999, 1e-8, 0, 0, 0, N));
row(
  "adamW, amsgrad",
  (k) => k.adam!(list(0, [M1, M2, M3]), 1, 1e-3, 0.9, 0.999, 1e-8, 0.01, 1, 0, N),
);
row("rmsprop", (k) => k.rmsprop!(list(0, [M1, 0, 0]), 1, 1e-3, 0.99, 1e-8, 0, 0, 0, N));
row("rmsprop, all", (k) => k.rmsprop!(list(0, [M1, M2, M3]), 1, 1e-3, 0.99, 1e-8, 0.01, 0.9, 0, N));
row("lerp", (k) => k.lerp!(list(0, []), 1, 0.3, 0, N));

row("randomUniform", (k) => k.randomUniform!(OUT, 1, 2, 3, 4, 0, 1, 0, N));
row("randomNormal", (k) => k.randomNormal!(OUT, 1, 2, 3, 4, 0, 1, 0, N));
row("dropout", (k) => k.dropout!(A, OUT, 1, 2, 3, 4, 0.5, 2, 0, N));

/** A product; `layout` tells of A and of B whether rows (r) or columns (c) are contiguous. */
function product(m: number, n: number, k: number, layout: string, flags = 0): void {
  const a = layout[0] === "r" ? [k, 1] : [1, m], b = layout[1] === "r" ? [n, 1] : [1, k];
  row(`${m} × ${n} × ${k} ${layout}`, ({ gemm }) => {
    gemm!(
      A,
      ...a as [number, number],
      B,
      ...b as [number, number],
      OUT,
      n,
      m,
      n,
      k,
      0,
      flags,
      SCRATCH,
      0,
      m,
      0,
      n,
    );
  });
}
for (const n of [64, 128, 256, 512, 1024]) product(n, n, n, "rr");
for (const [n, layout] of [[250, "rr"], [512, "rc"], [512, "cr"], [512, "cc"]] as const) {
  product(n, n, n, layout);
}
for (const batch of [64, 256, 1024]) {
  product(batch, 128, 784, "rc");
  product(128, 784, batch, "cr");
  product(batch, 784, 128, "rr");
  product(batch, 128, 128, "rc");
  product(batch, 10, 128, "rc");
  product(10, 128, batch, "cr");
  product(batch, 128, 10, "rr");
}
for (const batch of [1, 2, 4, 8, 16, 20]) {
  product(batch, 128, 784, "rc");
  product(batch, 784, 128, "rr");
  product(128, 784, batch, "cr");
  product(batch, 128, 128, "rc");
  product(batch, 10, 128, "rc");
  product(batch, 128, 10, "rr");
}
for (const n of [1, 4, 8]) {
  product(128, n, 784, "rr");
  product(784, n, 128, "cr");
}
product(8, 8, 8, "rr");
product(10, 128, 16, "cr");

/** A convolution: samples, channels, pixels a side, outputs, taps a side, stride, padding. */
function convolution(
  n: number,
  c: number,
  h: number,
  o: number,
  taps: number,
  stride = 1,
  pad = 0,
): void {
  const oh = Math.floor((h + 2 * pad - taps) / stride) + 1;
  // deno-fmt-ignore
  const numbers = (th: number, tw: number) =>
    ints([n, c, h, h, o, oh, oh, taps, taps, stride, stride, pad, pad, 1, 1, 1, n, 1, th, tw]);
  const name = `${c} to ${o} of ${h}², ${taps} × ${taps}${stride > 1 ? ` / ${stride}` : ""}`;
  row(`conv ${name}`, (k) => k.convForward!(numbers(4, 4), A, B, C, OUT, SCRATCH, 0, n * oh));
  row(`conv gradient ${name}`, (k) => {
    k.convGrad!(numbers(4, 4), A, B, C, OUT, OUT + 12 * MIB, SCRATCH, 0, 1);
  });
  if (taps !== 3 || stride !== 1 || c % 8 !== 0 || o % 8 !== 0) return;
  for (const [th, tw] of [[4, 4], [3, 3], [6, 3]] as const) {
    const kind = `${name}, tiles of ${th} × ${tw}`;
    row(
      `Winograd ${kind}`,
      (k) => {
        const rows = n * Math.ceil(oh / th);
        k.winogradForward!(numbers(th, tw), A, B, C, OUT, SCRATCH, 0, rows, 0, o / 8);
      },
    );
    row(`Winograd gradient ${kind}`, (k) => {
      k.winogradGrad!(numbers(th, tw), A, B, C, OUT, OUT + 12 * MIB, SCRATCH, 0, 1);
    });
    row(`Winograd weights ${kind}`, (k) => k.winogradWeight!(numbers(th, tw), B, OUT, 0, 0, o));
    row(
      `Winograd weights across ${kind}`,
      (k) => k.winogradWeight!(numbers(th, tw), B, OUT, 1, 0, o),
    );
  }
}
convolution(4, 1, 28, 32, 3);
convolution(4, 1, 28, 16, 5);
convolution(4, 32, 26, 64, 3);
convolution(4, 16, 14, 24, 3, 1, 1);
convolution(4, 8, 28, 16, 3, 2, 1);
convolution(4, 3, 28, 12, 3, 1, 1);
convolution(4, 32, 14, 64, 1);

/** Processor time of this process in ms. */
function now(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What differs in the outputs of two builds, if anything does. */
function difference(run: Row["run"], fast: Kernels, wide: Kernels): string {
  const [first, second] = [fast, wide].map((kernels) => {
    fill();
    run(kernels);
    return new Uint32Array(memory.buffer).slice(OUT / 4, SCRATCH / 4);
  }) as [Uint32Array, Uint32Array];
  const i = first.findIndex((bits, i) => bits !== second[i]);
  return i < 0 ? "" : `  BITS DIFFER at ${i}`;
}

/** Numbers between -4 and 4, and some special ones, in all of the memory. */
const filled = (() => {
  const numbers = new Float32Array(memory.buffer.byteLength / 4);
  let state = 1;
  for (let i = 0; i < numbers.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    numbers[i] = ((state >>> 8) / 2 ** 24 - 0.5) * 8;
  }
  return numbers;
})();
function fill(): void {
  new Float32Array(memory.buffer).set(filled);
}

const imports = { env: { memory } };
const kernelsOf = async (name: "fast" | "wide"): Promise<Kernels> => {
  const { wasm } = await compile(BUILDS[name]);
  return new WebAssembly.Instance(new WebAssembly.Module(wasm), imports)
    .exports as unknown as Kernels;
};
const fast = await kernelsOf("fast"), wide = await kernelsOf("wide");

const chosen = rows.filter(({ name }) =>
  Deno.args.length === 0 || Deno.args.some((part) => name.includes(part))
);
const width = Math.max(...chosen.map(({ name }) => name.length)) + 2;
console.log(
  "µs".padEnd(width) + "fast".padStart(9) + "wide".padStart(9) + "fast : wide".padStart(13),
);
for (const { name, run } of chosen) {
  const note = difference(run, fast, wide);
  const builds = [fast, wide];
  for (const kernels of builds) {
    for (const end = now() + 20; now() < end;) for (let t = 0; t < 20; t++) run(kernels);
  }
  await new Promise((resolve) => setTimeout(resolve, 60)); // V8 optimises in the background
  const before = now();
  for (const kernels of builds) run(kernels);
  const turns = Math.ceil(4 / (now() - before + 0.001));
  const best = [Infinity, Infinity];
  for (const end = now() + 200; now() < end;) {
    for (const [i, kernels] of builds.entries()) {
      const start = now();
      for (let t = 0; t < turns; t++) run(kernels);
      best[i] = Math.min(best[i]!, (now() - start) / turns);
    }
  }
  console.log(
    name.padEnd(width) + best.map((ms) => (1000 * ms).toFixed(2).padStart(9)).join("") +
      (best[0]! / best[1]!).toFixed(2).padStart(13) + note,
  );
}
