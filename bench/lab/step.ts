/**
 * Where a training step spends its time, kernel by kernel, that of the network 784-128-128-10 or of the
 * small GPT, whose kernels of one kind are a line: on one thread, on two,
 * how long main waits for the other at the end of a kernel, and what the host does between kernels. The
 * least of many steps of each kernel, thread counts in turns; the timers cost some 2 µs a step.
 *
 * ```sh
 * deno run --config tests/deno.json --v8-flags=--experimental-wasm-revectorize,--no-wasm-bounds-checks \
 *   -A bench/lab/step.ts 256 1024        # training steps of these batches
 * deno run … bench/lab/step.ts ask 256   # inference
 * deno run … bench/lab/step.ts gpt       # a step of the GPT of bench row W9
 * ```
 *
 * @module
 */
import { mnistPackageFolder } from "@glim/cli/task";
import { data, functional, noGrad, setKernelBuild, setNumThreads, steps } from "@glim/glim";
import type { Module } from "../../build/abi.ts";
import * as activations from "../../build/activations.ts";
import * as adaptive from "../../build/adaptive.ts";
import * as attention from "../../build/attention.ts";
import * as core from "../../build/core.ts";
import * as normalization from "../../build/normalization.ts";
import * as training from "../../build/training.ts";
import { GptRun } from "../gpt.ts";
import { normalizedTest, normalizedTraining, readFrom } from "../mnist.ts";
import { mlp } from "../network.ts";
import { MLP, MOMENTUM, TRAINING } from "../spec.ts";
import { TrainingRun } from "../training_run.ts";
import { Limits } from "../limit.ts";
import { useThreads } from "./threads.ts";

type Call = (...args: number[]) => unknown;

/** What a kernel of a step took, in ms. */
interface Spent {
  /** From its launch to its end. */
  whole: number;
  /** Main's own share of it. */
  own: number;
  /** From the end of the kernel before it to its launch. */
  before: number;
}

/** A step's kernels in order, and all of it. */
interface Step {
  names: string[];
  kernels: Spent[];
  whole: number;
  /** From the end of the last kernel on. */
  after: number;
}

const noStep = (): Step => ({ names: [], kernels: [], whole: 0, after: 0 });
let step = noStep();
let own = 0;
let ended = 0;

/** What a kernel is called: a product by its size, and which of its operands is contiguous by columns. */
function nameOf(kernel: string, args: readonly number[]): string {
  if (kernel !== "gemm") return kernel;
  const [acs, brs, m, n, k] = [3, 5, 9, 10, 11].map((i) => args[i]!);
  return `${m} × ${n} × ${k} ${acs === 1 ? "r" : "c"}${brs === 1 ? "c" : "r"}`;
}

/** The families that steps use. */
const FAMILIES = [core, activations, adaptive, attention, normalization, training];

/** Has each kernel tell how long it took. Families that are not loaded yet have none of their own time. */
function watchKernels(): void {
  for (const { launch } of FAMILIES) {
    const table = launch as unknown as Record<string, Call>;
    for (const [kernel, run] of Object.entries(table)) {
      table[kernel] = (...args) => {
        own = 0;
        const start = performance.now();
        run(...args);
        const end = performance.now();
        step.kernels.push({ whole: end - start, own, before: start - ended });
        ended = end;
        step.names.push(nameOf(kernel, args));
      };
    }
  }
  for (const { module } of FAMILIES) timeOwn(module as unknown as Module<Record<string, Call>>);
}

/** Has a loaded family's functions tell what they take of this thread. */
function timeOwn(module: Module<Record<string, Call>>): void {
  if (module.functions === null) return;
  const timed = Object.entries(module.functions).map(([kernel, run]) => {
    if (!(kernel in module.places)) return [kernel, run];
    return [kernel, (...args: number[]) => {
      const start = performance.now();
      run(...args);
      own += performance.now() - start;
    }];
  });
  module.functions = Object.fromEntries(timed);
  module.use(module.functions!);
}

/** Runs it once, and returns what its kernels took. */
function timeStep(run: () => void): Step {
  step = noStep();
  const start = ended = performance.now();
  run();
  const end = performance.now();
  const done = { ...step, whole: end - start, after: end - ended };
  step = noStep(); // what is run until the next is not counted
  return done;
}

/** The least of each kernel, and of the whole. */
function least(all: readonly Step[]): Step {
  const { names } = all[0]!;
  const of = (i: number) => {
    const rank = (of: (spent: Spent) => number) =>
      all.map((one) => of(one.kernels[i]!)).toSorted((a, b) => a - b)[all.length >> 5]!;
    const best = all.toSorted((a, b) => a.kernels[i]!.whole - b.kernels[i]!.whole);
    return { ...best[all.length >> 5]!.kernels[i]!, before: rank(({ before }) => before) };
  };
  const rank = (of: (one: Step) => number) =>
    all.map(of).toSorted((a, b) => a - b)[all.length >> 5]!;
  return {
    names,
    kernels: names.map((_, i) => of(i)),
    whole: rank(({ whole }) => whole),
    after: rank(({ after }) => after),
  };
}

/** The kernels of one name as one, in the order of the first of each. */
function merged(step: Step): Step {
  const names = [...new Set(step.names)];
  const kernels = names.map((name) => {
    const sum: Spent = { whole: 0, own: 0, before: 0 };
    for (const [i, kernel] of step.kernels.entries()) {
      if (step.names[i] !== name) continue;
      sum.whole += kernel.whole;
      sum.own += kernel.own;
      sum.before += kernel.before;
    }
    return sum;
  });
  const times = (name: string) => step.names.filter((other) => other === name).length;
  const titles = names.map((name) => times(name) > 1 ? `${name}, ${times(name)} times` : name);
  return { ...step, names: titles, kernels };
}

/** The multiplications of a product by its name; 0 of what is none. */
function productsOf(name: string): number {
  const sizes = name.match(/^(\d+) × (\d+) × (\d+)/);
  const times = Number(name.match(/(\d+) times$/)?.[1] ?? 1);
  return sizes === null ? 0 : times * Number(sizes[1]) * Number(sizes[2]) * Number(sizes[3]);
}

const counts = [1, 2];
/** The most multiplications a ms between registers on each number of threads. */
const limit: [number, number] = [0, 0];

/** Has the limits be those of the machine's best moment so far. */
function updateLimit(): void {
  for (const [i, count] of counts.entries()) {
    const start = performance.now();
    limits.run("fma", count, 10);
    const rate = limits.workOf("fma", count) * 10 * 1e9 / 2 / (performance.now() - start);
    if (rate > limit[i]!) limit[i] = rate;
  }
}

async function measure(
  title: string,
  run: () => void,
  shown = (step: Step): Step => step,
): Promise<void> {
  limit.fill(0);
  const all = new Map<number, Step[]>(counts.map((count) => [count, []]));
  for (const count of counts) {
    await useThreads(count);
    for (const end = performance.now() + 600; performance.now() < end;) run();
    await new Promise((resolve) => setTimeout(resolve, 300)); // V8 optimises in the background
  }
  for (let turn = 0; turn < 20; turn++) {
    updateLimit();
    for (const count of counts) {
      setNumThreads(count);
      for (let i = 0; i < 5; i++) run();
      for (const end = performance.now() + 100; performance.now() < end;) {
        all.get(count)!.push(timeStep(run));
      }
    }
  }
  const [one, two] = counts.map((count) => shown(least(all.get(count)!))) as [Step, Step];
  const us = (ms: number) => (1000 * ms).toFixed(1).padStart(9);
  console.log(
    `\n${title.padEnd(28)}      ×1       ×2     gain  of limit ×1  ×2  main waits  before it`,
  );
  const total = { one: 0, two: 0, waits: 0, host: [one.after, two.after] };
  for (const [i, name] of one.names.entries()) {
    const [a, b] = [one.kernels[i]!, two.kernels[i]!];
    const waits = b.whole - b.own;
    total.one += a.whole;
    total.two += b.whole;
    total.waits += waits;
    total.host[0]! += a.before;
    total.host[1]! += b.before;
    const share = (ms: number, i: 0 | 1) => {
      const percent = 100 * productsOf(name) / ms / limit[i];
      return (percent === 0 ? "" : `${percent.toFixed(0)} %`).padStart(8);
    };
    console.log(
      `${name.padEnd(26)}${us(a.whole)}${us(b.whole)}${
        (a.whole / b.whole).toFixed(2).padStart(9)
      }` +
        share(a.whole, 0) + share(b.whole, 1) + us(waits) + us(b.before),
    );
  }
  console.log(
    `${"all kernels".padEnd(26)}${us(total.one)}${us(total.two)}${
      (total.one / total.two).toFixed(2).padStart(9)
    }${"".padEnd(16)}${us(total.waits)}`,
  );
  console.log(`between kernels           ${us(total.host[0]!)}${us(total.host[1]!)}`);
  console.log(`of it behind the last     ${us(one.after)}${us(two.after)}`);
  console.log(
    `${"a step".padEnd(26)}${us(one.whole)}${us(two.whole)}${
      (one.whole / two.whole).toFixed(2).padStart(9)
    }`,
  );
}

setKernelBuild("wide");
await useThreads(2);
using limits = await Limits.start(2, { relaxed: true, vectors: 2 });
const [what] = Deno.args;
if (what === "gpt") {
  using training = new GptRun();
  training.run(2); // loads the families
  watchKernels();
  await measure("a step of the GPT, µs", () => training.run(1), merged);
  Deno.exit();
}
readFrom(data.readMnist({ fallback: mnistPackageFolder() }).dir);
watchKernels();
for (const batch of Deno.args.slice(what === "ask" ? 1 : 0).map(Number)) {
  if (what === "ask") {
    const model = mlp(MLP).eval();
    const x = normalizedTest(batch);
    await measure(`inference of ${batch}, µs`, () =>
      noGrad(() => {
        for (const _i of steps(1)) functional.logSoftmax(model.forward(x), 1).toTypedArray();
      }));
    continue;
  }
  const lr = new Map(TRAINING).get(batch) ?? 0.01;
  const plan = {
    set: normalizedTraining(),
    model: () => mlp(MLP),
    batch,
    sgd: { lr, momentum: MOMENTUM },
  };
  using training = new TrainingRun(plan);
  await measure(`a step of ${batch}, µs`, () => training.run(1));
}
Deno.exit();
