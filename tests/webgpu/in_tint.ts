/**
 * Compiles every kernel by Tint, on Dawn's backend that computes nothing: prints how many there are,
 * and what is wrong with any. `deno run -A --config tests/deno.json tests/webgpu/in_tint.ts`.
 */
import { create } from "webgpu";
import { setDefaultDevice } from "../../src/devices.ts";
import * as ops from "../../src/ops/mod.ts";
import { scope } from "../../src/scope/scope.ts";
import { ones, tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import type { GpuEntry } from "../../src/webgpu/api.ts";
import { webgpu } from "../../src/webgpu/mod.ts";
import { Queue } from "../../src/webgpu/queue.ts";
import { shaders } from "../../src/webgpu/shader.ts";
import { TILES } from "../../src/webgpu/tiled.ts";
import { forced } from "../../src/webgpu/tiles.ts";
import { cases } from "../cases.ts";
import { upstream } from "../prng.ts";
import { inputsOf } from "../table.ts";
import { refusedOp } from "./refused.ts";

const gpu = create(["backend=null"]) as unknown as GpuEntry;
await webgpu({ gpu });
setDefaultDevice("webgpu");

// Many kernels are made when they are first called, so all are called.
for (const c of cases) {
  scope(() => {
    try {
      const y = c.run(ops, ...inputsOf(c));
      if (y.requiresGrad) y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
    } catch (error) {
      if (refusedOp(error) === null) throw error;
    }
  });
}
const matrix = (rows: number, columns: number): Tensor =>
  ones([rows, columns], { requiresGrad: true });
for (const tile of TILES) {
  for (const parts of [1, 2]) {
    forced.plan = { tile, parts };
    scope(() => {
      for (const n of [32, 33]) {
        for (const leftOf of [(x: Tensor) => x, (x: Tensor) => x.t()]) {
          const a = leftOf(matrix(n, n));
          a.matmul(matrix(n, n)).sum().backward();
          leftOf(matrix(n, n)).matmul(matrix(n, n).t()).sum().backward();
        }
        const x = ones([2, n, 5, 5], { requiresGrad: true });
        ops.conv2d(x, ones([n, n, 3, 3], { requiresGrad: true }), ones([n])).sum().backward();
      }
    });
  }
}

const device = await (await gpu.requestAdapter())!.requestDevice({});
const layout = new Queue(device).pipelineLayout;
// Some that are wrong, as a check that Tint looks at all, and at what every GPU has at least.
const { code } = shaders[0]!;
const all = [
  ...shaders,
  { name: "wrong", code: code.replace("fn main(", "fn other(") },
  {
    name: "too many threads",
    code: code.replace(/@workgroup_size\([^)]*\)/, "@workgroup_size(257)"),
  },
  {
    name: "too much memory of a group",
    code: code.replace("@compute", "var<workgroup> cells: array<vec4<u32>, 1025>;\n@compute")
      .replace(") {\n", ") {\ncells[0] = vec4<u32>(0u);\n"),
  },
];
const refused: string[] = [];
for (const { name, code } of all) {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code, label: name });
  device.createComputePipeline({ layout, compute: { module, entryPoint: "main" }, label: name });
  const error = await device.popErrorScope();
  if (error !== null) refused.push(`${name}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
}
console.log(JSON.stringify({ kernels: shaders.length, refused }));
Deno.exit(); // Dawn would keep the process
