/**
 * Tensors on a GPU, by WebGPU.
 *
 * ```ts
 * import { nn, tensor } from "@glim/glim";
 * import { isAvailable, webgpu } from "@glim/glim/webgpu";
 *
 * if (await isAvailable()) {
 *   await webgpu();
 *   const layer = new nn.Linear(3, 2).to("webgpu");
 *   const y = layer.forward(tensor([[1, 2, 3]]).to("webgpu"));
 *   console.log(await y.data());
 * }
 * ```
 *
 * Everything after `await webgpu()` is as on the CPU, but that values are read by `await x.data()`: no
 * engine lets a program wait for a GPU.
 *
 * @module
 */
import { DeviceError } from "../core/errors.ts";
import { atMost, checkOptions, kind, type Kinds, oneOf } from "../core/options.ts";
import type { Platform } from "../core/platform.ts";
import { addDevice } from "../devices.ts";
import type { GpuEntry } from "./api.ts";
import { Gpu, opened, setOpened } from "./device.ts";
import { kernels } from "./kernels.ts";
import { unseen } from "./unseen.ts";

declare const console: Platform["console"];

/** Options of {@link webgpu}. */
export interface WebGpuOptions {
  /** Which GPU is wanted where there are several. Default: the engine decides. */
  powerPreference?: "low-power" | "high-performance";
  /** Where WebGPU is found, if not at `navigator.gpu`: `create([])` of the package `webgpu`, in Node. */
  gpu?: object;
}

const OPTIONS: Kinds<WebGpuOptions> = {
  powerPreference: oneOf("low-power", "high-performance"),
  gpu: kind(
    "an object that has requestAdapter()",
    (value) => typeof Object(value).requestAdapter === "function",
  ),
};

/**
 * Opens a GPU, so that there is a device `"webgpu"`. A second call gives the one that is open.
 * DeviceError where there is no WebGPU or no GPU.
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<GpuInfo> {
  atMost(1, arguments.length, "webgpu({ powerPreference, gpu })");
  checkOptions("webgpu", options, OPTIONS);
  if (opened !== null && !opened.isLost) return opened.info;
  const entry = (options.gpu ?? navigatorGpu()) as GpuEntry | undefined;
  if (entry === undefined) throw new DeviceError("webgpu: this engine has no WebGPU");
  const { powerPreference } = options;
  const adapter = await entry.requestAdapter(
    powerPreference === undefined ? {} : { powerPreference },
  );
  if (adapter === null) throw new DeviceError("webgpu: there is no GPU that WebGPU can use here");
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  const gpu = new Gpu(device, adapter);
  gpu.kernels = kernels;
  gpu.unseen = unseen;
  setOpened(gpu);
  addDevice(gpu);
  if (gpu.isSoftware) {
    console.warn(
      `glim: "${gpu.info.description}" is no GPU but a program that does what one would: slower than ` +
        `the CPU's own kernels`,
    );
  }
  return gpu.info;
}

/** What a GPU is. */
export interface GpuInfo {
  /** Who made it, as far as the engine tells. */
  readonly vendor: string;
  /** Its family. */
  readonly architecture: string;
  /** Its name. */
  readonly description: string;
  /** Whether it is a program on the CPU. */
  readonly isSoftware: boolean;
}

/** Whether there is a GPU that WebGPU can use. */
export async function isAvailable(): Promise<boolean> {
  atMost(0, arguments.length, "isAvailable()");
  return await navigatorGpu()?.requestAdapter() != null;
}

function navigatorGpu(): GpuEntry | undefined {
  const { navigator } = globalThis as unknown as { navigator?: { gpu?: GpuEntry } };
  return navigator?.gpu;
}
