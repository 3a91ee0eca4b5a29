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

const DEVICES: Record<DeviceName, Device> = { cpu, reference };

let byDefault: Device = cpu;

/** All devices. */
export function devices(): readonly Device[] {
  return Object.values(DEVICES);
}

/** Whether there is a device of this name. */
export function isDevice(name: unknown): name is DeviceName {
  return typeof name === "string" && Object.hasOwn(DEVICES, name);
}

/** The device of a name; undefined means the default. DeviceError where there is none. */
export function deviceOf(op: string, name: DeviceName | undefined): Device {
  if (name === undefined) return byDefault;
  if (isDevice(name)) return DEVICES[name];
  throw new DeviceError(
    `${op}: the device must be one of ${Object.keys(DEVICES).join(", ")}: it is ${describe(name)}`,
  );
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
 * modules that are made from here on. At the start it is `"cpu"`. DeviceError where there is no such
 * device.
 */
export function setDefaultDevice(name: DeviceName): void {
  atMost(1, arguments.length, "setDefaultDevice(name)");
  byDefault = deviceOf("setDefaultDevice", name ?? null);
}
