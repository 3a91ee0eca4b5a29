/**
 * The kernels of the GPU: what `Kernels` declares, a family a file.
 *
 * @module
 */
import type { Kernels } from "../device/kernels.ts";
import { elementwise } from "./elementwise.ts";
import { products } from "./matmul.ts";
import { moves } from "./moves.ts";
import { noKernel } from "./place.ts";

const there: Partial<Kernels> = {
  ...moves,
  ...elementwise,
  ...products,
};

/** The kernels, by name; one that there is not throws when it is called. */
export const kernels: Kernels = new Proxy(there, {
  get: (kernels, name: keyof Kernels) =>
    kernels[name] ?? (() => {
      throw noKernel(name);
    }),
}) as Kernels;
