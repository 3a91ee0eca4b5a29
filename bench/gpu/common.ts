/**
 * What a contender on the GPU does: it trains two networks on a batch that stays on the GPU and two
 * GPTs on windows of a text, multiplies matrices, and attends. It prints a line of JSON for each, with
 * what it asked the GPU for.
 *
 * @module
 */
import { uniform } from "../seeds.ts";
import { GPT, type GptSizes, LARGE_GPT } from "../spec.ts";
import { host } from "./host.ts";

/** What a package without types gives. */
// deno-lint-ignore no-explicit-any
export type Any = any;

/** A package of `bench/peers/deno.json`: no literal, since nothing else of the repository needs it. */
export async function load(name: string): Promise<Any> {
  return await import(name);
}

/** Samples of a batch. */
export const BATCH = 64;

/** Learning rate and momentum. */
export const LR = 0.05, MOMENTUM = 0.9;

/** Images [64, 784] and their labels. */
export const images: Float32Array = uniform(7, BATCH * 784, 1);
export const labels: Int32Array = Int32Array.from({ length: BATCH }, (_, i) => (i * 7) % 10);

/** A training: makes a step, and reads the loss of the last one. */
export interface Training {
  step(): void;
  loss(): Promise<number>;
}

/** Two n × n matrices: what the first is multiplied by, again and again, stays as large as it is. */
export function factors(n: number): [Float32Array, Float32Array] {
  const scale = Math.sqrt(3 / n);
  return [uniform(1, n * n, scale), uniform(2, n * n, 1)];
}

/** A product: multiplies the last result once more, and waits until all is done. */
export interface Product {
  multiply(): void;
  done(): Promise<unknown>;
}

/** Batch, heads, and numbers of a head, where attention is measured alone. */
export const ATTENTION = { batch: 8, heads: 8, width: 64 } as const;

/** Causal attention over a length: calls it, with its gradients or not, and waits until all is done. */
export interface Attending {
  forward(): void;
  withGradients(): void;
  done(): Promise<unknown>;
  /**
   * Bytes that were taken at most since it was made, on top of what was taken then; null: more were
   * taken before.
   */
  bytes?(): number | null;
}

/** All of a contender; what it has not is left out. */
export interface Contender {
  name: string;
  mlp(): Training;
  cnn(): Training;
  gpt?(sizes: GptSizes): Training;
  product(n: number): Product;
  /** By the names of its ways. */
  attention?: Readonly<Record<string, (length: number) => Attending>>;
  /** Writes so many tokens, one after the other. */
  write?(tokens: number): Promise<void>;
}

/** How often the GPU was asked for something. */
interface Counts {
  dispatches: number;
  submits: number;
  bindGroups: number;
  buffers: number;
  writes: number;
}

const counts: Counts = { dispatches: 0, submits: 0, bindGroups: 0, buffers: 0, writes: 0 };

// The same for every library: the calls of WebGPU itself are counted, and its submits timed.
let submitting = 0;

// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => any;

function watch(owner: object, method: string, count: keyof Counts, isTimed = false): void {
  const prototype = owner as Record<string, Method>;
  const before = prototype[method]!;
  prototype[method] = function (this: unknown, ...args: unknown[]) {
    counts[count]++;
    if (!isTimed) return before.apply(this, args);
    const start = performance.now();
    const result = before.apply(this, args);
    submitting += performance.now() - start;
    return result;
  };
}

/** Begins to count. */
export function watchGpu(): void {
  watch(GPUComputePassEncoder.prototype, "dispatchWorkgroups", "dispatches");
  watch(GPUQueue.prototype, "submit", "submits", true);
  watch(GPUQueue.prototype, "writeBuffer", "writes");
  watch(GPUDevice.prototype, "createBindGroup", "bindGroups");
  watch(GPUDevice.prototype, "createBuffer", "buffers");
}

/** A row of figures, as a line of JSON. */
export type Figures = { contender: string; row: string } & Record<string, number | string>;

function tell(figures: Figures): void {
  host.tell(JSON.stringify(figures));
}

/** Milliseconds that a row is measured for. */
const ENOUGH = Number(host.args[0] ?? 1500);

async function training(
  contender: string,
  row: string,
  make: () => Training,
  samples = BATCH,
): Promise<void> {
  const { step, loss } = make();
  step();
  const first = await loss();
  for (let i = 0; i < 19; i++) step();
  const twentieth = await loss();
  let steps = 20, best = Infinity, host = Infinity;
  let asked: Record<string, number> = {};
  for (const start = performance.now(); performance.now() - start < ENOUGH;) {
    const before = { ...counts };
    submitting = 0;
    const begun = performance.now();
    for (let i = 0; i < steps; i++) step();
    const called = performance.now() - submitting; // its own time: submits are the engine's
    await loss();
    const ended = performance.now();
    best = Math.min(best, (ended - begun) / steps);
    host = Math.min(host, (called - begun) / steps);
    asked = Object.fromEntries(
      Object.entries(counts).map(([name, n]) => [name, (n - before[name as keyof Counts]) / steps]),
    );
    if (ended - begun < ENOUGH / 4) steps *= 2;
  }
  tell({
    contender,
    row,
    first,
    twentieth,
    msPerStep: best,
    hostMs: host,
    samplesPerSecond: samples / best * 1000,
    ...asked,
  });
}

/** Milliseconds of a call at best, of which so many follow each other that the wait counts little. */
async function bestOf(call: () => void, done: () => Promise<unknown>): Promise<number> {
  call();
  await done();
  let times = 1, best = Infinity;
  for (const start = performance.now(); performance.now() - start < ENOUGH;) {
    const begun = performance.now();
    for (let i = 0; i < times; i++) call();
    await done();
    const ms = performance.now() - begun;
    best = Math.min(best, ms / times);
    if (ms < ENOUGH / 4) times *= 2;
  }
  return best;
}

async function product(contender: string, n: number, make: (n: number) => Product): Promise<void> {
  const { multiply, done } = make(n);
  const ms = await bestOf(multiply, done);
  tell({ contender, row: `product ${n}`, ms, teraflops: 2 * n ** 3 / ms / 1e9 });
}

async function attention(
  contender: string,
  length: number,
  make: (length: number) => Attending,
): Promise<void> {
  const { forward, withGradients, done, bytes } = make(length);
  const { batch, heads, width } = ATTENTION;
  const gflop = 2 * batch * heads * width * length ** 2 / 1e9; // half of the products: causal
  for (
    const [what, call, flops] of [
      ["forward", forward, gflop],
      ["with gradients", withGradients, 3.5 * gflop],
    ] as const
  ) {
    const ms = await bestOf(call, done);
    const row = `attention ${length}, ${what}`;
    const most = bytes?.() ?? null;
    const megabytes = most === null ? "" : most / 1e6;
    tell({ contender, row, ms, teraflops: flops / ms, megabytes });
  }
}

/** Tokens that are written one after the other. */
const WRITTEN = 60;

async function writing(contender: string, write: (tokens: number) => Promise<void>): Promise<void> {
  await write(WRITTEN);
  let best = Infinity;
  for (const start = performance.now(); performance.now() - start < ENOUGH;) {
    const begun = performance.now();
    await write(WRITTEN);
    best = Math.min(best, performance.now() - begun);
  }
  tell({
    contender,
    row: "GPT writes",
    ms: best / WRITTEN,
    tokensPerSecond: WRITTEN / best * 1000,
  });
}

/** What a row of a GPT is called. */
function gptRow({ layers, width, context, batch }: GptSizes): string {
  return `GPT, ${layers} layers, width ${width}, context ${context}, batch ${batch}`;
}

/** Measures a contender: all rows, or those that the second argument names. */
export async function measure(contender: Contender): Promise<void> {
  const { name, mlp, cnn, gpt, product: multiply, attention: ways = {}, write } = contender;
  const wanted = (host.args[1] ?? "mlp,cnn,gpt,products,attention").split(",");
  const sizes = (host.args[2] ?? "256,1024,2048,4096").split(",").map(Number);
  const rows: [string, () => Promise<void>][] = [
    ["mlp", () => training(name, "MLP 784-128-128-10", mlp)],
    ["cnn", () => training(name, "CNN of PyTorch's MNIST example", cnn)],
  ];
  for (const of of gpt === undefined ? [] : [GPT, LARGE_GPT]) {
    const tokens = of.batch * of.context;
    rows.push(["gpt", () => training(name, gptRow(of), () => gpt!(of), tokens)]);
  }
  if (write !== undefined) rows.push(["gpt", () => writing(name, write)]);
  for (const n of sizes) rows.push(["products", () => product(name, n, multiply)]);
  for (const length of [256, 1024]) {
    for (const [way, make] of Object.entries(ways)) {
      rows.push(["attention", () => attention(`${name}, ${way}`, length, make)]);
    }
  }
  for (const [row, run] of rows) {
    if (!wanted.includes(row)) continue;
    try {
      await run();
    } catch (error) {
      tell({ contender: name, row, error: String(error).slice(0, 300) });
    }
  }
  host.end();
}
