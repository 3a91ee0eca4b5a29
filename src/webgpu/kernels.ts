/**
 * The kernels of the GPU: what `Kernels` declares, a family a file.
 *
 * @module
 */
import { DeviceError } from "../core/errors.ts";
import type { Kernels } from "../device/kernels.ts";
import { elementwise } from "./elementwise.ts";
import { products } from "./matmul.ts";
import { moves } from "./moves.ts";

const there: Partial<Kernels> = {
  ...moves,
  ...elementwise,
  ...products,
};

/** The kernels, by name; those that there are not throw when they are called. */
export const kernels: Kernels = new Proxy(there, {
  get: (kernels, name: keyof Kernels) =>
    kernels[name] ?? (() => {
      throw new DeviceError(
        `${name}: "webgpu" does not compute it: move the tensor by await cpu()`,
      );
    }),
}) as Kernels;
