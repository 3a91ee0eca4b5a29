/** Where tensors are computed: `--device`. */
import { z } from "zod";
import {
  data,
  DeviceError,
  type DeviceName,
  getDefaultDevice,
  setDefaultDevice,
  type Tensor,
} from "@glim/glim";
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

/** What the GPU is called; it is opened first. */
export async function openGpu(): Promise<string> {
  const { webgpu } = await import("@glim/glim/webgpu");
  try {
    const { vendor, architecture, description } = await webgpu();
    return [description, architecture, vendor].find((name) => name !== "") ?? "without a name";
  } catch (cause) {
    if (!(cause instanceof DeviceError)) throw cause;
    throw new UsageError(`--device: ${cause.message}: --device cpu needs none`);
  }
}

/**
 * Makes data, for a device. For the GPU they are made on the CPU, where an experiment can look at them
 * as it makes them, and batches go to the GPU.
 */
export async function onDevice(name: DeviceName, make: () => Promise<Data>): Promise<Data> {
  if (name !== "webgpu") return await make();
  setDefaultDevice("cpu");
  try {
    const { train, dev, test, ...rest } = await make();
    const [trained, compared] = [new Moved(train, name), new Moved(dev, name)];
    return { ...rest, train: trained, dev: compared, ...test && { test: new Moved(test, name) } };
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

/** Samples that go to a device as they are asked for. */
class Moved extends data.Dataset {
  readonly length: number;
  readonly #set: data.Dataset;
  readonly #device: DeviceName;

  constructor(set: data.Dataset, device: DeviceName) {
    super();
    this.length = set.length;
    this.#set = set;
    this.#device = device;
  }

  get(index: number): [x: Tensor, y: Tensor] {
    return this.#moved(this.#set.get(index));
  }

  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    return this.#moved(this.#set.batch(indices));
  }

  #moved([x, y]: [x: Tensor, y: Tensor]): [x: Tensor, y: Tensor] {
    return [x.to(this.#device), y.to(this.#device)];
  }
}
