/**
 * Whole numbers that the host knows, as buffers.
 *
 * @module
 */
import { allocOn, type Buffer } from "../device/buffer.ts";
import type { Device } from "../device/device.ts";
import { fill } from "../device/transfer.ts";

/** A vector of int32 on a device: a list, or of each position a function. */
export function int32s(
  device: Device,
  length: number,
  of: ArrayLike<number> | ((i: number) => number),
): Buffer {
  const out = allocOn(device, [length], "int32");
  fill(out, (to) => {
    if (typeof of !== "function") (to as Int32Array).set(of);
    else for (let i = 0; i < length; i++) to[i] = of(i);
  });
  return out;
}
