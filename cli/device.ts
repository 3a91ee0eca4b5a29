/** Where tensors are computed: `--device`. */
import { z } from "zod";
import { DeviceError, type DeviceName, getDefaultDevice, setDefaultDevice } from "@glim/glim";
import { UsageError } from "./errors.ts";
import type { Data } from "./experiment.ts";

/** The devices that can be asked for. */
const DEVICES = ["cpu", "webgpu", "reference"] as const satisfies readonly DeviceName[];

/** The option. */
export const device = z.enum(DEVICES).default("cpu").describe("where tensors are computed");

/** Makes it the place of all tensors from here on. UsageError where there is no GPU. */
export async function useDevice(name: DeviceName): Promise<void> {
  if (name === "webgpu") await openGpu();
  setDefaultDevice(name);
}

let opened = "";

/** What the GPU is called that is open. */
export function gpuName(): string {
  return opened;
}

/** What the GPU is called; it is opened first. */
export async function openGpu(): Promise<string> {
  const { webgpu } = await import("@glim/glim/webgpu");
  try {
    const { vendor, architecture, description } = await webgpu();
    return opened = [description, architecture, vendor].find((name) => name !== "") ??
      "without a name";
  } catch (cause) {
    if (!(cause instanceof DeviceError)) throw cause;
    throw new UsageError(`--device: ${cause.message}: --device cpu needs none`);
  }
}

/**
 * Makes data, for a device. For the GPU they are made on the CPU, where an experiment can look at them
 * as it makes them, and go there as a whole where they lie in tensors: MNIST once, as
 * bytes.
 */
export async function onDevice(name: DeviceName, make: () => Promise<Data>): Promise<Data> {
  if (name !== "webgpu") return await make();
  setDefaultDevice("cpu");
  try {
    const { train, dev, test, ...rest } = await make();
    return {
      ...rest,
      train: train.to(name),
      dev: dev.to(name),
      ...test && { test: test.to(name) },
    };
  } finally {
    setDefaultDevice(name);
  }
}

/** What is made on the CPU, wherever tensors are made else. */
export function onCpu<T>(make: () => T): T {
  const name = getDefaultDevice();
  setDefaultDevice("cpu");
  try {
    return make();
  } finally {
    setDefaultDevice(name);
  }
}
