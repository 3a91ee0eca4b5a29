/**
 * The kernels of the CPU that every program has: what `Kernels` declares, a part of it a file. Addresses,
 * ranges and scratch space stay on this side. Files that are not named here are of other families, and
 * known to `src/families/`.
 *
 * @module
 */
import type { Kernels } from "../device/kernels.ts";
import { cpu } from "./device.ts";
import { elementwise } from "./elementwise.ts";
import { moves } from "./copy.ts";
import { scans } from "./order.ts";
import { optim } from "./optim.ts";
import { product } from "./matmul.ts";
import { random } from "./random.ts";
import { rows } from "./reduce.ts";
import { select } from "./select.ts";

/** The kernels, by name. */
export const kernels: Kernels = {
  ...product,
  ...elementwise,
  ...moves,
  ...rows,
  ...scans,
  ...optim,
  ...select,
  ...random,
};

cpu.kernels = kernels;

export { cpu };
