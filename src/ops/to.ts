/**
 * Tensors on other devices.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { checkDType, type DType, DTYPES, NAMES } from "../core/dtype.ts";
import { DeviceError, DTypeError } from "../core/errors.ts";
import { atMost, describe } from "../core/options.ts";
import { allocOn } from "../device/buffer.ts";
import type { Device } from "../device/device.ts";
import { canLook, fill, readElements, transfer } from "../device/transfer.ts";
import { outside } from "../scope/outside.ts";
import { type DeviceName, deviceOf, devices, isDevice } from "../devices.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { contiguous } from "./view.ts";

/**
 * x on another device, in another dtype, or (device first) both; x itself where it is there and has
 * that. Gradients pass back to where x is. See {@link cast} for how elements are converted. DeviceError
 * where the host cannot read what is on x's device.
 */
export function to(x: Tensor, target: DType | DeviceName, dtype?: DType): Tensor {
  atMost(3, arguments.length, "to(x, device, dtype)");
  checkTensor("to", x);
  if (isDevice(target)) {
    const device = deviceOf("to", target);
    if (dtype === undefined) return toDevice(x, device);
    // what is only stored is converted on the CPU, where that is on the way
    const isStored = !DTYPES[x.dtype].computes || !DTYPES[checkDType("to", dtype)].computes;
    if (isStored && canLook(x)) return toDevice(cast(x, dtype), device);
    return cast(toDevice(x, device), dtype);
  }
  if (dtype === undefined && NAMES.includes(target)) return cast(x, target);
  const known = [...devices().map(({ name }) => name), ...dtype === undefined ? NAMES : []];
  throw new DTypeError(
    `to: ${
      dtype === undefined ? "a device or dtype" : "a device before the dtype"
    } is needed, one ` +
      `of ${known.join(", ")}: it is ${describe(target)}`,
  );
}

/**
 * x on the CPU; x itself where it is there. Unlike `to`, it can wait for what is on a GPU. Gradients pass
 * back to where x is.
 */
export async function cpu(x: Tensor): Promise<Tensor> {
  atMost(1, arguments.length, "cpu(x)");
  checkTensor("cpu", x);
  const [from, device] = [x.storage.device, deviceOf("cpu", "cpu")];
  if (from === device) return x;
  if (canLook(x)) return toDevice(x, device);
  const elements = await outside(readElements(contiguous(x)));
  const out = allocOn(device, x.shape, x.dtype);
  fill(out, (to) => to.set(elements as never));
  return record("cpu", out, [[x, (dy) => toDevice(dy, from)]], LINEAR);
}

/** x on a device; `op` is in need of it. */
export function toDevice(x: Tensor, device: Device, op = "to"): Tensor {
  const from = x.storage.device;
  if (from === device) return x;
  const out = allocOn(device, x.shape, x.dtype);
  transfer(op, contiguous(x), out);
  return record("to", out, [[x, (dy) => backTo(dy, from)]], LINEAR);
}

/** A gradient where x is, which must be there when `backward` returns. */
function backTo(dy: Tensor, device: Device): Tensor {
  if (dy.storage.device === device || canLook(dy)) return toDevice(dy, device);
  throw new DeviceError(
    `to: a gradient on "${dy.device}" cannot come back to "${device.name}" at once: set ` +
      `requiresGrad only there: x = x.detach().to("${dy.device}"); x.requiresGrad = true`,
  );
}
