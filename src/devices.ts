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
import { cpu } from "./wasm/kernels.ts";

/** What devices are called. */
export type DeviceName = "cpu" | "reference";

/** The devices that the engine can run, the one that is taken by default first. */
const DEVICES: readonly Device[] = [cpu, reference].filter(({ limit }) => limit > 0);

let byDefault: Device = DEVICES[0]!;

/** All devices that the engine can run. */
export function devices(): readonly Device[] {
  return DEVICES;
}

/** Whether there is a device of this name. */
export function isDevice(name: unknown): name is DeviceName {
  return DEVICES.some((device) => device.name === name);
}

/** The device of a name; undefined means the default. DeviceError where there is none. */
export function deviceOf(op: string, name: DeviceName | undefined): Device {
  if (name === undefined) return byDefault;
  const found = DEVICES.find((device) => device.name === name);
  if (found !== undefined) return found;
  const known = DEVICES.map((device) => device.name).join(", ");
  throw new DeviceError(`${op}: the device must be one of ${known}: it is ${describe(name)}`);
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
