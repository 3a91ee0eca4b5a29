/**
 * Which devices there are, and on which of them tensors are made. A device is a folder, and a line
 * here.
 *
 * @module
 */
import type { Device } from "./device/device.ts";
import { DeviceError } from "./core/errors.ts";
import { atMost, describe } from "./core/options.ts";
import { reference } from "./reference/device.ts";
import type { Platform } from "./core/platform.ts";
import { cpu } from "./wasm/kernels.ts";

declare const console: Platform["console"];

/** What devices are called. */
export type DeviceName = "cpu" | "reference" | "webgpu";

/** The devices that there are, the one that is taken by default first. */
let known: readonly Device[] = [cpu, reference].filter(({ limit }) => limit > 0);

let byDefault: Device = known[0]!;
if (byDefault === reference) {
  console.warn(
    "glim: no WebAssembly with SIMD, or a content security policy without " +
      "'wasm-unsafe-eval': tensors are on the reference device, about a hundred times slower",
  );
}

/** All devices that there are. */
export function devices(): readonly Device[] {
  return known;
}

/** Adds a device, in the place of one of the same name that is there. */
export function addDevice(device: Device): void {
  known = [...known.filter(({ name }) => name !== device.name), device];
  if (byDefault.name === device.name) byDefault = device;
}

/** Whether a device has this name; the GPU may have to be opened first. */
export function isDevice(name: unknown): name is DeviceName {
  return name === "webgpu" || known.some((device) => device.name === name);
}

/** The device of a name; undefined means the default. DeviceError where there is none. */
export function deviceOf(op: string, name: DeviceName | undefined): Device {
  if (name === undefined) return byDefault;
  const found = known.find((device) => device.name === name);
  if (found !== undefined) return found;
  if ((name as unknown) === "webgpu") {
    throw new DeviceError(
      `${op}: the GPU must be opened first: call await webgpu() of "@glim/glim/webgpu"`,
    );
  }
  const names = known.map((device) => device.name).join(", ");
  throw new DeviceError(`${op}: the device must be one of ${names}: it is ${describe(name)}`);
}

/** Where tensors are made that are not made of others. */
export function defaultDevice(): Device {
  return byDefault;
}

/** The name of the device on which functions make tensors that are not told another. */
export function getDefaultDevice(): DeviceName {
  atMost(0, arguments.length, "getDefaultDevice()");
  return byDefault.name as DeviceName;
}

/**
 * Sets it: for `zeros`, `tensor` and all other functions that make tensors, and for the parameters of
 * modules that are made from here on. At the start it is `"cpu"`, or `"reference"` where the engine
 * has no WebAssembly with SIMD. DeviceError where there is no such device.
 */
export function setDefaultDevice(name: DeviceName): void {
  atMost(1, arguments.length, "setDefaultDevice(name)");
  byDefault = deviceOf("setDefaultDevice", name ?? null);
}
