/**
 * A process that measures this library in one build of its kernels:
 * `process.ts BUILD DATA FLAGS WORKLOADS`, as `contenders.ts` starts it.
 *
 * @module
 */
import { type KernelBuild, setKernelBuild, setNumThreads } from "@glim/glim";
import { type Case, type Family, LeftOutError } from "./case.ts";
import { CheckError } from "./check.ts";
import { fork } from "./lab/fork.ts";
import { useThreads } from "./lab/threads.ts";
import { Limits } from "./limit.ts";
import { readFrom } from "./mnist.ts";
import { type Answer, type Request, serve } from "./protocol.ts";
import { calls } from "./workloads/calls.ts";
import { convolution, recipe } from "./workloads/convolution.ts";
import { elementwise } from "./workloads/elementwise.ts";
import { inference } from "./workloads/inference.ts";
import { loops } from "./workloads/loops.ts";
import { layerProducts, squareProducts } from "./workloads/products.ts";
import { pictures } from "./workloads/pictures.ts";
import { sequences } from "./workloads/sequences.ts";
import { startup } from "./workloads/startup.ts";
import { laterTraining, paperTraining, training } from "./workloads/training.ts";

const FAMILIES: Readonly<Record<string, Family>> = {
  W1: squareProducts,
  W2: layerProducts,
  W3: training,
  W3b: laterTraining,
  W3p: paperTraining,
  W3l: loops,
  W4: convolution,
  W4m: recipe,
  W5: inference,
  W6: startup,
  W7: elementwise,
  W8: calls,
  W9: sequences,
  W10: pictures,
  WF: fork,
};

const [build, folder, flags, only] = Deno.args as [KernelBuild, string, string, string];
readFrom(folder);
setKernelBuild(build);

/** Rows, and why those of a workload are left out. */
function* everything(): Generator<Case | LeftOutError> {
  for (const [name, family] of Object.entries(FAMILIES)) {
    if (only !== "" && !only.split(",").includes(name)) continue;
    try {
      yield* family();
    } catch (error) {
      if (!(error instanceof LeftOutError)) throw error;
      yield new LeftOutError(`${name} is left out: ${error.message}`);
    }
  }
}

const rows = everything();
let row: Case | null = null;
using limits = await Limits.start(navigator.hardwareConcurrency, {
  relaxed: build !== "strict",
  vectors: flags === "" ? 1 : 2,
});

function next(): Answer {
  const { value, done } = rows.next();
  if (done) return { done };
  if (value instanceof LeftOutError) return { leftOut: value.message };
  row = value;
  return { row }; // JSON leaves its functions out
}

async function begin(row: Case, threads: number): Promise<Answer> {
  await useThreads(threads);
  try {
    if ("result" in row) return { value: row.result() };
    await row.check();
    return { variants: [""] };
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    return { wrong: error.message };
  }
}

async function secondsOf(work: () => void | number | Promise<void>): Promise<number> {
  const began = performance.now();
  const told = await work();
  return typeof told === "number" ? told : (performance.now() - began) / 1000;
}

async function answer(request: Request): Promise<Answer> {
  if (request.do === "next") return next();
  const { threads } = request;
  if (request.do === "begin") return await begin(row!, threads);
  if (request.do === "limit") {
    const { kind, k } = request;
    const seconds = await secondsOf(() => limits.run(kind, threads, k));
    return { seconds, work: limits.workOf(kind, threads) };
  }
  setNumThreads(threads);
  const timed = row!;
  if ("result" in timed) throw new Error("the row is not timed");
  return { seconds: await secondsOf(() => timed.run(request.k)) };
}

await serve(answer);
Deno.exit();
