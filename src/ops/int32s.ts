/**
 * Numbers that the host knows, as buffers and tensors.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import type { Shape } from "../core/shape.ts";
import { allocOn, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { Device } from "../device/device.ts";
import { fill } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";

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

/** Numbers, row-major, on a device: whatever the inputs' values are, the same ones. */
export function constant(
  op: string,
  device: Device,
  shape: Shape,
  dtype: "float32" | "int32" | "bool",
  numbers: ArrayLike<number>,
): Tensor {
  const out = allocOn(device, shape, dtype);
  if (wantsParts) kernelsOf(out).fill(out, 0); // so that it is seen as a constant
  fill(out, (to) => (to as Float32Array).set(numbers));
  return record(op, out, []);
}
