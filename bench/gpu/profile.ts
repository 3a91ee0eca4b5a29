/**
 * What each kernel of a GPT's step takes on the GPU, by its timestamps:
 * `deno run -A --config bench/peers/deno.json bench/gpu/profile.ts [small|large] [lines]`. For this
 * each call gets a pass of its own.
 *
 * @module
 */
import { scope, setDefaultDevice } from "@glim/glim";
import { webgpu } from "@glim/glim/webgpu";
import { GptRun } from "../gpt.ts";
import { GPT, LARGE_GPT } from "../spec.ts";

const MOST = 2048;

let device: GPUDevice | null = null;
let queries: GPUQuerySet | null = null;
let names: string[] = [];

const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (options = {}): Promise<GPUDevice> {
  device = await requestDevice.call(this, { ...options, requiredFeatures: ["timestamp-query"] });
  queries = device.createQuerySet({ type: "timestamp", count: 2 * MOST });
  return device;
};

const { beginComputePass } = GPUCommandEncoder.prototype;
GPUCommandEncoder.prototype.beginComputePass = function (): GPUComputePassEncoder {
  let pipeline: GPUComputePipeline;
  let bind: (pass: GPUComputePassEncoder) => void;
  const timed = {
    setPipeline: (given: GPUComputePipeline) => pipeline = given,
    setBindGroup: (i: number, group: GPUBindGroup, offsets: Uint32Array) => {
      const at = offsets[0]!;
      bind = (pass) => pass.setBindGroup(i, group, [at]);
    },
    dispatchWorkgroups: (x: number, y: number, z: number) => {
      const at = 2 * names.length;
      names.push(`${pipeline.label}  ${x} · ${y} · ${z}`);
      const pass = beginComputePass.call(this, {
        timestampWrites: {
          querySet: queries!,
          beginningOfPassWriteIndex: at,
          endOfPassWriteIndex: at + 1,
        },
      });
      pass.setPipeline(pipeline);
      bind(pass);
      pass.dispatchWorkgroups(x, y, z);
      pass.end();
    },
    end: () => {},
  };
  return timed as unknown as GPUComputePassEncoder;
};

/** Microseconds of each call since the last time. */
async function times(): Promise<[name: string, microseconds: number][]> {
  const calls = names;
  names = [];
  const size = calls.length * 16;
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const resolved = device!.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
  const reader = device!.createBuffer({ size, usage: COPY_DST | MAP_READ });
  const encoder = device!.createCommandEncoder();
  encoder.resolveQuerySet(queries!, 0, calls.length * 2, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, reader, 0, size);
  device!.queue.submit([encoder.finish()]);
  await reader.mapAsync(GPUMapMode.READ);
  const stamps = new BigUint64Array(reader.getMappedRange().slice(0));
  resolved.destroy();
  reader.destroy();
  return calls.map((name, i) => [name, Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1000]);
}

setDefaultDevice((await webgpu(), "webgpu"));
const sizes = Deno.args[0] === "large" ? LARGE_GPT : GPT;
const run = new GptRun(sizes);

async function step(): Promise<[name: string, microseconds: number][]> {
  const loss = scope(() => run.step().detach());
  await loss.data();
  loss[Symbol.dispose]();
  return await times();
}

for (let i = 0; i < 5; i++) await step();
let best: [string, number][] = [];
let least = Infinity;
for (let i = 0; i < 10; i++) {
  const calls = await step();
  const all = calls.reduce((sum, [, time]) => sum + time, 0);
  if (all < least) [best, least] = [calls, all];
}
const sums = new Map<string, [calls: number, time: number]>();
for (const [name, time] of best) {
  const [calls, before] = sums.get(name) ?? [0, 0];
  sums.set(name, [calls + 1, before + time]);
}
console.log(`${best.length} calls, ${least.toFixed(0)} µs in kernels`);
const rows = [...sums].sort(([, [, a]], [, [, b]]) => b - a).slice(0, Number(Deno.args[1] ?? 40));
for (const [name, [calls, time]] of rows) {
  console.log(`${time.toFixed(1).padStart(9)} µs ${String(calls).padStart(4)} × ${name}`);
}
Deno.exit();
